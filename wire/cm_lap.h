/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * LAP (IBA 12.8.1): loads an alternate path.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_LAP_BYTES 232

/* 12.8.1 */
struct wire_cm_lap {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint32_t remote_qpn;
	uint8_t remote_cm_timeout; /* exponent */
	uint16_t local_lid; /* of the alternate path, as all that follow */
	uint16_t remote_lid;
	uint8_t local_gid[16];
	uint8_t remote_gid[16];
	uint32_t flow_label;
	uint8_t tclass;
	uint8_t hop_limit;
	uint8_t packet_rate;
	uint8_t sl;
	bool subnet_local;
	uint8_t local_ack_timeout; /* exponent */
	uint8_t private_data[168];
};

extern const struct wire_layout wire_cm_lap_layout;

enum wire_verdict wire_cm_lap_decode(struct span in, struct wire_cm_lap *ret);
void wire_cm_lap_encode(const struct wire_cm_lap *from, uint8_t ret[static WIRE_CM_LAP_BYTES]);
