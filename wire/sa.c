/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/sa.h"

/* 15.2.1.1: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field sa_header_rows[] = {
	WIRE_NUM(wire_sa_header, sm_key, 0, 0, 64),
	WIRE_NUM(wire_sa_header, attribute_offset, 8, 0, 16),
	WIRE_NUM(wire_sa_header, comp_mask, 12, 0, 64),
};
/* clang-format on */

const struct wire_layout wire_sa_header_layout =
	WIRE_LAYOUT("SAHeader", wire_sa_header, sa_header_rows, WIRE_SA_HEADER_BYTES);

enum wire_verdict wire_sa_table_init(struct wire_sa_table *table, struct span data,
				     uint16_t attribute_offset)
{
	if (data.len > 0 && attribute_offset == 0)
		return WIRE_BAD_VALUE;
	table->rest = data;
	table->stride = 8 * (size_t)attribute_offset;
	return WIRE_OK;
}

bool wire_sa_table_next(struct wire_sa_table *table, struct span *ret)
{
	if (table->rest.len == 0 || table->rest.len < table->stride)
		return false;
	*ret = (struct span){table->rest.p, table->stride};
	table->rest.p += table->stride;
	table->rest.len -= table->stride;
	return true;
}
