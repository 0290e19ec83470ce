/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of REJ; see the header. */
#include "wire/cm_rej.h"

/* 12.6.7: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_rej_rows[] = {
	WIRE_NUM(wire_cm_rej, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_rej, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_rej, message, 8, 0, 2),
	WIRE_NUM(wire_cm_rej, info_length, 9, 0, 7),
	WIRE_NUM(wire_cm_rej, reason, 10, 0, 16),
	WIRE_ARRAY(wire_cm_rej, info, 12),
	WIRE_ARRAY(wire_cm_rej, private_data, 84),
};
/* clang-format on */

static enum wire_verdict cm_rej_check(const uint8_t *bytes)
{
	/* Rejected Info Length is 7 bits wide, its field has 72 bytes. */
	return bytes[9] >> 1 > 72 ? WIRE_BAD_VALUE : WIRE_OK;
}

const struct wire_layout wire_cm_rej_layout =
	WIRE_LAYOUT_CHECKED("REJ", wire_cm_rej, cm_rej_rows, WIRE_CM_REJ_BYTES, cm_rej_check);

enum wire_verdict wire_cm_rej_decode(struct span in, struct wire_cm_rej *ret)
{
	return wire_layout_decode(&wire_cm_rej_layout, in, ret);
}

void wire_cm_rej_encode(const struct wire_cm_rej *from, uint8_t ret[static WIRE_CM_REJ_BYTES])
{
	wire_layout_encode(&wire_cm_rej_layout, from, ret);
}
