/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time in a guest, which is read several times for each MAD. In a PV guest whose TSC Xen does not report as
 * stable, CLOCK_MONOTONIC is a system call, as expensive as a doorbell; the coarse clock never is one
 * (clock_gettime(2)). It has the time of the last tick, so it is late by at most coarse_step(); a timer for a
 * time of this clock must be set later by coarse_step().
 */
#pragma once

#include <time.h>

#include "base/mono.h"

static inline struct mono_ms coarse_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (struct mono_ms){(uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000};
}

/* Milliseconds from one tick to the next, rounded up. */
static inline uint64_t coarse_step(void)
{
	struct timespec ts;

	clock_getres(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)(ts.tv_nsec + 999999) / 1000000;
}
