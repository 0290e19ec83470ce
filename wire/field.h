/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Layouts: a table of the specification as rows, and one small interpreter for all of them.
 * A row is a component: name, place on the wire (bits from the first, most significant one),
 * width, and the member of the struct that holds it in host order. Reserved bits have no row: they
 * are not read, and go out as zero.
 *
 * Everything here is pure; tables are constant. A layout that contradicts itself (rows that
 * overlap, or exceed the wire or the struct) is a bug that wire_layout_check() finds in a test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* The result of decoding. */
enum wire_verdict {
	WIRE_OK = 0,
	WIRE_SHORT, /* fewer bytes than the layout has */
	WIRE_BAD_VALUE, /* a count or length exceeds its space */
	WIRE_BAD_VERSION, /* an unsupported version */
};

/* One row: `count` consecutive elements of `bits` bits each, on the wire and in the struct. */
struct wire_field {
	const char *name;
	uint16_t bit; /* of the first element, from the start of the layout */
	uint16_t bits; /* of one element, 1..64 */
	uint16_t count; /* elements; 1 for a plain number */
	uint16_t offset; /* of the first element in the struct */
	uint16_t size; /* of one element in the struct: 1, 2, 4 or 8 */
	const struct wire_layout
		*nested; /* the element is a struct with rows of its own, or NULL */
};

struct wire_layout {
	const char *name;
	const struct wire_field *fields;
	uint16_t fields_len;
	uint16_t bytes; /* on the wire */
	uint16_t struct_bytes; /* in memory */
	/* What rows cannot say, of bytes that are long enough; NULL when there is nothing. */
	enum wire_verdict (*check)(const uint8_t *bytes);
};

/* The largest struct and the longest wire form of any layout, for callers that handle them all. */
#define WIRE_LAYOUT_MAX_STRUCT_BYTES 320
#define WIRE_LAYOUT_MAX_BYTES 256

/* A number of `width` bits at byte `at`, `sub` bits below its most significant one. */
#define WIRE_NUM(tag, member, at, sub, width)                                                     \
	{                                                                                         \
		.name = #member, .bit = (at)*8 + (sub), .bits = (width), .count = 1,              \
		.offset = offsetof(struct tag, member), .size = sizeof(((struct tag *)0)->member) \
	}

/* An array whose elements fill their type: bytes (a GID, private data) or numbers (P_Keys). */
#define WIRE_ARRAY(tag, member, at)                                                                \
	{                                                                                          \
		.name = #member, .bit = (at)*8, .bits = 8 * sizeof(((struct tag *)0)->member[0]),  \
		.count = sizeof(((struct tag *)0)->member) / sizeof(((struct tag *)0)->member[0]), \
		.offset = offsetof(struct tag, member),                                            \
		.size = sizeof(((struct tag *)0)->member[0])                                       \
	}

/* A layout inside a layout, as PortInfo in PortInfoRecord. */
#define WIRE_NESTED(tag, member, at, layout)                                           \
	{                                                                              \
		.name = #member, .bit = (at)*8, .bits = 8, .count = 1,                 \
		.offset = offsetof(struct tag, member), .size = 1, .nested = &(layout) \
	}

#define WIRE_LAYOUT_CHECKED(title, tag, rows, wire_bytes, check_fn)                            \
	{                                                                                      \
		.name = title, .fields = rows, .fields_len = sizeof(rows) / sizeof((rows)[0]), \
		.bytes = (wire_bytes), .struct_bytes = sizeof(struct tag), .check = check_fn   \
	}

#define WIRE_LAYOUT(title, tag, rows, wire_bytes) \
	WIRE_LAYOUT_CHECKED(title, tag, rows, wire_bytes, NULL)

/*
 * Fills *ret, all of it, from the first layout->bytes bytes of `in`; more are ignored. WIRE_SHORT
 * when there are fewer, or the verdict of the layout's check; then *ret is untouched.
 */
enum wire_verdict wire_layout_decode(const struct wire_layout *layout, struct span in, void *ret);

/*
 * Writes all layout->bytes bytes of `ret`, starting from zero. Asserts that every number fits
 * its component: what decode() gave always does, other numbers are the caller's to check.
 */
void wire_layout_encode(const struct wire_layout *layout, const void *from, uint8_t *ret);

/*
 * Declares NAME_layout, and these two for its struct: NAME_decode(in, ret), whose result is the verdict, and
 * NAME_encode(from, ret).
 */
#define WIRE_CODEC(name, wire_bytes)                                                              \
	extern const struct wire_layout name##_layout;                                            \
	static inline enum wire_verdict name##_decode(struct span in, struct name *ret)           \
	{                                                                                         \
		return wire_layout_decode(&name##_layout, in, ret);                               \
	}                                                                                         \
	static inline void name##_encode(const struct name *from, uint8_t ret[static wire_bytes]) \
	{                                                                                         \
		wire_layout_encode(&name##_layout, from, ret);                                    \
	}                                                                                         \
	struct name

/* Sets the bits that have a row, and no other, in layout->bytes bytes. */
void wire_layout_mask(const struct wire_layout *layout, uint8_t *ret);

/* The row of that name, or NULL. */
const struct wire_field *wire_layout_field(const struct wire_layout *layout, const char *name);

/* Element `index` of a row that is not nested, straight from bytes of at least the layout's length.
 */
uint64_t wire_field_get(const struct wire_field *field, const uint8_t *bytes, unsigned int index);

/* NULL when the table is sound, else the name of the first bad row (or of the layout). */
const char *wire_layout_check(const struct wire_layout *layout);
