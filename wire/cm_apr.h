/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * APR (IBA 12.8.2): the answer to a LAP.
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/cm.h"

#define WIRE_CM_APR_BYTES 232

/* 12.8.2 */
struct wire_cm_apr {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t info_length; /* valid bytes of info */
	uint8_t ap_status;
	uint8_t info[72];
	uint8_t private_data[148];
};

extern const struct wire_layout wire_cm_apr_layout;

/* WIRE_BAD_VALUE when info_length points past info. */
enum wire_verdict wire_cm_apr_decode(struct span in, struct wire_cm_apr *ret);
void wire_cm_apr_encode(const struct wire_cm_apr *from, uint8_t ret[static WIRE_CM_APR_BYTES]);
