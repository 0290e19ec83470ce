/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counts things that end at a given time, in intervals of a quarter of a second, without memory for each of
 * them. Pure. All zeros: empty.
 */
#pragma once

#include "base/mono.h"

#define LINGER_MS 250 /* length of an interval */
#define LINGER_PLACES 128 /* intervals; a longer time is cut to these */

struct linger {
	uint32_t count;
	uint64_t next; /* the next interval that ends, in units of LINGER_MS */
	uint32_t place[LINGER_PLACES]; /* how many end in each interval */
};

/* Removes those whose time is over; returns their number. */
static inline uint32_t linger_end(struct linger *l, struct mono_ms now)
{
	uint32_t over = 0;

	for (unsigned int i = 0; i < LINGER_PLACES && l->next <= now.ms / LINGER_MS; i++) {
		uint32_t *place = &l->place[l->next++ % LINGER_PLACES];

		over += *place;
		*place = 0;
	}
	l->count -= over;
	return over;
}

/* Adds one that ends in ms. Call linger_end() first, if others may have ended. */
static inline void linger_add(struct linger *l, struct mono_ms now, uint64_t ms)
{
	uint64_t until = (now.ms + ms + LINGER_MS - 1) / LINGER_MS;

	if (!l->count)
		l->next = now.ms / LINGER_MS + 1;
	if (until < l->next)
		until = l->next;
	if (until >= l->next + LINGER_PLACES)
		until = l->next + LINGER_PLACES - 1;
	l->place[until % LINGER_PLACES]++;
	l->count++;
}

/* When to call linger_end() next. */
static inline struct mono_ms linger_due(const struct linger *l)
{
	const struct mono_ms due = {l->next * LINGER_MS};

	return l->count ? due : MONO_NEVER;
}
