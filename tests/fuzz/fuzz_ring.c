/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzz target: the host's ends of both rings in memory that the guest writes as it likes.
 *
 * The input is a program of three-byte instructions: an operation, and an argument for it. Whatever
 * it does, the host's private indices keep their order, its slots lie inside the mapping, and what
 * it writes into the page are its own words alone.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "channel/ring.h"

#define SLOTS 8u

enum {
	PRODUCED,
	CONSUMED,
	EVENTS,
	SCRIBBLE,
	TAKE,
	ARM,
	RESERVE,
	COMMIT,
	WANT_ROOM,
	KICK,
	OPERATIONS
};

struct host {
	_Alignas(CHAN_RING_PAGE_BYTES) uint8_t map[CHAN_RING_MAP_BYTES(SLOTS)];
	uint8_t after[CHAN_RING_PAGE_BYTES]; /* nothing of it may ever be written */
	struct chan_producer p;
	struct chan_consumer c;
};

static void check(const struct host *h)
{
	static const uint8_t zeros[sizeof(h->after)];
	const struct chan_ring_page *page = (const void *)h->map;

	assert(h->p.produced - h->p.consumed_seen <= SLOTS);
	assert(h->c.produced_seen - h->c.consumed <= SLOTS);
	assert(page->to_guest.produced == h->p.produced || h->p.produced == 0);
	assert(memcmp(h->after, zeros, sizeof(zeros)) == 0);
}

static void reserve(struct host *h, int commit)
{
	struct chan_slot *slot = NULL;
	enum chan_verdict verdict = chan_producer_reserve(&h->p, &slot);

	assert((verdict == CHAN_DONE) == (slot != NULL));
	if (!slot)
		return;
	assert((uint8_t *)slot >= h->map + CHAN_RING_PAGE_BYTES + SLOTS * CHAN_SLOT_BYTES);
	assert((uint8_t *)(slot + 1) <= h->map + sizeof(h->map));
	memset(slot, 0x55, sizeof(*slot));
	if (commit)
		chan_producer_commit(&h->p);
}

static void take(struct host *h)
{
	struct chan_slot slot = {.kind = 0xff};
	uint32_t before = h->c.consumed;
	const struct chan_slot *from = &h->c.slot[before & (SLOTS - 1)];

	if (chan_consumer_take(&h->c, &slot) != CHAN_DONE) {
		assert(slot.kind == 0xff && h->c.consumed == before);
		return;
	}
	assert(h->c.consumed == before + 1);
	assert(memcmp(&slot, from, sizeof(slot)) == 0);
}

static void host_step(struct host *h, uint8_t operation, uint16_t arg)
{
	struct chan_ring_page *page = (void *)h->map;
	uint32_t word = (uint32_t)(int32_t)(int16_t)arg; /* small, or near the wrap */

	switch (operation % OPERATIONS) {
	case PRODUCED:
		page->to_host.produced = h->c.consumed + word;
		break;
	case CONSUMED:
		page->to_guest.consumed = h->p.produced + word;
		break;
	case EVENTS:
		page->to_guest.data_event = h->p.produced + word;
		page->to_host.space_event = h->c.consumed - word;
		break;
	case SCRIBBLE: /* also over the host's words, which it must not miss; see check() */
		h->map[CHAN_RING_PAGE_BYTES + arg % (SLOTS * CHAN_SLOT_BYTES)] ^=
			(uint8_t)(arg >> 8);
		page->to_host.consumed = page->to_host.data_event = page->slots = word;
		break;
	case TAKE:
		take(h);
		break;
	case ARM:
		if (chan_consumer_arm(&h->c) == CHAN_NOTHING)
			assert(page->to_host.data_event == h->c.consumed + 1);
		break;
	case RESERVE:
		reserve(h, 0);
		break;
	case COMMIT:
		reserve(h, 1);
		break;
	case WANT_ROOM:
		chan_producer_want_room(&h->p, 1 + arg % SLOTS);
		break;
	case KICK:
		chan_producer_should_notify(&h->p);
		assert(!chan_producer_should_notify(&h->p));
		chan_consumer_should_notify(&h->c);
		assert(!chan_consumer_should_notify(&h->c));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host host;

	memset(&host, 0, sizeof(host));
	chan_ring_host(host.map, SLOTS, &host.p, &host.c);
	for (; size >= 3; data += 3, size -= 3) {
		host_step(&host, data[0], (uint16_t)(data[1] | data[2] << 8));
		check(&host);
	}
	return 0;
}
