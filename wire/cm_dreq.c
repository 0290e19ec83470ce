/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of DREQ; see the header. */
#include "wire/cm_dreq.h"

/* 12.6.10: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_dreq_rows[] = {
	WIRE_NUM(wire_cm_dreq, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_dreq, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_dreq, remote_qpn, 8, 0, 24),
	WIRE_ARRAY(wire_cm_dreq, private_data, 12),
};
/* clang-format on */

const struct wire_layout wire_cm_dreq_layout =
	WIRE_LAYOUT("DREQ", wire_cm_dreq, cm_dreq_rows, WIRE_CM_DREQ_BYTES);

enum wire_verdict wire_cm_dreq_decode(struct span in, struct wire_cm_dreq *ret)
{
	return wire_layout_decode(&wire_cm_dreq_layout, in, ret);
}

void wire_cm_dreq_encode(const struct wire_cm_dreq *from, uint8_t ret[static WIRE_CM_DREQ_BYTES])
{
	wire_layout_encode(&wire_cm_dreq_layout, from, ret);
}
