/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ibguestd's processes (guestd_fixture.h): their number, turns and ends. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/local.h"
#define TEST_OWN_MAIN
#include "tests/unit/test.h"
#include "tests/unit/guestd_fixture.h"
#include "wire/mad.h"

static unsigned int processes(const struct guestd_fixture *fixture)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		n += fixture->g.process[i].chan != NULL;
	return n;
}

static void asks_often(struct chan *process, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++)
		asks(process, 0, i);
}

TEST_F(what_a_process_said_before_it_went_counts_and_then_its_clients_are_closed,
       struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	assert_int_equal(gate->clients, 1);
	asks_often(process, 40);
	chan_free(process);
	settle(fixture);
	assert_int_equal(gate->sent_count, 40);
	assert_int_equal(gate->clients, 0);
	assert_int_equal(processes(fixture), 0);
}

TEST_READY(a_process_that_sends_on_its_socket_is_disconnected, struct guestd_fixture *fixture)
{
	struct chan *process;

	process = process_new(fixture);
	assert_int_equal(send(chan_local_socket(process), "x", 1, MSG_NOSIGNAL), 1);
	settle(fixture);
	assert_true(is_disconnected(process));
	assert_int_equal(processes(fixture), 0);
	chan_free(process);
}

TEST_F(a_process_that_breaks_the_contract_ends_alone, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *bad = process_with(fixture, 0), *good = process_with(fixture, 0);
	char what[128];

	capture_begin();
	asks(bad, 1, 0); /* which it did not open */
	settle(fixture);
	assert_true(is_disconnected(bad));
	snprintf(what, sizeof(what),
		 "process %d of user %u violated the protocol: it sent a MAD for a client that it "
		 "did not open",
		 (int)getpid(), (unsigned int)geteuid());
	assert_int_equal(capture_count(what), 1);
	assert_int_equal(gate->clients, 1);
	asks(good, 0, 0);
	settle(fixture);
	assert_int_equal(gate->sent_count, 1);
	/* its end of the doorbell no longer wakes the loop */
	bad->ops->ring_bell(bad);
	assert_false(turn(fixture));
	chan_free(bad);
	chan_free(good);
}

TEST_READY(a_process_may_break_the_contract_just_when_it_was_answered,
	   struct guestd_fixture *fixture)
{
	struct chan *bad;

	bad = process_new(fixture);
	says_hello(bad); /* answered at once */
	asks(bad, 1, 0);
	settle(fixture);
	assert_true(is_disconnected(bad));
	chan_free(bad);
}

TEST_READY(an_impossible_index_ends_that_process_alone, struct guestd_fixture *fixture)
{
	struct chan *bad;

	bad = process_new(fixture);
	capture_begin();
	bad->out.ctl->produced += 0x80000000;
	bad->ops->ring_bell(bad);
	settle(fixture);
	assert_int_equal(capture_count("an index of its ring that cannot be"), 1);
	assert_int_equal(processes(fixture), 0);
	chan_free(bad);
}

TEST_READY(complaints_about_processes_come_once_a_second, struct guestd_fixture *fixture)
{
	capture_begin();
	for (unsigned int i = 0; i < 5; i++) {
		struct chan *bad = process_new(fixture);

		asks(bad, 1, 0);
		settle(fixture);
		assert_true(is_disconnected(bad));
		chan_free(bad);
		if (i == 3)
			passes(fixture, 1000);
	}
	assert_int_equal(capture_count("violated the protocol"), 2);
}

TEST_F(processes_take_turns, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *loud = process_with(fixture, 0), *calm = process_with(fixture, 0);
	unsigned int at = 0;

	asks_often(loud, 60);
	asks(calm, 0, 1000);
	assert_true(turn(fixture)); /* each gets one batch, whatever it has */
	gate_runs(gate);
	assert_int_equal(gate->sent_count, 17);
	settle(fixture);
	assert_int_equal(gate->sent_count, 61);
	while (gate->sent[at].cookie != 1000)
		at++;
	assert_int_equal(at, 16);
	chan_free(loud);
	chan_free(calm);
}

TEST_F(a_process_that_rings_all_the_time_has_no_more_turns_for_it, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	asks_often(process, 60);
	for (unsigned int turns = 1; turns <= 3; turns++) {
		process->ops->ring_bell(process);
		assert_true(turn(fixture));
		gate_runs(gate);
		assert_int_equal(gate->sent_count, turns * 16);
	}
	settle(fixture);
	assert_int_equal(gate->sent_count, 60);
	chan_free(process);
}

TEST_READY(what_comes_while_the_loop_goes_to_sleep_is_met, struct guestd_fixture *fixture)
{
	struct chan_slot query = {.kind = CHAN_KIND_PORT_QUERY};
	struct chan *process;

	process = process_new(fixture);
	comes_late(fixture->g.process[0].chan, process, &query);
	says(process, &query);
	settle(fixture);
	given(process, CHAN_KIND_PORT_REPLY);
	given(process, CHAN_KIND_PORT_REPLY);
	chan_free(process);
}

/* Its quota is used up: it is read no further, and continues with the waiting slot. */
TEST_F(a_process_that_has_to_wait_loses_nothing_and_keeps_its_order, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	asks_often(process, 100);
	assert_false(sleeps_for_ever(fixture));
	assert_int_equal(gate->sent_count, 96); /* three quarters of the gateway's quota */
	for (unsigned int i = 0; i < 10; i++)
		gate_answers(gate, i);
	settle(fixture);
	assert_int_equal(gate->sent_count, 100);
	assert_true(sleeps_for_ever(fixture));
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(gate->sent[i].cookie, i);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(given(process, CHAN_KIND_RECV).cookie, i);
	chan_free(process);
}

/* Slots were taken from its ring: a process that waits for room is rung in time. */
TEST_READY(a_process_with_a_full_ring_is_rung_when_there_is_room, struct guestd_fixture *fixture)
{
	static const unsigned int rooms[] = {97, 16, 1}; /* 1 counts the previous one */
	struct chan_slot slot = {
		.kind = CHAN_KIND_SEND, .timeout_ms = 1000, .mad[3] = WIRE_METHOD_GET};

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		struct chan *process = process_with(fixture, 0);

		while (chan_put(process, &slot) == 1)
			;
		assert_false(chan_want_room(process, rooms[i]));
		sleeps(process);
		if (rooms[i] <= 16)
			assert_true(turn(fixture)); /* one batch */
		else
			settle(fixture); /* as many as it may have in flight, and one more */
		assert_true(is_rung(process));
		assert_true(chan_want_room(process, rooms[i]));
		chan_free(process);
		settle(fixture);
	}
}

/* Waiting slots are sent first, each once; at a full gateway ring they are dropped. */
TEST_F(what_waited_counts_as_well_when_a_process_goes, struct guestd_fixture *fixture)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND, .mad[3] = WIRE_METHOD_GET_RESP};
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	gate->is_slow = true;
	for (slot.cookie = 0; slot.cookie < GATE_SLOTS; slot.cookie++)
		says(process, &slot);
	settle(fixture);
	for (; slot.cookie < GATE_SLOTS + 20; slot.cookie++)
		says(process, &slot);
	settle(fixture);
	gate->is_slow = false;
	gate_runs(gate);
	chan_free(process);
	settle(fixture);
	assert_int_equal(gate->sent_count, GATE_SLOTS + 20);
	for (unsigned int i = 0; i < gate->sent_count; i++)
		assert_int_equal(gate->sent[i].cookie, i);
}

TEST_F(a_process_that_waits_may_go, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	asks_often(process, 100);
	/* this has no quota, but it follows a waiting slot */
	says(process, &(struct chan_slot){.kind = CHAN_KIND_SEND, .mad[3] = WIRE_METHOD_GET_RESP});
	settle(fixture);
	chan_free(process);
	settle(fixture);
	assert_int_equal(gate->sent_count, 96);
	assert_int_equal(processes(fixture), 0);
	assert_int_equal(gate->clients, 0);
	/* its entry is reused without any of its state */
	process = process_with(fixture, 0);
	asks(process, 0, 1000);
	settle(fixture);
	assert_int_equal(gate->sent[gate->sent_count - 1].cookie, 1000);
	chan_free(process);
}

/* Requests whose answers were lost end in time, without a doorbell. */
TEST_F(who_waits_for_lost_answers_goes_on_in_time, struct guestd_fixture *fixture)
{
	struct gate *gate = gate_is_ready(fixture, 0);
	struct chan *process = process_with(fixture, 0);

	asks_often(process, 100);
	settle(fixture);
	passes(fixture, 5000);
	assert_int_equal(gate->sent_count, 96);
	passes(fixture, 1500);
	assert_int_equal(gate->sent_count, 100);
	chan_free(process);
}

/* Connections of another user, by a faked uid. */
TEST_F(root_has_all_places, struct guestd_fixture *fixture)
{
	struct chan *process[RELAY_PROCESSES];
	unsigned int n;

	if (geteuid())
		skip();
	gate_is_ready(fixture, 0);
	for (n = 0; n < RELAY_PROCESSES; n++)
		assert_non_null(process[n] = is_answered(connects(fixture)));
	passes(fixture, 10); /* it connected often recently */
	assert_null(is_answered(connects(fixture)));
	chan_free(process[--n]);
	passes(fixture, 10);
	/* a refused connection does not affect later ones */
	assert_non_null(process[n++] = is_answered(connects(fixture)));
	while (n)
		chan_free(process[--n]);
}

/* So many descriptors may be opened from now on; RLIM_INFINITY: as before. */
static void descriptors_left(rlim_t left)
{
	static struct rlimit before;
	struct rlimit now;
	int lowest;

	if (left == RLIM_INFINITY) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		return;
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	lowest = dup(STDERR_FILENO);
	close(lowest);
	now = before;
	now.rlim_cur = (rlim_t)lowest + left;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
}

/* Without descriptors no connection is accepted; with one it is, but gets no session. */
TEST_READY(who_comes_when_descriptors_are_short_is_no_worse_off_later,
	   struct guestd_fixture *fixture)
{
	struct chan *process;
	int sock[2];

	for (rlim_t left = 0; left < 2; left++) {
		sock[0] = connects_only(fixture);
		sock[1] = connects_only(fixture);
		capture_begin();
		descriptors_left(left);
		settle(fixture);
		descriptors_left(RLIM_INFINITY);
		assert_int_equal(
			capture_count(
				"connections cannot be accepted at present: Too many open files"),
			1);
		capture_end();
		assert_false(sleeps_for_ever(fixture));
		/* at most this one is refused */
		assert_true(is_waiting(sock[1]));
		assert_int_equal(is_waiting(sock[0]), left == 0);
		passes(fixture, 500);
		process = is_answered(sock[1]);
		assert_non_null(process);
		assert_non_null(fixture->g.process[left ? 0 : 1].chan);
		chan_free(process);
		process = is_answered(sock[0]);
		assert_int_equal(process != NULL, left == 0);
		chan_free(process);
		settle(fixture);
		assert_int_equal(processes(fixture), 0);
	}
}

int main(void)
{
	if (test_run(NULL, NULL))
		return 1;
	if (!geteuid())
		return 0;
	printf("SKIP: what needs root, the shares of users\n");
	return 77;
}
