/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether to look for a while before sleeping, learned from what it does to the pace. A wake-up costs
 * a microsecond on one machine and fifty on another; a look costs a processor that the peer may need
 * more; nobody can tell beforehand. So the waiter tries: a window of waits in the other way, now and
 * then, and compares the time that a MAD took in each. Looking must be faster by an eighth, or the
 * waiter sleeps. A looking waiter that the scheduler preempts has taken a processor that another thread
 * wanted: it sleeps, too. A trial that changes nothing is repeated ever more rarely. Pure.
 *
 *	look_first()	call before each wait: whether to poll first
 *	look_learn()	call after each wait
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LOOK_WINDOW 64 /* waits that are measured together */
#define LOOK_HOLD_FIRST 2 /* windows until the first trial */
#define LOOK_HOLD_MAX \
	512 /* so that trials take a five-hundredth of the time at most, where they never pay */
#define LOOK_LONG_NS 1000000 /* a wait that says nothing about the pace: the client thought */
#define LOOK_PREEMPTED_MAX 8 /* preemptions in a window that looks; after more it sleeps */
#define LOOK_RESTARTS 3 /* long waits that were looked at in one window; after more it sleeps */

struct look {
	bool looks; /* the current mode: poll before sleeping */
	bool trial; /* this window tries the other mode */
	uint32_t hold, left; /* windows until the next trial: when it began, and now */
	uint32_t waits, restarts; /* in this window */
	uint64_t began_ns, began_mads, began_preempted; /* of this window */
	uint64_t held_ns; /* time a MAD took in the last window that held */
};

/* What look_learn() is told; all but was_long are counted from any start. */
struct look_wait {
	bool was_long; /* LOOK_LONG_NS or longer */
	uint64_t mads; /* that were handled */
	/* Read only if was_long, or if look_needs_clock(): */
	uint64_t now_ns;
	uint64_t preempted; /* how often the thread lost its processor (getrusage(2): ru_nivcsw) */
};

static inline bool look_first(const struct look *look)
{
	return look->looks != look->trial;
}

/* Sets the mode until the next trial. */
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

static inline void look_window(struct look *look, const struct look_wait *wait)
{
	look->waits = 0;
	look->began_ns = wait->now_ns;
	look->began_mads = wait->mads;
	look->began_preempted = wait->preempted;
}

/* A window with mad_ns per MAD has ended. */
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

/* A wait is over. */
static inline void look_learn(struct look *look, const struct look_wait *wait)
{
	if (look->hold == 0)
		look_hold(look, false);
	if (wait->was_long || look->began_ns == 0) {
		if (wait->was_long && look_first(look) && ++look->restarts > LOOK_RESTARTS)
			look_hold(look, false);
		look_window(look, wait);
		return;
	}
	if (++look->waits < LOOK_WINDOW)
		return;
	if (look_first(look) && wait->preempted - look->began_preempted > LOOK_PREEMPTED_MAX)
		look_hold(look, false);
	else if (wait->mads != look->began_mads)
		look_judge(look, (wait->now_ns - look->began_ns) / (wait->mads - look->began_mads));
	look_window(look, wait);
}

/* The next look_learn() of a wait that was not long has to know the time and the preemptions. */
static inline bool look_needs_clock(const struct look *look)
{
	return look->began_ns == 0 || look->waits + 1 >= LOOK_WINDOW;
}
