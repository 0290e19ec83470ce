/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SA MADs with their RMPP header, and tables: the input is a MAD, followed by a reassembled table with the
 * MAD's AttributeOffset.
 */
#include "fuzz_wire.h"

#include "wire/mad_layout.h"
#include "wire/rmpp.h"
#include "wire/sa.h"

static void table(const uint8_t *mad, const struct wire_layout *layout, struct span data)
{
	_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	struct wire_sa_table walk;
	struct span record;
	size_t seen = 0;

	if (wire_sa_table_init(&walk, data, wire_sa_attribute_offset(mad)) != WIRE_OK) {
		fuzz_expect(data.len > 0);
		return;
	}
	while (wire_sa_table_next(&walk, &record)) {
		fuzz_expect(record.p >= data.p && record.p + record.len <= data.p + data.len);
		seen += record.len;
		fuzz_layout(layout, record, fields);
	}
	fuzz_expect(seen <= data.len);
}

static void rmpp(const uint8_t *mad)
{
	fuzz_expect(wire_rmpp_payload(mad) <= WIRE_RMPP_SEGMENT_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	uint8_t mad[WIRE_MAD_BYTES];
	struct wire_mad_part part;

	fuzz_layout(&wire_rmpp_layout, (struct span){data, size}, fields);
	fuzz_layout(&wire_sa_header_layout, (struct span){data, size}, fields);

	fuzz_mad(mad, data, size, WIRE_CLASS_SA);
	rmpp(mad);
	if (!wire_mad_attribute_part(mad, &part))
		return 0;
	fuzz_expect(part.offset + part.layout->bytes <= WIRE_MAD_BYTES);
	fuzz_layout(part.layout, (struct span){mad + part.offset, WIRE_MAD_BYTES - part.offset},
		    fields);
	if (size > WIRE_MAD_BYTES)
		table(mad, part.layout,
		      (struct span){data + WIRE_MAD_BYTES, size - WIRE_MAD_BYTES});
	return 0;
}
