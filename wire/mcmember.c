/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/mcmember.h"

/* 15.2.5.17: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field mcmember_rows[] = {
	WIRE_ARRAY(wire_mcmember, mgid, 0),
	WIRE_ARRAY(wire_mcmember, port_gid, 16),
	WIRE_NUM(wire_mcmember, qkey, 32, 0, 32),
	WIRE_NUM(wire_mcmember, mlid, 36, 0, 16),
	WIRE_NUM(wire_mcmember, mtu_selector, 38, 0, 2),
	WIRE_NUM(wire_mcmember, mtu, 38, 2, 6),
	WIRE_NUM(wire_mcmember, tclass, 39, 0, 8),
	WIRE_NUM(wire_mcmember, pkey, 40, 0, 16),
	WIRE_NUM(wire_mcmember, rate_selector, 42, 0, 2),
	WIRE_NUM(wire_mcmember, rate, 42, 2, 6),
	WIRE_NUM(wire_mcmember, life_selector, 43, 0, 2),
	WIRE_NUM(wire_mcmember, life, 43, 2, 6),
	WIRE_NUM(wire_mcmember, sl, 44, 0, 4),
	WIRE_NUM(wire_mcmember, flow_label, 44, 4, 20),
	WIRE_NUM(wire_mcmember, hop_limit, 47, 0, 8),
	WIRE_NUM(wire_mcmember, scope, 48, 0, 4),
	WIRE_NUM(wire_mcmember, join_state, 48, 4, 4),
	WIRE_NUM(wire_mcmember, proxy_join, 49, 0, 1),
};
/* clang-format on */

const struct wire_layout wire_mcmember_layout =
	WIRE_LAYOUT("MCMemberRecord", wire_mcmember, mcmember_rows, WIRE_MCMEMBER_BYTES);
