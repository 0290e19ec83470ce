/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When to stay asleep although MADs come. Where many requests are in flight the answers come one by
 * one, and a gateway that wakes for each spends more on waking than on the MAD, and wakes its guests
 * as often. As an adapter moderates its interrupts: after a burst, let the next one gather for a part
 * of the time that the requests in flight will take, at the pace they came in so far. Who asks one at
 * a time never waits for this: one MAD is no burst. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define IO_COALESCE_BURST 4 /* MADs handled between two waits, more than which make a burst */
#define IO_COALESCE_MIN_NS 100000 /* the timers' slack makes a shorter one much longer than it is */
#define IO_COALESCE_MAX_NS 150000

struct io_coalesce {
	uint64_t since_ns; /* when it was asked last */
	uint64_t handled; /* MADs handled until then */
	uint64_t mad_ns; /* time from one MAD to the next, smoothed */
};

/*
 * There is nothing to do at now_ns, `handled` MADs (requests and answers) were handled since the
 * start, in_flight requests wait for their answers. For how long to sleep without looking; 0: look.
 */
static inline uint64_t io_coalesce_ns(struct io_coalesce *coalesce, uint64_t now_ns,
				      uint64_t handled, size_t in_flight)
{
	const uint64_t burst = handled - coalesce->handled;
	const uint64_t elapsed = now_ns - coalesce->since_ns;
	uint64_t length;

	coalesce->since_ns = now_ns;
	coalesce->handled = handled;
	if (burst <= IO_COALESCE_BURST)
		return 0;
	coalesce->mad_ns = (3 * coalesce->mad_ns + elapsed / burst) / 4;
	/* a request and its answer are two MADs: this is a quarter of what is still to come */
	length = in_flight * coalesce->mad_ns / 2;
	if (length < IO_COALESCE_MIN_NS)
		return 0;
	return length < IO_COALESCE_MAX_NS ? length : IO_COALESCE_MAX_NS;
}
