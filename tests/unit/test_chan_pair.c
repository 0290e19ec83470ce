/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* channel/chan: what holds over every shell. Each test runs once over each that is built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/unit/chan_fixture.h"

#define SLOTS 16u

struct fixture {
	struct chan *host, *guest;
	struct chan_ring_page *page;
};

static int setup(void **state)
{
	enum chan_shell shell = (enum chan_shell)(uintptr_t)*state;
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	chan_fixture_pair(shell, SLOTS, &f->host, &f->guest);
	f->page = chan_fixture_page(f->guest);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	chan_free(f->guest);
	chan_free(f->host);
	free(f);
	return 0;
}

static bool readable(const struct chan *chan)
{
	struct pollfd pfd = {.fd = chan_bell(chan), .events = POLLIN};

	return poll(&pfd, 1, 0) == 1;
}

static void only_what_was_armed_is_rung(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	int i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(chan_put(f->guest, &slot), 1);
		chan_kick(f->guest);
		assert_int_equal(chan_put(f->host, &slot), 1);
		chan_kick(f->host);
	}
	assert_false(readable(f->host));
	assert_false(readable(f->guest));
	assert_int_equal(chan_sleep_ok(f->guest), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(chan_take(f->guest, &slot), 1);
	assert_int_equal(chan_take(f->guest, &slot), 0);
	assert_int_equal(chan_sleep_ok(f->guest), 1);
	assert_int_equal(chan_put(f->host, &slot), 1);
	assert_false(readable(f->guest));
	chan_kick(f->host);
	assert_true(readable(f->guest));
	assert_int_equal(chan_sleep_ok(f->guest), 0);
	assert_int_equal(chan_take(f->guest, &slot), 1);
	assert_int_equal(chan_sleep_ok(f->guest), 1);
	assert_false(readable(f->guest));
	assert_int_equal(f->host->rung, 1);
	assert_int_equal(f->guest->rung, 0);
}

static void going_to_sleep_rings_for_what_was_not_kicked(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};

	assert_int_equal(chan_sleep_ok(f->host), 1);
	assert_int_equal(chan_put(f->guest, &slot), 1);
	assert_int_equal(chan_sleep_ok(f->guest), 1);
	assert_true(readable(f->host));
}

static void a_guest_with_a_full_ring_is_rung_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		assert_int_equal(chan_put(f->guest, &slot), 1);
	assert_int_equal(chan_put(f->guest, &slot), 0);
	assert_false(chan_want_room(f->guest, SLOTS / 2));
	assert_int_equal(chan_sleep_ok(f->guest), 1);
	for (i = 0; i < SLOTS / 2; i++) {
		chan_kick(f->host);
		assert_false(readable(f->guest));
		assert_int_equal(chan_take(f->host, &slot), 1);
	}
	chan_kick(f->host);
	assert_true(readable(f->guest));
	assert_true(chan_want_room(f->guest, SLOTS / 2));
	assert_int_equal(chan_put(f->guest, &slot), 1);
}

static void room_whose_doorbell_was_taken_is_there_when_asked_for_again(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};

	while (chan_put(f->guest, &slot) == 1)
		;
	assert_false(chan_want_room(f->guest, 1));
	assert_int_equal(chan_take(f->host, &slot), 1);
	chan_kick(f->host);
	assert_int_equal(chan_sleep_ok(f->guest), 1); /* no slot; the doorbell is cleared */
	assert_false(readable(f->guest));
	assert_true(chan_want_room(f->guest, 1));
	assert_int_equal(chan_put(f->guest, &slot), 1);
}

static void a_doorbell_that_rings_before_the_sleep_is_not_lost(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};

	assert_int_equal(chan_sleep_ok(f->guest), 1);
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(chan_put(f->host, &slot), 1);
		chan_kick(f->host);
		assert_int_equal(chan_put(f->host, &slot), 1);
		chan_kick(f->host); /* possibly awake: no doorbell */
		assert_true(readable(f->guest));
		assert_int_equal(chan_take(f->guest, &slot), 1);
		assert_int_equal(chan_sleep_ok(f->guest), 0);
		assert_int_equal(chan_take(f->guest, &slot), 1);
		assert_int_equal(chan_take(f->guest, &slot), 0);
		assert_int_equal(chan_sleep_ok(f->guest), 1);
	}
}

static void slots_come_out_as_they_went_in(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND}, *place;

	for (uint64_t i = 0; i < 10 * SLOTS; i++) {
		slot.cookie = i;
		slot.mad[CHAN_MAD_BYTES - 1] = (uint8_t)i;
		assert_int_equal(chan_put(f->guest, &slot), 1);
		assert_int_equal(chan_take(f->host, &slot), 1);
		assert_int_equal(chan_reserve(f->host, &place), 1);
		*place = slot;
		chan_commit(f->host);
		assert_int_equal(chan_take(f->guest, &slot), 1);
		assert_int_equal(slot.cookie, i);
		assert_int_equal(slot.mad[CHAN_MAD_BYTES - 1], (uint8_t)i);
	}
}

static void a_bad_index_is_told_from_emptiness_and_is_for_good(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};

	assert_int_equal(chan_take(f->host, &slot), 0);
	f->page->to_host.produced = SLOTS + 1;
	assert_int_equal(chan_sleep_ok(f->host), -EBADMSG);
	f->page->to_host.produced = 1;
	assert_int_equal(chan_take(f->host, &slot), -EBADMSG);
	assert_int_equal(chan_put(f->host, &slot), -EBADMSG);
	assert_int_equal(chan_sleep_ok(f->host), -EBADMSG);
}

static void a_bad_index_of_the_other_ring_is_seen_when_it_is_full(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		assert_int_equal(chan_put(f->host, &slot), 1);
	assert_int_equal(chan_put(f->host, &slot), 0);
	f->page->to_guest.consumed = SLOTS + 1;
	assert_int_equal(chan_put(f->host, &slot), -EBADMSG);
	assert_int_equal(chan_take(f->host, &slot), -EBADMSG);
}

static void a_flood_of_doorbells_is_one_event_at_a_time(void **state)
{
	struct fixture *f = *state;
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET};

	assert_int_equal(epoll_ctl(ep, EPOLL_CTL_ADD, chan_bell(f->host), &ev), 0);
	for (unsigned int i = 0; i < 10000; i++)
		chan_fixture_ring(f->guest);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 1);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
	assert_int_equal(chan_sleep_ok(f->host), 1);
	chan_fixture_ring(f->guest);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 1); /* the next event is reported */
	close(ep);
}

static void either_end_may_go_first(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};

	assert_int_equal(chan_sleep_ok(f->host), 1);
	assert_int_equal(chan_put(f->host, &slot), 1);
	chan_free(f->guest);
	f->guest = NULL;
	assert_int_equal(chan_put(f->host, &slot), 1); /* the memory is still mapped */
	chan_kick(f->host);
	assert_int_equal(chan_take(f->host, &slot), 0);
	assert_true(chan_sleep_ok(f->host) >= 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
static const struct CMUnitTest tests[] = {
	T(only_what_was_armed_is_rung),
	T(going_to_sleep_rings_for_what_was_not_kicked),
	T(a_guest_with_a_full_ring_is_rung_when_there_is_room),
	T(room_whose_doorbell_was_taken_is_there_when_asked_for_again),
	T(a_doorbell_that_rings_before_the_sleep_is_not_lost),
	T(slots_come_out_as_they_went_in),
	T(a_bad_index_is_told_from_emptiness_and_is_for_good),
	T(a_bad_index_of_the_other_ring_is_seen_when_it_is_full),
	T(a_flood_of_doorbells_is_one_event_at_a_time),
	T(either_end_may_go_first),
};

#define TESTS (sizeof(tests) / sizeof(tests[0]))

int main(void)
{
	static const char *const name[CHAN_SHELLS] = {"channel/local", "channel/xen"};
	struct CMUnitTest over[TESTS];
	int failed = 0;

	for (unsigned int shell = 0; shell < CHAN_SHELLS; shell++) {
		if (!chan_fixture_has(shell))
			continue;
		for (unsigned int i = 0; i < TESTS; i++) {
			over[i] = tests[i];
			over[i].initial_state = (void *)(uintptr_t)shell;
		}
		failed += cmocka_run_group_tests_name(name[shell], over, NULL, NULL);
	}
	return failed;
}
