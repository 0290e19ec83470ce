/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shell's clock, and the only one: the core is given what this returns.
 */
#pragma once

#include <time.h>

#include "base/mono.h"

/* CLOCK_MONOTONIC, which is also what GLib's sources are timed by. */
static inline struct mono_ms io_clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono_ms){(uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000};
}

/* The same clock in nanoseconds, for how long something took. */
static inline uint64_t io_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* What io_clock_now() said when io_clock_ns() said `ns`: two readings for the price of one. */
static inline struct mono_ms io_clock_ms(uint64_t ns)
{
	return (struct mono_ms){ns / 1000000};
}
