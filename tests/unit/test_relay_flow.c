/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Full rings, and full windows of control messages. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"

TEST_READY(nothing_changes_while_the_gateways_ring_is_full, struct fixture *fixture)
{
	static const enum chan_kind kinds[] = {CHAN_KIND_CLIENT_OPEN, CHAN_KIND_CLIENT_CLOSE,
					       CHAN_KIND_REGISTER,    CHAN_KIND_UNREGISTER,
					       CHAN_KIND_PORT_QUERY,  CHAN_KIND_PKEY_QUERY,
					       CHAN_KIND_SET_ISSM,    CHAN_KIND_SEND};
	unsigned int p = process_with(fixture, 0, 4);

	fixture->gateway[0].in.room = 0;
	for (int turn = 0; turn < 3; turn++) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			waits(fixture, p,
			      message(kinds[i], 0, kinds[i] == CHAN_KIND_CLIENT_OPEN ? 5 : 4));
		relay_check(fixture->relay);
	}
	fixture->gateway[0].in.room = FIXTURE_ROOM;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) - 1; i++)
		assert_int_equal(asks(fixture, p,
				      message(kinds[i], 0,
					      kinds[i] == CHAN_KIND_CLIENT_OPEN	   ? 5
					      : kinds[i] == CHAN_KIND_CLIENT_CLOSE ? 4
										   : 5)),
				 0);
}

TEST_READY(a_process_that_does_not_read_loses_its_answers_only, struct fixture *fixture)
{
	struct chan_slot slot, got;
	unsigned int lazy, other;

	lazy = process_with(fixture, 0, 0);
	other = process_with(fixture, 0, 0);
	fixture->process[lazy].room = 2;
	for (unsigned int i = 0; i < 5; i++) {
		slot = request(0, 0, i);
		says(fixture, lazy, slot);
		says(fixture, other, slot);
	}
	while (fixture_ring_take(&fixture->gateway[0].in, &slot)) {
		slot = answer_to(&slot);
		fixture_push(fixture, 0, &slot);
	}
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	for (unsigned int i = 0; i < 5; i++) {
		got = given(fixture, other);
		assert_int_equal(got.cookie, i);
		assert_int_equal(fixture_given(fixture, lazy, &got), i < 2);
	}
	assert_int_equal(relay_counters(fixture->relay)->lost_ring_full, 3);
}

TEST_READY(a_reply_that_meets_a_full_ring_is_counted_as_lost, struct fixture *fixture)
{
	unsigned int p = fixture_process(fixture);

	fixture->process[p].room = 0;
	says(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	fixture_settle(fixture);
	assert_int_equal(relay_counters(fixture->relay)->lost_ring_full, 1);
}

/* Requests of processes that the gateway leaves unanswered: as many as possible. */
static unsigned int flood(struct fixture *fixture)
{
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	unsigned int n = 0;

	fixture->gateway[0].lose = UINT32_MAX;
	for (unsigned int i = 0; i < 40; i++)
		n += says_until_it_waits(fixture, fixture_process(fixture), slot);
	return n;
}

TEST_READY(what_processes_ask_leaves_room_for_what_is_ours, struct fixture *fixture)
{
	unsigned int p = fixture_process(fixture);

	for (uint16_t i = 0; i < RELAY_CLIENTS; i++)
		opens(fixture, p, 0, i);
	assert_int_equal(flood(fixture), 48); /* replies and answers fit in a ring */
	relay_process_gone(fixture->relay, p, fixture->now);
	/* as many as there is room for, whatever the gateway's ring takes */
	while (relay_own(fixture->relay, 0, fixture->now) &&
	       fixture_gateway_runs(fixture, 0, FIXTURE_ALL))
		relay_check(fixture->relay);
	assert_int_equal(fixture_clients(fixture, 0), RELAY_CLIENTS - 16);
	fixture->gateway[0].lose = 0;
	fixture_passes(fixture, RELAY_CONTROL_MS);
	fixture_settle(fixture);
	fixture_passes(fixture, RELAY_CONTROL_MS);
	fixture_settle(fixture);
	assert_int_equal(fixture_clients(fixture, 0), 0);
}
