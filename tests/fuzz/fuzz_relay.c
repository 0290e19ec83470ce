/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzz target: the relay between arbitrary processes and gateways that check the protocol
 * (tests/unit/relay_fixture.c asserts it), with full rings, lost replies, and processes and gateways that
 * connect and disconnect.
 *
 * The input is a program of four-byte instructions: an operation and three arguments. Afterwards, when all
 * processes have ended and time has passed, no gateway has a client open.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/relay_fixture.h"

enum { UPS = 3, PROCESSES = 8, CONTROL_MS = RELAY_CONTROL_MS, ROUNDS = 64 };

enum {
	PROCESS,
	HELLO,
	SAY,
	SAY_ANYTHING,
	READ,
	PROCESS_ROOM,
	GO,
	GATEWAY_RUNS,
	RELAY_TAKES,
	PUSH,
	LOSE,
	GATEWAY_ROOM,
	OWN,
	UP,
	TIME,
	OPERATIONS
};

struct run {
	struct fixture *fixture;
	bool here[PROCESSES]; /* the processes with these numbers exist */
};

static void go(struct run *r, unsigned int p)
{
	r->here[p] = false;
	r->fixture->process[p] = (struct fixture_ring){.room = FIXTURE_ROOM};
	relay_process_gone(r->fixture->relay, p, r->fixture->now);
}

static void close_marked(struct run *r)
{
	for (unsigned int p = 0; p < PROCESSES; p++)
		if (r->here[p] && relay_process_must_close(r->fixture->relay, p))
			go(r, p);
}

static void process(struct run *r)
{
	unsigned int n = 0;
	int p;

	for (unsigned int i = 0; i < PROCESSES; i++)
		n += r->here[i];
	if (n == PROCESSES)
		return;
	p = relay_process_new(r->fixture->relay, 0);
	assert(p < PROCESSES && (p >= 0) == relay_ready(r->fixture->relay));
	if (p >= 0)
		r->here[p] = true;
}

static void say(struct run *r, unsigned int p, const struct chan_slot *slot)
{
	if (!r->here[p])
		return;
	if (fixture_says(r->fixture, p, slot) == RELAY_BROKEN) {
		assert(relay_reason(r->fixture->relay));
		go(r, p);
	}
}

static void hello(struct run *r, unsigned int p)
{
	struct chan_hello ask = {.magic = CHAN_ABI_MAGIC, .version_max = 1};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO};

	memcpy(slot.mad, &ask, sizeof(ask));
	say(r, p, &slot);
}

/* Roughly what a correct process could send. */
static void say_something(struct run *r, const uint8_t *arg)
{
	static const uint8_t kind[] = {
		CHAN_KIND_CLIENT_OPEN, CHAN_KIND_CLIENT_CLOSE, CHAN_KIND_REGISTER,
		CHAN_KIND_UNREGISTER,  CHAN_KIND_PORT_QUERY,   CHAN_KIND_SET_ISSM,
		CHAN_KIND_SEND,	       CHAN_KIND_CLIENT_OPEN,
	};
	struct chan_slot slot = {
		.kind = kind[arg[1] % sizeof(kind)],
		.port = arg[2] & 1,
		.client = (uint16_t)((arg[2] >> 2 & 3) * 37),
		.agent = arg[1] >> 4,
		.timeout_ms = arg[1] & 8 ? 1000u * arg[2] : 0,
		.cookie = arg[2],
	};

	slot.mad[0] = arg[1] & 16;
	slot.mad[3] = 1;
	say(r, arg[0] % PROCESSES, &slot);
}

static void say_anything(struct run *r, const uint8_t *arg)
{
	struct chan_slot slot;

	memset(&slot, arg[2], sizeof(slot));
	slot.kind = arg[1];
	say(r, arg[0] % PROCESSES, &slot);
}

/* MADs and events, also without a receiver. Unrequested replies have unknown cookies. */
static void push(struct run *r, const uint8_t *arg)
{
	static const uint8_t kind[] = {CHAN_KIND_RECV, CHAN_KIND_SEND_DONE, CHAN_KIND_PORT_EVENT,
				       CHAN_KIND_CLIENT_OPEN_REPLY, 200};
	struct chan_slot slot = {
		.kind = kind[arg[1] % sizeof(kind)],
		.port = arg[1] >> 6,
		.client = arg[2] % 8,
		.cookie = UINT64_C(1) << 60 | arg[2],
	};

	slot.mad[3] = 0x81;
	fixture_push(r->fixture, arg[0] % UPS, &slot);
}

static void up_or_down(struct run *r, unsigned int up, unsigned int ports)
{
	if (r->fixture->gateway[up].here)
		fixture_lost(r->fixture, up);
	else
		fixture_up(r->fixture, up, 1 + ports % 4);
	close_marked(r);
}

static void takes(struct run *r, unsigned int up, uint32_t most)
{
	if (!fixture_relay_takes(r->fixture, up, most)) {
		fixture_lost(r->fixture, up);
		close_marked(r);
	}
}

static void passes(struct run *r, uint64_t ms)
{
	uint32_t silent = fixture_passes(r->fixture, ms);

	for (unsigned int up = 0; up < UPS; up++)
		if (silent & (1u << up))
			fixture_lost(r->fixture, up);
	close_marked(r);
}

static void step(struct run *r, const uint8_t *code)
{
	const uint8_t *arg = code + 1;
	const unsigned int p = arg[0] % PROCESSES, up = arg[0] % UPS;
	struct fixture_gateway *g = &r->fixture->gateway[up];
	struct chan_slot slot;

	switch (code[0] % OPERATIONS) {
	case PROCESS:
		process(r);
		break;
	case HELLO:
		hello(r, p);
		break;
	case SAY:
		say_something(r, arg);
		break;
	case SAY_ANYTHING:
		say_anything(r, arg);
		break;
	case READ:
		while (fixture_given(r->fixture, p, &slot))
			;
		break;
	case PROCESS_ROOM:
		r->fixture->process[p].room = arg[1] % (FIXTURE_ROOM + 1);
		break;
	case GO:
		if (r->here[p])
			go(r, p);
		break;
	case UP:
		up_or_down(r, up, arg[1]);
		break;
	case TIME:
		passes(r, arg[1] * 40u);
		break;
	default:
		if (!g->here)
			break;
		if (code[0] % OPERATIONS == GATEWAY_RUNS)
			fixture_gateway_runs(r->fixture, up, arg[1]);
		else if (code[0] % OPERATIONS == RELAY_TAKES)
			takes(r, up, arg[1]);
		else if (code[0] % OPERATIONS == PUSH)
			push(r, arg);
		else if (code[0] % OPERATIONS == LOSE)
			g->lose = arg[1] % 4;
		else if (code[0] % OPERATIONS == GATEWAY_ROOM)
			g->in.room = arg[1] % (FIXTURE_ROOM + 1);
		else
			relay_own(r->fixture->relay, up, r->fixture->now);
	}
}

/* Restores all gateways and ends all processes. */
static void finish(struct run *r)
{
	for (unsigned int up = 0; up < UPS; up++) {
		r->fixture->gateway[up].in.room = r->fixture->gateway[up].out.room = FIXTURE_ROOM;
		r->fixture->gateway[up].lose = 0;
	}
	for (unsigned int p = 0; p < PROCESSES; p++)
		if (r->here[p])
			go(r, p);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		for (unsigned int up = 0; up < UPS; up++) {
			if (!r->fixture->gateway[up].here)
				continue;
			relay_own(r->fixture->relay, up, r->fixture->now);
			fixture_gateway_runs(r->fixture, up, FIXTURE_ALL);
			takes(r, up, FIXTURE_ALL);
		}
		if (i % 16 == 15)
			passes(r, CONTROL_MS);
	}
	relay_check(r->fixture->relay);
	for (unsigned int up = 0; up < UPS; up++)
		if (r->fixture->gateway[up].here) {
			assert(!fixture_clients(r->fixture, up));
			assert(!r->fixture->gateway[up].issm);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = {.fixture = fixture_new(size > 3 ? UINT64_MAX - data[3] : 0)};

	fixture_ready(r.fixture, 0, 2);
	for (unsigned int p = 0; p < PROCESSES / 2; p++) {
		process(&r);
		hello(&r, p);
	}
	for (size_t i = 0; i + 4 <= size && i < 4096; i += 4) {
		step(&r, data + i);
		relay_check(r.fixture->relay);
	}
	finish(&r);
	fixture_free(r.fixture);
	return 0;
}
