/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of APR; see the header. */
#include "wire/cm_apr.h"

/* 12.8.2: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_apr_rows[] = {
	WIRE_NUM(wire_cm_apr, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_apr, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_apr, info_length, 8, 0, 8),
	WIRE_NUM(wire_cm_apr, ap_status, 9, 0, 8),
	WIRE_ARRAY(wire_cm_apr, info, 12),
	WIRE_ARRAY(wire_cm_apr, private_data, 84),
};
/* clang-format on */

static enum wire_verdict cm_apr_check(const uint8_t *bytes)
{
	/* Additional Information Length is 8 bits wide, its field has 72 bytes. */
	return bytes[8] > 72 ? WIRE_BAD_VALUE : WIRE_OK;
}

const struct wire_layout wire_cm_apr_layout =
	WIRE_LAYOUT_CHECKED("APR", wire_cm_apr, cm_apr_rows, WIRE_CM_APR_BYTES, cm_apr_check);

enum wire_verdict wire_cm_apr_decode(struct span in, struct wire_cm_apr *ret)
{
	return wire_layout_decode(&wire_cm_apr_layout, in, ret);
}

void wire_cm_apr_encode(const struct wire_cm_apr *from, uint8_t ret[static WIRE_CM_APR_BYTES])
{
	wire_layout_encode(&wire_cm_apr_layout, from, ret);
}
