/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/sm_info.h"

/* 14.2.5.13: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field sm_info_rows[] = {
	WIRE_NUM(wire_sm_info, guid, 0, 0, 64),
	WIRE_NUM(wire_sm_info, sm_key, 8, 0, 64),
	WIRE_NUM(wire_sm_info, act_count, 16, 0, 32),
	WIRE_NUM(wire_sm_info, priority, 20, 0, 4),
	WIRE_NUM(wire_sm_info, state, 20, 4, 4),
};
/* clang-format on */

const struct wire_layout wire_sm_info_layout =
	WIRE_LAYOUT("SMInfo", wire_sm_info, sm_info_rows, WIRE_SM_INFO_BYTES);
