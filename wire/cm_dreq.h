/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DREQ (IBA 12.6.10): one side ends the connection.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_DREQ_BYTES 232

/* 12.6.10 */
struct wire_cm_dreq {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint32_t remote_qpn; /* the receiver's QP or EE context */
	uint8_t private_data[220];
};

extern const struct wire_layout wire_cm_dreq_layout;

enum wire_verdict wire_cm_dreq_decode(struct span in, struct wire_cm_dreq *ret);
void wire_cm_dreq_encode(const struct wire_cm_dreq *from, uint8_t ret[static WIRE_CM_DREQ_BYTES]);
