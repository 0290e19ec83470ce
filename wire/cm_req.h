/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * REQ (IBA 12.6.5): the active side asks for a connection.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_PATH_BYTES 44

/* 12.6.5: one of the two paths in a REQ. */
struct wire_cm_path {
	uint16_t local_lid;
	uint16_t remote_lid;
	uint8_t local_gid[16];
	uint8_t remote_gid[16];
	uint32_t flow_label;
	uint8_t packet_rate;
	uint8_t tclass;
	uint8_t hop_limit;
	uint8_t sl;
	bool subnet_local;
	uint8_t local_ack_timeout; /* exponent */
	bool sap_supported; /* in the alternate path */
};

extern const struct wire_layout wire_cm_path_layout;

enum wire_verdict wire_cm_path_decode(struct span in, struct wire_cm_path *ret);
void wire_cm_path_encode(const struct wire_cm_path *from, uint8_t ret[static WIRE_CM_PATH_BYTES]);

#define WIRE_CM_REQ_BYTES 232

/* 12.6.5 */
struct wire_cm_req {
	uint32_t local_id; /* the sender's communication id */
	uint32_t ece_vendor_id; /* Linux ECE, in reserved bytes */
	uint64_t service_id;
	uint64_t local_ca_guid;
	uint32_t local_qkey;
	uint32_t local_qpn;
	uint8_t responder_resources;
	uint32_t local_eecn;
	uint8_t initiator_depth;
	uint32_t remote_eecn;
	uint8_t remote_cm_timeout; /* exponent */
	uint8_t transport; /* 0 RC, 1 UC, 2 RD, 3 see extended_transport */
	bool flow_control;
	uint32_t starting_psn;
	uint8_t local_cm_timeout; /* exponent */
	uint8_t retry_count;
	uint16_t pkey;
	uint8_t path_mtu;
	bool rdc_exists;
	uint8_t rnr_retry_count;
	uint8_t max_cm_retries;
	bool srq;
	uint8_t extended_transport; /* 1 XRC */
	struct wire_cm_path primary;
	struct wire_cm_path alternate; /* LIDs zero: none */
	uint8_t private_data[92];
};

extern const struct wire_layout wire_cm_req_layout;

enum wire_verdict wire_cm_req_decode(struct span in, struct wire_cm_req *ret);
void wire_cm_req_encode(const struct wire_cm_req *from, uint8_t ret[static WIRE_CM_REQ_BYTES]);
