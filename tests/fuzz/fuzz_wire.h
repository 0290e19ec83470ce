/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Assertions of every fuzz target of wire/ about a layout. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_expect(bool holds)
{
	if (!holds)
		abort();
}

/*
 * A decoder either refuses and leaves the struct unchanged, or what it decoded encodes to the same bytes
 * except reserved bits, and decodes to the same. The struct is then in *ret_fields
 * (WIRE_LAYOUT_MAX_STRUCT_BYTES).
 */
static inline bool fuzz_layout(const struct wire_layout *layout, struct span in, void *ret_fields)
{
	_Alignas(8) uint8_t again[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	uint8_t bytes[WIRE_LAYOUT_MAX_BYTES], mask[WIRE_LAYOUT_MAX_BYTES];

	memset(ret_fields, 0x5a, WIRE_LAYOUT_MAX_STRUCT_BYTES);
	if (wire_layout_decode(layout, in, ret_fields) != WIRE_OK) {
		for (size_t i = 0; i < WIRE_LAYOUT_MAX_STRUCT_BYTES; i++)
			fuzz_expect(((uint8_t *)ret_fields)[i] == 0x5a);
		return false;
	}
	wire_layout_encode(layout, ret_fields, bytes);
	wire_layout_mask(layout, mask);
	for (size_t i = 0; i < layout->bytes; i++)
		fuzz_expect(bytes[i] == (in.p[i] & mask[i]));
	fuzz_expect(wire_layout_decode(layout, (struct span){bytes, layout->bytes}, again) ==
		    WIRE_OK);
	fuzz_expect(memcmp(again, ret_fields, layout->struct_bytes) == 0);
	return true;
}

/* A MAD from the input, padded with zeros; the class is set. */
static inline void fuzz_mad(uint8_t *ret_mad, const uint8_t *data, size_t size, uint8_t mgmt_class)
{
	memset(ret_mad, 0, 256);
	memcpy(ret_mad, data, size < 256 ? size : 256);
	ret_mad[1] = mgmt_class;
}
