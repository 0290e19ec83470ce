/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RTU (IBA 12.6.9): the active side is ready to use the connection.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_RTU_BYTES 232

/* 12.6.9 */
struct wire_cm_rtu {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t private_data[224];
};

extern const struct wire_layout wire_cm_rtu_layout;

enum wire_verdict wire_cm_rtu_decode(struct span in, struct wire_cm_rtu *ret);
void wire_cm_rtu_encode(const struct wire_cm_rtu *from, uint8_t ret[static WIRE_CM_RTU_BYTES]);
