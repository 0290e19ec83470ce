/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The library's clock (guest-umad/umad_clock.h), controlled by the test. By default a wait takes no time
 * and moves the clock to its end. By hand the test moves the clock, and waits block.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "guest-umad/umad_clock.h"

struct fake_clock {
	atomic_bool by_hand;
	atomic_bool interrupted; /* a signal ends the next wait, or the current one */
	atomic_uint waits; /* number of waits begun */
};

extern struct fake_clock fake_clock;

void fake_clock_advance(uint64_t ms);
