/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes that die at any point, and what they leave; replies that were lost. */
#include "tests/unit/relay_assert.h"

static void a_process_that_dies_leaves_no_client_behind(void **state)
{
	struct bed *bed = *state;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = bed_process(bed);
	q = bed_process(bed);
	for (uint16_t i = 0; i < 20; i++)
		opens(bed, p, i % 2, i);
	opens(bed, q, 0, 0);
	says(bed, p, request(0, 0, 0));
	relay_process_gone(bed->relay, p);
	relay_check(bed->relay);
	bed_settle(bed);
	assert_int_equal(bed_clients(bed, 0), 1);
	assert_int_equal(bed_clients(bed, 1), 0);
	says(bed, q, request(0, 0, 0));
}

/* Whatever was on its way when it died: each prefix of a process's life. */
static void a_process_may_die_at_any_point(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
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
			unsigned int p = bed_process(bed), done = 0;

			/* what it cannot say yet, for want of a reply, it does not say */
			for (unsigned int i = 0; i < steps && i < 8; i++) {
				struct chan_slot slot = life[i];

				done += bed_says(bed, p, &slot) == RELAY_DONE;
				if (i < seen)
					bed_settle(bed);
			}
			assert_true(done > 0 || !steps);
			relay_process_gone(bed->relay, p);
			relay_check(bed->relay);
			bed_settle(bed);
			relay_check(bed->relay);
			assert_int_equal(bed_clients(bed, 0), 0);
		}
	}
}

static void an_open_that_is_refused_is_not_closed(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	bed->gateway[0].open_status = EMFILE;
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1)), EMFILE);
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
	relay_process_gone(bed->relay, p);
	bed_settle(bed); /* asserts that nothing unknown is closed */
	relay_check(bed->relay);
}

/* The number may be open or not, for all we know: it is asked for again, and it is not. */
static void an_open_whose_refusal_was_lost_is_not_closed(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	bed->gateway[0].open_status = EMFILE;
	bed->gateway[0].lose = 1;
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
	bed_settle(bed);
	bed_passes(bed, RELAY_CONTROL_MS);
	bed_settle(bed); /* likewise */
	relay_check(bed->relay);
	assert_true(relay_deadline(bed->relay).ms == MONO_NEVER.ms);
	assert_int_equal(relay_counters(bed->relay)->expired, 1);
}

static void a_number_is_not_used_again_before_the_gateway_says_it_is_closed(void **state)
{
	struct bed *bed = *state;
	struct chan_slot late;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		opens(bed, p, 0, (uint16_t)i);
	says(bed, p, request(0, 7, 0));
	late = gateway_gets(bed, 0);
	late.kind = CHAN_KIND_SEND_DONE;
	says(bed, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 7));
	bed_push(bed, 0, &late);
	q = bed_process(bed);
	says(bed, q, message(CHAN_KIND_CLIENT_OPEN, 0, 0));
	assert_int_equal(given(bed, q).status, EMFILE);
	bed_settle(bed);
	/* nor one that is being opened */
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 7));
	says(bed, q, message(CHAN_KIND_CLIENT_OPEN, 0, 0));
	assert_int_equal(given(bed, q).status, EMFILE);
	bed_settle(bed);
	is_given_nothing(bed, q);
	assert_int_equal(relay_counters(bed->relay)->drop_gone, 1);
}

static void a_late_answer_meets_no_stranger(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = process_with(bed, 0, 0);
	says(bed, p, request(0, 0, 0));
	slot = gateway_gets(bed, 0);
	slot.kind = CHAN_KIND_RECV;
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	relay_process_gone(bed->relay, p);
	q = bed_process(bed);
	assert_int_equal(p, q);
	bed_push(bed, 0, &slot);
	bed_settle(bed);
	is_given_nothing(bed, q); /* not the port's reply either */
	opens(bed, q, 0, 0);
	for (unsigned int i = 0; i < 16; i++) /* its share of control messages is whole */
		says(bed, q, message(CHAN_KIND_PORT_QUERY, 0, 0));
}

static void who_is_gone_is_given_nothing(void **state)
{
	struct chan_slot event = message(CHAN_KIND_PORT_EVENT, 0, 0);
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	relay_process_gone(bed->relay, p);
	bed_push(bed, 0, &event);
	bed_settle(bed);
	is_given_nothing(bed, p);
}

static void a_client_is_closed_on_its_own_port(void **state)
{
	struct bed *bed = *state;
	struct chan_slot close;
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 2);
	p = process_with(bed, 2, 0);
	relay_process_gone(bed->relay, p);
	relay_own(bed->relay, 1, bed->now);
	close = gateway_gets(bed, 1);
	assert_int_equal(close.kind, CHAN_KIND_CLIENT_CLOSE);
	assert_int_equal(close.port, 1);
}

/* Closing is by the client's number: what else the message says is not passed on. */
static void a_client_may_be_closed_by_way_of_any_port(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = process_with(bed, 0, 0);
	opens(bed, p, 1, 1);
	/* the bed asserts that ports are the gateway's own */
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_CLOSE, 1, 0)), 0);
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 1)), 0);
	assert_int_equal(bed_clients(bed, 0) + bed_clients(bed, 1), 0);
}

static void numbers_go_round(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 3 * RELAY_CLIENTS; i++) {
		unsigned int p = process_with(bed, 0, 0);

		assert_true(bed->gateway[0].client[i % RELAY_CLIENTS].open);
		relay_process_gone(bed->relay, p);
		bed_settle(bed);
	}
	relay_check(bed->relay);
	assert_int_equal(bed_clients(bed, 0), 0);
}

static void a_lost_reply_to_close_costs_no_number(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 2 * RELAY_CLIENTS; i++) {
		p = process_with(bed, 0, 0);
		relay_process_gone(bed->relay, p);
		bed->gateway[0].lose = 1;
		bed_settle(bed);
		relay_check(bed->relay);
		if (i % 50 == 0) {
			bed_passes(bed, RELAY_CONTROL_MS);
			bed_settle(bed);
		}
	}
	bed_passes(bed, RELAY_CONTROL_MS);
	bed_settle(bed);
	p = bed_process(bed);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		opens(bed, p, 0, (uint16_t)i);
}

static void a_lost_reply_to_open_leaves_no_client_behind(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	bed->gateway[0].lose = 1;
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 3));
	bed_settle(bed);
	is_given_nothing(bed, p);
	assert_int_equal(bed_clients(bed, 0), 1);
	assert_true(relay_deadline(bed->relay).ms == bed->now.ms + RELAY_CONTROL_MS);
	bed_passes(bed, RELAY_CONTROL_MS);
	relay_check(bed->relay);
	bed->gateway[0].lose = 1; /* and so is the reply to our question */
	bed_settle(bed);
	bed_passes(bed, RELAY_CONTROL_MS);
	bed_settle(bed);
	assert_int_equal(bed_clients(bed, 0), 0);
	opens(bed, p, 0, 3);
	assert_true(relay_deadline(bed->relay).ms == MONO_NEVER.ms);
}

/* A gateway that stands still is no reason to tell it the same again and again. */
static void a_gateway_that_stands_still_finds_everything_in_order_later(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 40; i++) {
		p = process_with(bed, 0, 0);
		if (i % 2)
			relay_process_gone(bed->relay, p);
	}
	for (unsigned int i = 0; i < 20; i++) {
		relay_own(bed->relay, 0, bed->now);
		relay_check(bed->relay);
		assert_int_equal(bed_passes(bed, RELAY_CONTROL_MS), 0);
	}
	bed_settle(bed);
	bed_passes(bed, RELAY_CONTROL_MS);
	bed_settle(bed);
	relay_check(bed->relay);
	assert_int_equal(bed_clients(bed, 0), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_process_that_dies_leaves_no_client_behind),
		T(a_process_may_die_at_any_point),
		T(an_open_that_is_refused_is_not_closed),
		T(an_open_whose_refusal_was_lost_is_not_closed),
		T(a_number_is_not_used_again_before_the_gateway_says_it_is_closed),
		T(a_late_answer_meets_no_stranger),
		T(who_is_gone_is_given_nothing),
		T(a_client_is_closed_on_its_own_port),
		T(a_client_may_be_closed_by_way_of_any_port),
		T(numbers_go_round),
		T(a_lost_reply_to_close_costs_no_number),
		T(a_lost_reply_to_open_leaves_no_client_behind),
		T(a_gateway_that_stands_still_finds_everything_in_order_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
