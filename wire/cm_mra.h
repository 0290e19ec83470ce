/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * MRA (IBA 12.6.6): a message has arrived, its answer will take longer.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_MRA_BYTES 232

/* 12.6.6 */
struct wire_cm_mra {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t message; /* that is acknowledged: enum wire_cm_message */
	uint8_t service_timeout; /* exponent */
	uint8_t private_data[222];
};

extern const struct wire_layout wire_cm_mra_layout;

enum wire_verdict wire_cm_mra_decode(struct span in, struct wire_cm_mra *ret);
void wire_cm_mra_encode(const struct wire_cm_mra *from, uint8_t ret[static WIRE_CM_MRA_BYTES]);
