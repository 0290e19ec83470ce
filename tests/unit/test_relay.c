/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The relay as a switch: who gets what, what a hostile process may not do to the others, full rings,
 * fairness.
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

static int setup(void **state)
{
	*state = bed_new(UINT64_MAX - 20); /* so that cookies wrap in every longer test */
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
	return (struct chan_slot){
		.kind = (uint8_t)kind, .port = port, .client = client, .cookie = 77};
}

static struct chan_slot request(uint16_t port, uint16_t client, uint64_t cookie)
{
	struct chan_slot slot = message(CHAN_KIND_SEND, port, client);

	slot.agent = 3;
	slot.cookie = cookie;
	slot.timeout_ms = 1000;
	slot.mad[3] = WIRE_METHOD_GET;
	return slot;
}

/* The gateway's answer to a slot that it took. */
static struct chan_slot answer_to(const struct chan_slot *asked)
{
	struct chan_slot slot = *asked;

	slot.kind = CHAN_KIND_RECV;
	slot.timeout_ms = 0;
	slot.mad[3] |= 0x80;
	return slot;
}

/* The status of the reply to a message that is answered now. */
static uint32_t asks(struct bed *bed, unsigned int p, struct chan_slot slot)
{
	struct chan_slot reply;

	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
	bed_settle(bed);
	assert_true(bed_given(bed, p, &reply));
	assert_int_equal(reply.kind, slot.kind + 1);
	assert_int_equal(reply.client, slot.client);
	assert_int_equal(reply.port, slot.port);
	assert_int_equal(reply.agent, slot.agent);
	assert_true(reply.cookie == slot.cookie);
	return reply.status;
}

static void opens(struct bed *bed, unsigned int p, uint16_t port, uint16_t client)
{
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_OPEN, port, client)), 0);
}

static struct chan_hello_reply hello(struct bed *bed)
{
	struct chan_hello ask = {.magic = CHAN_ABI_MAGIC, .version_max = 9};
	struct chan_slot slot = message(CHAN_KIND_HELLO, 0, 0);
	struct chan_hello_reply reply;
	int p = relay_process_new(bed->relay);

	assert_true(p >= 0);
	memcpy(slot.mad, &ask, sizeof(ask));
	assert_int_equal(bed_says(bed, (unsigned int)p, &slot), RELAY_DONE);
	assert_true(bed_given(bed, (unsigned int)p, &slot));
	memcpy(&reply, slot.mad, sizeof(reply));
	relay_process_gone(bed->relay, (unsigned int)p);
	return reply;
}

/* --- HELLO --- */

static void hello_is_answered_with_the_ports_of_all_devices(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
	assert_int_equal(hello(bed).ports, 1);
	bed_ready(bed, 3, 2);
	assert_int_equal(hello(bed).ports, 3);
	assert_int_equal(hello(bed).magic, CHAN_ABI_MAGIC);
	assert_int_equal(hello(bed).version, CHAN_ABI_VERSION);
	assert_int_equal(hello(bed).outstanding, 96);
}

static void no_process_is_welcome_before_a_gateway_has_answered(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(relay_process_new(bed->relay), -ENODEV);
	bed_up(bed, 0, 1);
	assert_int_equal(relay_process_new(bed->relay), -ENODEV);
	relay_own(bed->relay, 0, bed->now);
	assert_int_equal(relay_process_new(bed->relay), -ENODEV);
	bed_settle(bed);
	assert_int_equal(relay_process_new(bed->relay), 0);
}

static void a_process_of_another_version_is_not_served(void **state)
{
	struct bed *bed = *state;
	const struct chan_hello bad[] = {
		{.magic = 1, .version_max = 9},
		{.magic = CHAN_ABI_MAGIC, .version_min = 2, .version_max = 9},
		{.magic = CHAN_ABI_MAGIC, .version_min = 0, .version_max = 0},
	};

	bed_ready(bed, 0, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct chan_slot slot = message(CHAN_KIND_HELLO, 0, 0);
		int p = relay_process_new(bed->relay);

		memcpy(slot.mad, &bad[i], sizeof(bad[i]));
		assert_int_equal(bed_says(bed, (unsigned int)p, &slot), RELAY_BROKEN);
		assert_non_null(strstr(relay_reason(bed->relay), "version"));
	}
}

static void a_gateway_of_another_version_is_not_used(void **state)
{
	struct bed *bed = *state;

	bed_up(bed, 0, 1);
	bed->gateway[0].version = 2;
	relay_own(bed->relay, 0, bed->now);
	bed_gateway_runs(bed, 0, BED_ALL);
	assert_false(bed_relay_takes(bed, 0, BED_ALL));
	assert_non_null(strstr(relay_reason(bed->relay), "version"));
	bed_lost(bed, 0);
	bed_ready(bed, 0, 1);
}

static void a_gateway_without_a_port_is_not_used(void **state)
{
	struct bed *bed = *state;

	bed_up(bed, 0, 1);
	bed->gateway[0].ports = 0;
	relay_own(bed->relay, 0, bed->now);
	bed->gateway[0].ports = 1; /* for the bed's own check of the slot */
	bed->gateway[0].lose = 1;
	bed_gateway_runs(bed, 0, BED_ALL);
	assert_false(relay_ready(bed->relay));
	assert_int_equal(bed_passes(bed, RELAY_CONTROL_MS - 1), 0);
	assert_int_equal(bed_passes(bed, 1), 1);
}

static void more_ports_than_a_guest_can_have_are_cut(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 10);
	bed_ready(bed, 1, 10);
	assert_int_equal(relay_upstream_ports(bed->relay, 1), 6);
	assert_int_equal(hello(bed).ports, RELAY_PORTS);
	bed_up(bed, 2, 1);
	relay_own(bed->relay, 2, bed->now);
	bed_gateway_runs(bed, 2, BED_ALL);
	assert_false(bed_relay_takes(bed, 2, BED_ALL));
}

/* --- the switch --- */

static void processes_with_the_same_numbers_get_each_their_own_answer(void **state)
{
	struct bed *bed = *state;
	struct bed_gateway *g = &bed->gateway[0];
	struct chan_slot slot, got;
	unsigned int p[8];

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < 8; i++) {
		p[i] = bed_process(bed);
		opens(bed, p[i], 0, 1024);
	}
	assert_int_equal(bed_clients(bed, 0), 8);
	for (unsigned int i = 0; i < 8; i++) {
		slot = request(0, 1024, 5);
		slot.mad[200] = (uint8_t)i;
		assert_int_equal(bed_says(bed, p[i], &slot), RELAY_DONE);
	}
	for (unsigned int i = 0; i < 8; i++) {
		assert_true(bed_ring_take(&g->in, &slot));
		slot = answer_to(&slot);
		assert_true(bed_push(bed, 0, &slot));
	}
	assert_true(bed_relay_takes(bed, 0, BED_ALL));
	for (unsigned int i = 0; i < 8; i++) {
		assert_true(bed_given(bed, p[i], &got));
		assert_int_equal(got.mad[200], i);
		assert_int_equal(got.client, 1024);
		assert_int_equal(got.agent, 3);
		assert_int_equal(got.cookie, 5);
		assert_false(bed_given(bed, p[i], &got));
	}
}

static void ports_of_the_second_device_come_after_those_of_the_first(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int p;

	bed_ready(bed, 0, 2);
	bed_ready(bed, 1, 1);
	p = bed_process(bed);
	opens(bed, p, 1, 7);
	opens(bed, p, 2, 8);
	assert_int_equal(bed_clients(bed, 0), 1);
	assert_int_equal(bed_clients(bed, 1), 1);
	slot = request(2, 8, 9);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
	assert_false(bed_ring_take(&bed->gateway[0].in, &got));
	assert_true(bed_ring_take(&bed->gateway[1].in, &got));
	assert_int_equal(got.port, 0);
	got = answer_to(&got);
	bed_push(bed, 1, &got);
	bed_relay_takes(bed, 1, 1);
	assert_true(bed_given(bed, p, &got));
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
	p = bed_process(bed);
	opens(bed, p, 0, 0);
	memset(&slot, 0x3c, sizeof(slot));
	slot.kind = CHAN_KIND_SEND;
	slot.port = slot.client = 0;
	slot.agent = 31;
	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
	assert_true(bed_ring_take(&bed->gateway[0].in, &got));
	slot.client = got.client;
	slot.status = 0;
	assert_memory_equal(&slot, &got, sizeof(slot));
}

static void an_event_goes_to_all_who_know_the_port(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_PORT_EVENT, 0, 0), got;
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
	assert_true(bed_given(bed, young, &got));
	assert_int_equal(got.port, 1);
	assert_false(bed_given(bed, old, &got));
	bed_relay_takes(bed, 0, BED_ALL);
	assert_true(bed_given(bed, old, &got));
	assert_int_equal(got.port, 0);
	assert_true(bed_given(bed, young, &got));
	assert_false(bed_given(bed, young, &got));
	assert_int_equal(relay_counters(bed->relay)->drop_unknown, 1);
}

static void what_nobody_asked_for_reaches_nobody(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	opens(bed, p, 0, 4);
	slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
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
	assert_false(bed_given(bed, p, &got));
	bed_settle(bed);
	assert_true(bed_given(bed, p, &got));
	assert_int_equal(got.kind, CHAN_KIND_PORT_REPLY);
}

/* IsSM upstream is up as long as any process wants it. */
static void issm_is_lowered_by_the_last_process(void **state)
{
	struct bed *bed = *state;
	struct chan_slot on = message(CHAN_KIND_SET_ISSM, 1, 0), off = on;
	struct chan_issm yes = {.on = 1};
	unsigned int a, b, c;

	memcpy(on.mad, &yes, sizeof(yes));
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

static void who_was_refused_issm_does_not_hold_it(void **state)
{
	struct bed *bed = *state;
	struct chan_slot on = message(CHAN_KIND_SET_ISSM, 0, 0), off = on;
	struct chan_issm yes = {.on = 1};
	unsigned int a, b;

	memcpy(on.mad, &yes, sizeof(yes));
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

/* --- hostile processes --- */

static void a_process_that_breaks_the_contract_is_found_out_before_the_gateway_sees_it(void **state)
{
	static const enum chan_kind with_client[] = {CHAN_KIND_SEND, CHAN_KIND_CLIENT_CLOSE,
						     CHAN_KIND_REGISTER, CHAN_KIND_UNREGISTER};
	struct bed *bed = *state;
	struct chan_slot slot;
	uint64_t handled;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = (unsigned int)relay_process_new(bed->relay);
	for (unsigned int kind = 0; kind < 256; kind++) {
		slot = message((enum chan_kind)kind, 0, 0);
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	}
	p = bed_process(bed);
	opens(bed, p, 0, 4);
	handled = bed->gateway[0].handled;
	for (size_t i = 0; i < sizeof(with_client) / sizeof(with_client[0]); i++) {
		slot = message(with_client[i], 0, 5); /* not opened */
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
		slot = message(with_client[i], 1, 4); /* no such port */
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
		slot = message(with_client[i], 0, 4);
		slot.agent = RELAY_AGENTS;
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	}
	slot = message(CHAN_KIND_CLIENT_OPEN, 0, 6); /* and does not wait for the reply */
	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
	slot = request(0, 6, 1);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	for (unsigned int kind = 0; kind < 256; kind++) {
		slot = message((enum chan_kind)kind, 0, 4);
		if (kind < CHAN_KIND_HELLO || kind > CHAN_KIND_SET_ISSM || kind % 2 == 0)
			if (kind != CHAN_KIND_SEND)
				assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	}
	bed_settle(bed);
	assert_int_equal(bed->gateway[0].handled, handled + 1);
}

static void a_client_cannot_use_another_devices_port(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = request(1, 4, 1);
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = bed_process(bed);
	opens(bed, p, 0, 4);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	slot.kind = CHAN_KIND_REGISTER;
	assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
}

static void a_flood_of_control_messages_waits_and_leaves_room_for_others(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0), got;
	unsigned int flood, other, n = 0;

	bed_ready(bed, 0, 1);
	flood = bed_process(bed);
	other = bed_process(bed);
	while (bed_says(bed, flood, &slot) == RELAY_DONE)
		n++;
	assert_int_equal(n, 16);
	assert_int_equal(bed_says(bed, other, &slot), RELAY_DONE);
	bed_settle(bed);
	assert_int_equal(bed_says(bed, flood, &slot), RELAY_DONE);
	assert_true(bed_given(bed, other, &got));
	relay_process_gone(bed->relay, flood);
}

static void numbers_of_clients_run_out_without_harm(void **state)
{
	struct bed *bed = *state;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	q = bed_process(bed);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		opens(bed, p, 0, (uint16_t)(i * 255));
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1)), EMFILE);
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 255)), EBUSY);
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 255)), 0);
	opens(bed, q, 0, 255);
	relay_check(bed->relay);
}

static void processes_run_out_without_harm(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		opens(bed, bed_process(bed), 0, 0);
	assert_int_equal(relay_process_new(bed->relay), -ENFILE);
	relay_process_gone(bed->relay, 77);
	assert_int_equal(bed_process(bed), 77);
}

/* --- full rings --- */

static void nothing_changes_while_the_gateways_ring_is_full(void **state)
{
	static const enum chan_kind kinds[] = {CHAN_KIND_CLIENT_OPEN, CHAN_KIND_CLIENT_CLOSE,
					       CHAN_KIND_REGISTER,    CHAN_KIND_UNREGISTER,
					       CHAN_KIND_PORT_QUERY,  CHAN_KIND_PKEY_QUERY,
					       CHAN_KIND_SET_ISSM,    CHAN_KIND_SEND};
	struct bed *bed = *state;
	struct chan_slot slot;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	opens(bed, p, 0, 4);
	bed->gateway[0].in.room = 0;
	for (int turn = 0; turn < 3; turn++) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			slot = message(kinds[i], 0, kinds[i] == CHAN_KIND_CLIENT_OPEN ? 5 : 4);
			assert_int_equal(bed_says(bed, p, &slot), RELAY_WAIT);
		}
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
	lazy = bed_process(bed);
	other = bed_process(bed);
	opens(bed, lazy, 0, 0);
	opens(bed, other, 0, 0);
	bed->process[lazy].room = 2;
	for (unsigned int i = 0; i < 5; i++) {
		slot = request(0, 0, i);
		assert_int_equal(bed_says(bed, lazy, &slot), RELAY_DONE);
		assert_int_equal(bed_says(bed, other, &slot), RELAY_DONE);
	}
	while (bed_ring_take(&bed->gateway[0].in, &slot)) {
		slot = answer_to(&slot);
		bed_push(bed, 0, &slot);
	}
	assert_true(bed_relay_takes(bed, 0, BED_ALL));
	for (unsigned int i = 0; i < 5; i++) {
		assert_true(bed_given(bed, other, &got));
		assert_int_equal(got.cookie, i);
		assert_int_equal(bed_given(bed, lazy, &got), i < 2);
	}
	assert_int_equal(relay_counters(bed->relay)->lost_ring_full, 3);
}

/* --- fairness --- */

static void a_process_cannot_have_all_that_the_gateway_takes(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot, got;
	unsigned int greedy, other, n = 0;

	bed_ready(bed, 0, 1);
	greedy = bed_process(bed);
	other = bed_process(bed);
	opens(bed, greedy, 0, 0);
	opens(bed, other, 0, 0);
	slot = request(0, 0, 1);
	slot.timeout_ms = 60000;
	while (bed_says(bed, greedy, &slot) == RELAY_DONE) {
		bed_settle(bed);
		n++;
	}
	assert_int_equal(n, 96);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(bed_says(bed, other, &slot), RELAY_DONE);
	assert_int_equal(bed_says(bed, other, &slot), RELAY_WAIT);
	/* what expects no answer, and what is one, costs nothing */
	slot.timeout_ms = 0;
	assert_int_equal(bed_says(bed, greedy, &slot), RELAY_DONE);
	slot.timeout_ms = 60000;
	slot.mad[3] = WIRE_METHOD_GET_RESP;
	assert_int_equal(bed_says(bed, greedy, &slot), RELAY_DONE);
	/* an answer makes room for one */
	assert_true(bed_ring_take(&bed->gateway[0].in, &got));
	got = answer_to(&got);
	bed_push(bed, 0, &got);
	bed_relay_takes(bed, 0, BED_ALL);
	slot.mad[3] = WIRE_METHOD_GET;
	assert_int_equal(bed_says(bed, greedy, &slot), RELAY_WAIT);
	assert_int_equal(bed_says(bed, other, &slot), RELAY_DONE);
	/* a client that is closed has nothing in flight */
	relay_process_gone(bed->relay, greedy);
	for (unsigned int i = 0; i < 80; i++) {
		assert_int_equal(bed_says(bed, other, &slot), RELAY_DONE);
		bed_gateway_runs(bed, 0, BED_ALL);
	}
}

static void answers_that_were_lost_are_forgotten_in_time(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = request(0, 0, 1);
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	opens(bed, p, 0, 0);
	slot.retries = 1;
	while (bed_says(bed, p, &slot) == RELAY_DONE)
		bed_settle(bed);
	bed_passes(bed, 6999);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_WAIT);
	bed_passes(bed, 101);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
}

static void a_transfer_in_segments_is_one_request(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = request(0, 0, 1), seg;
	unsigned int p, n = 0;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	opens(bed, p, 0, 0);
	slot.mad[1] = WIRE_CLASS_SA;
	while (bed_says(bed, p, &slot) == RELAY_DONE)
		bed_settle(bed);
	seg = slot;
	seg.kind = CHAN_KIND_RECV;
	seg.client = 0;
	seg.mad[3] = 0x92; /* GetTableResp */
	seg.mad[24] = 1;
	seg.mad[25] = 1; /* DATA */
	for (uint8_t i = 1; i <= 5; i++) {
		seg.mad[26] = i == 1 ? 3 : i == 5 ? 5 : 1; /* first, active, last */
		seg.mad[31] = i;
		bed_push(bed, 0, &seg);
		bed_relay_takes(bed, 0, BED_ALL);
		n += bed_says(bed, p, &slot) == RELAY_DONE;
		assert_int_equal(n, i == 5);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(hello_is_answered_with_the_ports_of_all_devices),
		T(no_process_is_welcome_before_a_gateway_has_answered),
		T(a_process_of_another_version_is_not_served),
		T(a_gateway_of_another_version_is_not_used),
		T(a_gateway_without_a_port_is_not_used),
		T(more_ports_than_a_guest_can_have_are_cut),
		T(processes_with_the_same_numbers_get_each_their_own_answer),
		T(ports_of_the_second_device_come_after_those_of_the_first),
		T(a_mad_passes_untouched),
		T(an_event_goes_to_all_who_know_the_port),
		T(what_nobody_asked_for_reaches_nobody),
		T(issm_is_lowered_by_the_last_process),
		T(who_was_refused_issm_does_not_hold_it),
		T(a_process_that_breaks_the_contract_is_found_out_before_the_gateway_sees_it),
		T(a_client_cannot_use_another_devices_port),
		T(a_flood_of_control_messages_waits_and_leaves_room_for_others),
		T(numbers_of_clients_run_out_without_harm),
		T(processes_run_out_without_harm),
		T(nothing_changes_while_the_gateways_ring_is_full),
		T(a_process_that_does_not_read_loses_its_answers_only),
		T(a_process_cannot_have_all_that_the_gateway_takes),
		T(answers_that_were_lost_are_forgotten_in_time),
		T(a_transfer_in_segments_is_one_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
