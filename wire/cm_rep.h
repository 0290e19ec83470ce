/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * REP (IBA 12.6.8): the passive side accepts the connection.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_REP_BYTES 232

/* 12.6.8 */
struct wire_cm_rep {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint32_t local_qkey;
	uint32_t local_qpn;
	uint8_t ece_vendor_id_high; /* Linux ECE, in reserved bytes */
	uint32_t local_eecn;
	uint8_t ece_vendor_id_mid;
	uint32_t starting_psn;
	uint8_t ece_vendor_id_low;
	uint8_t responder_resources;
	uint8_t initiator_depth;
	uint8_t target_ack_delay;
	uint8_t failover_accepted;
	bool flow_control;
	uint8_t rnr_retry_count;
	bool srq;
	uint64_t local_ca_guid;
	uint8_t private_data[196];
};

extern const struct wire_layout wire_cm_rep_layout;

enum wire_verdict wire_cm_rep_decode(struct span in, struct wire_cm_rep *ret);
void wire_cm_rep_encode(const struct wire_cm_rep *from, uint8_t ret[static WIRE_CM_REP_BYTES]);
