/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzz target: the relay between processes that say what they like and gateways that hold it to the
 * contract (tests/unit/relay_bed.c asserts it), with rings that are full, replies that are lost,
 * processes and gateways that come and go.
 *
 * The input is a program of four-byte instructions: an operation and three arguments. Whatever it
 * did, once all processes are gone and time has passed, no gateway has a client open.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/relay_bed.h"

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
	struct bed *bed;
	bool here[PROCESSES]; /* processes of these numbers */
};

static void go(struct run *r, unsigned int p)
{
	r->here[p] = false;
	r->bed->process[p] = (struct bed_ring){.room = BED_ROOM};
	relay_process_gone(r->bed->relay, p);
}

static void doomed_go(struct run *r)
{
	for (unsigned int p = 0; p < PROCESSES; p++)
		if (r->here[p] && relay_process_doomed(r->bed->relay, p))
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
	p = relay_process_new(r->bed->relay, 0);
	assert(p < PROCESSES && (p >= 0) == relay_ready(r->bed->relay));
	if (p >= 0)
		r->here[p] = true;
}

static void say(struct run *r, unsigned int p, const struct chan_slot *slot)
{
	if (!r->here[p])
		return;
	if (bed_says(r->bed, p, slot) == RELAY_BROKEN) {
		assert(relay_reason(r->bed->relay));
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

/* What an honest process could say, more or less. */
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

/* MADs and events, also for nobody. Replies that were never asked for have cookies that are not. */
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
	bed_push(r->bed, arg[0] % UPS, &slot);
}

static void up_or_down(struct run *r, unsigned int up, unsigned int ports)
{
	if (r->bed->gateway[up].here)
		bed_lost(r->bed, up);
	else
		bed_up(r->bed, up, 1 + ports % 4);
	doomed_go(r);
}

static void takes(struct run *r, unsigned int up, uint32_t most)
{
	if (!bed_relay_takes(r->bed, up, most)) {
		bed_lost(r->bed, up);
		doomed_go(r);
	}
}

static void passes(struct run *r, uint64_t ms)
{
	uint32_t silent = bed_passes(r->bed, ms);

	for (unsigned int up = 0; up < UPS; up++)
		if (silent & (1u << up))
			bed_lost(r->bed, up);
	doomed_go(r);
}

static void step(struct run *r, const uint8_t *code)
{
	const uint8_t *arg = code + 1;
	const unsigned int p = arg[0] % PROCESSES, up = arg[0] % UPS;
	struct bed_gateway *g = &r->bed->gateway[up];
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
		while (bed_given(r->bed, p, &slot))
			;
		break;
	case PROCESS_ROOM:
		r->bed->process[p].room = arg[1] % (BED_ROOM + 1);
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
			bed_gateway_runs(r->bed, up, arg[1]);
		else if (code[0] % OPERATIONS == RELAY_TAKES)
			takes(r, up, arg[1]);
		else if (code[0] % OPERATIONS == PUSH)
			push(r, arg);
		else if (code[0] % OPERATIONS == LOSE)
			g->lose = arg[1] % 4;
		else if (code[0] % OPERATIONS == GATEWAY_ROOM)
			g->in.room = arg[1] % (BED_ROOM + 1);
		else
			relay_own(r->bed->relay, up, r->bed->now);
	}
}

/* Everything is well again, and everybody goes. */
static void finish(struct run *r)
{
	for (unsigned int up = 0; up < UPS; up++) {
		r->bed->gateway[up].in.room = r->bed->gateway[up].out.room = BED_ROOM;
		r->bed->gateway[up].lose = 0;
	}
	for (unsigned int p = 0; p < PROCESSES; p++)
		if (r->here[p])
			go(r, p);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		for (unsigned int up = 0; up < UPS; up++) {
			if (!r->bed->gateway[up].here)
				continue;
			relay_own(r->bed->relay, up, r->bed->now);
			bed_gateway_runs(r->bed, up, BED_ALL);
			takes(r, up, BED_ALL);
		}
		if (i % 16 == 15)
			passes(r, CONTROL_MS);
	}
	relay_check(r->bed->relay);
	for (unsigned int up = 0; up < UPS; up++)
		if (r->bed->gateway[up].here) {
			assert(!bed_clients(r->bed, up));
			assert(!r->bed->gateway[up].issm);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = {.bed = bed_new(size > 3 ? UINT64_MAX - data[3] : 0)};

	bed_ready(r.bed, 0, 2);
	for (unsigned int p = 0; p < PROCESSES / 2; p++) {
		process(&r);
		hello(&r, p);
	}
	for (size_t i = 0; i + 4 <= size && i < 4096; i += 4) {
		step(&r, data + i);
		relay_check(r.bed->relay);
	}
	finish(&r);
	bed_free(r.bed);
	return 0;
}
