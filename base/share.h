/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who may have one more of what all share: as long as one has less than is left. So one alone gets a
 * half, the next a half of the rest, and whoever comes with nothing finds something; nobody is told
 * how many others there are (the dynamic thresholds of shared-memory switches, Choudhury and Hahne
 * 1998). A part may be kept for the privileged, who are not bound by this. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct share {
	uint32_t all;
	uint32_t reserve; /* of it, for the privileged */
};

static inline bool share_has_one_more(struct share share, uint32_t mine, uint32_t used,
				      bool privileged)
{
	const uint32_t most = privileged ? share.all : share.all - share.reserve;

	return used < most && (privileged || mine < most - used);
}
