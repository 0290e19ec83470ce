/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The relay as a switch: who gets what, under which name. */
#include "tests/unit/relay_assert.h"

static void processes_with_the_same_numbers_get_each_their_own_answer(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int p[8];

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 8; i++) {
		p[i] = process_with(bed, 0, 1024);
	}
	assert_int_equal(bed_clients(bed, 0), 8);
	for (unsigned int i = 0; i < 8; i++) {
		slot = request(0, 1024, 5);
		slot.mad[200] = (uint8_t)i;
		says(bed, p[i], slot);
	}
	for (unsigned int i = 0; i < 8; i++) {
		slot = gateway_gets(bed, 0);
		slot = answer_to(&slot);
		assert_true(bed_push(bed, 0, &slot));
	}
	assert_true(bed_relay_takes(bed, 0, BED_ALL));
	for (unsigned int i = 0; i < 8; i++) {
		got = given(bed, p[i]);
		assert_int_equal(got.mad[200], i);
		assert_int_equal(got.client, 1024);
		assert_int_equal(got.agent, 3);
		assert_int_equal(got.cookie, 5);
		is_given_nothing(bed, p[i]);
	}
}

static void ports_of_the_second_device_come_after_those_of_the_first(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int p;

	bed_ready(bed, 0, 2);
	bed_ready(bed, 1, 1);
	p = process_with(bed, 1, 7);
	opens(bed, p, 2, 8);
	assert_int_equal(bed_clients(bed, 0), 1);
	assert_int_equal(bed_clients(bed, 1), 1);
	slot = request(2, 8, 9);
	says(bed, p, slot);
	assert_false(bed_ring_take(&bed->gateway[0].in, &got));
	got = gateway_gets(bed, 1);
	assert_int_equal(got.port, 0);
	got = answer_to(&got);
	bed_push(bed, 1, &got);
	bed_relay_takes(bed, 1, 1);
	got = given(bed, p);
	assert_int_equal(got.port, 2);
	assert_int_equal(got.client, 8);
	slot = message(CHAN_KIND_PORT_QUERY, 1, 0);
	assert_int_equal(asks(bed, p, slot), 0);
}

static void a_mad_passes_untouched(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = process_with(bed, 0, 0);
	memset(&slot, 0x3c, sizeof(slot));
	slot.kind = CHAN_KIND_SEND;
	slot.port = slot.client = 0;
	slot.agent = 31;
	says(bed, p, slot);
	got = gateway_gets(bed, 0);
	slot.client = got.client;
	slot.status = 0;
	assert_memory_equal(&slot, &got, sizeof(slot));
}

static void an_event_goes_to_all_who_know_the_port(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_PORT_EVENT, 0, 0);
	unsigned int old, young;

	bed_ready(bed, 0, 1);
	old = bed_process(bed);
	bed_ready(bed, 1, 1);
	young = bed_process(bed);
	bed_push(bed, 1, &slot);
	bed_push(bed, 0, &slot);
	slot.port = 1;
	bed_push(bed, 0, &slot);
	bed_relay_takes(bed, 1, BED_ALL);
	assert_int_equal(given(bed, young).port, 1);
	is_given_nothing(bed, old);
	bed_relay_takes(bed, 0, BED_ALL);
	assert_int_equal(given(bed, old).port, 0);
	assert_int_equal(given(bed, young).port, 0);
	is_given_nothing(bed, young);
	assert_int_equal(relay_counters(bed->relay)->drop_unknown, 1);
}

static void what_nobody_asked_for_reaches_nobody(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = process_with(bed, 0, 4);
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	for (unsigned int kind = 0; kind < 256; kind++) {
		for (int d = -2; d <= 2; d++) {
			slot = message((enum chan_kind)kind, (uint16_t)(kind % 3), 200);
			slot.cookie = (uint64_t)d;
			if (kind == CHAN_KIND_PORT_EVENT)
				continue;
			assert_int_equal(relay_from_upstream(bed->relay, 0, &slot, bed->now),
					 RELAY_DONE);
		}
	}
	is_given_nothing(bed, p);
	bed_settle(bed);
	assert_int_equal(given(bed, p).kind, CHAN_KIND_PORT_REPLY);
}

/* IsSM upstream is up as long as any process wants it. */
static void issm_is_lowered_by_the_last_process(void **state)
{
	struct bed *bed = *state;
	struct chan_slot on = issm_on(1), off = message(CHAN_KIND_SET_ISSM, 1, 0);
	unsigned int a, b, c;

	bed_ready(bed, 0, 2);
	a = bed_process(bed);
	b = bed_process(bed);
	c = bed_process(bed);
	assert_int_equal(asks(bed, a, on), 0);
	assert_int_equal(asks(bed, b, on), 0);
	assert_int_equal(asks(bed, c, on), 0);
	relay_process_gone(bed->relay, c);
	bed_settle(bed);
	assert_int_equal(bed->gateway[0].issm, 2);
	c = bed_process(bed);
	assert_int_equal(asks(bed, c, off), 0);
	assert_int_equal(asks(bed, a, off), 0);
	assert_int_equal(bed->gateway[0].issm, 2);
	relay_process_gone(bed->relay, b);
	bed_settle(bed);
	assert_int_equal(bed->gateway[0].issm, 0);
	assert_int_equal(asks(bed, a, on), 0);
	relay_process_gone(bed->relay, a);
	assert_int_equal(asks(bed, c, on), 0); /* before it could be lowered */
	bed_settle(bed);
	assert_int_equal(bed->gateway[0].issm, 2);
}

static void issm_of_the_second_devices_port_is_lowered_there(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 2);
	p = bed_process(bed);
	assert_int_equal(asks(bed, p, issm_on(2)), 0);
	assert_int_equal(bed->gateway[1].issm, 2);
	relay_process_gone(bed->relay, p);
	bed_settle(bed);
	assert_int_equal(bed->gateway[1].issm, 0);
}

static void what_else_is_refused_takes_no_issm_away(void **state)
{
	struct bed *bed = *state;
	unsigned int a, b;

	bed_ready(bed, 0, 1);
	a = bed_process(bed);
	b = bed_process(bed);
	assert_int_equal(asks(bed, a, issm_on(0)), 0);
	bed->gateway[0].query_status = EIO;
	assert_int_equal(asks(bed, a, message(CHAN_KIND_PORT_QUERY, 0, 0)), EIO);
	assert_int_equal(asks(bed, b, issm_on(0)), 0);
	assert_int_equal(asks(bed, b, message(CHAN_KIND_SET_ISSM, 0, 0)), 0);
	assert_int_equal(bed->gateway[0].issm, 1);
}

static void who_was_refused_issm_does_not_hold_it(void **state)
{
	struct bed *bed = *state;
	struct chan_slot on = issm_on(0), off = message(CHAN_KIND_SET_ISSM, 0, 0);
	unsigned int a, b;

	bed_ready(bed, 0, 1);
	a = bed_process(bed);
	b = bed_process(bed);
	bed->gateway[0].issm_status = EPERM;
	assert_int_equal(asks(bed, a, on), EPERM);
	bed->gateway[0].issm_status = 0;
	assert_int_equal(asks(bed, b, on), 0);
	assert_int_equal(asks(bed, b, off), 0);
	assert_int_equal(bed->gateway[0].issm, 0);
}

static void a_reply_of_another_kind_or_for_the_second_time_is_nobodys(void **state)
{
	struct bed *bed = *state;
	struct chan_slot first, second, wrong;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	says(bed, p, message(CHAN_KIND_PKEY_QUERY, 0, 0));
	first = gateway_gets(bed, 0);
	second = gateway_gets(bed, 0);
	first.kind = CHAN_KIND_PORT_REPLY;
	second.kind = CHAN_KIND_PKEY_REPLY;
	wrong = second;
	wrong.kind = CHAN_KIND_PORT_REPLY;
	bed_push(bed, 0, &wrong);
	bed_push(bed, 0, &second);
	bed_push(bed, 0, &second);
	bed_push(bed, 0, &first);
	bed_push(bed, 0, &first);
	assert_true(bed_relay_takes(bed, 0, BED_ALL));
	assert_int_equal(given(bed, p).kind, CHAN_KIND_PKEY_REPLY);
	assert_int_equal(given(bed, p).kind, CHAN_KIND_PORT_REPLY);
	is_given_nothing(bed, p);
	assert_int_equal(relay_counters(bed->relay)->drop_unknown, 3);
}

static void a_mad_of_no_port_or_for_a_client_that_is_not_open_yet_reaches_nobody(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_RECV, 1, 0);
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = process_with(bed, 0, 4);
	bed_push(bed, 0, &slot); /* which is the second device's */
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 5));
	slot = message(CHAN_KIND_RECV, 0, 1);
	bed_push(bed, 0, &slot);
	assert_true(bed_relay_takes(bed, 0, BED_ALL));
	is_given_nothing(bed, p);
	assert_int_equal(relay_counters(bed->relay)->drop_unknown, 1);
	assert_int_equal(relay_counters(bed->relay)->drop_gone, 1);
	/* nor one for a client that cannot be */
	slot.client = RELAY_CLIENTS;
	bed_push(bed, 0, &slot);
	assert_true(bed_relay_takes(bed, 0, BED_ALL));
	assert_int_equal(relay_counters(bed->relay)->drop_unknown, 2);
}

static void issm_that_found_no_room_is_not_held(void **state)
{
	struct bed *bed = *state;
	struct chan_slot on = issm_on(0);
	unsigned int a, b;

	bed_ready(bed, 0, 1);
	a = bed_process(bed);
	b = bed_process(bed);
	bed->gateway[0].in.room = 0;
	waits(bed, a, on);
	bed->gateway[0].in.room = BED_ROOM;
	assert_int_equal(asks(bed, b, on), 0);
	assert_int_equal(asks(bed, b, message(CHAN_KIND_SET_ISSM, 0, 0)), 0);
	assert_int_equal(bed->gateway[0].issm, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(processes_with_the_same_numbers_get_each_their_own_answer),
		T(ports_of_the_second_device_come_after_those_of_the_first),
		T(a_mad_passes_untouched),
		T(an_event_goes_to_all_who_know_the_port),
		T(what_nobody_asked_for_reaches_nobody),
		T(issm_is_lowered_by_the_last_process),
		T(issm_of_the_second_devices_port_is_lowered_there),
		T(what_else_is_refused_takes_no_issm_away),
		T(who_was_refused_issm_does_not_hold_it),
		T(a_reply_of_another_kind_or_for_the_second_time_is_nobodys),
		T(a_mad_of_no_port_or_for_a_client_that_is_not_open_yet_reaches_nobody),
		T(issm_that_found_no_room_is_not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
