/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/guid_info.h"

/* 14.2.5.5: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field guid_info_rows[] = {
	WIRE_ARRAY(wire_guid_info, guid, 0),
};
/* clang-format on */

const struct wire_layout wire_guid_info_layout =
	WIRE_LAYOUT("GUIDInfo", wire_guid_info, guid_info_rows, WIRE_GUID_INFO_BYTES);

/* 15.2.5.18: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field guid_info_record_rows[] = {
	WIRE_NUM(wire_guid_info_record, lid, 0, 0, 16),
	WIRE_NUM(wire_guid_info_record, block, 2, 0, 8),
	WIRE_NESTED(wire_guid_info_record, info, 8, wire_guid_info_layout),
};
/* clang-format on */

const struct wire_layout wire_guid_info_record_layout =
	WIRE_LAYOUT("GUIDInfoRecord", wire_guid_info_record, guid_info_record_rows,
		    WIRE_GUID_INFO_RECORD_BYTES);
