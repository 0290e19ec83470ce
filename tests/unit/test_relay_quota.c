/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many requests each may have in flight, and when it waits: three quarters of the gateway's quota. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"
#include "wire/rmpp.h"

static struct chan_slot sent_once(uint16_t port, uint16_t client)
{
	struct chan_slot slot = request(port, client, 1);

	slot.timeout_ms = 0;
	slot.mad[3] = WIRE_METHOD_SEND;
	return slot;
}

static void says_and_is_taken(struct fixture *fixture, unsigned int p, struct chan_slot slot)
{
	says(fixture, p, slot);
	assert_int_equal(fixture_gateway_runs(fixture, 0, FIXTURE_ALL), 1);
}

TEST_READY(a_process_cannot_have_all_that_the_gateway_takes, struct fixture *fixture)
{
	struct chan_slot slot, got;
	unsigned int greedy, other;

	greedy = process_with(fixture, 0, 0);
	other = process_with(fixture, 0, 0);
	slot = request(0, 0, 1);
	slot.timeout_ms = 60000;
	/* requests without an answer are counted separately */
	for (unsigned int i = 0; i < 40; i++)
		says_and_is_taken(fixture, greedy, sent_once(0, 0));
	assert_int_equal(says_until_it_waits(fixture, greedy, slot), 96);
	for (unsigned int i = 0; i < 4; i++)
		says(fixture, other, slot);
	waits(fixture, other, slot);
	/* neither does one without an answer or a response, and neither waits */
	says(fixture, greedy, sent_once(0, 0));
	slot.mad[3] = WIRE_METHOD_GET_RESP;
	says(fixture, greedy, slot);
	/* an answer makes room for one */
	got = gateway_gets(fixture, 0);
	got = answer_to(&got);
	fixture_push(fixture, 0, &got);
	fixture_relay_takes(fixture, 0, FIXTURE_ALL);
	slot.mad[3] = WIRE_METHOD_GET;
	waits(fixture, greedy, slot);
	says(fixture, other, slot);
	/* a closed client has nothing in flight */
	relay_process_gone(fixture->relay, greedy, fixture->now);
	for (unsigned int i = 0; i < 80; i++) {
		says(fixture, other, slot);
		fixture_gateway_runs(fixture, 0, FIXTURE_ALL);
	}
}

/* The last quarter is for processes with few, and is limited too. */
TEST_READY(what_is_left_for_others_has_an_end, struct fixture *fixture)
{
	unsigned int p = process_with(fixture, 0, 0);

	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 96);
	for (unsigned int i = 0; i < 4; i++) {
		p = process_with(fixture, 0, 0);
		assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 4);
	}
	waits(fixture, process_with(fixture, 0, 0), request(0, 0, 1));
	/* the last eighth is for users with few, whatever their number of processes */
	for (fixture->uid = 1; fixture->uid <= 4; fixture->uid++) {
		p = process_with(fixture, 0, 0);
		assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 4);
		waits(fixture, process_with(fixture, 0, 0), request(0, 0, 1));
	}
	waits(fixture, process_with(fixture, 0, 0), request(0, 0, 1));
}

TEST_F(a_small_gateway_leaves_one_to_those_who_have_none, struct fixture *fixture)
{
	unsigned int p;

	fixture_up(fixture, 0, 1);
	fixture->gateway[0].outstanding = 16;
	fixture_settle(fixture);
	p = process_with(fixture, 0, 0);
	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 12);
	p = process_with(fixture, 0, 0);
	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 1);
}

TEST_READY(answers_that_were_lost_are_forgotten_in_time, struct fixture *fixture)
{
	struct chan_slot slot = request(0, 0, 1);
	unsigned int p = process_with(fixture, 0, 0);

	slot.retries = 1;
	says_until_it_waits(fixture, p, slot);
	fixture_passes(fixture, 6999);
	waits(fixture, p, slot);
	fixture_passes(fixture, 101);
	says(fixture, p, slot);
	/* to the millisecond, if no sweep ran just before */
	says_until_it_waits(fixture, p, slot);
	fixture_passes(fixture, 7000);
	says(fixture, p, slot);
}

/* Which of them ended is unknown: all may last as long as the longest. */
TEST_F(the_longest_request_is_waited_for, struct fixture *fixture)
{
	struct chan_slot longer = request(0, 0, 1);
	unsigned int p;

	longer.timeout_ms = 60000;
	fixture_ready(fixture, 0, 1);
	for (unsigned int before = 0; before < 2; before++) {
		p = process_with(fixture, 0, 0);
		for (unsigned int i = 0; i < before; i++)
			says_and_is_taken(fixture, p, request(0, 0, 1));
		says(fixture, p, longer);
		says_until_it_waits(fixture, p, request(0, 0, 1));
		fixture_passes(fixture, 64999);
		waits(fixture, p, request(0, 0, 1));
		fixture_passes(fixture, 101);
		says(fixture, p, request(0, 0, 1));
		relay_process_gone(fixture->relay, p, fixture->now);
	}
}

/* The longest request in flight counts only until it is answered. */
TEST_READY(a_long_request_that_was_answered_is_not_waited_for, struct fixture *fixture)
{
	struct chan_slot slot = request(0, 0, 1);
	unsigned int p = process_with(fixture, 0, 0);

	slot.timeout_ms = 60000;
	says(fixture, p, slot);
	slot = gateway_gets(fixture, 0);
	slot = answer_to(&slot);
	fixture_push(fixture, 0, &slot);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	says_until_it_waits(fixture, p, request(0, 0, 1));
	fixture_passes(fixture, 6000);
	says(fixture, p, request(0, 0, 1));
}

/* The gateway goes on waiting, for the ACK of its last segment. */
TEST_READY(an_answer_in_segments_ends_nothing_but_a_table_before_its_time, struct fixture *fixture)
{
	struct chan_slot slot = request(0, 0, 1), seg;
	unsigned int p = process_with(fixture, 0, 0);

	slot.mad[1] = WIRE_CLASS_SA;
	says_until_it_waits(fixture, p, slot);
	seg = slot;
	seg.kind = CHAN_KIND_RECV;
	seg.client = 0;
	seg.mad[3] = 0x92; /* GetTableResp */
	seg.mad[24] = 1;
	/* the request is acknowledged, then its answer arrives */
	for (uint8_t i = 0; i <= 5; i++) {
		seg.mad[25] = i ? WIRE_RMPP_DATA : WIRE_RMPP_ACK;
		seg.mad[26] = i == 1 ? 3 : i == 5 ? 5 : 1; /* first, active, last */
		seg.mad[31] = i;
		fixture_push(fixture, 0, &seg);
		fixture_relay_takes(fixture, 0, FIXTURE_ALL);
		assert_int_equal(fixture_says(fixture, p, &slot), RELAY_WAIT);
	}
	fixture_passes(fixture, 6000);
	says(fixture, p, slot);
}

TEST_READY(a_long_message_is_one_request_and_its_acks_are_none, struct fixture *fixture)
{
	static const struct {
		uint8_t type, segment;
		int counts;
	} rows[] = {
		{WIRE_RMPP_DATA, 1, 1}, {WIRE_RMPP_DATA, 1, 0}, {WIRE_RMPP_DATA, 2, 0},
		{WIRE_RMPP_DATA, 3, 0}, {WIRE_RMPP_ACK, 1, 0},	{WIRE_RMPP_ABORT, 0, -1},
		{WIRE_RMPP_DATA, 1, 1},
	};
	struct chan_slot slot = request(0, 0, 1);
	unsigned int p = process_with(fixture, 0, 0);
	int counted = 0;

	slot.mad[1] = WIRE_CLASS_SA;
	slot.mad[3] = WIRE_METHOD_GET_MULTI;
	slot.mad[24] = 1;
	slot.mad[26] = WIRE_RMPP_ACTIVE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		slot.mad[25] = rows[i].type;
		slot.mad[31] = rows[i].segment;
		says_and_is_taken(fixture, p, slot);
		counted += rows[i].counts;
	}
	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 96 - counted);
	/* a later segment is sent nevertheless */
	slot.mad[25] = WIRE_RMPP_DATA;
	slot.mad[31] = 2;
	says(fixture, p, slot);
}

TEST_READY(an_answer_that_met_a_full_ring_ended_its_request, struct fixture *fixture)
{
	struct chan_slot slot = request(0, 0, 1), answer;
	unsigned int p = process_with(fixture, 0, 0);

	says(fixture, p, slot);
	answer = gateway_gets(fixture, 0);
	answer = answer_to(&answer);
	says_until_it_waits(fixture, p, slot);
	fixture->process[p].room = 0;
	fixture_push(fixture, 0, &answer);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	says(fixture, p, slot);
	waits(fixture, p, slot);
}

TEST_READY(a_send_that_ended_without_an_answer_makes_room, struct fixture *fixture)
{
	struct chan_slot done;
	unsigned int p = process_with(fixture, 0, 0);

	says(fixture, p, request(0, 0, 1));
	done = gateway_gets(fixture, 0);
	done.kind = CHAN_KIND_SEND_DONE;
	says_until_it_waits(fixture, p, request(0, 0, 1));
	fixture_push(fixture, 0, &done);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	says(fixture, p, request(0, 0, 1));
	waits(fixture, p, request(0, 0, 1));
}

TEST_READY(an_answer_that_comes_again_or_unasked_makes_no_room, struct fixture *fixture)
{
	struct chan_slot answer, trap;
	unsigned int p = process_with(fixture, 0, 0);

	says(fixture, p, request(0, 0, 1));
	trap = gateway_gets(fixture, 0);
	answer = answer_to(&trap);
	trap.kind = CHAN_KIND_RECV;
	trap.mad[3] = WIRE_METHOD_TRAP;
	for (unsigned int i = 0; i < 3; i++)
		fixture_push(fixture, 0, &answer);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 96);
	fixture_push(fixture, 0, &trap);
	/* nor does an answer of the process that could not be sent */
	answer.kind = CHAN_KIND_SEND_DONE;
	fixture_push(fixture, 0, &answer);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	waits(fixture, p, request(0, 0, 1));
}

/* --- charges for abandoned requests --- */

enum way { UNASKED, TIMED_OUT, CLOSED, GONE, WAYS };

/* A request to the SA that is abandoned. False: it has to wait. */
static bool leaves_one(struct fixture *fixture, enum way way, unsigned int *p)
{
	struct chan_slot slot = request(0, 0, 1);

	slot.timeout_ms = way != UNASKED;
	slot.mad[1] = WIRE_CLASS_SA;
	if (fixture_says(fixture, *p, &slot) == RELAY_WAIT)
		return false;
	slot = gateway_gets(fixture, 0);
	if (way == TIMED_OUT) {
		slot.kind = CHAN_KIND_SEND_DONE;
		slot.status = ETIMEDOUT;
		fixture_push(fixture, 0, &slot);
		fixture_settle(fixture);
		given(fixture, *p);
	} else if (way == CLOSED) {
		asks(fixture, *p, message(CHAN_KIND_CLIENT_CLOSE, 0, 0));
		opens(fixture, *p, 0, 0);
	} else if (way == GONE) {
		relay_process_gone(fixture->relay, *p, fixture->now);
		fixture_settle(fixture);
		*p = process_with(fixture, 0, 0);
	}
	return true;
}

static unsigned int leaves(struct fixture *fixture, enum way way, unsigned int *p)
{
	unsigned int n = 0;

	while (leaves_one(fixture, way, p))
		n++;
	return n;
}

/* The gateway takes 256 in all; a single user gets a half of what is not reserved for root. */
TEST_READY(what_nobody_waits_for_is_charged_to_its_user, struct fixture *fixture)
{
	for (enum way way = 0; way < WAYS; way++) {
		unsigned int p, other, root;

		fixture->uid = 1;
		p = process_with(fixture, 0, 0);
		/* for requests in progress: three quarters, less what is reserved */
		assert_int_equal(leaves(fixture, way, &p), way == UNASKED ? 96 : 112);
		/* another process of the user has no more */
		other = process_with(fixture, 0, 0);
		waits(fixture, other, request(0, 0, 1));
		fixture->uid = 2;
		other = process_with(fixture, 0, 0);
		assert_int_equal(leaves(fixture, way, &other), way == UNASKED ? 4 : 56);
		fixture->uid = 0;
		root = process_with(fixture, 0, 0);
		says_and_is_taken(fixture, root, request(0, 0, 1));
		relay_process_gone(fixture->relay, root, fixture->now);
		/* an SA may work on it for so long */
		fixture_passes(fixture, 3500);
		waits(fixture, p, request(0, 0, 1));
		fixture_passes(fixture, 750);
		fixture->uid = 1;
		assert_int_equal(leaves(fixture, way, &p), way == UNASKED ? 96 : 112);
		relay_process_gone(fixture->relay, p, fixture->now);
		relay_process_gone(fixture->relay, other, fixture->now);
		fixture_settle(fixture);
		fixture_passes(fixture, 10000);
	}
}

/* A request that waits as long as a receiver may work leaves no charge. */
TEST_READY(a_patient_request_leaves_nothing, struct fixture *fixture)
{
	struct chan_slot done;
	unsigned int p;

	fixture->uid = 1;
	p = process_with(fixture, 0, 0);
	for (unsigned int i = 0; i < 300; i++) {
		says(fixture, p, request(0, 0, 1));
		done = gateway_gets(fixture, 0);
		done.kind = CHAN_KIND_SEND_DONE;
		done.status = ETIMEDOUT;
		fixture_push(fixture, 0, &done);
		fixture_settle(fixture);
		given(fixture, p);
	}
}

/* --- tables: the gateway runs four at a time --- */

static struct chan_slot table(uint8_t tid)
{
	struct chan_slot slot = request(0, 0, 1);

	slot.mad[1] = WIRE_CLASS_SA;
	slot.mad[3] = WIRE_METHOD_GET_TABLE;
	slot.mad[15] = tid;
	return slot;
}

static unsigned int tables_of(struct fixture *fixture, uint32_t uid, unsigned int *ret_process)
{
	unsigned int n = 0;

	fixture->uid = uid;
	*ret_process = process_with(fixture, 0, 0);
	for (struct chan_slot slot = table(1);
	     fixture_says(fixture, *ret_process, &slot) == RELAY_DONE; slot.mad[15]++)
		n++;
	return n;
}

TEST_READY(tables_are_shared_by_users, struct fixture *fixture)
{
	struct chan_slot asked, answer, ack;
	unsigned int p, other;

	assert_int_equal(tables_of(fixture, 1, &p), 2);
	asked = gateway_gets(fixture, 0);
	gateway_gets(fixture, 0);
	assert_int_equal(tables_of(fixture, 2, &other), 1);
	assert_int_equal(tables_of(fixture, 3, &other), 0);
	says(fixture, p, request(0, 0, 1)); /* anything else */
	fixture_settle(fixture);
	/* the whole answer, in two segments: the table runs until the last was acknowledged */
	answer = answer_to(&asked);
	answer.mad[3] = 0x92; /* GetTableResp */
	answer.mad[24] = 1;
	answer.mad[25] = WIRE_RMPP_DATA;
	for (uint8_t segment = 1; segment <= 2; segment++) {
		answer.mad[26] = segment == 1 ? 3 : 5;
		answer.mad[31] = segment;
		fixture_push(fixture, 0, &answer);
		fixture_settle(fixture);
		waits(fixture, p, table(3));
		ack = table(1);
		ack.timeout_ms = 0;
		memcpy(ack.mad + 24, answer.mad + 24, 8);
		ack.mad[25] = WIRE_RMPP_ACK;
		ack.mad[26] = WIRE_RMPP_ACTIVE;
		ack.mad[31] = 1;
		says(fixture, p, ack);
		waits(fixture, p, table(3));
	}
	ack.mad[31] = 2;
	says(fixture, p, ack);
	assert_int_equal(tables_of(fixture, 3, &other), 1);
	/* one is root's */
	assert_int_equal(tables_of(fixture, 0, &other), 1);
	fixture_gateway_runs(fixture, 0, FIXTURE_ALL);
}

TEST_READY(two_tables_of_one_name_would_not_be_told_apart, struct fixture *fixture)
{
	struct chan_slot slot;
	unsigned int p = process_with(fixture, 0, 0);

	says(fixture, p, table(1));
	waits(fixture, p, table(1));
	says(fixture, p, table(2));
	/* nor any other request, nor another first segment */
	slot = table(1);
	slot.mad[3] = WIRE_METHOD_GET;
	waits(fixture, p, slot);
	slot = table(3);
	memcpy(slot.mad + WIRE_RMPP_OFFSET, (uint8_t[]){1, WIRE_RMPP_DATA, 7}, 3);
	slot.mad[31] = 1;
	says(fixture, p, slot);
	says(fixture, p, slot); /* repeated */
	slot.agent++;
	waits(fixture, p, slot);
	slot.agent--;
	slot.mad[60]++;
	waits(fixture, p, slot);
	slot.mad[60]--;
	fixture_passes(fixture, 6000);
	says(fixture, p, slot);
	/* where nobody waits the gateway has ended it by now, and would charge another */
	slot.timeout_ms = 0;
	slot.mad[15]++;
	says(fixture, p, slot);
	fixture_passes(fixture, 6000);
	waits(fixture, p, slot);
}

/* A message in one segment without an expected answer, as vendors' programs send them. */
TEST_READY(transfers_take_no_place_of_a_table, struct fixture *fixture)
{
	struct chan_slot slot = request(0, 0, 1), asked, ack;
	unsigned int p, n = 0;

	fixture->uid = 1;
	p = process_with(fixture, 0, 0);
	slot.timeout_ms = 0;
	slot.mad[1] = WIRE_CLASS_VENDOR2_FIRST;
	slot.mad[3] = WIRE_METHOD_SEND;
	memcpy(slot.mad + WIRE_RMPP_OFFSET, (uint8_t[]){1, WIRE_RMPP_DATA, 7}, 3);
	slot.mad[31] = 1;
	for (; fixture_says(fixture, p, &slot) == RELAY_DONE; slot.mad[15]++)
		n++;
	assert_in_range(n, 8, 28); /* an eighth is root's */
	says(fixture, p, table(1));
	waits(fixture, p, slot);
	asked = gateway_gets(fixture, 0);
	ack = answer_to(&asked);
	ack.mad[25] = WIRE_RMPP_ACK;
	fixture_push(fixture, 0, &ack);
	fixture_settle(fixture);
	says(fixture, p, slot);
	slot.mad[15]++;
	waits(fixture, p, slot);
	/* the others are not acknowledged */
	fixture_passes(fixture, 20000);
	says(fixture, p, slot);
}

/* Its client has closed; the SA works on. */
TEST_READY(a_table_runs_on_without_its_client, struct fixture *fixture)
{
	struct chan_slot done;
	unsigned int p;

	assert_int_equal(tables_of(fixture, 1, &p), 2);
	done = gateway_gets(fixture, 0);
	done.kind = CHAN_KIND_SEND_DONE;
	done.status = ETIMEDOUT;
	fixture_push(fixture, 0, &done);
	fixture_settle(fixture);
	waits(fixture, p, table(3));
	relay_process_gone(fixture->relay, p, fixture->now);
	fixture_settle(fixture);
	fixture_passes(fixture, 18999);
	assert_int_equal(tables_of(fixture, 1, &p), 0);
	fixture_passes(fixture, 1);
	assert_int_equal(tables_of(fixture, 1, &p), 1);
	fixture_passes(fixture, 1000);
	assert_int_equal(tables_of(fixture, 1, &p), 1);
}
