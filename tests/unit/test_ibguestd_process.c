/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ibguestd's processes (guestd_bed.h): how many there may be, their turns, and how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/local.h"
#include "tests/unit/guestd_bed.h"

static unsigned int processes(const struct guestd_bed *bed)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		n += bed->g.process[i].chan != NULL;
	return n;
}

static void what_a_process_said_before_it_went_counts_and_then_its_clients_are_closed(void **state)
{
	struct guestd_bed *bed = *state;
	struct gate *gate = gate_is_ready(bed, 0);
	struct chan *process = process_with(bed, 0);

	assert_int_equal(gate->clients, 1);
	for (unsigned int i = 0; i < 40; i++)
		asks(process, 0, i);
	chan_free(process);
	settle(bed);
	assert_int_equal(gate->sent_count, 40);
	assert_int_equal(gate->clients, 0);
	assert_int_equal(processes(bed), 0);
}

static void a_process_that_sends_on_its_socket_is_hung_up_on(void **state)
{
	struct guestd_bed *bed = *state;
	struct chan *process;

	gate_is_ready(bed, 0);
	process = process_new(bed);
	assert_int_equal(send(chan_local_socket(process), "x", 1, MSG_NOSIGNAL), 1);
	settle(bed);
	assert_true(is_hung_up_on(process));
	assert_int_equal(processes(bed), 0);
	chan_free(process);
}

static void a_process_that_breaks_the_contract_ends_alone(void **state)
{
	struct guestd_bed *bed = *state;
	struct gate *gate = gate_is_ready(bed, 0);
	struct chan *bad = process_with(bed, 0), *good = process_with(bed, 0);

	listen_begin();
	asks(bad, 1, 0); /* which it did not open */
	settle(bed);
	assert_true(is_hung_up_on(bad));
	assert_int_equal(was_said("broke the contract: a MAD of a client that it did not open"), 1);
	assert_int_equal(gate->clients, 1);
	asks(good, 0, 0);
	settle(bed);
	assert_int_equal(gate->sent_count, 1);
	chan_free(bad);
	chan_free(good);
}

static void an_impossible_index_ends_that_process_alone(void **state)
{
	struct guestd_bed *bed = *state;
	struct chan *bad;

	gate_is_ready(bed, 0);
	bad = process_new(bed);
	listen_begin();
	bad->out.ctl->produced += 0x80000000;
	bad->ops->ring_bell(bad);
	settle(bed);
	assert_int_equal(was_said("an index of its ring that cannot be"), 1);
	assert_int_equal(processes(bed), 0);
	chan_free(bad);
}

static void complaints_about_processes_come_once_a_second(void **state)
{
	struct guestd_bed *bed = *state;

	gate_is_ready(bed, 0);
	listen_begin();
	for (unsigned int i = 0; i < 5; i++) {
		struct chan *bad = process_new(bed);

		asks(bad, 1, 0);
		settle(bed);
		assert_true(is_hung_up_on(bad));
		chan_free(bad);
		if (i == 3)
			passes(bed, 1000);
	}
	assert_int_equal(was_said("broke the contract"), 2);
}

static void processes_take_turns(void **state)
{
	struct guestd_bed *bed = *state;
	struct gate *gate = gate_is_ready(bed, 0);
	struct chan *loud = process_with(bed, 0), *calm = process_with(bed, 0);
	unsigned int at = 0;

	for (unsigned int i = 0; i < 60; i++)
		asks(loud, 0, i);
	asks(calm, 0, 1000);
	assert_true(turn(bed)); /* each gets one batch, whoever has more */
	gate_runs(gate);
	assert_int_equal(gate->sent_count, 17);
	settle(bed);
	assert_int_equal(gate->sent_count, 61);
	while (gate->sent[at].cookie != 1000)
		at++;
	assert_int_equal(at, 16);
	chan_free(loud);
	chan_free(calm);
}

static void a_process_that_rings_all_the_time_has_no_more_turns_for_it(void **state)
{
	struct guestd_bed *bed = *state;
	struct gate *gate = gate_is_ready(bed, 0);
	struct chan *process = process_with(bed, 0);

	for (unsigned int i = 0; i < 60; i++)
		asks(process, 0, i);
	for (unsigned int turns = 1; turns <= 3; turns++) {
		process->ops->ring_bell(process);
		assert_true(turn(bed));
		gate_runs(gate);
		assert_int_equal(gate->sent_count, turns * 16);
	}
	settle(bed);
	assert_int_equal(gate->sent_count, 60);
	chan_free(process);
}

static void what_comes_while_the_loop_goes_to_sleep_is_met(void **state)
{
	struct chan_slot query = {.kind = CHAN_KIND_PORT_QUERY};
	struct guestd_bed *bed = *state;
	struct chan *process;

	gate_is_ready(bed, 0);
	process = process_new(bed);
	comes_late(bed->g.process[0].chan, process, &query);
	says(process, &query);
	settle(bed);
	given(process, CHAN_KIND_PORT_REPLY);
	given(process, CHAN_KIND_PORT_REPLY);
	chan_free(process);
}

/* Its quota is used up: it is read no further, and goes on with the slot that it waits with. */
static void a_process_that_has_to_wait_loses_nothing_and_keeps_its_order(void **state)
{
	struct guestd_bed *bed = *state;
	struct gate *gate = gate_is_ready(bed, 0);
	struct chan *process = process_with(bed, 0);

	for (unsigned int i = 0; i < 100; i++)
		asks(process, 0, i);
	assert_false(sleeps_for_ever(bed));
	assert_int_equal(gate->sent_count, 96); /* three quarters of what the gateway takes */
	for (unsigned int i = 0; i < 10; i++)
		gate_answers(gate, i);
	settle(bed);
	assert_int_equal(gate->sent_count, 100);
	assert_true(sleeps_for_ever(bed));
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(gate->sent[i].cookie, i);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(given(process, CHAN_KIND_RECV).cookie, i);
	chan_free(process);
}

static void a_process_that_waits_may_go(void **state)
{
	struct guestd_bed *bed = *state;
	struct gate *gate = gate_is_ready(bed, 0);
	struct chan *process = process_with(bed, 0);

	for (unsigned int i = 0; i < 100; i++)
		asks(process, 0, i);
	settle(bed);
	chan_free(process);
	settle(bed);
	assert_int_equal(processes(bed), 0);
	assert_int_equal(gate->clients, 0);
	/* its place is anybody's, with nothing of it */
	process = process_with(bed, 0);
	asks(process, 0, 1000);
	settle(bed);
	assert_int_equal(gate->sent[gate->sent_count - 1].cookie, 1000);
	chan_free(process);
}

/* Requests whose answers were lost end in time, and nobody rings then. */
static void who_waits_for_lost_answers_goes_on_in_time(void **state)
{
	struct guestd_bed *bed = *state;
	struct gate *gate = gate_is_ready(bed, 0);
	struct chan *process = process_with(bed, 0);

	for (unsigned int i = 0; i < 100; i++)
		asks(process, 0, i);
	settle(bed);
	passes(bed, 5000);
	assert_int_equal(gate->sent_count, 96);
	passes(bed, 1500);
	assert_int_equal(gate->sent_count, 100);
	chan_free(process);
}

/* Connections of another user, for as long as one is told to be it. */
static void be(uid_t uid)
{
	assert_int_equal(seteuid(uid), 0);
}

static void a_user_has_half_of_the_places_and_root_has_all(void **state)
{
	struct guestd_bed *bed = *state;
	struct chan *process[RELAY_PROCESSES];
	unsigned int n;

	if (geteuid())
		skip();
	gate_is_ready(bed, 0);
	be(65534);
	for (n = 0; n < RELAY_PROCESSES / 2; n++)
		assert_non_null(process[n] = is_answered(knocks(bed)));
	assert_null(is_answered(knocks(bed)));
	be(0);
	be(65533);
	assert_non_null(process[n++] = is_answered(knocks(bed)));
	be(0);
	for (; n < RELAY_PROCESSES; n++)
		assert_non_null(process[n] = is_answered(knocks(bed)));
	assert_null(is_answered(knocks(bed)));
	chan_free(process[--n]);
	settle(bed);
	/* who is turned away stops nobody from being let in */
	assert_non_null(process[n++] = is_answered(knocks(bed)));
	while (n)
		chan_free(process[--n]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_a_process_said_before_it_went_counts_and_then_its_clients_are_closed),
		T(a_process_that_sends_on_its_socket_is_hung_up_on),
		T(a_process_that_breaks_the_contract_ends_alone),
		T(an_impossible_index_ends_that_process_alone),
		T(complaints_about_processes_come_once_a_second),
		T(processes_take_turns),
		T(a_process_that_rings_all_the_time_has_no_more_turns_for_it),
		T(what_comes_while_the_loop_goes_to_sleep_is_met),
		T(a_process_that_has_to_wait_loses_nothing_and_keeps_its_order),
		T(a_process_that_waits_may_go),
		T(who_waits_for_lost_answers_goes_on_in_time),
		T(a_user_has_half_of_the_places_and_root_has_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
