/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sharing without a fixed number of users: a user may take one more as long as it has fewer than are free
 * (dynamic thresholds of shared-memory switches, Choudhury and Hahne 1998). A single user gets a half, the
 * next half of the rest, and a user that has none always gets one. A reserve is for privileged users, to
 * whom the rule does not apply. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct share {
	uint32_t all;
	uint32_t reserve; /* part of all, for privileged users */
};

static inline bool share_has_one_more(struct share share, uint32_t mine, uint32_t used,
				      bool privileged)
{
	const uint32_t most = privileged ? share.all : share.all - share.reserve;

	return used < most && (privileged || mine < most - used);
}
