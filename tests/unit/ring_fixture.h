/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Both ends of a ring (channel/ring.h) in one thread, over memory that the test writes as well. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel/ring.h"

#define SLOTS 8u

/* The direction guest to host: the guest produces, the host consumes. */
struct fixture {
	struct chan_ring_page *page;
	struct chan_producer p, host_p;
	struct chan_consumer c, guest_c;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->page = aligned_alloc(CHAN_RING_PAGE_BYTES, CHAN_RING_MAP_BYTES(SLOTS));
	memset(f->page, 0, CHAN_RING_MAP_BYTES(SLOTS));
	chan_ring_format(f->page, SLOTS);
	chan_ring_guest(f->page, SLOTS, &f->p, &f->guest_c);
	chan_ring_host(f->page, SLOTS, &f->host_p, &f->c);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->page);
	free(f);
	return 0;
}

/* Both ends and the memory, as after `index` slots. */
static inline void start_at(struct fixture *f, uint32_t index)
{
	f->p.produced = f->p.consumed_seen = f->p.checked = index;
	f->c.consumed = f->c.produced_seen = f->c.checked = index;
	f->page->to_host.produced = f->page->to_host.consumed = index;
}

static inline enum chan_verdict put(struct fixture *f, uint64_t cookie)
{
	struct chan_slot *slot;
	enum chan_verdict verdict = chan_producer_reserve(&f->p, &slot);

	if (verdict == CHAN_DONE) {
		memset(slot, (int)(uint8_t)cookie, sizeof(*slot));
		slot->cookie = cookie;
		chan_producer_commit(&f->p);
	}
	return verdict;
}

static inline enum chan_verdict take(struct fixture *f, uint64_t *ret_cookie)
{
	struct chan_slot slot;
	enum chan_verdict verdict = chan_consumer_take(&f->c, &slot);

	if (verdict == CHAN_DONE) {
		*ret_cookie = slot.cookie;
		assert_int_equal(slot.kind, (uint8_t)slot.cookie);
		assert_int_equal(slot.mad[CHAN_MAD_BYTES - 1], (uint8_t)slot.cookie);
	}
	return verdict;
}

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)
