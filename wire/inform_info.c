/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/inform_info.h"

/* 13.4.8.3: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field inform_info_rows[] = {
	WIRE_ARRAY(wire_inform_info, gid, 0),
	WIRE_NUM(wire_inform_info, lid_begin, 16, 0, 16),
	WIRE_NUM(wire_inform_info, lid_end, 18, 0, 16),
	WIRE_NUM(wire_inform_info, is_generic, 22, 0, 8),
	WIRE_NUM(wire_inform_info, subscribe, 23, 0, 8),
	WIRE_NUM(wire_inform_info, type, 24, 0, 16),
	WIRE_NUM(wire_inform_info, trap, 26, 0, 16),
	WIRE_NUM(wire_inform_info, qpn, 28, 0, 24),
	WIRE_NUM(wire_inform_info, resp_time, 31, 3, 5),
	WIRE_NUM(wire_inform_info, producer, 33, 0, 24),
};
/* clang-format on */

const struct wire_layout wire_inform_info_layout =
	WIRE_LAYOUT("InformInfo", wire_inform_info, inform_info_rows, WIRE_INFORM_INFO_BYTES);

/* 15.2.5.12: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field inform_info_record_rows[] = {
	WIRE_ARRAY(wire_inform_info_record, subscriber_gid, 0),
	WIRE_NUM(wire_inform_info_record, subscriber_enum, 16, 0, 16),
	WIRE_NESTED(wire_inform_info_record, info, 24, wire_inform_info_layout),
};
/* clang-format on */

const struct wire_layout wire_inform_info_record_layout =
	WIRE_LAYOUT("InformInfoRecord", wire_inform_info_record, inform_info_record_rows,
		    WIRE_INFORM_INFO_RECORD_BYTES);
