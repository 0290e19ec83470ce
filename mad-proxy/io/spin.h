/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long to look for work before sleeping. A request that comes alone costs mostly wake-ups, of
 * which the gateway adds two; looking a little longer saves them. As KVM's halt polling does it:
 * the budget grows while waits turn out short, and is gone when they are long or when work comes
 * in bursts (then a sleeping gateway is woken for many at once, and the processor is better left
 * to others). Pure.
 */
#pragma once

#include <stdint.h>

#define IO_SPIN_MAX_NS 100000
#define IO_SPIN_START_NS 12500
#define IO_SPIN_BURST 4 /* MADs handled between two waits that make a burst */

struct io_spin {
	uint64_t budget_ns; /* for the wait to come; 0: sleep at once */
};

/* A wait, spun or slept, ended after waited_ns; `handled` MADs came since the wait before it. */
static inline void io_spin_learn(struct io_spin *spin, uint64_t waited_ns, uint64_t handled)
{
	if (waited_ns > IO_SPIN_MAX_NS || handled > IO_SPIN_BURST)
		spin->budget_ns = 0;
	else if (spin->budget_ns == 0)
		spin->budget_ns = IO_SPIN_START_NS;
	else if (spin->budget_ns < IO_SPIN_MAX_NS)
		spin->budget_ns *= 2;
}
