/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A xenstore that fails, blocks or dies (xen_fixture.h): connected guests are served, and pending work is
 * done afterwards. The test waits only for timers that are due.
 */
#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/xen_assert.h"

TEST_F(transactions_that_others_disturb_are_tried_again, struct xen_fixture *fixture)
{
	fake_xenstore_disturb(5);
	xen_fixture_domain(3, "alpha", NULL);
	assert_state(3, 0, "2");
}

TEST_CONNECTED(connected_guests_are_served_while_xenstored_stands_still,
	       struct xen_fixture *fixture)
{
	struct chan_slot slot = {.kind = CHAN_KIND_PORT_QUERY, .cookie = 2};
	struct chan_slot answer;

	hello();
	fake_xenstore_stop(true);
	xen_fixture_front(3, 0, "x", "y");
	fake_xenstore_fire("@introduceDomain");
	assert_int_equal(chan_put(fake_chan_xen.guest, &slot), 1);
	chan_kick(fake_chan_xen.guest);
	while (g_main_context_iteration(NULL, FALSE))
		;
	assert_int_equal(chan_take(fake_chan_xen.guest, &answer), 1);
	assert_int_equal(answer.kind, CHAN_KIND_PORT_REPLY);
	fake_xenstore_stop(false);
	xen_fixture_settle();
	assert_state(3, 0, "4");
	assert_int_equal(sessions(fixture), 1);
}

TEST_CONNECTED(connected_guests_outlive_xenstored_and_new_ones_come_when_it_is_back,
	       struct xen_fixture *fixture)
{
	xenstored_dies(fixture);
	xen_fixture_domain(4, "beta", NULL);
	assert_int_equal(sessions(fixture), 1);
	xenstored_is_back(fixture);
	assert_state(4, 0, "2");
	assert_state(3, 0, "4");
	assert_int_equal(sessions(fixture), 1);
	xen_fixture_destroy(3);
	assert_int_equal(sessions(fixture), 0);
}

TEST_CONNECTED(a_question_that_xenstored_dies_over_ends_no_session, struct xen_fixture *fixture)
{
	unsigned int before;

	fake_xenstore_stop(true);
	before = fake_xenstore_calls();
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "4");
	/* the request was sent and is blocked */
	while (fake_xenstore_calls() == before)
		g_main_context_iteration(NULL, FALSE);
	xenstored_dies(fixture);
	while (io_store_under_way(fixture->gate->xen->store) > 0)
		g_main_context_iteration(NULL, TRUE);
	assert_int_equal(counter(fixture, PROXY_COUNT_store_failed), 0);
	assert_int_equal(sessions(fixture), 1);
	xenstored_is_back(fixture);
	assert_state(3, 0, "4");
	assert_int_equal(sessions(fixture), 1);
}

TEST_ALPHA(a_key_that_cannot_be_read_is_a_fault, struct xen_fixture *fixture)
{
	fake_xenstore_break("/local/domain/3/device/vib/0/ring-ref3", EACCES);
	xen_fixture_offer(3, 0);
	assert_state(3, 0, "6");
	assert_error(3, 0, "ring-ref3");
	fake_xenstore_break("/local/domain/3/device/vib/0/ring-ref3", 0);
	xen_fixture_connect(3, 0);
}

TEST_CONNECTED(what_xenstore_fails_to_do_is_tried_again_later, struct xen_fixture *fixture)
{
	fake_xenstore_break("/local/domain/3/device/vib/0/state", ENOSPC);
	front_shows(3, 0, "4");
	assert_in_range(counter(fixture, PROXY_COUNT_store_failed), 1, 3);
	assert_int_equal(sessions(fixture), 0);
	fake_xenstore_break("/local/domain/3/device/vib/0/state", 0);
	xen_fixture_until(3, 0, "6");
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 1);
}

/* For each kind of pending request. */
TEST_F(a_device_that_is_gone_is_called_by_nobody, struct xen_fixture *fixture)
{
	for (unsigned int i = 0; i < 3; i++) {
		const struct io_xen_device *d;
		struct outcome o = {0};

		xen_fixture_domain(3, "alpha", NULL);
		d = device_of(fixture, 3, 0);
		xen_fixture_connect(3, 0);
		if (i == 0)
			assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &o),
					 1);
		for (unsigned int flips = 0; i == 1 && !d->pace_timer; flips++) {
			xen_fixture_front(3, 0, CHAN_XENBUS_STATE, flips % 2 ? "1" : "6");
			xen_fixture_settle();
		}
		if (i == 2) {
			fake_xenstore_break("/local/domain/3/device/vib/0/state", ENOSPC);
			front_shows(3, 0, "4");
			fake_xenstore_break("/local/domain/3/device/vib/0/state", 0);
		}
		assert_true(is_called(d));
		xen_fixture_destroy(3);
		assert_int_equal(devices(fixture), 0);
		assert_false(is_called(d));
	}
}
