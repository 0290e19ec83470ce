/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether to look for a while before sleeping, learned from what it does to the pace. A wake-up costs
 * a microsecond on one machine and fifty on another; a look costs a processor that the peer may need
 * more; nobody can tell beforehand. So the waiter tries: a window of waits in the other way, now and
 * then, and compares the time that a MAD took in each. Looking must be faster by an eighth, or the
 * waiter sleeps. A trial that changes nothing is repeated ever more rarely. Pure.
 *
 *	look_first()	asked at each wait: look for some microseconds before sleeping?
 *	look_learn()	told after each wait
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LOOK_WINDOW 64 /* waits that are measured together */
#define LOOK_HOLD_FIRST 2 /* windows until the first trial */
#define LOOK_HOLD_MAX \
	512 /* so that trials take a five-hundredth of the time at most, where they never pay */
#define LOOK_LONG_NS 1000000 /* a wait that says nothing about the pace: the client thought */
#define LOOK_RESTARTS 3 /* long waits that were looked at in one window; after more it sleeps */

struct look {
	bool looks; /* what holds */
	bool trial; /* this window is in the other way */
	uint32_t hold, left; /* windows until the next trial: when it began, and now */
	uint32_t waits, restarts; /* in this window */
	uint64_t began_ns, began_mads; /* of this window */
	uint64_t held_ns; /* time a MAD took in the last window that held */
};

static inline bool look_first(const struct look *look)
{
	return look->looks != look->trial;
}

/* From here on the waiter looks, or does not, until the next trial. */
static inline void look_hold(struct look *look, bool looks)
{
	if (looks != look->looks || look->hold == 0) /* the first of all sleeps */
		look->hold = LOOK_HOLD_FIRST;
	else if (look->hold < LOOK_HOLD_MAX)
		look->hold *= 4;
	look->left = look->hold;
	look->restarts = 0;
	look->looks = looks;
	look->trial = false;
}

static inline void look_window(struct look *look, uint64_t now_ns, uint64_t mads)
{
	look->waits = 0;
	look->began_ns = now_ns;
	look->began_mads = mads;
}

/* A window is over, in which a MAD took mad_ns. */
static inline void look_judge(struct look *look, uint64_t mad_ns)
{
	const uint64_t sleep_ns = look->looks ? mad_ns : look->held_ns;
	const uint64_t look_ns = look->looks ? look->held_ns : mad_ns;

	if (look->trial) {
		look_hold(look, look_ns + look_ns / 8 < sleep_ns);
	} else {
		look->held_ns = mad_ns;
		look->trial = --look->left == 0;
	}
	look->restarts = 0;
}

/*
 * A wait is over at now_ns; it was long (LOOK_LONG_NS) or not; `mads` were handled since the start.
 * now_ns counts only then, or when look_needs_clock() said so.
 */
static inline void look_learn(struct look *look, uint64_t now_ns, bool was_long, uint64_t mads)
{
	if (look->hold == 0)
		look_hold(look, false);
	if (was_long || look->began_ns == 0) {
		if (was_long && look_first(look) && ++look->restarts > LOOK_RESTARTS)
			look_hold(look, false);
		look_window(look, now_ns, mads);
		return;
	}
	if (++look->waits < LOOK_WINDOW || mads == look->began_mads)
		return;
	look_judge(look, (now_ns - look->began_ns) / (mads - look->began_mads));
	look_window(look, now_ns, mads);
}

/* The next look_learn() of a wait that was not long has to know the time. */
static inline bool look_needs_clock(const struct look *look)
{
	return look->began_ns == 0 || look->waits + 1 >= LOOK_WINDOW;
}
