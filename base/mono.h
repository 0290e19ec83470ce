/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Monotonic time as a type: milliseconds since an arbitrary start. Pure code gets the time as a parameter.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mono_ms {
	uint64_t ms;
};

/* "Never": later than every real time. */
#define MONO_NEVER ((struct mono_ms){UINT64_MAX})

static inline struct mono_ms mono_add(struct mono_ms t, uint64_t delta_ms)
{
	return (struct mono_ms){t.ms > UINT64_MAX - delta_ms ? UINT64_MAX : t.ms + delta_ms};
}

/* True when a is strictly earlier than b. */
static inline bool mono_before(struct mono_ms a, struct mono_ms b)
{
	return a.ms < b.ms;
}

static inline struct mono_ms mono_min(struct mono_ms a, struct mono_ms b)
{
	return a.ms < b.ms ? a : b;
}

/* Milliseconds from `from` to `to`, 0 when `to` is not later. */
static inline uint64_t mono_until(struct mono_ms from, struct mono_ms to)
{
	return to.ms > from.ms ? to.ms - from.ms : 0;
}
