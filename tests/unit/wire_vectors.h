/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The captured MADs of tests/vectors: read once, sorted by file name. The README there describes the
 * format. The environment variable IBGATE_VECTORS names the directory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/field.h"
#include "wire/mad.h"

struct vector_mad {
	char file[48];
	unsigned int seq;
	uint16_t slid;
	uint16_t dlid;
	uint32_t src_qpn;
	uint32_t dst_qpn;
	uint32_t qkey;
	uint8_t mad[WIRE_MAD_BYTES];
};

struct vectors {
	struct vector_mad *mads;
	size_t len;
};

/* Without data prints an error and exits: a test must not pass without its data. */
struct vectors vectors_load(void);
void vectors_free(struct vectors *v);

/* The MAD of that file and sequence number; exits if there is none. */
const struct vector_mad *vectors_get(const struct vectors *v, const char *file, unsigned int seq);

/* Every layout of wire/; ends with NULL. */
extern const struct wire_layout *const wire_all_layouts[];

/* A small generator: the same bytes in every run. */
static inline uint8_t vectors_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (uint8_t)(*state >> 24);
}
