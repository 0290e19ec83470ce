/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages that were pending when the peer was lost and another connected: each is sent again once to every
 * new peer, unchanged and to the same address, until it is answered. With a clock by hand.
 */
#include "tests/unit/test.h"
#include "tests/unit/grace_fixture.h"

/* Another peer, while the library is called only to wait; the number of sends before it. */
static unsigned int another_peer(int port)
{
	unsigned int opens = fake.opens, sent;

	lose_peer(port);
	sent = fake.sent;
	fake.absent = false;
	fake_clock_advance(1000);
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(fake.opens, opens + 1);
	return sent;
}

static const struct chan_slot *sent_at(unsigned int number)
{
	assert_true(number < fake.sent && fake.sent - number <= FAKE_NOTED);
	return &fake.note[number % FAKE_NOTED];
}

/* The same message, to the same address. */
static void assert_sent_again(unsigned int number, const struct chan_slot *first)
{
	const struct chan_slot *s = sent_at(number);

	assert_int_equal(s->kind, CHAN_KIND_SEND);
	assert_memory_equal(s->mad, first->mad, sizeof(s->mad));
	assert_memory_equal(&s->addr, &first->addr, sizeof(s->addr));
	assert_int_equal(s->timeout_ms, first->timeout_ms);
}

/* The last peer's answer to this request. */
static void feed_answer(const struct chan_slot *request)
{
	struct chan_slot s = *request;

	s.kind = CHAN_KIND_RECV;
	s.mad[3] = WIRE_METHOD_GET_RESP;
	fake_feed(&s);
}

static void expect(int port, int agent, uint32_t tid, unsigned int status)
{
	struct buffer b;
	int len = sizeof(b.mad);

	assert_int_equal(umad_recv(port, umad_of(&b), &len, 0), agent);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), tid);
	assert_int_equal(umad_status(umad_of(&b)), status);
}

static int nothing_comes(int port)
{
	struct buffer b;
	int len = sizeof(b.mad);

	return umad_recv(port, umad_of(&b), &len, 0) == -EWOULDBLOCK;
}

static int method_send(int port, int agent, uint8_t mgmt_class, uint8_t method, uint32_t tid,
		       int timeout_ms)
{
	struct buffer b;

	get_fill(&b, mgmt_class, tid);
	b.mad[2] = mgmt_class == WIRE_CLASS_CM ? 2 : 1;
	b.mad[3] = method;
	return umad_send(port, agent, umad_of(&b), 256, timeout_ms, 0);
}

/* Of each kind once for every peer: three of them, two that were lost. */
TEST_GRACE(what_is_under_way_is_asked_once_of_every_peer)
{
	int port = open_port(1), perf = open_agent(port, WIRE_CLASS_PERF);
	int cm = umad_register(port, WIRE_CLASS_CM, 2, 0, NULL);
	struct chan_slot first[3];

	assert_int_equal(get_send(port, perf, 1, 50000), 0);
	assert_int_equal(method_send(port, perf, WIRE_CLASS_PERF, WIRE_METHOD_SET, 2, 50000), 0);
	assert_int_equal(method_send(port, cm, WIRE_CLASS_CM, WIRE_METHOD_SEND, 3, 50000), 0);
	assert_int_equal(fake.sent, 3);
	memcpy(first, fake.note, sizeof(first));

	for (int peer = 0; peer < 2; peer++) {
		unsigned int before = another_peer(port);

		assert_int_equal(fake.sent, before + 3);
		for (unsigned int i = 0; i < 3; i++)
			assert_sent_again(before + i, &first[i]);
		/* and not again within its time-out */
		fake_clock_advance(1000);
		assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
		assert_int_equal(fake.sent, before + 3);
	}
}

TEST_GRACE(what_was_answered_is_not_asked_again)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	unsigned int before;

	for (uint32_t tid = 1; tid <= 3; tid++)
		assert_int_equal(get_send(port, agent, tid, 50000), 0);
	feed_answer(sent_at(1));
	/* what a peer sent before its loss is valid, read or not */
	feed_answer(sent_at(2));
	expect(port, agent, 2, 0);
	expect(port, agent, 3, 0);
	before = another_peer(port);
	assert_int_equal(fake.sent, before + 1);
	assert_sent_again(before, &fake.note[0]);

	feed_answer(sent_at(before));
	expect(port, agent, 1, 0);
	before = another_peer(port);
	assert_int_equal(fake.sent, before);
	assert_true(nothing_comes(port));
}

TEST_GRACE(an_answer_comes_once_even_if_two_peers_give_it)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	unsigned int before;

	assert_int_equal(get_send(port, agent, 1, 50000), 0);
	before = another_peer(port);
	assert_int_equal(fake.sent, before + 1);
	feed_answer(sent_at(before));
	feed_answer(&fake.note[0]);
	expect(port, agent, 1, 0);
	assert_true(nothing_comes(port));
}

TEST_GRACE(what_is_sent_without_a_peer_goes_to_the_next_behind_what_waits)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	assert_int_equal(get_send(port, agent, 1, 50000), 0);
	lose_peer(port);
	assert_int_equal(get_send(port, agent, 2, 50000), 0);
	fake.absent = false;
	fake_clock_advance(1000);
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(fake.sent, 3);
	assert_sent_again(1, &fake.note[0]);
	assert_int_equal((uint32_t)wire_mad_tid(fake.note[2].mad), 2);
}

/* --- another port with the same name --- */

static void *ask_for_port(void *arg)
{
	return umad_get_port("fake0", 1, arg) ? NULL : arg;
}

/* The subnet manager and the port's LID changed without a notification. */
TEST_GRACE(who_waits_for_a_peer_sees_its_port_as_it_is_then)
{
	unsigned int waits = fake_clock.waits;
	umad_port_t port = {0};
	int id = open_port(1), agent = open_agent(id, WIRE_CLASS_PERF);
	struct chan_slot first;
	pthread_t thread;
	void *ret;

	assert_int_equal(umad_get_port("fake0", 1, &port), 0);
	assert_int_equal(port.base_lid, 7);
	assert_int_equal(port.sm_lid, 1);
	umad_release_port(&port);
	assert_int_equal(get_send(id, agent, 1, 50000), 0);
	first = fake.note[0];

	lose_peer(id);
	fake_clock.by_hand = true;
	assert_int_equal(pthread_create(&thread, NULL, ask_for_port, &port), 0);
	while (fake_clock.waits == waits)
		;
	fake.lid = 70;
	fake.sm_lid = 9;
	fake.absent = false;
	fake_clock_advance(100);
	pthread_join(thread, &ret);
	assert_non_null(ret);
	assert_int_equal(port.base_lid, 70);
	assert_int_equal(port.sm_lid, 9);
	umad_release_port(&port);

	/* the request goes to the caller's address, and its answer comes from there */
	assert_int_equal(fake.sent, 2);
	assert_sent_again(1, &first);
	assert_int_equal(fake.note[1].addr.lid, LID);
	feed_answer(&fake.note[1]);
	expect(id, agent, 1, 0);
}

/* With the same name, at another index of the new peer. */
TEST_GRACE(a_port_that_has_another_index_is_found_by_its_name)
{
	int port, agent;
	unsigned int before;

	fake.two_ports = true;
	port = open_port(2);
	agent = open_agent(port, WIRE_CLASS_PERF);
	assert_int_equal(get_send(port, agent, 1, 50000), 0);
	assert_int_equal(fake.note[0].port, 1);
	fake.reversed = true;
	before = another_peer(port);
	assert_int_equal(fake.sent, before + 1);
	assert_int_equal(sent_at(before)->port, 0);
	feed_answer(sent_at(before));
	expect(port, agent, 1, 0);
}
