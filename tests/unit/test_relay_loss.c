/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The relay when somebody goes: processes that die at any point, gateways that are lost at any
 * point, replies that met a full ring.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/unit/relay_bed.h"
#include "wire/mad.h"

enum { CONTROL_MS = RELAY_CONTROL_MS };

static int setup(void **state)
{
	*state = bed_new(UINT64_MAX - 20);
	return 0;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	relay_check(bed->relay);
	bed_free(bed);
	return 0;
}

static struct chan_slot message(enum chan_kind kind, uint16_t port, uint16_t client)
{
	return (struct chan_slot){.kind = (uint8_t)kind, .port = port, .client = client};
}

static struct chan_slot request(uint16_t port, uint16_t client)
{
	struct chan_slot slot = message(CHAN_KIND_SEND, port, client);

	slot.timeout_ms = 100;
	slot.mad[3] = WIRE_METHOD_GET;
	return slot;
}

static void says(struct bed *bed, unsigned int p, struct chan_slot slot)
{
	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
}

static void says_opened(struct bed *bed, unsigned int p, uint16_t port, uint16_t client)
{
	struct chan_slot reply;

	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, port, client));
	bed_settle(bed);
	assert_true(bed_given(bed, p, &reply));
	assert_int_equal(reply.status, 0);
}

/* --- processes go --- */

static void a_process_that_dies_leaves_no_client_behind(void **state)
{
	struct bed *bed = *state;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = bed_process(bed);
	q = bed_process(bed);
	for (uint16_t i = 0; i < 20; i++)
		says_opened(bed, p, i % 2, i);
	says_opened(bed, q, 0, 0);
	says(bed, p, request(0, 0));
	relay_process_gone(bed->relay, p);
	relay_check(bed->relay);
	bed_settle(bed);
	assert_int_equal(bed_clients(bed, 0), 1);
	assert_int_equal(bed_clients(bed, 1), 0);
	says(bed, q, request(0, 0));
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
				request(0, 1),
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
	struct chan_slot got;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	bed->gateway[0].open_status = EMFILE;
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
	bed_settle(bed);
	assert_true(bed_given(bed, p, &got));
	assert_int_equal(got.status, EMFILE);
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
	relay_process_gone(bed->relay, p);
	bed_settle(bed); /* asserts that nothing unknown is closed */
	relay_check(bed->relay);
}

static void a_number_is_not_used_again_before_the_gateway_says_it_is_closed(void **state)
{
	struct bed *bed = *state;
	struct bed_gateway *g = &bed->gateway[0];
	struct chan_slot late, got;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		says_opened(bed, p, 0, (uint16_t)i);
	says(bed, p, request(0, 7));
	assert_true(bed_ring_take(&g->in, &late));
	late.kind = CHAN_KIND_SEND_DONE;
	says(bed, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 7));
	bed_push(bed, 0, &late);
	q = bed_process(bed);
	says(bed, q, message(CHAN_KIND_CLIENT_OPEN, 0, 0));
	assert_true(bed_given(bed, q, &got));
	assert_int_equal(got.status, EMFILE);
	bed_settle(bed);
	says_opened(bed, q, 0, 0);
	assert_false(bed_given(bed, q, &got));
	assert_int_equal(relay_counters(bed->relay)->drop_gone, 1);
}

static void a_late_answer_meets_no_stranger(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	says_opened(bed, p, 0, 0);
	says(bed, p, request(0, 0));
	assert_true(bed_ring_take(&bed->gateway[0].in, &slot));
	slot.kind = CHAN_KIND_RECV;
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	relay_process_gone(bed->relay, p);
	q = bed_process(bed);
	assert_int_equal(p, q);
	bed_push(bed, 0, &slot);
	bed_settle(bed);
	assert_false(bed_given(bed, q, &got));
	says_opened(bed, q, 0, 0);
	for (unsigned int i = 0; i < 16; i++) /* its share of control messages is whole */
		says(bed, q, message(CHAN_KIND_PORT_QUERY, 0, 0));
}

static void numbers_go_round(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 3 * RELAY_CLIENTS; i++) {
		unsigned int p = bed_process(bed);

		says_opened(bed, p, 0, 0);
		assert_true(bed->gateway[0].client[i % RELAY_CLIENTS].open);
		relay_process_gone(bed->relay, p);
		bed_settle(bed);
	}
	relay_check(bed->relay);
	assert_int_equal(bed_clients(bed, 0), 0);
}

/* --- replies go --- */

static void a_lost_reply_to_close_costs_no_number(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 2 * RELAY_CLIENTS; i++) {
		p = bed_process(bed);
		says_opened(bed, p, 0, 0);
		relay_process_gone(bed->relay, p);
		bed->gateway[0].lose = 1;
		bed_settle(bed);
		relay_check(bed->relay);
		if (i % 50 == 0) {
			bed_passes(bed, CONTROL_MS);
			bed_settle(bed);
		}
	}
	bed_passes(bed, CONTROL_MS);
	bed_settle(bed);
	p = bed_process(bed);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		says_opened(bed, p, 0, (uint16_t)i);
}

static void a_lost_reply_to_open_leaves_no_client_behind(void **state)
{
	struct bed *bed = *state;
	struct chan_slot got;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	bed->gateway[0].lose = 1;
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 3));
	bed_settle(bed);
	assert_false(bed_given(bed, p, &got));
	assert_int_equal(bed_clients(bed, 0), 1);
	assert_true(relay_deadline(bed->relay).ms == bed->now.ms + CONTROL_MS);
	bed_passes(bed, CONTROL_MS);
	relay_check(bed->relay);
	bed->gateway[0].lose = 1; /* and so is the reply to our question */
	bed_settle(bed);
	bed_passes(bed, CONTROL_MS);
	bed_settle(bed);
	assert_int_equal(bed_clients(bed, 0), 0);
	says_opened(bed, p, 0, 3);
	assert_true(relay_deadline(bed->relay).ms == MONO_NEVER.ms);
}

/* A gateway that stands still is no reason to tell it the same again and again. */
static void a_gateway_that_stands_still_finds_everything_in_order_later(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 40; i++) {
		p = bed_process(bed);
		says_opened(bed, p, 0, 0);
		if (i % 2)
			relay_process_gone(bed->relay, p);
	}
	for (unsigned int i = 0; i < 20; i++) {
		relay_own(bed->relay, 0, bed->now);
		relay_check(bed->relay);
		assert_int_equal(bed_passes(bed, CONTROL_MS), 0);
	}
	bed_settle(bed);
	bed_passes(bed, CONTROL_MS);
	bed_settle(bed);
	relay_check(bed->relay);
	assert_int_equal(bed_clients(bed, 0), 20);
}

/* --- gateways go --- */

static void a_lost_gateway_takes_its_processes_along(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	q = bed_process(bed);
	says_opened(bed, p, 0, 0);
	bed_lost(bed, 0);
	assert_true(relay_process_doomed(bed->relay, p));
	assert_true(relay_process_doomed(bed->relay, q));
	assert_int_equal(bed_says(bed, q, &slot), RELAY_BROKEN);
	relay_check(bed->relay);
	assert_int_equal(relay_process_new(bed->relay), -ENODEV);
	relay_process_gone(bed->relay, p);
	relay_process_gone(bed->relay, q);
	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	assert_false(relay_process_doomed(bed->relay, p));
	says_opened(bed, p, 0, 0);
}

static void a_gateway_may_be_lost_at_any_point(void **state)
{
	struct bed *bed = *state;

	for (unsigned int taken = 0; taken < 14; taken++) {
		for (unsigned int given = 0; given <= taken; given++) {
			unsigned int p[3];

			bed_ready(bed, 0, 1);
			for (uint16_t i = 0; i < 3; i++) {
				p[i] = bed_process(bed);
				says_opened(bed, p[i], 0, i);
				says(bed, p[i], message(CHAN_KIND_CLIENT_OPEN, 0, 9));
				says(bed, p[i], message(CHAN_KIND_REGISTER, 0, i));
				says(bed, p[i], request(0, i));
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
	struct chan_slot old, got;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	assert_true(bed_ring_take(&bed->gateway[0].in, &old));
	old.kind++;
	bed_lost(bed, 0);
	relay_process_gone(bed->relay, p);
	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	bed_push(bed, 0, &old);
	bed_relay_takes(bed, 0, BED_ALL);
	assert_false(bed_given(bed, p, &got));
}

static void one_of_two_devices_takes_only_its_users_along(void **state)
{
	struct bed *bed = *state;
	struct chan_slot on = message(CHAN_KIND_SET_ISSM, 1, 0), got;
	struct chan_issm yes = {.on = 1};
	unsigned int a, b, both, asking, sm, idle;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	a = bed_process(bed);
	b = bed_process(bed);
	both = bed_process(bed);
	asking = bed_process(bed);
	sm = bed_process(bed);
	idle = bed_process(bed);
	says_opened(bed, a, 0, 0);
	says_opened(bed, b, 1, 0);
	says_opened(bed, both, 0, 0);
	says_opened(bed, both, 1, 1);
	memcpy(on.mad, &yes, sizeof(yes));
	says(bed, sm, on);
	bed_settle(bed);
	says(bed, asking, message(CHAN_KIND_PORT_QUERY, 1, 0));
	bed_lost(bed, 1);
	assert_false(relay_process_doomed(bed->relay, a));
	assert_false(relay_process_doomed(bed->relay, idle));
	assert_true(relay_process_doomed(bed->relay, b));
	assert_true(relay_process_doomed(bed->relay, both));
	assert_true(relay_process_doomed(bed->relay, asking));
	assert_true(relay_process_doomed(bed->relay, sm));
	says(bed, a, request(0, 0));
	says(bed, a, message(CHAN_KIND_PORT_QUERY, 1, 0));
	assert_true(bed_given(bed, a, &got));
	assert_int_equal(got.status, ENODEV);
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
	says_opened(bed, p, 0, 0);
	assert_int_equal(bed_clients(bed, 0), 1);
	/* another device's ports are none of its business */
	assert_int_equal(bed_clients(bed, 2), 0);
	bed_lost(bed, 1);
	bed_ready(bed, 1, 3); /* with other ports it gets others */
	relay_check(bed->relay);
	bed_lost(bed, 1);
	relay_process_gone(bed->relay, p);
	bed_ready(bed, 4, 12); /* nobody remembers those that are away */
	assert_int_equal(relay_upstream_ports(bed->relay, 4), 12);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_process_that_dies_leaves_no_client_behind),
		T(a_process_may_die_at_any_point),
		T(an_open_that_is_refused_is_not_closed),
		T(a_number_is_not_used_again_before_the_gateway_says_it_is_closed),
		T(a_late_answer_meets_no_stranger),
		T(numbers_go_round),
		T(a_lost_reply_to_close_costs_no_number),
		T(a_lost_reply_to_open_leaves_no_client_behind),
		T(a_gateway_that_stands_still_finds_everything_in_order_later),
		T(a_lost_gateway_takes_its_processes_along),
		T(a_gateway_may_be_lost_at_any_point),
		T(a_gateway_may_be_lost_before_hello),
		T(a_reply_from_an_older_session_is_nobodys),
		T(one_of_two_devices_takes_only_its_users_along),
		T(a_device_that_comes_back_has_the_ports_it_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
