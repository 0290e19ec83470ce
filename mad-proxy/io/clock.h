/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shell's only clock; the core gets this time as a parameter.
 */
#pragma once

#include <time.h>

#include "base/mono.h"

/* CLOCK_MONOTONIC, which GLib's sources use as well. */
static inline struct mono_ms io_clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono_ms){(uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000};
}

/* The same clock in nanoseconds, for measuring durations. */
static inline uint64_t io_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Converts a time of io_clock_ns() to that of io_clock_now(). */
static inline struct mono_ms io_clock_ms(uint64_t ns)
{
	return (struct mono_ms){ns / 1000000};
}
