/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The library's clock (guest-umad/umad_clock.h) in the test's hand. By itself it stands still but for
 * those who wait: they wait for nothing, the clock goes to where they would wake. By hand it moves
 * when the test says so, and who waits does wait.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "guest-umad/umad_clock.h"

struct fake_clock {
	atomic_bool by_hand;
	atomic_bool interrupted; /* a signal ends the next wait, or the one under way */
	atomic_uint waits; /* begun so far */
};

extern struct fake_clock fake_clock;

void fake_clock_advance(uint64_t ms);
