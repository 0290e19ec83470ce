/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One thread waits for a peer: effects on other threads, child processes, and cancellation. The clock
 * stands still, so a thread that waits for the waiting one would hang.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/grace_fixture.h"

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

TEST_GRACE(who_waits_for_a_peer_holds_up_nobody)
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
}

TEST_GRACE(a_port_that_is_closed_while_it_waits_for_a_peer_is_none)
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

/* Descriptors are reused: the number alone identifies nothing. */
TEST_GRACE(a_port_that_takes_a_closed_ones_number_is_another)
{
	struct registrar r = {.port = open_port(1)};

	lose_peer(r.port);
	r.thread = begin_to_wait(register_cm, &r);
	umad_close_port(r.port);
	fake.absent = false;
	/* the other thread waits for the clock meanwhile */
	assert_int_equal(open_port(1), r.port);
	fake_clock_advance(100);
	pthread_join(r.thread, NULL);
	assert_int_equal(r.agent, -EPERM);
	assert_int_equal(r.error, EBADF);
	assert_int_equal(fake.registered, 0);
}

/* Each knows the peer with which it began: a peer that was there all along is not asked twice. */
TEST_GRACE(two_who_wait_for_a_peer_are_answered_each)
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

TEST_GRACE(who_waits_for_a_peer_can_be_cancelled)
{
	struct registrar r = {.port = open_port(1)};
	void *how;

	lose_peer(r.port);
	r.thread = begin_to_wait(register_cm, &r);
	assert_int_equal(pthread_cancel(r.thread), 0);
	assert_int_equal(pthread_join(r.thread, &how), 0);
	assert_ptr_equal(how, PTHREAD_CANCELED);
	/* the lock is free, and all continues */
	fake.absent = false;
	fake_clock.by_hand = false;
	fake_clock_advance(100);
	assert_int_equal(umad_register(r.port, WIRE_CLASS_CM, 2, 0, NULL), 0);
}

/* The child has lost nothing and waits for nothing; the parent's thread does not exist in it. */
TEST_GRACE(a_child_of_who_waits_for_a_peer_has_its_own_way)
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
		if (umad_recv(r.port, umad_of(&b), &len, 0) != -EWOULDBLOCK || gumad_in_grace())
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

/* Inherited ports are usable when the child's first link is open. */
TEST_GRACE(a_childs_first_send_waits_for_its_link)
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
		status = get_send(port, agent, 7, 1000);
		_exit(pthread_join(opener, NULL) || status || fake.sent != 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* For later links it waits as any process does: not in a send. */
TEST_GRACE(a_childs_later_sends_do_not_wait)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF), status;
	pid_t pid = fork();

	if (!pid) {
		unsigned int waits;

		fake.echo = true;
		if (exchange(port, agent, 7))
			_exit(1);
		lose_peer(port);
		fake.absent = false;
		fake.slow = true;
		fake_clock_advance(1000);
		waits = fake_clock.waits;
		fake_clock.by_hand = true;
		_exit(get_send(port, agent, 8, 1000) || fake_clock.waits != waits);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
