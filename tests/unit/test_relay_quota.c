/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who has how many requests in flight, and who has to wait: three quarters of what a gateway takes. */
#include "tests/unit/relay_assert.h"
#include "wire/rmpp.h"

static struct chan_slot no_answer(uint16_t port, uint16_t client)
{
	struct chan_slot slot = request(port, client, 1);

	slot.timeout_ms = 0;
	return slot;
}

static void says_and_is_taken(struct fixture *fixture, unsigned int p, struct chan_slot slot)
{
	says(fixture, p, slot);
	assert_int_equal(fixture_gateway_runs(fixture, 0, FIXTURE_ALL), 1);
}

static void a_process_cannot_have_all_that_the_gateway_takes(void **state)
{
	struct fixture *fixture = *state;
	struct chan_slot slot, got;
	unsigned int greedy, other;

	fixture_ready(fixture, 0, 1);
	greedy = process_with(fixture, 0, 0);
	other = process_with(fixture, 0, 0);
	slot = request(0, 0, 1);
	slot.timeout_ms = 60000;
	/* what expects no answer costs nothing */
	for (unsigned int i = 0; i < 200; i++)
		says_and_is_taken(fixture, greedy, no_answer(0, 0));
	assert_int_equal(says_until_it_waits(fixture, greedy, slot), 96);
	for (unsigned int i = 0; i < 4; i++)
		says(fixture, other, slot);
	waits(fixture, other, slot);
	/* nor what is one, and neither has to wait */
	says(fixture, greedy, no_answer(0, 0));
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
	/* a client that is closed has nothing in flight */
	relay_process_gone(fixture->relay, greedy);
	for (unsigned int i = 0; i < 80; i++) {
		says(fixture, other, slot);
		fixture_gateway_runs(fixture, 0, FIXTURE_ALL);
	}
}

/* The last quarter is for those who have few, and then there is no more. */
static void what_is_left_for_others_has_an_end(void **state)
{
	struct fixture *fixture = *state;
	unsigned int p;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 96);
	for (unsigned int i = 0; i < 4; i++) {
		p = process_with(fixture, 0, 0);
		assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 4);
	}
	waits(fixture, process_with(fixture, 0, 0), request(0, 0, 1));
	/* the last eighth is for users that have few, however many their processes are */
	for (fixture->uid = 1; fixture->uid <= 4; fixture->uid++) {
		p = process_with(fixture, 0, 0);
		assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 4);
		waits(fixture, process_with(fixture, 0, 0), request(0, 0, 1));
	}
	waits(fixture, process_with(fixture, 0, 0), request(0, 0, 1));
}

static unsigned int processes_of(struct fixture *fixture, uint32_t uid)
{
	unsigned int n = 0;
	int p;

	fixture->uid = uid;
	while ((p = relay_process_new(fixture->relay, uid)) >= 0)
		n++;
	assert_int_equal(p, n && !uid ? -ENFILE : -EUSERS);
	return n;
}

static void users_cannot_have_all_sessions(void **state)
{
	struct fixture *fixture = *state;

	fixture_ready(fixture, 0, 1);
	assert_int_equal(processes_of(fixture, 1), 112);
	assert_int_equal(processes_of(fixture, 2), 56);
	for (uint32_t uid = 3; uid < 7; uid++)
		assert_true(processes_of(fixture, uid) > 0);
	assert_in_range(processes_of(fixture, 0), 32, 64);
}

static unsigned int clients_of(struct fixture *fixture, uint32_t uid)
{
	unsigned int n = 0, p;

	fixture->uid = uid;
	p = fixture_process(fixture);
	while (asks(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, (uint16_t)n)) == 0)
		n++;
	return n;
}

static void users_cannot_have_all_clients(void **state)
{
	struct fixture *fixture = *state;

	fixture_ready(fixture, 0, 1);
	assert_int_equal(clients_of(fixture, 1), 112);
	assert_int_equal(clients_of(fixture, 2), 56);
	/* with another process neither */
	assert_int_equal(clients_of(fixture, 1), 0);
	for (uint32_t uid = 3; uid < 7; uid++)
		assert_true(clients_of(fixture, uid) > 0);
	assert_in_range(clients_of(fixture, 0), 32, 64);
}

static void a_user_cannot_have_all_control_messages(void **state)
{
	struct fixture *fixture = *state;

	fixture_ready(fixture, 0, 1);
	/* the gateway does not answer */
	for (fixture->uid = 1; fixture->uid <= 2; fixture->uid++)
		for (unsigned int i = 0; i < 40; i++)
			says_until_it_waits(fixture, fixture_process(fixture),
					    message(CHAN_KIND_PORT_QUERY, 0, 0));
	assert_int_equal(fixture->uid, 3);
	fixture_gateway_runs(fixture, 0, 0);
	says(fixture, fixture_process(fixture), message(CHAN_KIND_PORT_QUERY, 0, 0));
}

static void a_small_gateway_leaves_one_to_those_who_have_none(void **state)
{
	struct fixture *fixture = *state;
	unsigned int p;

	fixture_up(fixture, 0, 1);
	fixture->gateway[0].outstanding = 16;
	fixture_settle(fixture);
	p = process_with(fixture, 0, 0);
	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 12);
	p = process_with(fixture, 0, 0);
	assert_int_equal(says_until_it_waits(fixture, p, request(0, 0, 1)), 1);
}

static void answers_that_were_lost_are_forgotten_in_time(void **state)
{
	struct fixture *fixture = *state;
	struct chan_slot slot = request(0, 0, 1);
	unsigned int p;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
	slot.retries = 1;
	says_until_it_waits(fixture, p, slot);
	fixture_passes(fixture, 6999);
	waits(fixture, p, slot);
	fixture_passes(fixture, 101);
	says(fixture, p, slot);
	/* to the millisecond, when nobody has looked just before */
	says_until_it_waits(fixture, p, slot);
	fixture_passes(fixture, 7000);
	says(fixture, p, slot);
}

/* Which of them ended nobody knows: all may be there as long as the longest. */
static void the_longest_request_is_waited_for(void **state)
{
	struct fixture *fixture = *state;
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
		relay_process_gone(fixture->relay, p);
	}
}

/* ... that is in flight still. */
static void a_long_request_that_was_answered_is_not_waited_for(void **state)
{
	struct fixture *fixture = *state;
	struct chan_slot slot = request(0, 0, 1);
	unsigned int p;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
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

static void a_transfer_in_segments_is_one_request(void **state)
{
	struct fixture *fixture = *state;
	struct chan_slot slot = request(0, 0, 1), seg;
	unsigned int p, n = 0;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
	slot.mad[1] = WIRE_CLASS_SA;
	says_until_it_waits(fixture, p, slot);
	seg = slot;
	seg.kind = CHAN_KIND_RECV;
	seg.client = 0;
	seg.mad[3] = 0x92; /* GetTableResp */
	seg.mad[24] = 1;
	/* the request was acknowledged, then its answer comes */
	for (uint8_t i = 0; i <= 5; i++) {
		seg.mad[25] = i ? WIRE_RMPP_DATA : WIRE_RMPP_ACK;
		seg.mad[26] = i == 1 ? 3 : i == 5 ? 5 : 1; /* first, active, last */
		seg.mad[31] = i;
		fixture_push(fixture, 0, &seg);
		fixture_relay_takes(fixture, 0, FIXTURE_ALL);
		n += fixture_says(fixture, p, &slot) == RELAY_DONE;
		assert_int_equal(n, i == 5);
	}
}

static void a_long_message_is_one_request_and_its_acks_are_none(void **state)
{
	static const struct {
		uint8_t type, segment;
		bool counts;
	} rows[] = {
		{WIRE_RMPP_DATA, 1, true}, {WIRE_RMPP_DATA, 2, false},	{WIRE_RMPP_DATA, 3, false},
		{WIRE_RMPP_ACK, 1, false}, {WIRE_RMPP_ABORT, 0, false}, {WIRE_RMPP_DATA, 1, true},
	};
	struct fixture *fixture = *state;
	struct chan_slot slot = request(0, 0, 1);
	unsigned int p, counted = 0;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
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
	/* what is not the first of one goes all the same */
	slot.mad[25] = WIRE_RMPP_DATA;
	slot.mad[31] = 2;
	says(fixture, p, slot);
}

static void an_answer_that_met_a_full_ring_ended_its_request(void **state)
{
	struct fixture *fixture = *state;
	struct chan_slot slot = request(0, 0, 1), answer;
	unsigned int p;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
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

static void a_send_that_ended_without_an_answer_makes_room(void **state)
{
	struct fixture *fixture = *state;
	struct chan_slot done;
	unsigned int p;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
	says(fixture, p, request(0, 0, 1));
	done = gateway_gets(fixture, 0);
	done.kind = CHAN_KIND_SEND_DONE;
	says_until_it_waits(fixture, p, request(0, 0, 1));
	fixture_push(fixture, 0, &done);
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	says(fixture, p, request(0, 0, 1));
	waits(fixture, p, request(0, 0, 1));
}

static void an_answer_that_comes_again_or_unasked_makes_no_room(void **state)
{
	struct fixture *fixture = *state;
	struct chan_slot answer, trap;
	unsigned int p;

	fixture_ready(fixture, 0, 1);
	p = process_with(fixture, 0, 0);
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
	assert_true(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	waits(fixture, p, request(0, 0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_process_cannot_have_all_that_the_gateway_takes),
		T(what_is_left_for_others_has_an_end),
		T(users_cannot_have_all_sessions),
		T(users_cannot_have_all_clients),
		T(a_user_cannot_have_all_control_messages),
		T(a_small_gateway_leaves_one_to_those_who_have_none),
		T(answers_that_were_lost_are_forgotten_in_time),
		T(the_longest_request_is_waited_for),
		T(a_long_request_that_was_answered_is_not_waited_for),
		T(a_transfer_in_segments_is_one_request),
		T(a_long_message_is_one_request_and_its_acks_are_none),
		T(an_answer_that_met_a_full_ring_ended_its_request),
		T(a_send_that_ended_without_an_answer_makes_room),
		T(an_answer_that_comes_again_or_unasked_makes_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
