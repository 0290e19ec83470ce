/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Front-ends that violate the protocol (xen_fixture.h): only that device is closed, with a reason, and
 * works again afterwards. The test waits only for timers that are due.
 */
#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/xen_assert.h"

TEST_ALPHA(every_wrong_key_is_a_fault_with_its_reason_and_the_next_connect_works,
	   struct xen_fixture *fixture)
{
	static const char long_value[] = "11111111111111111111111111111111111111111111111111111111"
					 "11111111111111111111111111111111111111111111111111111111";
	static const struct {
		const char *key, *value, *error;
	} rows[] = {
		{"ring-ref0", NULL, "ring-ref0 "},
		{"ring-ref20", "", "ring-ref20 "},
		{"ring-ref7", "-1", "ring-ref7 "},
		{"ring-ref7", "100", "ring-ref7 "},
		{"ring-ref7", "4294967296", "ring-ref7 "},
		{"event-channel", "0", "event-channel "},
		{"event-channel", long_value, "event-channel "},
		{"event-channel", "1 ", "event-channel "},
		{"version", "2", "version"},
		{"version", "0x1", "version"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		xen_fixture_connect(3, 0);
		xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "1");
		xen_fixture_until(3, 0, "2");
		xen_fixture_front(3, 0, rows[i].key, rows[i].value);
		front_shows(3, 0, "3");
		xen_fixture_until(3, 0, "6");
		assert_error(3, 0, rows[i].error);
		assert_int_equal(counter(fixture, PROXY_COUNT_device_faults), i + 1);
		assert_int_equal(sessions(fixture), 0);
	}
	xen_fixture_connect(3, 0);
	assert_no_error(3, 0);
	assert_int_equal(sessions(fixture), 1);
}

TEST_ALPHA(a_reason_is_in_the_journal_however_often_the_device_came_and_went,
	   struct xen_fixture *fixture)
{
	const struct io_xen_device *d;

	d = device_of(fixture, 3, 0);
	capture_begin();
	for (unsigned int i = 0; i < DEVICE_LOG_CONNECTS + 4; i++)
		xen_fixture_connect(3, 0);
	assert_int_equal(capture_count("device 0 of domain 3 connected"), DEVICE_LOG_CONNECTS);
	for (unsigned int i = 0; i < 3; i++) {
		xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "1");
		xen_fixture_until(3, 0, "2");
		xen_fixture_front(3, 0, CHAN_XENBUS_EVENT_CHANNEL, NULL);
		xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "3");
		xen_fixture_until(3, 0, "6");
	}
	assert_int_equal(capture_count("closed: event-channel is missing"), 1);
	assert_true(is_called(d));
	/* counted records are written before the device is removed */
	xen_fixture_destroy(3);
	assert_int_equal(devices(fixture), 0);
	assert_false(is_called(d));
	assert_int_equal(capture_count("connected and 4 more like it"), 1);
	assert_int_equal(capture_count("event-channel is missing and 2 more like it"), 1);
	assert_int_equal(capture_count("more like it\nibgated: guest alpha: device 0 of domain 3: "
				       "removed\n"),
			 1);
}

TEST_ALPHA(a_ring_that_cannot_be_mapped_is_that_devices_fault, struct xen_fixture *fixture)
{
	xen_fixture_domain(4, "beta", NULL);
	xen_fixture_connect(4, 0);
	for (unsigned int i = 0; i < 2; i++) {
		fake_chan_xen.error = i ? -ENOMEM : -EINVAL;
		xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "1");
		xen_fixture_until(3, 0, "2");
		xen_fixture_offer(3, 0);
		assert_state(3, 0, "6");
		assert_error(3, 0, i ? "out of memory" : "");
		assert_state(4, 0, "4");
	}
	fake_chan_xen.error = 0;
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 2);
}

TEST_CONNECTED(an_index_that_cannot_be_closes_the_device_and_is_told_so,
	       struct xen_fixture *fixture)
{
	/* bypassing the front-end's code, which never does this */
	fake_chan_xen.guest->out.ctl->produced = 0x80000000;
	fake_chan_xen.guest->ops->ring_bell(fake_chan_xen.guest);
	xen_fixture_settle();
	assert_int_equal(sessions(fixture), 0);
	assert_state(3, 0, "6");
	assert_error(3, 0, "index");
}

TEST_ALPHA(a_port_that_the_gateway_does_not_have_is_refused, struct xen_fixture *fixture)
{
	fake_xenstore_set("/local/domain/0/backend/vib/3/0/port", "fake0/9");
	fake_xenstore_set("/local/domain/0/backend/vib/3/0/online", "1");
	xen_fixture_offer(3, 0);
	assert_state(3, 0, "6");
	assert_int_equal(fake_chan_xen.tries, 0);
	assert_int_equal(sessions(fixture), 0);
	assert_error(3, 0, "policy");
}

TEST_CONNECTED(a_broken_contract_closes_the_device_with_a_reason, struct xen_fixture *fixture)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};

	assert_int_equal(chan_put(fake_chan_xen.guest, &slot), 1);
	chan_kick(fake_chan_xen.guest);
	xen_fixture_settle();
	assert_int_equal(sessions(fixture), 0);
	assert_state(3, 0, "6");
	assert_error(3, 0, "");
	xen_fixture_connect(3, 0);
	assert_no_error(3, 0);
}

TEST_ALPHA(more_sessions_than_a_guest_may_have_is_a_fault, struct xen_fixture *fixture)
{
	for (unsigned int i = 1; i < 5; i++)
		assert_int_equal(attach_another(fixture, "3", NULL, NULL), i);
	for (unsigned int i = 0; i < 4; i++)
		xen_fixture_connect(3, i);
	xen_fixture_offer(3, 4);
	assert_state(3, 4, "6");
	assert_error(3, 4, "");
	assert_int_equal(sessions(fixture), 4);
}

TEST_ALPHA(a_front_end_is_looked_at_as_often_as_the_pace_allows, struct xen_fixture *fixture)
{
	const struct io_xen_device *d;

	d = device_of(fixture, 3, 0);
	/* too few for a flood, and each is read before the next */
	for (unsigned int i = 0; i < 100 && !d->pace_timer; i++) {
		xen_fixture_front(3, 0, CHAN_XENBUS_STATE, i % 2 ? "1" : "6");
		while (!d->looking && !d->pace_timer)
			g_main_context_iteration(NULL, TRUE);
		while (d->looking)
			g_main_context_iteration(NULL, TRUE);
	}
	assert_true(counter(fixture, PROXY_COUNT_device_paced) > 0);
	assert_int_equal(counter(fixture, PROXY_COUNT_store_floods), 0);
	/* and the last change is seen in the end */
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_fixture_until(3, 0, "6");
}

static void the_toolstack_deletes(void)
{
	fake_xenstore_set("/local/domain/0/backend/vib/3", NULL);
	fake_chan_xen.mapping = NULL;
}

TEST_ALPHA(a_device_that_is_deleted_while_it_connects_is_not_made_anew, struct xen_fixture *fixture)
{
	fake_chan_xen.mapping = the_toolstack_deletes;
	xen_fixture_offer(3, 0);
	xen_fixture_settle();
	assert_int_equal(sessions(fixture), 0);
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/backend/vib/3"), 0);
	/* that is no failure of xenstore */
	assert_int_equal(counter(fixture, PROXY_COUNT_store_failed), 0);
}

TEST_ALPHA(a_thousand_flips_cost_a_few_looks_and_others_nothing, struct xen_fixture *fixture)
{
	static const char *const flips[] = {"1", "3", "4", "5", "6", "2", "x", "", "3", "1"};
	unsigned int before;

	xen_fixture_domain(4, "beta", NULL);
	xen_fixture_connect(4, 0);
	before = fake_xenstore_calls();
	for (unsigned int i = 0; i < 1000; i++) {
		xen_fixture_front(3, 0, CHAN_XENBUS_STATE, flips[i % G_N_ELEMENTS(flips)]);
		g_main_context_iteration(NULL, FALSE);
	}
	/* the end of the flood is seen when the time is over */
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_fixture_until(3, 0, "6");
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "1");
	xen_fixture_until(3, 0, "2");
	assert_in_range(fake_xenstore_calls() - before, 1, 1000);
	assert_true(counter(fixture, PROXY_COUNT_device_paced) +
			    counter(fixture, PROXY_COUNT_store_floods) >
		    0);
	assert_state(4, 0, "4");
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 2);
}
