/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Performance management: the input is a MAD, cut anywhere. */
#include "fuzz_wire.h"

#include "wire/class_port_info.h"
#include "wire/mad_header.h"
#include "wire/mad_layout.h"
#include "wire/perf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	uint8_t mad[WIRE_MAD_BYTES], once[WIRE_MAD_BYTES], twice[WIRE_MAD_BYTES];
	struct span in = {data, size};
	struct wire_mad_part part;

	fuzz_layout(&wire_mad_header_layout, in, fields);
	fuzz_layout(&wire_class_port_info_layout, in, fields);
	fuzz_layout(&wire_port_counters_layout, in, fields);
	fuzz_layout(&wire_port_counters_ext_layout, in, fields);

	fuzz_mad(mad, data, size, WIRE_CLASS_PERF);
	if (!wire_mad_attribute_part(mad, &part))
		return 0;
	fuzz_expect(part.offset + part.layout->bytes <= WIRE_MAD_BYTES);
	fuzz_expect(wire_mad_rebuild(mad, once) == WIRE_OK);
	fuzz_expect(wire_mad_rebuild(once, twice) == WIRE_OK);
	fuzz_expect(memcmp(once, twice, WIRE_MAD_BYTES) == 0);
	return 0;
}
