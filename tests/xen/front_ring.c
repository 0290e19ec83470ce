/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring of a front-end: its doorbell is an event channel, its end is seen in xenstore. */
#include "tests/patience.h"
#include "tests/xen/front.h"

#include "base/container_of.h"

enum { LOOK_EVERY = 50 };

static struct front *front_of(struct hand *ring)
{
	return container_of(ring, struct front, ring);
}

static void bell(struct hand *ring)
{
	front_ring_bell(front_of(ring));
}

/* Reads xenstore only sometimes. */
static bool look(struct hand *ring, unsigned int looks)
{
	breathe();
	return looks <= TEST_PATIENCE_MS &&
	       (looks % LOOK_EVERY != LOOK_EVERY - 1 || back_state(front_of(ring)) == CONNECTED);
}

void front_ring_new(struct front *f)
{
	f->ring.slots = FRONT_SLOTS;
	f->ring.bell = bell;
	f->ring.look = look;
	hand_begin(&f->ring);
}

uint16_t front_own_lid(struct front *f)
{
	struct chan_port_info info;

	return hand_port(&f->ring, &info) ? info.base_lid : 0;
}

uint32_t front_untaken(const struct front *f)
{
	return f->ring.produced -
	       __atomic_load_n(&f->ring.page->to_host.consumed, __ATOMIC_ACQUIRE);
}

bool front_lives(struct front *f)
{
	struct chan_port_info info;

	return back_state(f) == CONNECTED && hand_port(&f->ring, &info);
}
