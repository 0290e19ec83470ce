/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of LAP; see the header. */
#include "wire/cm_lap.h"

/* 12.8.1: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_lap_rows[] = {
	WIRE_NUM(wire_cm_lap, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_lap, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_lap, remote_qpn, 12, 0, 24),
	WIRE_NUM(wire_cm_lap, remote_cm_timeout, 15, 0, 5),
	WIRE_NUM(wire_cm_lap, local_lid, 20, 0, 16),
	WIRE_NUM(wire_cm_lap, remote_lid, 22, 0, 16),
	WIRE_ARRAY(wire_cm_lap, local_gid, 24),
	WIRE_ARRAY(wire_cm_lap, remote_gid, 40),
	WIRE_NUM(wire_cm_lap, flow_label, 56, 0, 20),
	WIRE_NUM(wire_cm_lap, tclass, 59, 0, 8),
	WIRE_NUM(wire_cm_lap, hop_limit, 60, 0, 8),
	WIRE_NUM(wire_cm_lap, packet_rate, 61, 2, 6),
	WIRE_NUM(wire_cm_lap, sl, 62, 0, 4),
	WIRE_NUM(wire_cm_lap, subnet_local, 62, 4, 1),
	WIRE_NUM(wire_cm_lap, local_ack_timeout, 63, 0, 5),
	WIRE_ARRAY(wire_cm_lap, private_data, 64),
};
/* clang-format on */

const struct wire_layout wire_cm_lap_layout =
	WIRE_LAYOUT("LAP", wire_cm_lap, cm_lap_rows, WIRE_CM_LAP_BYTES);

enum wire_verdict wire_cm_lap_decode(struct span in, struct wire_cm_lap *ret)
{
	return wire_layout_decode(&wire_cm_lap_layout, in, ret);
}

void wire_cm_lap_encode(const struct wire_cm_lap *from, uint8_t ret[static WIRE_CM_LAP_BYTES])
{
	wire_layout_encode(&wire_cm_lap_layout, from, ret);
}
