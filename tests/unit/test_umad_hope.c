/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A peer that goes and comes back, or does not (guest-umad/umad_hope.c), by a clock in hand: who waits
 * for how long, and what other threads, other processes and those who are cancelled see of that.
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-umad/umad_lib.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/umad_world.h"

/* As guest-umad/link_channel.c hopes, and as umad_attach.c does for who never had a peer. */
enum { HOPE_MS = 12000, AWAY_MS = 6000 };

static int setup_hope(void **state)
{
	fake_clock.by_hand = false;
	fake_clock_advance(1000000);
	gumad_hope_fulfilled();
	setup(state);
	fake.hope_ms = HOPE_MS;
	return 0;
}

static void lose_peer(int port)
{
	fake.absent = true;
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
}

static void *ask_for_ca(void *arg)
{
	static int found;
	umad_ca_t ca;

	if (umad_get_ca(NULL, &ca))
		return NULL;
	umad_release_ca(&ca);
	return &found;
}

struct registrar {
	pthread_t thread;
	int port;
	int agent;
	int error;
};

static void *register_cm(void *arg)
{
	struct registrar *r = arg;

	pthread_cleanup_push(frames_are_left, NULL);
	r->agent = umad_register(r->port, WIRE_CLASS_CM, 2, 0, NULL);
	r->error = errno;
	pthread_cleanup_pop(false);
	return NULL;
}

/* A thread begins, and waits for the lost peer when this returns. */
static pthread_t begin_to_wait(void *(*what)(void *), void *arg)
{
	unsigned int waits = fake_clock.waits;
	pthread_t thread;

	fake_clock.by_hand = true;
	assert_int_equal(pthread_create(&thread, NULL, what, arg), 0);
	while (fake_clock.waits == waits)
		;
	return thread;
}

static void a_port_outlives_the_loss_of_its_peer(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	int other = open_agent(port, WIRE_CLASS_CM);

	fake.hope_ms = 0;
	assert_int_equal(umad_unregister(port, other), 0);
	assert_int_equal(get_send(port, agent, 9, 100000), 0);
	fake.absent = true;
	fake_ring();
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(get_send(port, agent, 10, 1000), -EIO);
	assert_int_equal(errno, EIO);
	assert_int_equal(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL), -EPERM);
	assert_int_equal(umad_poll(port, 1), -ETIMEDOUT);

	fake.absent = false;
	fake.echo = true;
	fake.registered = 0;
	/* the library looks for the peer by itself; here nothing but its timer wakes the waiter */
	while (get_send(port, agent, 11, 1000))
		assert_int_equal(umad_poll(port, 100), -ETIMEDOUT);
	len = sizeof(b.mad);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 11);
	assert_int_equal(fake.opens, 2);
	assert_int_equal(fake.clients_opened, 2);
	assert_int_equal(fake.registered, 1);
	umad_close_port(port);
}

/* Far beyond the request's own 20 ms and the caller's, until hope is over, and no longer. */
static void who_waits_for_a_lost_peer_does_so_until_hope_is_over(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	struct mono_ms lost;

	assert_int_equal(get_send(port, agent, 9, 20), 0);
	lose_peer(port);
	lost = gumad_now();
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 20), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(mono_until(lost, gumad_now()), HOPE_MS);
	assert_int_equal(get_send(port, agent, 10, 1000), -EIO);

	/* back after all: what is asked from now on is answered */
	fake.absent = false;
	fake.echo = true;
	while (fake.opens < 2)
		umad_poll(port, 50);
	assert_int_equal(exchange(port, agent, 11), 0);
	umad_close_port(port);
}

/* Without an adapter's words: as if one had never been there. */
static void who_needs_a_lost_peer_waits_until_hope_is_over(void **state)
{
	umad_ca_t ca;
	int port = open_port(1);
	struct mono_ms lost;

	lose_peer(port);
	lost = gumad_now();
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(mono_until(lost, gumad_now()), HOPE_MS);
	/* that was it: from now on there is no adapter, at once */
	assert_int_equal(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL), -EPERM);
	assert_int_equal(errno, EIO);
	assert_int_equal(umad_open_port(NULL, 0), -ENODEV);
	assert_int_equal(mono_until(lost, gumad_now()), HOPE_MS);
	umad_close_port(port);
}

static void who_comes_while_the_peer_is_away_waits_for_it(void **state)
{
	char names[4][UMAD_CA_NAME_LEN];

	fake.away_for = 3;
	assert_int_equal(umad_get_cas_names(names, 4), 1);
	assert_int_equal(fake.away_for, 0);
	assert_int_equal(fake.opens, 1);
}

static void who_comes_while_the_peer_is_away_for_good_waits_six_seconds(void **state)
{
	struct mono_ms came = gumad_now();
	umad_ca_t ca;

	fake.away_for = 100000;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(mono_until(came, gumad_now()), AWAY_MS);
	assert_true(fake.away_for < 100000 - 2); /* it did look meanwhile */
	assert_int_equal(umad_open_port("fake0", 1), -EINVAL);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mono_until(came, gumad_now()), AWAY_MS);
	assert_int_equal(fake.opens, 0);
}

static void who_is_hung_up_on_without_a_word_asks_once_more(void **state)
{
	umad_ca_t ca;

	fake.hangs_up_for = 1;
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(fake.dials, 2);
}

static void who_is_hung_up_on_twice_has_no_adapter(void **state)
{
	struct mono_ms came = gumad_now();
	umad_ca_t ca;

	fake.hangs_up_for = 1000;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(fake.dials, 2);
	assert_int_equal(mono_until(came, gumad_now()), 0);
}

/* The other side had its own patience: it would have it again. */
static void who_is_hung_up_on_after_a_long_wait_does_not_ask_again(void **state)
{
	pthread_t thread;
	void *ret;

	fake.slow = true;
	thread = begin_to_wait(ask_for_ca, NULL);
	fake.hangs_up_for = 1000;
	fake_clock_advance(AWAY_MS);
	pthread_join(thread, &ret);
	assert_null(ret);
	assert_int_equal(fake.dials, 1);
}

static void a_peer_whose_port_is_not_there_yet_is_asked_again(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	assert_int_equal(get_send(port, agent, 9, 20), 0);
	lose_peer(port);
	fake.absent = false;
	fake.portless_for = 2;
	fake.echo = true;
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 20), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
	assert_true(fake.opens > 2);
	umad_close_port(port);
}

/* A link that does not get on is no reason to wait for who would not wait. */
static void a_link_that_is_being_opened_holds_up_no_receiver(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	unsigned int waits;

	lose_peer(port);
	fake.absent = false;
	fake.slow = true;
	waits = fake_clock.waits;
	fake_clock_advance(1000);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 0), -EWOULDBLOCK);
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(get_send(port, agent, 5, 20), 0);
	assert_int_equal(fake.dials, 2);
	assert_int_equal(fake_clock.waits, waits);
	/* its descriptor wakes who waits for a message */
	assert_false(readable(umad_get_fd(port), 0));
	fake.slow = false;
	fake.echo = true;
	fake_ring();
	assert_true(readable(umad_get_fd(port), 0));
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 20), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
	umad_close_port(port);
}

/* --- other threads, other processes --- */

/* The clock stands still: who has to wait for the waiting one does so for ever. */
static void who_waits_for_a_peer_holds_up_nobody(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), other = open_port(1);
	int agent = open_agent(port, WIRE_CLASS_PERF);
	pthread_t waiting, too;
	void *ret;

	lose_peer(port);
	waiting = begin_to_wait(ask_for_ca, NULL);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 0), -EWOULDBLOCK);
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(get_send(port, agent, 3, 1000), 0);
	assert_int_equal(umad_unregister(port, agent), 0);
	assert_int_equal(umad_close_port(other), 0);
	too = begin_to_wait(ask_for_ca, NULL);

	fake.absent = false;
	fake_clock_advance(100);
	pthread_join(waiting, &ret);
	assert_non_null(ret);
	pthread_join(too, &ret);
	assert_non_null(ret);
	umad_close_port(port);
}

static void a_port_that_is_closed_while_it_waits_for_a_peer_is_none(void **state)
{
	struct registrar r = {.port = open_port(1)};

	lose_peer(r.port);
	r.thread = begin_to_wait(register_cm, &r);
	umad_close_port(r.port);
	fake.absent = false;
	fake_clock_advance(100);
	pthread_join(r.thread, NULL);
	assert_int_equal(r.agent, -EPERM);
	assert_int_equal(r.error, EBADF);
	assert_int_equal(fake.registered, 0);
}

/* Descriptors are used again: the number alone says nothing. */
static void a_port_that_takes_a_closed_ones_number_is_another(void **state)
{
	struct registrar r = {.port = open_port(1)};

	lose_peer(r.port);
	r.thread = begin_to_wait(register_cm, &r);
	umad_close_port(r.port);
	fake.absent = false;
	/* the other one waits for the clock all the while */
	assert_int_equal(open_port(1), r.port);
	fake_clock_advance(100);
	pthread_join(r.thread, NULL);
	assert_int_equal(r.agent, -EPERM);
	assert_int_equal(r.error, EBADF);
	assert_int_equal(fake.registered, 0);
	umad_close_port(r.port);
}

/* Each knows with which peer it began: one that was there all along is not asked twice. */
static void two_who_wait_for_a_peer_are_answered_each(void **state)
{
	struct registrar r[2] = {{.port = open_port(1)}, {.port = open_port(1)}};

	lose_peer(r[0].port);
	for (int i = 0; i < 2; i++)
		r[i].thread = begin_to_wait(register_cm, &r[i]);
	fake.absent = false;
	fake_clock_advance(100);
	for (int i = 0; i < 2; i++) {
		pthread_join(r[i].thread, NULL);
		assert_int_equal(r[i].agent, 0);
		umad_close_port(r[i].port);
	}
	assert_int_equal(fake.registered, 2);
	assert_int_equal(fake.opens, 2);
}

static void who_waits_for_a_peer_can_be_cancelled(void **state)
{
	struct registrar r = {.port = open_port(1)};
	void *how;

	lose_peer(r.port);
	r.thread = begin_to_wait(register_cm, &r);
	assert_int_equal(pthread_cancel(r.thread), 0);
	assert_int_equal(pthread_join(r.thread, &how), 0);
	assert_ptr_equal(how, PTHREAD_CANCELED);
	/* the lock is free, and all goes on */
	fake.absent = false;
	fake_clock.by_hand = false;
	fake_clock_advance(100);
	assert_int_equal(umad_register(r.port, WIRE_CLASS_CM, 2, 0, NULL), 0);
	umad_close_port(r.port);
}

/* The child has lost nothing, so it hopes for nothing; the parent's thread is not its own. */
static void a_child_of_who_waits_for_a_peer_has_its_own_way(void **state)
{
	struct registrar r = {.port = open_port(1)};
	int agent = open_agent(r.port, WIRE_CLASS_PERF), status;
	pid_t pid;

	lose_peer(r.port);
	r.thread = begin_to_wait(register_cm, &r);
	pid = fork();
	if (!pid) {
		struct buffer b;
		int len = sizeof(b.mad);

		fake_clock.by_hand = false;
		if (umad_recv(r.port, umad_of(&b), &len, 0) != -EWOULDBLOCK || gumad_hopes())
			_exit(1);
		fake.absent = false;
		fake.echo = true;
		fake_clock_advance(100);
		_exit(2 * exchange(r.port, agent, 7));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	fake.absent = false;
	fake_clock_advance(100);
	pthread_join(r.thread, NULL);
	assert_int_equal(r.agent, 1);
	umad_close_port(r.port);
}

static void *open_when_waited_for(void *arg)
{
	unsigned int waits = *(unsigned int *)arg;

	while (fake_clock.waits == waits)
		;
	fake.slow = false;
	fake_ring();
	return NULL;
}

/* What it inherited has been there all the time, and is there when its first link is. */
static void a_childs_first_send_waits_for_its_link(void **state)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF), status;
	pid_t pid = fork();

	if (!pid) {
		unsigned int waits = fake_clock.waits;
		pthread_t opener;

		fake.slow = true;
		fake_clock.by_hand = true;
		if (pthread_create(&opener, NULL, open_when_waited_for, &waits))
			_exit(1);
		_exit(get_send(port, agent, 7, 1000) || fake.sent != 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	umad_close_port(port);
}

int main(void)
{
#define H(name) cmocka_unit_test_setup_teardown(name, setup_hope, teardown)
	const struct CMUnitTest tests[] = {
		H(a_port_outlives_the_loss_of_its_peer),
		H(who_waits_for_a_lost_peer_does_so_until_hope_is_over),
		H(who_needs_a_lost_peer_waits_until_hope_is_over),
		H(who_comes_while_the_peer_is_away_waits_for_it),
		H(who_comes_while_the_peer_is_away_for_good_waits_six_seconds),
		H(who_is_hung_up_on_without_a_word_asks_once_more),
		H(who_is_hung_up_on_twice_has_no_adapter),
		H(who_is_hung_up_on_after_a_long_wait_does_not_ask_again),
		H(a_peer_whose_port_is_not_there_yet_is_asked_again),
		H(a_link_that_is_being_opened_holds_up_no_receiver),
		H(who_waits_for_a_peer_holds_up_nobody),
		H(a_port_that_is_closed_while_it_waits_for_a_peer_is_none),
		H(a_port_that_takes_a_closed_ones_number_is_another),
		H(two_who_wait_for_a_peer_are_answered_each),
		H(who_waits_for_a_peer_can_be_cancelled),
		H(a_child_of_who_waits_for_a_peer_has_its_own_way),
		H(a_childs_first_send_waits_for_its_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
