/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The relay as a switch: which client receives what, with which numbers. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"

TEST_READY(processes_with_the_same_numbers_get_each_their_own_answer, struct fixture *fixture)
{
	struct chan_slot slot, got;
	unsigned int p[8];

	for (unsigned int i = 0; i < 8; i++) {
		p[i] = process_with(fixture, 0, 255);
	}
	assert_int_equal(fixture_clients(fixture, 0), 8);
	for (unsigned int i = 0; i < 8; i++) {
		slot = request(0, 255, 5);
		slot.mad[200] = (uint8_t)i;
		says(fixture, p[i], slot);
	}
	for (unsigned int i = 0; i < 8; i++) {
		slot = gateway_gets(fixture, 0);
		slot = answer_to(&slot);
		assert_true(fixture_push(fixture, 0, &slot));
	}
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	for (unsigned int i = 0; i < 8; i++) {
		got = given(fixture, p[i]);
		assert_int_equal(got.mad[200], i);
		assert_int_equal(got.client, 255);
		assert_int_equal(got.agent, 3);
		assert_int_equal(got.cookie, 5);
		is_given_nothing(fixture, p[i]);
	}
}

TEST_F(ports_of_the_second_device_come_after_those_of_the_first, struct fixture *fixture)
{
	struct chan_slot slot, got;
	unsigned int p;

	fixture_ready(fixture, 0, 2);
	fixture_ready(fixture, 1, 1);
	p = process_with(fixture, 1, 7);
	opens(fixture, p, 2, 8);
	assert_int_equal(fixture_clients(fixture, 0), 1);
	assert_int_equal(fixture_clients(fixture, 1), 1);
	slot = request(2, 8, 9);
	says(fixture, p, slot);
	assert_false(fixture_ring_take(&fixture->gateway[0].in, &got));
	got = gateway_gets(fixture, 1);
	assert_int_equal(got.port, 0);
	got = answer_to(&got);
	fixture_push(fixture, 1, &got);
	fixture_relay_takes(fixture, 1, 1);
	got = given(fixture, p);
	assert_int_equal(got.port, 2);
	assert_int_equal(got.client, 8);
	slot = message(CHAN_KIND_PORT_QUERY, 1, 0);
	assert_int_equal(asks(fixture, p, slot), 0);
}

TEST_READY(a_mad_passes_untouched, struct fixture *fixture)
{
	struct chan_slot slot, got;
	unsigned int p = process_with(fixture, 0, 0);

	memset(&slot, 0x3c, sizeof(slot));
	slot.kind = CHAN_KIND_SEND;
	slot.port = slot.client = 0;
	slot.agent = 31;
	says(fixture, p, slot);
	got = gateway_gets(fixture, 0);
	slot.client = got.client;
	slot.status = 0;
	assert_memory_equal(&slot, &got, sizeof(slot));
}

TEST_READY(an_event_goes_to_all_who_know_the_port, struct fixture *fixture)
{
	struct chan_slot slot = message(CHAN_KIND_PORT_EVENT, 0, 0);
	unsigned int old, young;

	old = fixture_process(fixture);
	fixture_ready(fixture, 1, 1);
	young = fixture_process(fixture);
	fixture_push(fixture, 1, &slot);
	fixture_push(fixture, 0, &slot);
	slot.port = 1;
	fixture_push(fixture, 0, &slot);
	fixture_relay_takes(fixture, 1, FIXTURE_ALL);
	assert_int_equal(given(fixture, young).port, 1);
	is_given_nothing(fixture, old);
	fixture_relay_takes(fixture, 0, FIXTURE_ALL);
	assert_int_equal(given(fixture, old).port, 0);
	assert_int_equal(given(fixture, young).port, 0);
	is_given_nothing(fixture, young);
	assert_int_equal(relay_counters(fixture->relay)->drop_unknown, 1);
}

TEST_READY(what_nobody_asked_for_reaches_nobody, struct fixture *fixture)
{
	struct chan_slot slot;
	unsigned int p = process_with(fixture, 0, 4);

	says(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	for (unsigned int kind = 0; kind < 256; kind++) {
		for (int d = -2; d <= 2; d++) {
			slot = message((enum chan_kind)kind, (uint16_t)(kind % 3), 200);
			slot.cookie = (uint64_t)d;
			if (kind == CHAN_KIND_PORT_EVENT)
				continue;
			assert_int_equal(relay_from_upstream(fixture->relay, 0, &slot,
							     fixture->now),
					 RELAY_DONE);
		}
	}
	is_given_nothing(fixture, p);
	fixture_settle(fixture);
	assert_int_equal(given(fixture, p).kind, CHAN_KIND_PORT_REPLY);
}

/* IsSM upstream is set as long as any process sets it. */
TEST_F(issm_is_lowered_by_the_last_process, struct fixture *fixture)
{
	struct chan_slot on = issm_on(1), off = message(CHAN_KIND_SET_ISSM, 1, 0);
	unsigned int a, b, c;

	fixture_ready(fixture, 0, 2);
	a = fixture_process(fixture);
	b = fixture_process(fixture);
	c = fixture_process(fixture);
	assert_int_equal(asks(fixture, a, on), 0);
	assert_int_equal(asks(fixture, b, on), 0);
	assert_int_equal(asks(fixture, c, on), 0);
	relay_process_gone(fixture->relay, c, fixture->now);
	fixture_settle(fixture);
	assert_int_equal(fixture->gateway[0].issm, 2);
	c = fixture_process(fixture);
	assert_int_equal(asks(fixture, c, off), 0);
	assert_int_equal(asks(fixture, a, off), 0);
	assert_int_equal(fixture->gateway[0].issm, 2);
	relay_process_gone(fixture->relay, b, fixture->now);
	fixture_settle(fixture);
	assert_int_equal(fixture->gateway[0].issm, 0);
	assert_int_equal(asks(fixture, a, on), 0);
	relay_process_gone(fixture->relay, a, fixture->now);
	assert_int_equal(asks(fixture, c, on), 0); /* before it could be cleared */
	fixture_settle(fixture);
	assert_int_equal(fixture->gateway[0].issm, 2);
}

TEST_READY(issm_of_the_second_devices_port_is_lowered_there, struct fixture *fixture)
{
	unsigned int p;

	fixture_ready(fixture, 1, 2);
	p = fixture_process(fixture);
	assert_int_equal(asks(fixture, p, issm_on(2)), 0);
	assert_int_equal(fixture->gateway[1].issm, 2);
	relay_process_gone(fixture->relay, p, fixture->now);
	fixture_settle(fixture);
	assert_int_equal(fixture->gateway[1].issm, 0);
}

TEST_READY(what_else_is_refused_takes_no_issm_away, struct fixture *fixture)
{
	unsigned int a, b;

	a = fixture_process(fixture);
	b = fixture_process(fixture);
	assert_int_equal(asks(fixture, a, issm_on(0)), 0);
	fixture->gateway[0].query_status = EIO;
	assert_int_equal(asks(fixture, a, message(CHAN_KIND_PORT_QUERY, 0, 0)), EIO);
	assert_int_equal(asks(fixture, b, issm_on(0)), 0);
	assert_int_equal(asks(fixture, b, message(CHAN_KIND_SET_ISSM, 0, 0)), 0);
	assert_int_equal(fixture->gateway[0].issm, 1);
}

TEST_READY(who_was_refused_issm_does_not_hold_it, struct fixture *fixture)
{
	struct chan_slot on = issm_on(0), off = message(CHAN_KIND_SET_ISSM, 0, 0);
	unsigned int a, b;

	a = fixture_process(fixture);
	b = fixture_process(fixture);
	fixture->gateway[0].issm_status = EPERM;
	assert_int_equal(asks(fixture, a, on), EPERM);
	fixture->gateway[0].issm_status = 0;
	assert_int_equal(asks(fixture, b, on), 0);
	assert_int_equal(asks(fixture, b, off), 0);
	assert_int_equal(fixture->gateway[0].issm, 0);
}

TEST_READY(a_reply_of_another_kind_or_for_the_second_time_is_nobodys, struct fixture *fixture)
{
	struct chan_slot first, second, wrong;
	unsigned int p = fixture_process(fixture);

	says(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	says(fixture, p, message(CHAN_KIND_PKEY_QUERY, 0, 0));
	first = gateway_gets(fixture, 0);
	second = gateway_gets(fixture, 0);
	first.kind = CHAN_KIND_PORT_REPLY;
	second.kind = CHAN_KIND_PKEY_REPLY;
	wrong = second;
	wrong.kind = CHAN_KIND_PORT_REPLY;
	fixture_push(fixture, 0, &wrong);
	fixture_push(fixture, 0, &second);
	fixture_push(fixture, 0, &second);
	fixture_push(fixture, 0, &first);
	fixture_push(fixture, 0, &first);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	assert_int_equal(given(fixture, p).kind, CHAN_KIND_PKEY_REPLY);
	assert_int_equal(given(fixture, p).kind, CHAN_KIND_PORT_REPLY);
	is_given_nothing(fixture, p);
	assert_int_equal(relay_counters(fixture->relay)->drop_unknown, 3);
}

TEST_READY(a_mad_of_no_port_or_for_a_client_that_is_not_open_yet_reaches_nobody,
	   struct fixture *fixture)
{
	struct chan_slot slot = message(CHAN_KIND_RECV, 1, 0);
	unsigned int p;

	fixture_ready(fixture, 1, 1);
	p = process_with(fixture, 0, 4);
	fixture_push(fixture, 0, &slot); /* the second device's */
	says(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 5));
	slot = message(CHAN_KIND_RECV, 0, 1);
	fixture_push(fixture, 0, &slot);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	is_given_nothing(fixture, p);
	assert_int_equal(relay_counters(fixture->relay)->drop_unknown, 1);
	assert_int_equal(relay_counters(fixture->relay)->drop_gone, 1);
	/* nor one for an impossible client */
	slot.client = RELAY_CLIENTS;
	fixture_push(fixture, 0, &slot);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	assert_int_equal(relay_counters(fixture->relay)->drop_unknown, 2);
}

TEST_READY(issm_that_found_no_room_is_not_held, struct fixture *fixture)
{
	struct chan_slot on = issm_on(0);
	unsigned int a, b;

	a = fixture_process(fixture);
	b = fixture_process(fixture);
	fixture->gateway[0].in.room = 0;
	waits(fixture, a, on);
	fixture->gateway[0].in.room = FIXTURE_ROOM;
	assert_int_equal(asks(fixture, b, on), 0);
	assert_int_equal(asks(fixture, b, message(CHAN_KIND_SET_ISSM, 0, 0)), 0);
	assert_int_equal(fixture->gateway[0].issm, 0);
}
