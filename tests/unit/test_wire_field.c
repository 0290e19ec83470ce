/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The interpreter of layouts, and assertions for every layout: soundness, truncation, mutation. */
#include "wire/field.h"
#include "wire_vectors.h"
#include "tests/unit/test.h"

struct sample {
	bool bit;
	uint8_t three;
	uint32_t twenty;
	uint64_t all;
	uint16_t array[2];
	uint8_t bytes[3];
};

static const struct wire_field sample_rows[] = {
	WIRE_NUM(sample, bit, 0, 0, 1),	    WIRE_NUM(sample, three, 0, 1, 3),
	WIRE_NUM(sample, twenty, 0, 4, 20), WIRE_NUM(sample, all, 4, 0, 64),
	WIRE_ARRAY(sample, array, 12),	    WIRE_ARRAY(sample, bytes, 17),
};
static const struct wire_layout sample_layout = WIRE_LAYOUT("sample", sample, sample_rows, 20);

TEST(numbers_of_every_width_come_out_in_host_order)
{
	static const uint8_t wire[20] = {0xda, 0xbc, 0xde, 0xff, 1,    2,    3,	   4,	 5,   6, 7,
					 8,    0x11, 0x12, 0x21, 0x22, 0xff, 0xaa, 0xbb, 0xcc};
	struct sample s;
	uint8_t again[20];

	assert_null(wire_layout_check(&sample_layout));
	assert_int_equal(wire_layout_decode(&sample_layout, (struct span){wire, 20}, &s), WIRE_OK);
	assert_true(s.bit);
	assert_int_equal(s.three, 5);
	assert_int_equal(s.twenty, 0xabcde);
	assert_true(s.all == UINT64_C(0x0102030405060708));
	assert_int_equal(s.array[0], 0x1112);
	assert_int_equal(s.array[1], 0x2122);
	assert_memory_equal(s.bytes, wire + 17, 3);

	wire_layout_encode(&sample_layout, &s, again);
	assert_int_equal(again[3], 0); /* reserved */
	assert_int_equal(again[16], 0);
	again[3] = again[16] = 0xff;
	assert_memory_equal(again, wire, 20);
}

TEST(tables_that_contradict_themselves_are_found)
{
	struct wire_field rows[2] = {WIRE_NUM(sample, three, 0, 1, 3),
				     WIRE_NUM(sample, twenty, 1, 0, 20)};
	struct wire_layout layout = WIRE_LAYOUT("bad", sample, rows, 4);

	assert_null(wire_layout_check(&layout));
	rows[1].bit = 3; /* overlaps the other's bits */
	assert_string_equal(wire_layout_check(&layout), "twenty");
	rows[1].bit = 13; /* past the end of the wire */
	assert_string_equal(wire_layout_check(&layout), "twenty");
	rows[1].bit = 8;
	rows[1].offset = rows[0].offset; /* overlaps the other's member */
	assert_string_equal(wire_layout_check(&layout), "twenty");
	rows[1].offset = sizeof(struct sample) - 2; /* outside the struct */
	assert_string_equal(wire_layout_check(&layout), "twenty");
	rows[1].offset = offsetof(struct sample, twenty);
	rows[0].bits = 9; /* too wide for its member */
	assert_string_equal(wire_layout_check(&layout), "three");
}

TEST(every_layout_is_sound)
{
	for (size_t i = 0; wire_all_layouts[i]; i++) {
		const char *bad = wire_layout_check(wire_all_layouts[i]);

		if (bad)
			fail_msg("%s: %s", wire_all_layouts[i]->name, bad);
	}
}

static void fill_random(uint8_t *bytes, size_t len, uint32_t *seed)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = vectors_random(seed);
}

/* In memory of exactly that length, so that the sanitizer sees a read past the end. */
TEST(every_layout_refuses_every_truncation_and_leaves_the_result_alone)
{
	uint8_t ret[WIRE_LAYOUT_MAX_STRUCT_BYTES], before[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	uint32_t seed = 1;

	memset(before, 0x5a, sizeof(before));
	for (size_t i = 0; wire_all_layouts[i]; i++) {
		const struct wire_layout *layout = wire_all_layouts[i];

		for (size_t len = 0; len < layout->bytes; len++) {
			uint8_t *bytes = malloc(len ? len : 1);

			assert_non_null(bytes);
			fill_random(bytes, len, &seed);
			memcpy(ret, before, sizeof(ret));
			assert_int_equal(wire_layout_decode(layout, (struct span){bytes, len}, ret),
					 WIRE_SHORT);
			assert_memory_equal(ret, before, sizeof(ret));
			free(bytes);
		}
	}
}

/* Accepted bytes encode to themselves; *ret: whether they were accepted. */
static bool consistent(const struct wire_layout *layout, const uint8_t *bytes, bool *ret)
{
	uint8_t mask[WIRE_LAYOUT_MAX_BYTES], again[WIRE_LAYOUT_MAX_BYTES];
	_Alignas(8) uint8_t s1[WIRE_LAYOUT_MAX_STRUCT_BYTES], s2[WIRE_LAYOUT_MAX_STRUCT_BYTES];

	*ret = wire_layout_decode(layout, (struct span){bytes, layout->bytes}, s1) == WIRE_OK;
	if (!*ret)
		return true;
	wire_layout_mask(layout, mask);
	wire_layout_encode(layout, s1, again);
	for (size_t i = 0; i < layout->bytes; i++)
		if (again[i] != (bytes[i] & mask[i]))
			return false;
	return wire_layout_decode(layout, (struct span){again, layout->bytes}, s2) == WIRE_OK &&
	       memcmp(s1, s2, layout->struct_bytes) == 0;
}

TEST(every_layout_writes_what_it_read_after_a_change_of_any_byte)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff, 0x55};
	uint32_t seed = 2;

	for (size_t i = 0; wire_all_layouts[i]; i++) {
		const struct wire_layout *layout = wire_all_layouts[i];
		unsigned int accepted = 0;

		for (int round = 0; round < 4; round++) {
			uint8_t *bytes = malloc(layout->bytes);
			bool ok;

			assert_non_null(bytes);
			if (round == 0)
				memset(bytes, 0, layout->bytes);
			else
				fill_random(bytes, layout->bytes, &seed);
			for (size_t b = 0; b < layout->bytes; b++) {
				for (size_t f = 0; f < sizeof(flips); f++) {
					bytes[b] ^= flips[f];
					if (!consistent(layout, bytes, &ok))
						fail_msg("%s, byte %zu", layout->name, b);
					accepted += ok;
					bytes[b] ^= flips[f];
				}
			}
			free(bytes);
		}
		if (!accepted && strcmp(layout->name, "RDMACM") && strcmp(layout->name, "SDPHello"))
			fail_msg("%s accepts nothing", layout->name);
	}
}

/* Each bit of a row changes the struct, each other bit changes nothing. */
TEST(every_bit_with_a_row_matters_and_no_other)
{
	for (size_t i = 0; wire_all_layouts[i]; i++) {
		const struct wire_layout *layout = wire_all_layouts[i];
		uint8_t bytes[WIRE_LAYOUT_MAX_BYTES] = {0}, mask[WIRE_LAYOUT_MAX_BYTES];
		struct wire_layout open = *layout;
		uint8_t zero[WIRE_LAYOUT_MAX_STRUCT_BYTES], one[WIRE_LAYOUT_MAX_STRUCT_BYTES];

		open.check = NULL;
		wire_layout_mask(layout, mask);
		wire_layout_decode(&open, (struct span){bytes, layout->bytes}, zero);
		for (unsigned int b = 0; b < 8u * layout->bytes; b++) {
			bool known = mask[b / 8] & 0x80 >> b % 8;

			bytes[b / 8] = (uint8_t)(0x80 >> b % 8);
			wire_layout_decode(&open, (struct span){bytes, layout->bytes}, one);
			if ((memcmp(zero, one, layout->struct_bytes) != 0) != known)
				fail_msg("%s, bit %u", layout->name, b);
			bytes[b / 8] = 0;
		}
	}
}
