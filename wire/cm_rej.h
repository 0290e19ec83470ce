/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * REJ (IBA 12.6.7): a refusal, or the end of a handshake.
 * The remote id is zero if the sender does not know it.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_REJ_BYTES 232

/* 12.6.7 */
struct wire_cm_rej {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t message; /* that is refused: enum wire_cm_message */
	uint8_t info_length; /* valid bytes of info */
	uint16_t reason;
	uint8_t info[72];
	uint8_t private_data[148];
};

extern const struct wire_layout wire_cm_rej_layout;

/* WIRE_BAD_VALUE when info_length points past info. */
enum wire_verdict wire_cm_rej_decode(struct span in, struct wire_cm_rej *ret);
void wire_cm_rej_encode(const struct wire_cm_rej *from, uint8_t ret[static WIRE_CM_REJ_BYTES]);
