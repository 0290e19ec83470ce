/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/pkey_table.h"

/* 14.2.5.7: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field pkey_table_rows[] = {
	WIRE_ARRAY(wire_pkey_table, pkey, 0),
};
/* clang-format on */

const struct wire_layout wire_pkey_table_layout =
	WIRE_LAYOUT("P_KeyTable", wire_pkey_table, pkey_table_rows, WIRE_PKEY_TABLE_BYTES);

/* 15.2.5.11: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field pkey_table_record_rows[] = {
	WIRE_NUM(wire_pkey_table_record, lid, 0, 0, 16),
	WIRE_NUM(wire_pkey_table_record, block, 2, 0, 16),
	WIRE_NUM(wire_pkey_table_record, port, 4, 0, 8),
	WIRE_NESTED(wire_pkey_table_record, table, 8, wire_pkey_table_layout),
};
/* clang-format on */

const struct wire_layout wire_pkey_table_record_layout =
	WIRE_LAYOUT("P_KeyTableRecord", wire_pkey_table_record, pkey_table_record_rows,
		    WIRE_PKEY_TABLE_RECORD_BYTES);
