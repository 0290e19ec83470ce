/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of REP; see the header. */
#include "wire/cm_rep.h"

/* 12.6.8: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_rep_rows[] = {
	WIRE_NUM(wire_cm_rep, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_rep, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_rep, local_qkey, 8, 0, 32),
	WIRE_NUM(wire_cm_rep, local_qpn, 12, 0, 24),
	WIRE_NUM(wire_cm_rep, ece_vendor_id_high, 15, 0, 8),
	WIRE_NUM(wire_cm_rep, local_eecn, 16, 0, 24),
	WIRE_NUM(wire_cm_rep, ece_vendor_id_mid, 19, 0, 8),
	WIRE_NUM(wire_cm_rep, starting_psn, 20, 0, 24),
	WIRE_NUM(wire_cm_rep, ece_vendor_id_low, 23, 0, 8),
	WIRE_NUM(wire_cm_rep, responder_resources, 24, 0, 8),
	WIRE_NUM(wire_cm_rep, initiator_depth, 25, 0, 8),
	WIRE_NUM(wire_cm_rep, target_ack_delay, 26, 0, 5),
	WIRE_NUM(wire_cm_rep, failover_accepted, 26, 5, 2),
	WIRE_NUM(wire_cm_rep, flow_control, 26, 7, 1),
	WIRE_NUM(wire_cm_rep, rnr_retry_count, 27, 0, 3),
	WIRE_NUM(wire_cm_rep, srq, 27, 3, 1),
	WIRE_NUM(wire_cm_rep, local_ca_guid, 28, 0, 64),
	WIRE_ARRAY(wire_cm_rep, private_data, 36),
};
/* clang-format on */

const struct wire_layout wire_cm_rep_layout =
	WIRE_LAYOUT("REP", wire_cm_rep, cm_rep_rows, WIRE_CM_REP_BYTES);

enum wire_verdict wire_cm_rep_decode(struct span in, struct wire_cm_rep *ret)
{
	return wire_layout_decode(&wire_cm_rep_layout, in, ret);
}

void wire_cm_rep_encode(const struct wire_cm_rep *from, uint8_t ret[static WIRE_CM_REP_BYTES])
{
	wire_layout_encode(&wire_cm_rep_layout, from, ret);
}
