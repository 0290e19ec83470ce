/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of DREP; see the header. */
#include "wire/cm_drep.h"

/* 12.6.11: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_drep_rows[] = {
	WIRE_NUM(wire_cm_drep, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_drep, remote_id, 4, 0, 32),
	WIRE_ARRAY(wire_cm_drep, private_data, 8),
};
/* clang-format on */

const struct wire_layout wire_cm_drep_layout =
	WIRE_LAYOUT("DREP", wire_cm_drep, cm_drep_rows, WIRE_CM_DREP_BYTES);

enum wire_verdict wire_cm_drep_decode(struct span in, struct wire_cm_drep *ret)
{
	return wire_layout_decode(&wire_cm_drep_layout, in, ret);
}

void wire_cm_drep_encode(const struct wire_cm_drep *from, uint8_t ret[static WIRE_CM_DREP_BYTES])
{
	wire_layout_encode(&wire_cm_drep_layout, from, ret);
}
