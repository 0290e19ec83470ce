/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * So many at once, and then one every so often: the generic cell rate algorithm (ITU-T I.371), whose
 * whole state is one time. All zeros: nothing was taken yet. Pure.
 */
#pragma once

#include "base/mono.h"

struct pace_limit {
	uint32_t burst; /* at least 1 */
	uint32_t interval_ms;
};

struct pace {
	struct mono_ms whole_at; /* when the whole burst is to be had again */
};

/* When the next one may be taken: now, or later. */
static inline struct mono_ms pace_due(const struct pace *pace, const struct pace_limit *limit,
				      struct mono_ms now)
{
	const uint64_t ahead = (uint64_t)(limit->burst - 1) * limit->interval_ms;
	const uint64_t wait = mono_until(now, pace->whole_at);

	return mono_add(now, wait > ahead ? wait - ahead : 0);
}

/* One is taken, whether it may or not. */
static inline void pace_take(struct pace *pace, const struct pace_limit *limit, struct mono_ms now)
{
	if (mono_before(pace->whole_at, now))
		pace->whole_at = now;
	pace->whole_at = mono_add(pace->whole_at, limit->interval_ms);
}
