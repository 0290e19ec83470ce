/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gateways that are lost at any point, and their return. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"

TEST_READY(a_lost_gateway_takes_its_processes_along, struct fixture *fixture)
{
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	unsigned int p, q;

	p = fixture_process(fixture);
	q = fixture_process(fixture);
	opens(fixture, p, 0, 0);
	fixture_lost(fixture, 0);
	assert_true(relay_process_must_close(fixture->relay, p));
	assert_true(relay_process_must_close(fixture->relay, q));
	is_found_out(fixture, q, slot);
	relay_check(fixture->relay);
	assert_int_equal(relay_process_new(fixture->relay, 0), -ENODEV);
	relay_process_gone(fixture->relay, p, fixture->now);
	relay_process_gone(fixture->relay, q, fixture->now);
	fixture_ready(fixture, 0, 1);
	p = fixture_process(fixture);
	assert_false(relay_process_must_close(fixture->relay, p));
	opens(fixture, p, 0, 0);
}

TEST_F(a_gateway_may_be_lost_at_any_point, struct fixture *fixture)
{
	for (unsigned int taken = 0; taken < 14; taken++) {
		for (unsigned int given = 0; given <= taken; given++) {
			unsigned int p[3];

			fixture_ready(fixture, 0, 1);
			for (uint16_t i = 0; i < 3; i++) {
				p[i] = process_with(fixture, 0, i);
				says(fixture, p[i], message(CHAN_KIND_CLIENT_OPEN, 0, 9));
				says(fixture, p[i], message(CHAN_KIND_REGISTER, 0, i));
				says(fixture, p[i], request(0, i, 0));
				says(fixture, p[i], message(CHAN_KIND_CLIENT_CLOSE, 0, i));
			}
			relay_process_gone(fixture->relay, p[1], fixture->now);
			relay_own(fixture->relay, 0, fixture->now);
			fixture_gateway_runs(fixture, 0, taken);
			assert_true(fixture_relay_takes(fixture, 0, given));
			fixture_lost(fixture, 0);
			relay_check(fixture->relay);
			relay_process_gone(fixture->relay, p[0], fixture->now);
			relay_process_gone(fixture->relay, p[2], fixture->now);
			relay_check(fixture->relay);
			assert_true(relay_deadline(fixture->relay).ms == MONO_NEVER.ms);
		}
	}
}

TEST_F(a_gateway_may_be_lost_before_hello, struct fixture *fixture)
{
	fixture_up(fixture, 0, 1);
	fixture_lost(fixture, 0);
	fixture_up(fixture, 0, 1);
	relay_own(fixture->relay, 0, fixture->now);
	fixture_lost(fixture, 0);
	fixture_up(fixture, 0, 1);
	relay_own(fixture->relay, 0, fixture->now);
	fixture_gateway_runs(fixture, 0, FIXTURE_ALL);
	fixture_lost(fixture, 0);
	fixture_ready(fixture, 0, 1);
}

/* Cookies of a closed session are not accepted in the next. */
TEST_F(a_reply_from_an_older_session_is_nobodys, struct fixture *fixture)
{
	struct chan_slot old = {0};
	unsigned int p;

	for (unsigned int session = 0; session < 3; session++) {
		fixture_ready(fixture, 0, 1);
		p = fixture_process(fixture);
		says(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
		if (session) {
			fixture_push(fixture, 0, &old);
			fixture_relay_takes(fixture, 0, FIXTURE_ALL);
			is_given_nothing(fixture, p);
		}
		old = gateway_gets(fixture, 0);
		old.kind++;
		fixture_lost(fixture, 0);
		relay_process_gone(fixture->relay, p, fixture->now);
	}
}

/* Only processes that still wait for its reply are closed, not those that had one. */
TEST_READY(who_asked_a_lost_gateway_and_was_answered_stays, struct fixture *fixture)
{
	struct chan_slot reply;
	unsigned int waiting, answered;

	fixture_ready(fixture, 1, 1);
	waiting = fixture_process(fixture);
	answered = fixture_process(fixture);
	says(fixture, waiting, message(CHAN_KIND_PORT_QUERY, 1, 0));
	says(fixture, answered, message(CHAN_KIND_PORT_QUERY, 1, 0));
	gateway_gets(fixture, 1);
	reply = gateway_gets(fixture, 1);
	reply.kind++;
	fixture_push(fixture, 1, &reply);
	assert_true(fixture_relay_takes(fixture, 1, FIXTURE_ALL));
	given(fixture, answered);
	fixture_lost(fixture, 1);
	relay_check(fixture->relay);
	assert_true(relay_process_must_close(fixture->relay, waiting));
	assert_false(relay_process_must_close(fixture->relay, answered));
}

TEST_READY(one_of_two_devices_takes_only_its_users_along, struct fixture *fixture)
{
	unsigned int a, b, both, asking, sm, idle;

	fixture_ready(fixture, 1, 1);
	a = process_with(fixture, 0, 0);
	b = process_with(fixture, 1, 0);
	both = process_with(fixture, 0, 0);
	opens(fixture, both, 1, 1);
	asking = fixture_process(fixture);
	sm = fixture_process(fixture);
	idle = fixture_process(fixture);
	says(fixture, sm, issm_on(1));
	fixture_settle(fixture);
	says(fixture, asking, message(CHAN_KIND_PORT_QUERY, 1, 0));
	fixture_lost(fixture, 1);
	assert_false(relay_process_must_close(fixture->relay, a));
	assert_false(relay_process_must_close(fixture->relay, idle));
	assert_true(relay_process_must_close(fixture->relay, b));
	assert_true(relay_process_must_close(fixture->relay, both));
	assert_true(relay_process_must_close(fixture->relay, asking));
	assert_true(relay_process_must_close(fixture->relay, sm));
	says(fixture, a, request(0, 0, 0));
	says(fixture, a, message(CHAN_KIND_PORT_QUERY, 1, 0));
	assert_int_equal(given(fixture, a).status, ENODEV);
	relay_process_gone(fixture->relay, both, fixture->now);
	fixture_settle(fixture);
	assert_int_equal(fixture_clients(fixture, 0), 1);
}

TEST_READY(a_device_that_comes_back_has_the_ports_it_had, struct fixture *fixture)
{
	unsigned int p;

	fixture_ready(fixture, 1, 2);
	p = fixture_process(fixture);
	fixture_lost(fixture, 0);
	fixture_ready(fixture, 2, 1); /* does not take their place */
	fixture_ready(fixture, 0, 1);
	opens(fixture, p, 0, 0);
	assert_int_equal(fixture_clients(fixture, 0), 1);
	/* it does not affect another device's ports */
	assert_int_equal(fixture_clients(fixture, 2), 0);
	fixture_lost(fixture, 1);
	fixture_ready(fixture, 1, 3); /* with a different number of ports it gets others */
	relay_check(fixture->relay);
}

TEST_READY(who_comes_while_one_of_two_devices_is_away_finds_it_when_it_is_back,
	   struct fixture *fixture)
{
	unsigned int p;

	fixture_ready(fixture, 1, 1);
	fixture_lost(fixture, 0);
	fixture_lost(fixture, 1);
	fixture_ready(fixture, 0, 1);
	p = fixture_process(fixture);
	fixture_ready(fixture, 1, 1);
	opens(fixture, p, 1, 0);
	assert_int_equal(fixture_clients(fixture, 1), 1);
}

TEST_READY(a_device_keeps_its_ports_although_others_are_free_before_it, struct fixture *fixture)
{
	unsigned int p;

	fixture_ready(fixture, 1, 1);
	p = fixture_process(fixture);
	fixture_lost(fixture, 0);
	fixture_ready(fixture, 0, 2); /* two do not fit in its old place */
	fixture_lost(fixture, 1);
	fixture_ready(fixture, 1, 1);
	relay_check(fixture->relay);
	opens(fixture, p, 1, 0);
	assert_int_equal(fixture_clients(fixture, 1), 1);
}

TEST_READY(what_is_not_said_yet_goes_with_the_gateway, struct fixture *fixture)
{
	unsigned int p, other;

	p = fixture_process(fixture);
	other = fixture_process(fixture);
	opens(fixture, p, 0, 0);
	assert_int_equal(asks(fixture, p, issm_on(0)), 0);
	fixture->gateway[0].in.room = 0;
	relay_process_gone(fixture->relay, p, fixture->now);
	assert_true(relay_own(fixture->relay, 0, fixture->now));
	fixture_lost(fixture, 0);
	relay_check(fixture->relay);
	fixture_ready(fixture, 0, 1);
	assert_int_equal(fixture->gateway[0].handled, 1); /* HELLO */
	relay_process_gone(fixture->relay, other, fixture->now);
}

TEST_READY(issm_went_with_the_gateway, struct fixture *fixture)
{
	unsigned int p, q;

	p = fixture_process(fixture);
	assert_int_equal(asks(fixture, p, issm_on(0)), 0);
	fixture_lost(fixture, 0);
	fixture_ready(fixture, 0, 1);
	q = fixture_process(fixture);
	assert_int_equal(asks(fixture, q, issm_on(0)), 0);
	assert_int_equal(asks(fixture, q, message(CHAN_KIND_SET_ISSM, 0, 0)), 0);
	assert_int_equal(fixture->gateway[0].issm, 0);
	assert_int_equal(asks(fixture, q, issm_on(0)), 0);
	relay_process_gone(fixture->relay, p, fixture->now);
	fixture_settle(fixture);
	assert_int_equal(fixture->gateway[0].issm, 1);
}

/* Its session must close: it receives nothing from another device. */
TEST_READY(who_lost_its_device_is_given_nothing_more, struct fixture *fixture)
{
	struct chan_slot event = message(CHAN_KIND_PORT_EVENT, 0, 0);
	unsigned int p;

	fixture_ready(fixture, 1, 1);
	p = process_with(fixture, 1, 0);
	says(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	fixture_lost(fixture, 1);
	fixture_push(fixture, 0, &event);
	fixture_settle(fixture);
	is_given_nothing(fixture, p);
}
