/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A peer that is lost and returns, or does not, with a clock by hand: which calls wait, and how long. */
#include "tests/unit/test.h"
#include "tests/unit/grace_fixture.h"

TEST_GRACE(a_port_outlives_the_loss_of_its_peer)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	int other = open_agent(port, WIRE_CLASS_CM);

	fake.reconnect_ms = 0;
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
	/* the library reconnects by itself; only its timer wakes the waiter */
	while (get_send(port, agent, 11, 1000))
		assert_int_equal(umad_poll(port, 100), -ETIMEDOUT);
	len = sizeof(b.mad);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 11);
	assert_int_equal(fake.opens, 2);
	assert_int_equal(fake.clients_opened, 2);
	assert_int_equal(fake.registered, 1);
}

/* Far beyond the request's 20 ms and the caller's time-out, until grace ends. */
TEST_GRACE(who_waits_for_a_lost_peer_does_so_until_the_grace_is_over)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	struct mono_ms lost;

	assert_int_equal(get_send(port, agent, 9, 20), 0);
	lose_peer(port);
	lost = gumad_now();
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 20), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(mono_until(lost, gumad_now()), RECONNECT_MS);
	assert_int_equal(get_send(port, agent, 10, 1000), -EIO);

	/* it returned: new requests are answered */
	fake.absent = false;
	fake.echo = true;
	while (fake.opens < 2)
		umad_poll(port, 50);
	assert_int_equal(exchange(port, agent, 11), 0);
}

/* As if there had never been an adapter. */
TEST_GRACE(who_needs_a_lost_peer_waits_until_the_grace_is_over)
{
	umad_ca_t ca;
	int port = open_port(1);
	struct mono_ms lost;

	lose_peer(port);
	lost = gumad_now();
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(mono_until(lost, gumad_now()), RECONNECT_MS);
	/* grace is over: there is no adapter, without a wait */
	assert_int_equal(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL), -EPERM);
	assert_int_equal(errno, EIO);
	assert_int_equal(umad_open_port(NULL, 0), -ENODEV);
	assert_int_equal(mono_until(lost, gumad_now()), RECONNECT_MS);
}

TEST_GRACE(who_comes_while_the_peer_is_away_waits_for_it)
{
	char names[4][UMAD_CA_NAME_LEN];

	fake.away_for = 3;
	assert_int_equal(umad_get_cas_names(names, 4), 1);
	assert_int_equal(fake.away_for, 0);
	assert_int_equal(fake.opens, 1);
}

TEST_GRACE(who_comes_while_the_peer_is_away_for_good_waits_six_seconds)
{
	struct mono_ms came = gumad_now();
	umad_ca_t ca;

	fake.away_for = 100000;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(mono_until(came, gumad_now()), GUMAD_FIRST_GRACE_MS);
	assert_true(fake.away_for < 100000 - 2); /* it tried meanwhile */
	assert_int_equal(umad_open_port("fake0", 1), -EINVAL);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mono_until(came, gumad_now()), GUMAD_FIRST_GRACE_MS);
	assert_int_equal(fake.opens, 0);
}

/* A refusal by the awaited peer is an answer. */
TEST_GRACE(what_the_awaited_peer_refuses_is_not_asked_again)
{
	struct mono_ms came = gumad_now();

	fake.away_for = 1;
	assert_int_equal(umad_open_port("other0", 1), -EINVAL);
	assert_int_equal(fake.opens, 1);
	assert_true(mono_until(came, gumad_now()) < 1000);
}

TEST_GRACE(a_signal_while_one_waits_for_a_peer_leaves_no_trace)
{
	umad_ca_t ca;

	fake.away_for = 1;
	fake_clock.interrupted = true;
	errno = 77;
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	assert_int_equal(errno, 77);
	assert_false(fake_clock.interrupted);
	umad_release_ca(&ca);
}

/* The peer waited before it disconnected, and would again. */
TEST_GRACE(a_client_disconnected_after_a_long_wait_does_not_ask_again)
{
	pthread_t thread;
	void *ret;

	fake.slow = true;
	thread = begin_to_wait(ask_for_ca, NULL);
	fake.hangs_up_for = 1000;
	fake_clock_advance(GUMAD_FIRST_GRACE_MS);
	pthread_join(thread, &ret);
	assert_null(ret);
	assert_int_equal(fake.dials, 1);
}

TEST_GRACE(a_peer_whose_port_is_not_there_yet_is_asked_again)
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
}

/* A link whose opening does not proceed delays no call that would not wait. */
TEST_GRACE(a_link_that_is_being_opened_holds_up_no_receiver)
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
	/* its descriptor wakes a thread that waits for a message */
	assert_false(readable(umad_get_fd(port), 0));
	fake.slow = false;
	fake.echo = true;
	fake_ring();
	assert_true(readable(umad_get_fd(port), 0));
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 20), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
}
