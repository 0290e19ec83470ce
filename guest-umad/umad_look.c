/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Polls the ring's memory for an answer before sleeping (base/look.h). This uses the application's
 * processor: at most LOOK_NS, only after many short waits in a row, and no longer if answers do not come
 * sooner by it. A wait that ends in a time-out polls at most once.
 */
#include <sys/resource.h>

#include "guest-umad/umad_lib.h"

enum {
	LOOK_NS = 50000, /* the longest poll */
	PEEKS = 32, /* polls between two readings of the clock, which may be a system call */
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

bool gumad_look_first(void)
{
	uint64_t end;

	if (!look_first(&gumad.look) || !gumad.link || !gumad_link_look(gumad.link))
		return false;
	end = gumad_now_ns() + LOOK_NS;
	do {
		for (int i = 0; i < PEEKS; i++) {
			if (gumad_link_peek(gumad.link))
				return true;
			relax();
		}
	} while (!gumad_lock_is_wanted() && gumad_now_ns() < end);
	return true;
}

/* Longer than a wait that says something about the pace; the margin is two ticks of the coarse clock. */
static bool was_long(struct mono_ms since)
{
	return mono_until(since, gumad_now()) > 2 * LOOK_LONG_NS / 1000000 + 8;
}

void gumad_look_learn(struct mono_ms since)
{
	struct look_wait wait = {.was_long = was_long(since), .mads = gumad.delivered};
	struct rusage usage;

	if (wait.was_long || look_needs_clock(&gumad.look)) {
		wait.now_ns = gumad_now_ns();
		if (getrusage(RUSAGE_THREAD, &usage) == 0)
			wait.preempted = (uint64_t)usage.ru_nivcsw;
	}
	look_learn(&gumad.look, &wait);
}
