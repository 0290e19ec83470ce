/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gateways that are lost at any point, and what comes back. */
#include "tests/unit/relay_assert.h"

static void a_lost_gateway_takes_its_processes_along(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	q = bed_process(bed);
	opens(bed, p, 0, 0);
	bed_lost(bed, 0);
	assert_true(relay_process_doomed(bed->relay, p));
	assert_true(relay_process_doomed(bed->relay, q));
	is_found_out(bed, q, slot);
	relay_check(bed->relay);
	assert_int_equal(relay_process_new(bed->relay, 0), -ENODEV);
	relay_process_gone(bed->relay, p);
	relay_process_gone(bed->relay, q);
	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	assert_false(relay_process_doomed(bed->relay, p));
	opens(bed, p, 0, 0);
}

static void a_gateway_may_be_lost_at_any_point(void **state)
{
	struct bed *bed = *state;

	for (unsigned int taken = 0; taken < 14; taken++) {
		for (unsigned int given = 0; given <= taken; given++) {
			unsigned int p[3];

			bed_ready(bed, 0, 1);
			for (uint16_t i = 0; i < 3; i++) {
				p[i] = process_with(bed, 0, i);
				says(bed, p[i], message(CHAN_KIND_CLIENT_OPEN, 0, 9));
				says(bed, p[i], message(CHAN_KIND_REGISTER, 0, i));
				says(bed, p[i], request(0, i, 0));
				says(bed, p[i], message(CHAN_KIND_CLIENT_CLOSE, 0, i));
			}
			relay_process_gone(bed->relay, p[1]);
			relay_own(bed->relay, 0, bed->now);
			bed_gateway_runs(bed, 0, taken);
			assert_true(bed_relay_takes(bed, 0, given));
			bed_lost(bed, 0);
			relay_check(bed->relay);
			relay_process_gone(bed->relay, p[0]);
			relay_process_gone(bed->relay, p[2]);
			relay_check(bed->relay);
			assert_true(relay_deadline(bed->relay).ms == MONO_NEVER.ms);
		}
	}
}

static void a_gateway_may_be_lost_before_hello(void **state)
{
	struct bed *bed = *state;

	bed_up(bed, 0, 1);
	bed_lost(bed, 0);
	bed_up(bed, 0, 1);
	relay_own(bed->relay, 0, bed->now);
	bed_lost(bed, 0);
	bed_up(bed, 0, 1);
	relay_own(bed->relay, 0, bed->now);
	bed_gateway_runs(bed, 0, BED_ALL);
	bed_lost(bed, 0);
	bed_ready(bed, 0, 1);
}

/* A session that is over gave its cookies away; they are not taken in the next. */
static void a_reply_from_an_older_session_is_nobodys(void **state)
{
	struct bed *bed = *state;
	struct chan_slot old = {0};
	unsigned int p;

	for (unsigned int session = 0; session < 3; session++) {
		bed_ready(bed, 0, 1);
		p = bed_process(bed);
		says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
		if (session) {
			bed_push(bed, 0, &old);
			bed_relay_takes(bed, 0, BED_ALL);
			is_given_nothing(bed, p);
		}
		old = gateway_gets(bed, 0);
		old.kind++;
		bed_lost(bed, 0);
		relay_process_gone(bed->relay, p);
	}
}

/* Only who still waits for a reply of it is hit, not who had one. */
static void who_asked_a_lost_gateway_and_was_answered_stays(void **state)
{
	struct bed *bed = *state;
	struct chan_slot reply;
	unsigned int waiting, answered;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	waiting = bed_process(bed);
	answered = bed_process(bed);
	says(bed, waiting, message(CHAN_KIND_PORT_QUERY, 1, 0));
	says(bed, answered, message(CHAN_KIND_PORT_QUERY, 1, 0));
	gateway_gets(bed, 1);
	reply = gateway_gets(bed, 1);
	reply.kind++;
	bed_push(bed, 1, &reply);
	assert_true(bed_relay_takes(bed, 1, BED_ALL));
	given(bed, answered);
	bed_lost(bed, 1);
	relay_check(bed->relay);
	assert_true(relay_process_doomed(bed->relay, waiting));
	assert_false(relay_process_doomed(bed->relay, answered));
}

static void one_of_two_devices_takes_only_its_users_along(void **state)
{
	struct bed *bed = *state;
	unsigned int a, b, both, asking, sm, idle;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	a = process_with(bed, 0, 0);
	b = process_with(bed, 1, 0);
	both = process_with(bed, 0, 0);
	opens(bed, both, 1, 1);
	asking = bed_process(bed);
	sm = bed_process(bed);
	idle = bed_process(bed);
	says(bed, sm, issm_on(1));
	bed_settle(bed);
	says(bed, asking, message(CHAN_KIND_PORT_QUERY, 1, 0));
	bed_lost(bed, 1);
	assert_false(relay_process_doomed(bed->relay, a));
	assert_false(relay_process_doomed(bed->relay, idle));
	assert_true(relay_process_doomed(bed->relay, b));
	assert_true(relay_process_doomed(bed->relay, both));
	assert_true(relay_process_doomed(bed->relay, asking));
	assert_true(relay_process_doomed(bed->relay, sm));
	says(bed, a, request(0, 0, 0));
	says(bed, a, message(CHAN_KIND_PORT_QUERY, 1, 0));
	assert_int_equal(given(bed, a).status, ENODEV);
	relay_process_gone(bed->relay, both);
	bed_settle(bed);
	assert_int_equal(bed_clients(bed, 0), 1);
}

static void a_device_that_comes_back_has_the_ports_it_had(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 2);
	p = bed_process(bed);
	bed_lost(bed, 0);
	bed_ready(bed, 2, 1); /* does not take their place */
	bed_ready(bed, 0, 1);
	opens(bed, p, 0, 0);
	assert_int_equal(bed_clients(bed, 0), 1);
	/* another device's ports are none of its business */
	assert_int_equal(bed_clients(bed, 2), 0);
	bed_lost(bed, 1);
	bed_ready(bed, 1, 3); /* with other ports it gets others */
	relay_check(bed->relay);
}

static void who_comes_while_one_of_two_devices_is_away_finds_it_when_it_is_back(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	bed_lost(bed, 0);
	bed_lost(bed, 1);
	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	bed_ready(bed, 1, 1);
	opens(bed, p, 1, 0);
	assert_int_equal(bed_clients(bed, 1), 1);
}

static void a_device_keeps_its_ports_although_others_are_free_before_it(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = bed_process(bed);
	bed_lost(bed, 0);
	bed_ready(bed, 0, 2); /* two do not fit where it was */
	bed_lost(bed, 1);
	bed_ready(bed, 1, 1);
	relay_check(bed->relay);
	opens(bed, p, 1, 0);
	assert_int_equal(bed_clients(bed, 1), 1);
}

static void what_is_not_said_yet_goes_with_the_gateway(void **state)
{
	struct bed *bed = *state;
	unsigned int p, other;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	other = bed_process(bed);
	opens(bed, p, 0, 0);
	assert_int_equal(asks(bed, p, issm_on(0)), 0);
	bed->gateway[0].in.room = 0;
	relay_process_gone(bed->relay, p);
	assert_true(relay_own(bed->relay, 0, bed->now));
	bed_lost(bed, 0);
	relay_check(bed->relay);
	bed_ready(bed, 0, 1);
	assert_int_equal(bed->gateway[0].handled, 1); /* HELLO */
	relay_process_gone(bed->relay, other);
}

static void issm_went_with_the_gateway(void **state)
{
	struct bed *bed = *state;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	assert_int_equal(asks(bed, p, issm_on(0)), 0);
	bed_lost(bed, 0);
	bed_ready(bed, 0, 1);
	q = bed_process(bed);
	assert_int_equal(asks(bed, q, issm_on(0)), 0);
	assert_int_equal(asks(bed, q, message(CHAN_KIND_SET_ISSM, 0, 0)), 0);
	assert_int_equal(bed->gateway[0].issm, 0);
	assert_int_equal(asks(bed, q, issm_on(0)), 0);
	relay_process_gone(bed->relay, p);
	bed_settle(bed);
	assert_int_equal(bed->gateway[0].issm, 1);
}

/* Its session is to be closed: what comes from another device now is not for it. */
static void who_lost_its_device_is_given_nothing_more(void **state)
{
	struct bed *bed = *state;
	struct chan_slot event = message(CHAN_KIND_PORT_EVENT, 0, 0);
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = process_with(bed, 1, 0);
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	bed_lost(bed, 1);
	bed_push(bed, 0, &event);
	bed_settle(bed);
	is_given_nothing(bed, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_lost_gateway_takes_its_processes_along),
		T(a_gateway_may_be_lost_at_any_point),
		T(a_gateway_may_be_lost_before_hello),
		T(a_reply_from_an_older_session_is_nobodys),
		T(who_asked_a_lost_gateway_and_was_answered_stays),
		T(one_of_two_devices_takes_only_its_users_along),
		T(a_device_that_comes_back_has_the_ports_it_had),
		T(who_comes_while_one_of_two_devices_is_away_finds_it_when_it_is_back),
		T(a_device_keeps_its_ports_although_others_are_free_before_it),
		T(what_is_not_said_yet_goes_with_the_gateway),
		T(issm_went_with_the_gateway),
		T(who_lost_its_device_is_given_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
