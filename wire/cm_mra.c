/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of MRA; see the header. */
#include "wire/cm_mra.h"

/* 12.6.6: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_mra_rows[] = {
	WIRE_NUM(wire_cm_mra, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_mra, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_mra, message, 8, 0, 2),
	WIRE_NUM(wire_cm_mra, service_timeout, 9, 0, 5),
	WIRE_ARRAY(wire_cm_mra, private_data, 10),
};
/* clang-format on */

const struct wire_layout wire_cm_mra_layout =
	WIRE_LAYOUT("MRA", wire_cm_mra, cm_mra_rows, WIRE_CM_MRA_BYTES);

enum wire_verdict wire_cm_mra_decode(struct span in, struct wire_cm_mra *ret)
{
	return wire_layout_decode(&wire_cm_mra_layout, in, ret);
}

void wire_cm_mra_encode(const struct wire_cm_mra *from, uint8_t ret[static WIRE_CM_MRA_BYTES])
{
	wire_layout_encode(&wire_cm_mra_layout, from, ret);
}
