/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interpreter of layouts. A number spans at most eight bytes (wire_layout_check enforces that), so one
 * 64-bit accumulator is enough.
 */
#include "wire/field.h"

#include <assert.h>

static uint64_t bits_get(const uint8_t *bytes, size_t bit, unsigned int bits)
{
	size_t first = bit / 8, last = (bit + bits - 1) / 8;
	uint64_t v = 0;

	for (size_t i = first; i <= last; i++)
		v = v << 8 | bytes[i];
	v >>= 7 - (bit + bits - 1) % 8;
	return bits == 64 ? v : v & ((UINT64_C(1) << bits) - 1);
}

/* The bits must be zero before. */
static void bits_put(uint8_t *bytes, size_t bit, unsigned int bits, uint64_t v)
{
	size_t first = bit / 8, last = (bit + bits - 1) / 8;

	v <<= 7 - (bit + bits - 1) % 8;
	for (size_t i = last + 1; i-- > first; v >>= 8)
		bytes[i] = (uint8_t)(bytes[i] | (v & 0xff));
}

static void member_store(uint8_t *at, unsigned int size, uint64_t v)
{
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	switch (size) {
	case 1:
		*at = (uint8_t)v;
		break;
	case 2:
		memcpy(at, &v16, sizeof(v16));
		break;
	case 4:
		memcpy(at, &v32, sizeof(v32));
		break;
	default:
		memcpy(at, &v, sizeof(v));
	}
}

static uint64_t member_load(const uint8_t *at, unsigned int size)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (size) {
	case 1:
		return *at;
	case 2:
		memcpy(&v16, at, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, at, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, at, sizeof(v64));
		return v64;
	}
}

/* Byte arrays on byte boundaries are copied unchanged. */
static bool field_is_bytes(const struct wire_field *f)
{
	return f->count > 1 && f->bits == 8 && f->size == 1 && f->bit % 8 == 0;
}

static unsigned int field_wire_bits(const struct wire_field *f)
{
	return f->nested ? 8u * f->nested->bytes : (unsigned int)f->bits * f->count;
}

static unsigned int field_struct_bytes(const struct wire_field *f)
{
	return f->nested ? f->nested->struct_bytes : (unsigned int)f->size * f->count;
}

uint64_t wire_field_get(const struct wire_field *field, const uint8_t *bytes, unsigned int index)
{
	assert(index < field->count && !field->nested);
	return bits_get(bytes, field->bit + index * field->bits, field->bits);
}

enum wire_verdict wire_layout_decode(const struct wire_layout *layout, struct span in, void *ret)
{
	enum wire_verdict verdict;
	uint8_t *to = ret;

	if (in.len < layout->bytes)
		return WIRE_SHORT;
	verdict = layout->check ? layout->check(in.p) : WIRE_OK;
	if (verdict != WIRE_OK)
		return verdict;
	memset(to, 0, layout->struct_bytes);
	for (const struct wire_field *f = layout->fields; f < layout->fields + layout->fields_len;
	     f++) {
		if (f->nested) {
			struct span part = {in.p + f->bit / 8, f->nested->bytes};

			(void)wire_layout_decode(f->nested, part, to + f->offset);
			continue;
		}
		if (field_is_bytes(f)) {
			memcpy(to + f->offset, in.p + f->bit / 8, f->count);
			continue;
		}
		for (size_t i = 0; i < f->count; i++)
			member_store(to + f->offset + i * f->size, f->size,
				     bits_get(in.p, f->bit + i * f->bits, f->bits));
	}
	return WIRE_OK;
}

void wire_layout_encode(const struct wire_layout *layout, const void *from, uint8_t *ret)
{
	const uint8_t *s = from;

	memset(ret, 0, layout->bytes);
	for (const struct wire_field *f = layout->fields; f < layout->fields + layout->fields_len;
	     f++) {
		if (f->nested) {
			wire_layout_encode(f->nested, s + f->offset, ret + f->bit / 8);
			continue;
		}
		if (field_is_bytes(f)) {
			memcpy(ret + f->bit / 8, s + f->offset, f->count);
			continue;
		}
		for (size_t i = 0; i < f->count; i++) {
			uint64_t v = member_load(s + f->offset + i * f->size, f->size);

			assert(f->bits == 64 || v >> f->bits == 0);
			bits_put(ret, f->bit + i * f->bits, f->bits, v);
		}
	}
}

void wire_layout_mask(const struct wire_layout *layout, uint8_t *ret)
{
	memset(ret, 0, layout->bytes);
	for (const struct wire_field *f = layout->fields; f < layout->fields + layout->fields_len;
	     f++) {
		if (f->nested) {
			wire_layout_mask(f->nested, ret + f->bit / 8);
			continue;
		}
		for (unsigned int b = f->bit; b < f->bit + field_wire_bits(f); b++)
			ret[b / 8] = (uint8_t)(ret[b / 8] | 0x80 >> b % 8);
	}
}

const struct wire_field *wire_layout_field(const struct wire_layout *layout, const char *name)
{
	for (unsigned int i = 0; i < layout->fields_len; i++)
		if (strcmp(layout->fields[i].name, name) == 0)
			return &layout->fields[i];
	return NULL;
}

static bool field_sound(const struct wire_layout *layout, const struct wire_field *f)
{
	unsigned int end = f->bit + field_wire_bits(f);

	/* Decoding a nested layout must not fail after the outer one has begun. */
	if (f->nested && (f->bit % 8 != 0 || f->nested->check || wire_layout_check(f->nested)))
		return false;
	if (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8)
		return false;
	if (f->bits == 0 || f->bits > 8u * f->size || f->count == 0 || end > 8u * layout->bytes)
		return false;
	/* A number that does not start on a byte must not span nine bytes: the accumulator has 64 bits. */
	if (f->bit % 8 + f->bits > 64)
		return false;
	/* Elements of an array must start on byte boundaries. */
	if (f->count > 1 && (f->bits % 8 != 0 || f->bit % 8 != 0))
		return false;
	return f->offset + field_struct_bytes(f) <= layout->struct_bytes;
}

const char *wire_layout_check(const struct wire_layout *layout)
{
	uint8_t wire[WIRE_LAYOUT_MAX_BYTES * 8] = {0};
	uint8_t mem[WIRE_LAYOUT_MAX_STRUCT_BYTES] = {0};

	if (layout->bytes > WIRE_LAYOUT_MAX_BYTES ||
	    layout->struct_bytes > WIRE_LAYOUT_MAX_STRUCT_BYTES)
		return layout->name;
	for (const struct wire_field *f = layout->fields; f < layout->fields + layout->fields_len;
	     f++) {
		if (!field_sound(layout, f))
			return f->name;
		for (unsigned int b = f->bit; b < f->bit + field_wire_bits(f); b++)
			if (wire[b]++)
				return f->name;
		for (unsigned int o = f->offset; o < f->offset + field_struct_bytes(f); o++)
			if (mem[o]++)
				return f->name;
	}
	return NULL;
}
