/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* channel/ring: when to ring the other side, so that no side sleeps while there is work. */
#include "tests/unit/test.h"
#include "tests/unit/ring_fixture.h"

TEST_F(any_event_word_rings_at_most_once_a_batch, struct fixture *f)
{
	uint64_t cookie;
	uint32_t i;

	for (i = 0; i < 4096; i++) {
		f->page->to_host.data_event = i * 0x9e3779b9u;
		f->page->to_host.space_event = i * 0x85ebca6bu;
		assert_int_equal(put(f, i), CHAN_DONE);
		chan_producer_should_notify(&f->p);
		assert_false(chan_producer_should_notify(&f->p));
		assert_int_equal(take(f, &cookie), CHAN_DONE);
		chan_consumer_should_notify(&f->c);
		assert_false(chan_consumer_should_notify(&f->c));
	}
}

/*
 * Every sequence of eight calls on a ring of two slots: when the consumer sleeps (armed, not rung since)
 * and the producer has checked after its last commit, the ring is empty; the same for a producer that waits
 * for room. A side that did not arm is not rung, and one that did is rung once. Calls do not overlap here;
 * test_chan_stress.c covers that.
 */
enum call { COMMIT, CHECK, WAIT_ROOM, TAKE, ARM, GIVE, CALLS };

struct walk {
	struct fixture *f;
	bool consumer_asleep, producer_asleep;
	bool armed, room_wanted; /* and not rung since */
};

static void walk_step(struct walk *w, enum call call)
{
	struct fixture *f = w->f;
	uint64_t cookie;

	switch (call) {
	case COMMIT:
		put(f, 0);
		break;
	case CHECK:
		if (chan_producer_should_notify(&f->p)) {
			assert_true(w->armed);
			w->consumer_asleep = w->armed = false;
		}
		break;
	case WAIT_ROOM:
		w->room_wanted = true;
		if (!chan_producer_want_room(&f->p, 1))
			w->producer_asleep = true;
		break;
	case TAKE:
		take(f, &cookie);
		break;
	case ARM:
		w->armed = true;
		if (chan_consumer_arm(&f->c) == CHAN_NOTHING)
			w->consumer_asleep = true;
		break;
	case GIVE:
		if (chan_consumer_should_notify(&f->c)) {
			assert_true(w->room_wanted);
			w->producer_asleep = w->room_wanted = false;
		}
		break;
	case CALLS:
		break;
	}
}

TEST_F(nobody_sleeps_while_there_is_work_in_any_sequence, struct fixture *f)
{
	struct walk w = {.f = f};
	uint32_t sequence, rest, total = 1;
	unsigned int i;

	chan_ring_guest(f->page, 2, &f->p, &f->guest_c);
	chan_ring_host(f->page, 2, &f->host_p, &f->c);
	for (i = 0; i < 8; i++)
		total *= CALLS;
	for (sequence = 0; sequence < total; sequence++) {
		start_at(f, UINT32_MAX - 1);
		f->page->to_host.data_event = f->page->to_host.space_event = UINT32_MAX - 1;
		w.consumer_asleep = w.producer_asleep = w.armed = w.room_wanted = false;
		for (i = 0, rest = sequence; i < 8; i++, rest /= CALLS) {
			walk_step(&w, (enum call)(rest % CALLS));
			if (f->p.checked == f->p.produced && w.consumer_asleep)
				assert_int_equal(f->p.produced, f->c.consumed);
			if (f->c.checked == f->c.consumed && w.producer_asleep)
				assert_int_equal(f->p.produced - f->c.consumed, 2);
		}
	}
}
