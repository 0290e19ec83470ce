/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibguestd's door: who connects is let in, or waits a while. A gateway that was lost, or is not there
 * yet, is hoped for, so that a tool that is started while it restarts finds it; and of several devices
 * that were lost, each is waited for: whoever is let in is told once and for all how many ports there
 * are. Pure: reads no clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

struct guestd_door {
	bool hoping; /* somebody knocked without a gateway, and waits until patience_end */
	struct mono_ms patience_end;
	uint32_t missed; /* bits: upstreams that were of use, were lost and are not back */
	struct mono_ms missed_end; /* after it nobody waits for them */
	bool holding; /* somebody waits for them, until hold_end at the latest */
	struct mono_ms hold_end;
};

void guestd_door_init(struct guestd_door *d, struct mono_ms now);

/* An upstream that was of use is lost. any: another is there still. */
void guestd_door_lost(struct guestd_door *d, unsigned int up, bool any, struct mono_ms now);
/* An upstream is of use: the others are on their way as well. */
void guestd_door_settled(struct guestd_door *d, unsigned int up, struct mono_ms now);
/* It will not come back: it was taken away. */
void guestd_door_forgotten(struct guestd_door *d, unsigned int up);

/*
 * Somebody knocks. any: there is an upstream. False: wait, and ask again. True: open; if there is no
 * upstream, that is to turn away whoever waited.
 */
bool guestd_door_opens(struct guestd_door *d, bool any, struct mono_ms now);
