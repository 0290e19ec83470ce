/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The captured MADs of tests/vectors for tests: read once, in the order of the files' names. The
 * format is told in the README there. The directory comes from the environment variable
 * IBGATE_VECTORS.
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

/* Prints why and exits when there are none: a test without its data must not pass. */
struct vectors vectors_load(void);
void vectors_free(struct vectors *v);

/* The MAD of that file and sequence number; exits when there is none. */
const struct vector_mad *vectors_get(const struct vectors *v, const char *file, unsigned int seq);

/* Every layout of wire/, for tests that hold for all of them; ends with NULL. */
extern const struct wire_layout *const wire_all_layouts[];

/* A small generator with a state of its own: the same bytes in every run. */
static inline uint8_t vectors_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (uint8_t)(*state >> 24);
}
