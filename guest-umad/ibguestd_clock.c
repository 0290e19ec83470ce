/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ibguestd's only clock; unit tests link another one. */
#include "guest-umad/coarse.h"
#include "guest-umad/ibguestd_feed.h"

struct mono_ms guestd_now(void)
{
	return coarse_now();
}
