/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time in a guest, read several times a MAD. In a PV guest whose time counter Xen does not call
 * stable CLOCK_MONOTONIC is a system call, which costs as much as a doorbell; the coarse clock never
 * is one (clock_gettime(2)). It stands at the last tick, so it is late by at most coarse_step(), and
 * what is to happen at a time of this clock is asked of a timer so much later.
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
