/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of RTU; see the header. */
#include "wire/cm_rtu.h"

/* 12.6.9: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_rtu_rows[] = {
	WIRE_NUM(wire_cm_rtu, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_rtu, remote_id, 4, 0, 32),
	WIRE_ARRAY(wire_cm_rtu, private_data, 8),
};
/* clang-format on */

const struct wire_layout wire_cm_rtu_layout =
	WIRE_LAYOUT("RTU", wire_cm_rtu, cm_rtu_rows, WIRE_CM_RTU_BYTES);

enum wire_verdict wire_cm_rtu_decode(struct span in, struct wire_cm_rtu *ret)
{
	return wire_layout_decode(&wire_cm_rtu_layout, in, ret);
}

void wire_cm_rtu_encode(const struct wire_cm_rtu *from, uint8_t ret[static WIRE_CM_RTU_BYTES])
{
	wire_layout_encode(&wire_cm_rtu_layout, from, ret);
}
