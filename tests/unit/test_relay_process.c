/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes that end at any point, and their remaining clients; lost replies. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"

TEST_READY(a_process_that_dies_leaves_no_client_behind, struct fixture *fixture)
{
	unsigned int p, q;

	fixture_ready(fixture, 1, 1);
	p = fixture_process(fixture);
	q = fixture_process(fixture);
	for (uint16_t i = 0; i < 20; i++)
		opens(fixture, p, i % 2, i);
	opens(fixture, q, 0, 0);
	says(fixture, p, request(0, 0, 0));
	relay_process_gone(fixture->relay, p, fixture->now);
	relay_check(fixture->relay);
	fixture_settle(fixture);
	assert_int_equal(fixture_clients(fixture, 0), 1);
	assert_int_equal(fixture_clients(fixture, 1), 0);
	says(fixture, q, request(0, 0, 0));
}

/* With anything in transit at its end: each prefix of a process's life. */
TEST_READY(a_process_may_die_at_any_point, struct fixture *fixture)
{
	for (unsigned int steps = 0; steps < 9; steps++) {
		for (unsigned int seen = 0; seen <= steps; seen++) {
			const struct chan_slot life[] = {
				message(CHAN_KIND_PORT_QUERY, 0, 0),
				message(CHAN_KIND_CLIENT_OPEN, 0, 1),
				message(CHAN_KIND_CLIENT_OPEN, 0, 2),
				message(CHAN_KIND_REGISTER, 0, 1),
				request(0, 1, 0),
				message(CHAN_KIND_UNREGISTER, 0, 1),
				message(CHAN_KIND_CLIENT_CLOSE, 0, 1),
				message(CHAN_KIND_CLIENT_OPEN, 0, 1),
			};
			unsigned int p = fixture_process(fixture), done = 0;

			/* messages that need a reply first are not sent */
			for (unsigned int i = 0; i < steps && i < 8; i++) {
				struct chan_slot slot = life[i];

				done += fixture_says(fixture, p, &slot) == RELAY_DONE;
				if (i < seen)
					fixture_settle(fixture);
			}
			assert_true(done > 0 || !steps);
			relay_process_gone(fixture->relay, p, fixture->now);
			relay_check(fixture->relay);
			fixture_settle(fixture);
			relay_check(fixture->relay);
			assert_int_equal(fixture_clients(fixture, 0), 0);
		}
	}
}

TEST_READY(an_open_that_is_refused_is_not_closed, struct fixture *fixture)
{
	unsigned int p = fixture_process(fixture);

	fixture->gateway[0].open_status = EMFILE;
	assert_int_equal(asks(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1)), EMFILE);
	says(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
	relay_process_gone(fixture->relay, p, fixture->now);
	fixture_settle(fixture); /* asserts that nothing unknown is closed */
	relay_check(fixture->relay);
}

/* The number may be open or not: the relay opens it again, and it was not. */
TEST_READY(an_open_whose_refusal_was_lost_is_not_closed, struct fixture *fixture)
{
	unsigned int p = fixture_process(fixture);

	fixture->gateway[0].open_status = EMFILE;
	fixture->gateway[0].lose = 1;
	says(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
	fixture_settle(fixture);
	fixture_passes(fixture, RELAY_CONTROL_MS);
	fixture_settle(fixture); /* likewise */
	relay_check(fixture->relay);
	assert_true(relay_deadline(fixture->relay).ms == MONO_NEVER.ms);
	assert_int_equal(relay_counters(fixture->relay)->expired, 1);
}

TEST_READY(a_number_is_not_used_again_before_the_gateway_says_it_is_closed, struct fixture *fixture)
{
	struct chan_slot late;
	unsigned int p, q;

	p = fixture_process(fixture);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		opens(fixture, p, 0, (uint16_t)i);
	says(fixture, p, request(0, 7, 0));
	late = gateway_gets(fixture, 0);
	late.kind = CHAN_KIND_SEND_DONE;
	says(fixture, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 7));
	fixture_push(fixture, 0, &late);
	q = fixture_process(fixture);
	says(fixture, q, message(CHAN_KIND_CLIENT_OPEN, 0, 0));
	assert_int_equal(given(fixture, q).status, EMFILE);
	fixture_settle(fixture);
	/* nor one that is being opened */
	says(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 7));
	says(fixture, q, message(CHAN_KIND_CLIENT_OPEN, 0, 0));
	assert_int_equal(given(fixture, q).status, EMFILE);
	fixture_settle(fixture);
	is_given_nothing(fixture, q);
	assert_int_equal(relay_counters(fixture->relay)->drop_gone, 1);
}

TEST_READY(a_late_answer_meets_no_stranger, struct fixture *fixture)
{
	struct chan_slot slot;
	unsigned int p, q;

	p = process_with(fixture, 0, 0);
	says(fixture, p, request(0, 0, 0));
	slot = gateway_gets(fixture, 0);
	slot.kind = CHAN_KIND_RECV;
	says(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	relay_process_gone(fixture->relay, p, fixture->now);
	q = fixture_process(fixture);
	assert_int_equal(p, q);
	fixture_push(fixture, 0, &slot);
	fixture_settle(fixture);
	is_given_nothing(fixture, q); /* nor the port's reply */
	opens(fixture, q, 0, 0);
	for (unsigned int i = 0; i < 16; i++) /* its share of control messages is complete */
		says(fixture, q, message(CHAN_KIND_PORT_QUERY, 0, 0));
}

TEST_READY(who_is_gone_is_given_nothing, struct fixture *fixture)
{
	struct chan_slot event = message(CHAN_KIND_PORT_EVENT, 0, 0);
	unsigned int p = fixture_process(fixture);

	says(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	relay_process_gone(fixture->relay, p, fixture->now);
	fixture_push(fixture, 0, &event);
	fixture_settle(fixture);
	is_given_nothing(fixture, p);
}

TEST_READY(a_client_is_closed_on_its_own_port, struct fixture *fixture)
{
	struct chan_slot close;
	unsigned int p;

	fixture_ready(fixture, 1, 2);
	p = process_with(fixture, 2, 0);
	relay_process_gone(fixture->relay, p, fixture->now);
	relay_own(fixture->relay, 1, fixture->now);
	close = gateway_gets(fixture, 1);
	assert_int_equal(close.kind, CHAN_KIND_CLIENT_CLOSE);
	assert_int_equal(close.port, 1);
}

/* Closing uses the client's number; other fields of the message are not forwarded. */
TEST_READY(a_client_may_be_closed_by_way_of_any_port, struct fixture *fixture)
{
	unsigned int p;

	fixture_ready(fixture, 1, 1);
	p = process_with(fixture, 0, 0);
	opens(fixture, p, 1, 1);
	/* the fixture asserts that port numbers are the gateway's */
	assert_int_equal(asks(fixture, p, message(CHAN_KIND_CLIENT_CLOSE, 1, 0)), 0);
	assert_int_equal(asks(fixture, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 1)), 0);
	assert_int_equal(fixture_clients(fixture, 0) + fixture_clients(fixture, 1), 0);
}

TEST_READY(numbers_go_round, struct fixture *fixture)
{
	for (unsigned int i = 0; i < 3 * RELAY_CLIENTS; i++) {
		unsigned int p = process_with(fixture, 0, 0);

		assert_true(fixture->gateway[0].client[i % RELAY_CLIENTS].open);
		relay_process_gone(fixture->relay, p, fixture->now);
		fixture_settle(fixture);
	}
	relay_check(fixture->relay);
	assert_int_equal(fixture_clients(fixture, 0), 0);
}

TEST_READY(a_lost_reply_to_close_costs_no_number, struct fixture *fixture)
{
	unsigned int p;

	for (unsigned int i = 0; i < 2 * RELAY_CLIENTS; i++) {
		p = process_with(fixture, 0, 0);
		relay_process_gone(fixture->relay, p, fixture->now);
		fixture->gateway[0].lose = 1;
		fixture_settle(fixture);
		relay_check(fixture->relay);
		if (i % 40 == 0) {
			fixture_passes(fixture, RELAY_CONTROL_MS);
			fixture_settle(fixture);
		}
	}
	fixture_passes(fixture, RELAY_CONTROL_MS);
	fixture_settle(fixture);
	p = fixture_process(fixture);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		opens(fixture, p, 0, (uint16_t)i);
}

TEST_READY(a_lost_reply_to_open_leaves_no_client_behind, struct fixture *fixture)
{
	unsigned int p = fixture_process(fixture);

	fixture->gateway[0].lose = 1;
	says(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 3));
	fixture_settle(fixture);
	is_given_nothing(fixture, p);
	assert_int_equal(fixture_clients(fixture, 0), 1);
	assert_true(relay_deadline(fixture->relay).ms == fixture->now.ms + RELAY_CONTROL_MS);
	fixture_passes(fixture, RELAY_CONTROL_MS);
	relay_check(fixture->relay);
	fixture->gateway[0].lose = 1; /* and so is the reply to the relay's probe */
	fixture_settle(fixture);
	fixture_passes(fixture, RELAY_CONTROL_MS);
	fixture_settle(fixture);
	assert_int_equal(fixture_clients(fixture, 0), 0);
	opens(fixture, p, 0, 3);
	assert_true(relay_deadline(fixture->relay).ms == MONO_NEVER.ms);
}

/* The relay does not repeat messages to a gateway that does not respond. */
TEST_READY(a_gateway_that_stands_still_finds_everything_in_order_later, struct fixture *fixture)
{
	unsigned int p;

	for (unsigned int i = 0; i < 40; i++) {
		p = process_with(fixture, 0, 0);
		if (i % 2)
			relay_process_gone(fixture->relay, p, fixture->now);
	}
	for (unsigned int i = 0; i < 20; i++) {
		relay_own(fixture->relay, 0, fixture->now);
		relay_check(fixture->relay);
		assert_int_equal(fixture_passes(fixture, RELAY_CONTROL_MS), 0);
	}
	fixture_settle(fixture);
	fixture_passes(fixture, RELAY_CONTROL_MS);
	fixture_settle(fixture);
	relay_check(fixture->relay);
	assert_int_equal(fixture_clients(fixture, 0), 20);
}
