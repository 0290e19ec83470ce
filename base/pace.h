/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rate limit with a burst, by the generic cell rate algorithm (ITU-T I.371); its state is one time. All zeros:
 * nothing was taken yet. Pure.
 */
#pragma once

#include "base/mono.h"

struct pace_limit {
	uint32_t burst; /* at least 1 */
	uint32_t interval_ms;
};

struct pace {
	struct mono_ms whole_at; /* when a whole burst is available again */
};

/* The earliest time at which the next one may be taken. */
static inline struct mono_ms pace_due(const struct pace *pace, const struct pace_limit *limit,
				      struct mono_ms now)
{
	const uint64_t ahead = (uint64_t)(limit->burst - 1) * limit->interval_ms;
	const uint64_t wait = mono_until(now, pace->whole_at);

	return mono_add(now, wait > ahead ? wait - ahead : 0);
}

/* Takes one, also if the limit does not allow it. */
static inline void pace_take(struct pace *pace, const struct pace_limit *limit, struct mono_ms now)
{
	if (mono_before(pace->whole_at, now))
		pace->whole_at = now;
	pace->whole_at = mono_add(pace->whole_at, limit->interval_ms);
}
