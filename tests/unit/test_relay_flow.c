/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Full rings, and full windows of control messages. */
#include "tests/unit/relay_assert.h"

static void nothing_changes_while_the_gateways_ring_is_full(void **state)
{
	static const enum chan_kind kinds[] = {CHAN_KIND_CLIENT_OPEN, CHAN_KIND_CLIENT_CLOSE,
					       CHAN_KIND_REGISTER,    CHAN_KIND_UNREGISTER,
					       CHAN_KIND_PORT_QUERY,  CHAN_KIND_PKEY_QUERY,
					       CHAN_KIND_SET_ISSM,    CHAN_KIND_SEND};
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = process_with(bed, 0, 4);
	bed->gateway[0].in.room = 0;
	for (int turn = 0; turn < 3; turn++) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			waits(bed, p,
			      message(kinds[i], 0, kinds[i] == CHAN_KIND_CLIENT_OPEN ? 5 : 4));
		relay_check(bed->relay);
	}
	bed->gateway[0].in.room = BED_ROOM;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) - 1; i++)
		assert_int_equal(asks(bed, p,
				      message(kinds[i], 0,
					      kinds[i] == CHAN_KIND_CLIENT_OPEN	   ? 5
					      : kinds[i] == CHAN_KIND_CLIENT_CLOSE ? 4
										   : 5)),
				 0);
}

static void a_process_that_does_not_read_loses_its_answers_only(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int lazy, other;

	bed_ready(bed, 0, 1);
	lazy = process_with(bed, 0, 0);
	other = process_with(bed, 0, 0);
	bed->process[lazy].room = 2;
	for (unsigned int i = 0; i < 5; i++) {
		slot = request(0, 0, i);
		says(bed, lazy, slot);
		says(bed, other, slot);
	}
	while (bed_ring_take(&bed->gateway[0].in, &slot)) {
		slot = answer_to(&slot);
		bed_push(bed, 0, &slot);
	}
	assert_true(bed_relay_takes(bed, 0, BED_ALL));
	for (unsigned int i = 0; i < 5; i++) {
		got = given(bed, other);
		assert_int_equal(got.cookie, i);
		assert_int_equal(bed_given(bed, lazy, &got), i < 2);
	}
	assert_int_equal(relay_counters(bed->relay)->lost_ring_full, 3);
}

static void a_reply_that_meets_a_full_ring_is_counted_as_lost(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	bed->process[p].room = 0;
	says(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	bed_settle(bed);
	assert_int_equal(relay_counters(bed->relay)->lost_ring_full, 1);
}

/* Questions of processes, all of which the gateway leaves unanswered: as many as there may be. */
static unsigned int flood(struct bed *bed)
{
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	unsigned int n = 0;

	bed->gateway[0].lose = UINT32_MAX;
	for (unsigned int i = 0; i < 40; i++)
		n += says_until_it_waits(bed, bed_process(bed), slot);
	return n;
}

static void what_processes_ask_leaves_room_for_what_is_ours(void **state)
{
	struct bed *bed = *state;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	for (uint16_t i = 0; i < RELAY_CLIENTS; i++)
		opens(bed, p, 0, i);
	assert_int_equal(flood(bed), 384);
	relay_process_gone(bed->relay, p);
	/* as many as there is room for, whatever the gateway's ring takes */
	while (relay_own(bed->relay, 0, bed->now) && bed_gateway_runs(bed, 0, BED_ALL))
		relay_check(bed->relay);
	assert_int_equal(bed_clients(bed, 0), RELAY_CLIENTS - 128);
	bed->gateway[0].lose = 0;
	bed_passes(bed, RELAY_CONTROL_MS);
	bed_settle(bed);
	bed_passes(bed, RELAY_CONTROL_MS);
	bed_settle(bed);
	assert_int_equal(bed_clients(bed, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_changes_while_the_gateways_ring_is_full),
		T(a_process_that_does_not_read_loses_its_answers_only),
		T(a_reply_that_meets_a_full_ring_is_counted_as_lost),
		T(what_processes_ask_leaves_room_for_what_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
