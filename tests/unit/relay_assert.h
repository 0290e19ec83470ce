/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the tests of the relay: its fixture (relay_fixture.h), and slots of processes. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/unit/relay_fixture.h"
#include "wire/mad.h"

static inline int setup(void **state)
{
	*state = fixture_new(UINT64_MAX - 20); /* so that cookies wrap in every longer test */
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	relay_check(fixture->relay);
	fixture_free(fixture);
	return 0;
}

/* With a gateway of one port for device 0. */
static inline int setup_ready(void **state)
{
	setup(state);
	fixture_ready(*state, 0, 1);
	return 0;
}

#define TEST_READY(name, fixture) TEST_OVER(setup_ready, teardown, name, fixture)

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)

static inline struct chan_slot message(enum chan_kind kind, uint16_t port, uint16_t client)
{
	return (struct chan_slot){
		.kind = (uint8_t)kind, .port = port, .client = client, .cookie = 77};
}

static inline struct chan_slot request(uint16_t port, uint16_t client, uint64_t cookie)
{
	struct chan_slot slot = message(CHAN_KIND_SEND, port, client);

	slot.agent = 3;
	slot.cookie = cookie;
	slot.timeout_ms = 1000;
	slot.mad[3] = WIRE_METHOD_GET;
	return slot;
}

/* The gateway's answer to a slot that it took. */
static inline struct chan_slot answer_to(const struct chan_slot *asked)
{
	struct chan_slot slot = *asked;

	slot.kind = CHAN_KIND_RECV;
	slot.timeout_ms = 0;
	slot.mad[3] |= 0x80;
	return slot;
}

/* A process sends this slot, and the relay takes it; or makes it wait; or reports a violation. */
static inline void says(struct fixture *fixture, unsigned int p, struct chan_slot slot)
{
	assert_int_equal(fixture_says(fixture, p, &slot), RELAY_DONE);
}

static inline void waits(struct fixture *fixture, unsigned int p, struct chan_slot slot)
{
	assert_int_equal(fixture_says(fixture, p, &slot), RELAY_WAIT);
}

static inline void is_found_out(struct fixture *fixture, unsigned int p, struct chan_slot slot)
{
	assert_int_equal(fixture_says(fixture, p, &slot), RELAY_BROKEN);
}

/* The next slot that a process receives, and that a gateway receives. */
static inline struct chan_slot given(struct fixture *fixture, unsigned int p)
{
	struct chan_slot slot;

	assert_true(fixture_given(fixture, p, &slot));
	return slot;
}

static inline void is_given_nothing(struct fixture *fixture, unsigned int p)
{
	struct chan_slot slot;

	assert_false(fixture_given(fixture, p, &slot));
}

static inline struct chan_slot gateway_gets(struct fixture *fixture, unsigned int up)
{
	struct chan_slot slot;

	assert_true(fixture_ring_take(&fixture->gateway[up].in, &slot));
	return slot;
}

/* Sends a message and returns the status of its reply. */
static inline uint32_t asks(struct fixture *fixture, unsigned int p, struct chan_slot slot)
{
	struct chan_slot reply;

	says(fixture, p, slot);
	fixture_settle(fixture);
	reply = given(fixture, p);
	assert_int_equal(reply.kind, slot.kind + 1);
	assert_int_equal(reply.client, slot.client);
	assert_int_equal(reply.port, slot.port);
	assert_int_equal(reply.agent, slot.agent);
	assert_true(reply.cookie == slot.cookie);
	return reply.status;
}

static inline void opens(struct fixture *fixture, unsigned int p, uint16_t port, uint16_t client)
{
	assert_int_equal(asks(fixture, p, message(CHAN_KIND_CLIENT_OPEN, port, client)), 0);
}

/* A new process with a client of this number on this port. */
static inline unsigned int process_with(struct fixture *fixture, uint16_t port, uint16_t client)
{
	unsigned int p = fixture_process(fixture);

	opens(fixture, p, port, client);
	return p;
}

/* The process repeats the slot, without answers, until it has to wait. Number of slots taken. */
static inline unsigned int says_until_it_waits(struct fixture *fixture, unsigned int p,
					       struct chan_slot slot)
{
	unsigned int n = 0;

	while (fixture_says(fixture, p, &slot) == RELAY_DONE) {
		fixture_gateway_runs(fixture, 0, FIXTURE_ALL);
		n++;
	}
	waits(fixture, p, slot);
	return n;
}

/* SET_ISSM on. */
static inline struct chan_slot issm_on(uint16_t port)
{
	struct chan_slot slot = message(CHAN_KIND_SET_ISSM, port, 0);
	struct chan_issm yes = {.on = 1};

	memcpy(slot.mad, &yes, sizeof(yes));
	return slot;
}
