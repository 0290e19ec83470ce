/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "guest-umad/ibguestd_door.h"

enum {
	/* Less than the library waits (15000). */
	PATIENCE_LOST_MS = 12000,
	PATIENCE_MS = 1500, /* later: as long as connecting again takes when it is back */
	/* Between one device's return and the next one's: a restarted gateway has all at once. */
	REST_MS = 3000,
	HOLD_MS = 6000, /* devices that come and go without end keep nobody waiting longer */
};

void guestd_door_init(struct guestd_door *d, struct mono_ms now)
{
	*d = (struct guestd_door){.patience_end = mono_add(now, PATIENCE_LOST_MS)};
}

void guestd_door_lost(struct guestd_door *d, unsigned int up, bool any, struct mono_ms now)
{
	d->missed |= UINT32_C(1) << up;
	d->missed_end = mono_add(now, REST_MS);
	if (!any)
		d->patience_end = mono_add(now, PATIENCE_LOST_MS);
}

void guestd_door_settled(struct guestd_door *d, unsigned int up, struct mono_ms now)
{
	d->missed &= ~(UINT32_C(1) << up);
	d->missed_end = mono_add(now, REST_MS);
}

void guestd_door_forgotten(struct guestd_door *d, unsigned int up)
{
	d->missed &= ~(UINT32_C(1) << up);
}

/* So it is, or it was waited for long enough. */
static bool whole(struct guestd_door *d, struct mono_ms now)
{
	if (!d->holding)
		d->hold_end = mono_add(now, HOLD_MS);
	d->holding = d->missed && mono_before(now, mono_min(d->missed_end, d->hold_end));
	if (!d->holding)
		d->missed = 0;
	return !d->holding;
}

bool guestd_door_opens(struct guestd_door *d, bool any, struct mono_ms now)
{
	if (any) {
		d->hoping = false;
		return whole(d, now);
	}
	if (mono_before(now, d->patience_end)) {
		d->hoping = true;
		return false;
	}
	/* who waited is turned away; who comes next may hope again */
	d->hoping = !d->hoping;
	if (d->hoping)
		d->patience_end = mono_add(now, PATIENCE_MS);
	return !d->hoping;
}
