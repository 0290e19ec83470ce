/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* channel/ring: slots through both ends of a ring, and everything that a hostile peer can write. */
#include "tests/unit/test.h"
#include "tests/unit/ring_fixture.h"

TEST_F(only_powers_of_two_in_bounds_are_sizes, struct fixture *f)
{
	uint32_t n, valid = 0;

	for (n = 0; n < 10000; n++)
		valid += chan_ring_slots_valid(n);
	assert_int_equal(valid, 12); /* 2 .. 4096 */
	assert_false(chan_ring_slots_valid(0x80000000u));
	assert_false(chan_ring_slots_valid(UINT32_MAX));
}

TEST_F(the_two_directions_do_not_share_a_byte, struct fixture *f)
{
	assert_ptr_equal(f->p.ctl, f->c.ctl);
	assert_ptr_equal(f->p.slot, f->c.slot);
	assert_ptr_equal(f->host_p.ctl, f->guest_c.ctl);
	assert_ptr_equal(f->host_p.slot, f->p.slot + SLOTS);
	assert_ptr_equal((uint8_t *)f->p.slot, (uint8_t *)f->page + CHAN_RING_PAGE_BYTES);
	assert_true((uint8_t *)(f->host_p.slot + SLOTS) <=
		    (uint8_t *)f->page + CHAN_RING_MAP_BYTES(SLOTS));
}

TEST_F(slots_arrive_in_order_while_the_index_wraps, struct fixture *f)
{
	uint64_t sent = 0, got = 0, cookie;

	start_at(f, UINT32_MAX - 20);
	while (got < 60) {
		unsigned int burst = (unsigned int)(got % SLOTS) + 1;

		while (burst-- && put(f, sent) == CHAN_DONE)
			sent++;
		while (take(f, &cookie) == CHAN_DONE)
			assert_int_equal(cookie, got++);
		assert_int_equal(sent, got);
	}
	assert_true(f->c.consumed < 100);
}

TEST_F(an_empty_ring_gives_nothing_and_leaves_the_copy_alone, struct fixture *f)
{
	struct chan_slot slot = {.cookie = 77};

	assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_NOTHING);
	assert_int_equal(slot.cookie, 77);
}

TEST_F(a_full_ring_takes_nothing_until_one_is_consumed, struct fixture *f)
{
	uint64_t i, cookie;

	start_at(f, UINT32_MAX - 3);
	for (i = 0; i < SLOTS; i++)
		assert_int_equal(put(f, i), CHAN_DONE);
	assert_int_equal(put(f, i), CHAN_NOTHING);
	assert_int_equal(take(f, &cookie), CHAN_DONE);
	assert_int_equal(cookie, 0);
	assert_int_equal(put(f, i), CHAN_DONE);
	assert_int_equal(put(f, i + 1), CHAN_NOTHING);
	for (i = 1; i <= SLOTS; i++) {
		assert_int_equal(take(f, &cookie), CHAN_DONE);
		assert_int_equal(cookie, i);
	}
	assert_int_equal(take(f, &cookie), CHAN_NOTHING);
}

TEST_F(a_slot_that_is_not_committed_is_not_sent, struct fixture *f)
{
	struct chan_slot *first, *second;
	uint64_t cookie;

	assert_int_equal(chan_producer_reserve(&f->p, &first), CHAN_DONE);
	assert_int_equal(chan_producer_reserve(&f->p, &second), CHAN_DONE);
	assert_ptr_equal(first, second);
	assert_int_equal(take(f, &cookie), CHAN_NOTHING);
	assert_false(chan_producer_should_notify(&f->p));
}

/* Every `produced` other than consumed .. consumed + size is invalid. */
TEST_F(an_impossible_produced_index_is_a_verdict, struct fixture *f)
{
	static const uint32_t starts[] = {0, 5, 0x7fffffff, UINT32_MAX - 2, UINT32_MAX};
	static const uint32_t deltas[] = {SLOTS + 1,   SLOTS + 2,  2 * SLOTS,
					  0x10000,     0x7fffffff, 0x80000000u,
					  0x80000001u, UINT32_MAX, UINT32_MAX - SLOTS};
	size_t s, d;
	uint32_t n;

	for (s = 0; s < sizeof(starts) / sizeof(starts[0]); s++) {
		struct chan_slot slot = {.cookie = 99};

		for (d = 0; d < sizeof(deltas) / sizeof(deltas[0]); d++) {
			start_at(f, starts[s]);
			f->page->to_host.produced = starts[s] + deltas[d];
			assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_BAD_INDEX);
			assert_int_equal(chan_consumer_arm(&f->c), CHAN_BAD_INDEX);
			assert_int_equal(slot.cookie, 99);
			assert_int_equal(f->c.consumed, starts[s]);
		}
		for (n = 0; n <= SLOTS; n++) {
			start_at(f, starts[s]);
			f->page->to_host.produced = starts[s] + n;
			assert_int_equal(chan_consumer_take(&f->c, &slot),
					 n ? CHAN_DONE : CHAN_NOTHING);
		}
	}
}

TEST_F(a_produced_index_that_goes_back_is_a_verdict, struct fixture *f)
{
	struct chan_slot slot;

	start_at(f, UINT32_MAX);
	f->page->to_host.produced += 4;
	assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_DONE);
	f->page->to_host.produced -= 1;
	assert_int_equal(chan_consumer_arm(&f->c), CHAN_BAD_INDEX);
	assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_DONE);
	assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_DONE);
	assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_DONE);
	assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_BAD_INDEX);
	assert_int_equal(chan_consumer_take(&f->c, &slot), CHAN_BAD_INDEX);
}

/* The producer reads `consumed` when it needs room. */
TEST_F(an_impossible_consumed_index_is_a_verdict, struct fixture *f)
{
	static const uint32_t bad[] = {SLOTS + 1,   SLOTS + 2,	0x7fffffff,
				       0x80000000u, UINT32_MAX, UINT32_MAX - SLOTS};
	struct chan_slot *slot;
	size_t i;
	uint32_t n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		start_at(f, UINT32_MAX - 1);
		for (n = 0; n < SLOTS; n++)
			assert_int_equal(put(f, n), CHAN_DONE);
		f->page->to_host.consumed = UINT32_MAX - 1 + bad[i];
		slot = NULL;
		assert_int_equal(chan_producer_reserve(&f->p, &slot), CHAN_BAD_INDEX);
		assert_null(slot);
		assert_true(chan_producer_want_room(&f->p, 1)); /* it does not sleep on it */
	}
	for (n = 0; n <= SLOTS; n++) {
		start_at(f, 0);
		while (put(f, 0) == CHAN_DONE)
			;
		f->page->to_host.consumed = n;
		assert_int_equal(chan_producer_reserve(&f->p, &slot), n ? CHAN_DONE : CHAN_NOTHING);
	}
}

TEST_F(own_indices_are_never_read_back_from_the_memory, struct fixture *f)
{
	uint64_t cookie, i;

	for (i = 0; i < 5; i++) {
		assert_int_equal(put(f, i), CHAN_DONE);
		f->page->to_host.consumed = 0xdeadbeef; /* the guest overwrites the host's word */
		f->page->slots = 0xffffffff;
		f->page->slot_bytes = 1;
		assert_int_equal(take(f, &cookie), CHAN_DONE);
		assert_int_equal(cookie, i);
		assert_int_equal(f->page->to_host.consumed, i + 1);
	}
}

TEST_F(a_slot_that_changes_after_the_take_does_not_change_the_copy, struct fixture *f)
{
	struct chan_slot copy, before;

	assert_int_equal(put(f, 0x11), CHAN_DONE);
	assert_int_equal(chan_consumer_take(&f->c, &copy), CHAN_DONE);
	before = copy;
	memset(f->p.slot, 0xee, SLOTS * sizeof(*f->p.slot));
	assert_memory_equal(&copy, &before, sizeof(copy));
	assert_int_equal(copy.kind, 0x11);
}
