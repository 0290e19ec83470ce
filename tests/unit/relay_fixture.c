/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/relay_fixture.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mad.h"

static bool ring_full(const struct fixture_ring *ring)
{
	return ring->end - ring->first >= ring->room;
}

bool fixture_ring_put(struct fixture_ring *ring, const struct chan_slot *slot)
{
	if (ring_full(ring))
		return false;
	ring->slot[ring->end++ % FIXTURE_ROOM] = *slot;
	return true;
}

bool fixture_ring_take(struct fixture_ring *ring, struct chan_slot *ret)
{
	if (ring->first == ring->end)
		return false;
	*ret = ring->slot[ring->first++ % FIXTURE_ROOM];
	return true;
}

/* --- relay_ops --- */

/* The place keeps old content: this detects a slot that is not filled completely. */
static struct chan_slot *place(struct fixture_ring *ring)
{
	struct chan_slot *slot = &ring->slot[ring->end % FIXTURE_ROOM];

	if (ring_full(ring))
		return NULL;
	memset(slot, 0xa5, sizeof(*slot));
	return slot;
}

static void committed(struct fixture_ring *ring)
{
	const struct chan_slot *slot = &ring->slot[ring->end % FIXTURE_ROOM];

	assert(slot->kind != 0xa5 && slot->retries != 0xa5 && slot->status != 0xa5a5a5a5);
	assert(slot->timeout_ms != 0xa5a5a5a5);
	assert(slot->addr.qpn != 0xa5a5a5a5 || slot->addr.reserved[0] != 0xa5);
	ring->end++;
}

static struct chan_slot *up_place(void *ctx, unsigned int up)
{
	struct fixture *fixture = ctx;

	assert(fixture->gateway[up].here);
	return place(&fixture->gateway[up].in);
}

static void up_commit(void *ctx, unsigned int up)
{
	struct fixture *fixture = ctx;

	committed(&fixture->gateway[up].in);
}

static struct chan_slot *down_place(void *ctx, unsigned int process)
{
	struct fixture *fixture = ctx;

	return place(&fixture->process[process]);
}

static void down_commit(void *ctx, unsigned int process)
{
	struct fixture *fixture = ctx;

	committed(&fixture->process[process]);
}

static const struct relay_ops ops = {
	.up_place = up_place,
	.up_commit = up_commit,
	.down_place = down_place,
	.down_commit = down_commit,
};

/* --- the gateway --- */

static void answer(struct fixture_gateway *g, const struct chan_slot *to, uint32_t status,
		   const void *what, size_t bytes)
{
	struct chan_slot slot = {
		.kind = (uint8_t)(to->kind + 1),
		.port = to->port,
		.client = to->client,
		.agent = to->agent,
		.status = status,
		.cookie = to->cookie,
	};

	if (bytes)
		memcpy(slot.mad, what, bytes);
	if (g->lose) {
		g->lose--;
		return;
	}
	fixture_ring_put(&g->out, &slot);
}

static void answer_hello(struct fixture_gateway *g, const struct chan_slot *slot)
{
	struct chan_hello ask;
	struct chan_hello_reply reply = {
		.magic = CHAN_ABI_MAGIC,
		.version = g->version,
		.ports = (uint16_t)g->ports,
		.outstanding = g->outstanding,
	};

	memcpy(&ask, slot->mad, sizeof(ask));
	assert(ask.magic == CHAN_ABI_MAGIC && ask.version_min <= ask.version_max);
	g->hello = true;
	answer(g, slot, 0, &reply, sizeof(reply));
}

static void answer_port(struct fixture_gateway *g, const struct chan_slot *slot)
{
	struct chan_port_info info = {.port_num = (uint8_t)(slot->port + 1)};

	answer(g, slot, g->query_status, &info, sizeof(info));
}

static void answer_issm(struct fixture_gateway *g, const struct chan_slot *slot)
{
	const uint16_t bit = (uint16_t)(1u << slot->port);
	struct chan_issm ask;

	memcpy(&ask, slot->mad, sizeof(ask));
	if (!g->issm_status)
		g->issm = (uint16_t)(ask.on ? g->issm | bit : g->issm & ~bit);
	answer(g, slot, g->issm_status, NULL, 0);
}

static void answer_client(struct fixture_gateway *g, const struct chan_slot *slot)
{
	struct fixture_client *c = &g->client[slot->client];

	if (slot->kind == CHAN_KIND_CLIENT_OPEN) {
		uint32_t status = c->open ? EBUSY : g->open_status;

		if (!status)
			*c = (struct fixture_client){.open = true};
		answer(g, slot, status, NULL, 0);
		return;
	}
	assert(c->open);
	if (slot->kind == CHAN_KIND_CLIENT_CLOSE)
		*c = (struct fixture_client){0};
	if (slot->kind == CHAN_KIND_REGISTER)
		c->agents |= 1u << slot->agent;
	if (slot->kind == CHAN_KIND_UNREGISTER)
		c->agents &= ~(1u << slot->agent);
	answer(g, slot, 0, NULL, 0);
}

static void gateway_slot(struct fixture_gateway *g, const struct chan_slot *slot)
{
	g->handled++;
	assert(g->hello || slot->kind == CHAN_KIND_HELLO);
	assert(slot->port < g->ports && slot->client < RELAY_CLIENTS && slot->agent < RELAY_AGENTS);
	switch (slot->kind) {
	case CHAN_KIND_HELLO:
		answer_hello(g, slot);
		break;
	case CHAN_KIND_PORT_QUERY:
	case CHAN_KIND_PKEY_QUERY:
		answer_port(g, slot);
		break;
	case CHAN_KIND_SET_ISSM:
		answer_issm(g, slot);
		break;
	case CHAN_KIND_CLIENT_OPEN:
	case CHAN_KIND_CLIENT_CLOSE:
	case CHAN_KIND_REGISTER:
	case CHAN_KIND_UNREGISTER:
		answer_client(g, slot);
		break;
	default:
		assert(slot->kind == CHAN_KIND_SEND && g->client[slot->client].open);
		if (slot->timeout_ms && !wire_mad_is_response(slot->mad))
			g->client[slot->client].requests++;
	}
}

uint32_t fixture_gateway_runs(struct fixture *fixture, unsigned int up, uint32_t most)
{
	struct fixture_gateway *g = &fixture->gateway[up];
	struct chan_slot slot;
	uint32_t n = 0;

	while (n < most && fixture_ring_take(&g->in, &slot)) {
		gateway_slot(g, &slot);
		n++;
	}
	return n;
}

bool fixture_relay_takes(struct fixture *fixture, unsigned int up, uint32_t most)
{
	struct chan_slot slot;

	while (most-- && fixture_ring_take(&fixture->gateway[up].out, &slot)) {
		if (relay_from_upstream(fixture->relay, up, &slot, fixture->now) == RELAY_BROKEN)
			return false;
	}
	return true;
}

bool fixture_push(struct fixture *fixture, unsigned int up, const struct chan_slot *slot)
{
	return fixture_ring_put(&fixture->gateway[up].out, slot);
}

void fixture_settle(struct fixture *fixture)
{
	uint64_t moved;

	do {
		moved = 0;
		for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++) {
			struct fixture_gateway *g = &fixture->gateway[i];
			uint32_t before = g->in.end;

			if (!g->here)
				continue;
			relay_own(fixture->relay, i, fixture->now);
			moved += g->in.end - before;
			moved += fixture_gateway_runs(fixture, i, FIXTURE_ALL);
			before = g->out.first;
			assert(fixture_relay_takes(fixture, i, FIXTURE_ALL));
			moved += g->out.first - before;
		}
	} while (moved);
}

/* --- setup --- */

struct fixture *fixture_new(uint64_t seed)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct relay_params params = {.ops = &ops, .ctx = fixture, .seed = seed};

	assert(fixture);
	fixture->relay = relay_new(&params);
	assert(fixture->relay);
	fixture->now.ms = 1000;
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		fixture->process[i].room = FIXTURE_ROOM;
	return fixture;
}

void fixture_free(struct fixture *fixture)
{
	relay_free(fixture->relay);
	free(fixture);
}

void fixture_up(struct fixture *fixture, unsigned int up, unsigned int ports)
{
	struct fixture_gateway *g = &fixture->gateway[up];

	*g = (struct fixture_gateway){
		.here = true,
		.ports = ports,
		.outstanding = 128,
		.version = CHAN_ABI_VERSION,
		.in.room = FIXTURE_ROOM,
		.out.room = FIXTURE_ROOM,
	};
	relay_upstream_new(fixture->relay, up, fixture->now);
}

void fixture_ready(struct fixture *fixture, unsigned int up, unsigned int ports)
{
	fixture_up(fixture, up, ports);
	fixture_settle(fixture);
	assert(relay_upstream_ready(fixture->relay, up));
}

void fixture_lost(struct fixture *fixture, unsigned int up)
{
	fixture->gateway[up].here = false;
	relay_upstream_lost(fixture->relay, up);
}

uint32_t fixture_passes(struct fixture *fixture, uint64_t ms)
{
	fixture->now = mono_add(fixture->now, ms);
	return relay_tick(fixture->relay, fixture->now);
}

bool fixture_given(struct fixture *fixture, unsigned int process, struct chan_slot *ret)
{
	return fixture_ring_take(&fixture->process[process], ret);
}

enum relay_verdict fixture_says(struct fixture *fixture, unsigned int process,
				const struct chan_slot *slot)
{
	return relay_from_process(fixture->relay, process, slot, fixture->now);
}

unsigned int fixture_process(struct fixture *fixture)
{
	struct chan_hello ask = {
		.magic = CHAN_ABI_MAGIC,
		.version_min = CHAN_ABI_VERSION,
		.version_max = CHAN_ABI_VERSION,
	};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = 1};
	int p = relay_process_new(fixture->relay, fixture->uid);

	assert(p >= 0);
	fixture->process[p] = (struct fixture_ring){.room = FIXTURE_ROOM};
	memcpy(slot.mad, &ask, sizeof(ask));
	assert(fixture_says(fixture, (unsigned int)p, &slot) == RELAY_DONE);
	assert(fixture_given(fixture, (unsigned int)p, &slot) &&
	       slot.kind == CHAN_KIND_HELLO_REPLY);
	return (unsigned int)p;
}

unsigned int fixture_clients(const struct fixture *fixture, unsigned int up)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		n += fixture->gateway[up].client[i].open;
	return n;
}
