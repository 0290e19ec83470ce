/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ibguestd's loop (guestd_fixture.h): gateways that connect and disconnect, and connections meanwhile. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/guestd_fixture.h"
#include "wire/mad.h"

TEST_F(a_mad_goes_to_the_gateway_and_its_answer_comes_back, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 70);
	struct chan_slot slot;

	sleeps(process);
	asks(process, 70, 5);
	settle(fixture);
	assert_int_equal(gate->sent_count, 1);
	assert_int_equal(gate->sent[0].cookie, 5);
	assert_false(is_rung(process));
	gate_answers(gate, 0);
	settle(fixture);
	assert_true(is_rung(process));
	slot = given(process, CHAN_KIND_RECV);
	assert_int_equal(slot.client, 70);
	assert_int_equal(slot.cookie, 5);
	assert_true(sleeps_for_ever(fixture));
	chan_free(process);
}

TEST_F(who_comes_before_the_gateway_is_let_in_with_it, struct guestd_fixture *fixture)
{
	int early = connects(fixture), also = connects(fixture);
	struct chan *process;

	passes(fixture, GUESTD_RECONNECT_GRACE_MS - 1);
	assert_true(is_waiting(early));
	gate_is_ready(fixture, 0);
	process = is_answered(early);
	assert_non_null(process);
	chan_free(process);
	process = is_answered(also);
	assert_non_null(process);
	chan_free(process);
}

/* A session without a HELLO reply does not count as a gateway. */
TEST_F(a_gateway_that_has_not_answered_lets_nobody_in, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_comes(fixture, 0);
	int sock;

	gate->is_slow = true;
	sock = connects(fixture);
	assert_true(is_waiting(sock));
	assert_false(guestd_feed_settled(&fixture->feed, 0));
	gate->is_slow = false;
	passes(fixture, 0);
	assert_true(guestd_feed_settled(&fixture->feed, 0));
	close(sock);
}

TEST_F(who_waits_in_vain_is_disconnected_and_whoever_comes_next_at_once,
       struct guestd_fixture *fixture)
{
	int sock = connects(fixture);

	passes(fixture, GUESTD_RECONNECT_GRACE_MS);
	assert_null(is_answered(sock));
	assert_null(is_answered(connects(fixture)));
	gate_is_ready(fixture, 0);
	chan_free(is_answered(connects(fixture)));
}

TEST_READY(a_gateway_that_goes_closes_its_processes_and_has_a_grace, struct guestd_fixture *fixture)
{
	struct chan *process;
	int sock;

	process = process_with(fixture, 0);
	passes(fixture, 100000);
	capture_begin();
	gate_goes(fixture, 0);
	settle(fixture);
	assert_true(is_disconnected(process));
	assert_int_equal(capture_count("gate 0: the gateway closed the connection"), 1);
	assert_returned(fixture, 0, GUESTD_HANGUP);
	assert_false(guestd_feed_settled(&fixture->feed, 0));
	chan_free(process);
	sock = connects(fixture);
	passes(fixture, GUESTD_RECONNECT_GRACE_MS - 1);
	assert_true(is_waiting(sock));
	gate_is_ready(fixture, 0);
	process = is_answered(sock);
	assert_non_null(process);
	chan_free(process);
}

/* Only a gateway that answered is waited for: its successor may be starting. */
TEST_F(a_gateway_that_never_answered_begins_no_grace_period, struct guestd_fixture *fixture)
{
	passes(fixture, GUESTD_RECONNECT_GRACE_MS);
	gate_comes(fixture, 0)->is_slow = true;
	settle(fixture);
	gate_goes(fixture, 0);
	settle(fixture);
	assert_returned(fixture, 0, GUESTD_HANGUP);
	assert_null(is_answered(connects(fixture)));
}

TEST_READY(one_of_two_gateways_leaves_the_other_and_its_processes, struct guestd_fixture *fixture)
{
	struct gate *gate;
	struct chan *process;

	gate = gate_is_ready(fixture, 1);
	process = process_new(fixture);
	gate_goes(fixture, 0);
	settle(fixture);
	assert_returned(fixture, 0, GUESTD_HANGUP);
	says(process, &(struct chan_slot){.kind = CHAN_KIND_CLIENT_OPEN, .port = 1});
	settle(fixture);
	assert_int_equal(given(process, CHAN_KIND_CLIENT_OPEN_REPLY).status, 0);
	assert_int_equal(gate->clients, 1);
	chan_free(process);
}

TEST_F(a_gateway_with_an_impossible_index_is_given_back_as_such, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);

	capture_begin();
	gate->chan->out.ctl->produced += 0x80000000;
	gate->chan->ops->ring_bell(gate->chan);
	settle(fixture);
	assert_int_equal(capture_count("gate 0: the gateway wrote invalid ring indices"), 1);
	assert_returned(fixture, 0, GUESTD_RING);
}

TEST_F(a_gateway_that_says_no_hello_in_time_is_given_back_as_such, struct guestd_fixture *fixture)
{
	gate_comes(fixture, 0)->is_mute = true;
	settle(fixture);
	capture_begin();
	passes(fixture, RELAY_CONTROL_MS - 1);
	assert_non_null(fixture->g.up[0].chan);
	passes(fixture, 500);
	assert_int_equal(capture_count("gate 0: the gateway does not answer HELLO"), 1);
	assert_returned(fixture, 0, GUESTD_HELLO);
}

TEST_F(a_gateway_with_a_wrong_hello_is_given_back_as_such, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_comes(fixture, 0);
	struct chan_slot hello;

	gate->is_slow = true;
	settle(fixture);
	assert_int_equal(chan_take(gate->chan, &hello), 1);
	hello.kind = CHAN_KIND_HELLO_REPLY; /* without content */
	memset(hello.mad, 0, sizeof(hello.mad));
	gate_says(gate, &hello);
	capture_begin();
	settle(fixture);
	assert_int_equal(capture_count("gate 0: the gateway uses another version"), 1);
	assert_returned(fixture, 0, GUESTD_HELLO);
}

TEST_READY(a_session_that_is_recalled_is_given_back_without_a_word, struct guestd_fixture *fixture)
{
	struct chan *process;

	process = process_with(fixture, 0);
	capture_begin();
	assert_false(guestd_feed_recall(&fixture->feed, 0));
	settle(fixture);
	assert_int_equal(capture_count("gate 0"), 0);
	assert_returned(fixture, 0, GUESTD_RECALL);
	assert_true(is_disconnected(process));
	chan_free(process);
	/* and another may use its slot */
	gate_is_ready(fixture, 0);
}

TEST_F(the_end_of_the_service_ends_all_sessions, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	eventfd_write(fixture->stop_fd, 1);
	guestd_run(&fixture->g);
	assert_true(is_disconnected(process));
	assert_returned(fixture, 0, GUESTD_RECALL);
	assert_null(gate->chan);
	chan_free(process);
}

/* The others need not wait for the end of a gateway's long output. */
TEST_F(gateways_take_turns, struct guestd_fixture *fixture)
{
	struct chan_slot event = {.kind = CHAN_KIND_PORT_EVENT};
	struct gate *loud = gate_is_ready(fixture, 0), *other = gate_is_ready(fixture, 1);
	struct chan *process = process_new(fixture);
	struct chan_slot got;
	unsigned int before = 0;

	for (unsigned int i = 0; i < 100; i++)
		gate_says(loud, &event);
	gate_says(other, &event);
	assert_true(turn(fixture));
	while (chan_take(process, &got) == 1 && got.port == 0)
		before++;
	assert_int_equal(got.port, 1);
	assert_int_equal(before, 64);
	settle(fixture);
	while (chan_take(process, &got) == 1)
		before++;
	assert_int_equal(before, 100);
	chan_free(process);
}

/* The producer saw the loop awake, and did not ring. */
TEST_F(what_comes_while_the_loop_goes_to_sleep_is_met, struct guestd_fixture *fixture)
{
	struct chan_slot event = {.kind = CHAN_KIND_PORT_EVENT};
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_new(fixture);

	comes_late(gate->lent, gate->chan, &event);
	gate_says(gate, &event);
	settle(fixture);
	given(process, CHAN_KIND_PORT_EVENT);
	given(process, CHAN_KIND_PORT_EVENT);
	chan_free(process);
}

/* Fills its ring with responses, which have no quota. */
static void fills(struct guestd_fixture *fixture, struct chan *process, struct gate *gate)
{
	const struct chan_slot response = {.kind = CHAN_KIND_SEND, .mad[3] = WIRE_METHOD_GET_RESP};

	gate->is_slow = true;
	for (unsigned int i = 0; i < GATE_SLOTS; i++)
		says(process, &response);
	settle(fixture);
	for (unsigned int i = 0; i < 20; i++)
		says(process, &response);
}

TEST_F(who_finds_the_gateways_ring_full_goes_on_when_there_is_room, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	/* once the loop is still awake when there is room, once it sleeps and must be rung */
	for (unsigned int asleep = 0; asleep < 2; asleep++) {
		fills(fixture, process, gate);
		assert_true(turn(fixture));
		if (asleep)
			settle(fixture);
		gate->is_slow = false;
		gate->sent_count = 0;
		gate_runs(gate);
		assert_int_equal(gate->sent_count, GATE_SLOTS);
		settle(fixture);
		assert_int_equal(gate->sent_count, GATE_SLOTS + 20);
	}
	assert_true(sleeps_for_ever(fixture));
	chan_free(process);
}

TEST_F(what_ibguestd_has_to_say_itself_comes_before_what_waits, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0), *gone = process_with(fixture, 0);
	struct chan_slot slot;

	fills(fixture, process, gate);
	chan_free(gone);
	settle(fixture);
	assert_int_equal(chan_take(gate->chan, &slot), 1); /* room for one */
	chan_kick(gate->chan);
	settle(fixture);
	for (unsigned int i = 0; i < GATE_SLOTS; i++)
		assert_int_equal(chan_take(gate->chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_CLIENT_CLOSE);
	chan_free(process);
}
