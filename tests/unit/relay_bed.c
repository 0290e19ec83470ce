/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/relay_bed.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mad.h"

static bool ring_full(const struct bed_ring *ring)
{
	return ring->end - ring->first >= ring->room;
}

bool bed_ring_put(struct bed_ring *ring, const struct chan_slot *slot)
{
	if (ring_full(ring))
		return false;
	ring->slot[ring->end++ % BED_ROOM] = *slot;
	return true;
}

bool bed_ring_take(struct bed_ring *ring, struct chan_slot *ret)
{
	if (ring->first == ring->end)
		return false;
	*ret = ring->slot[ring->first++ % BED_ROOM];
	return true;
}

/* --- relay_ops --- */

/* A place holds what was there before: who does not fill it all is found out. */
static struct chan_slot *place(struct bed_ring *ring)
{
	struct chan_slot *slot = &ring->slot[ring->end % BED_ROOM];

	if (ring_full(ring))
		return NULL;
	memset(slot, 0xa5, sizeof(*slot));
	return slot;
}

static void committed(struct bed_ring *ring)
{
	const struct chan_slot *slot = &ring->slot[ring->end % BED_ROOM];

	assert(slot->kind != 0xa5 && slot->retries != 0xa5 && slot->status != 0xa5a5a5a5);
	assert(slot->timeout_ms != 0xa5a5a5a5);
	assert(slot->addr.qpn != 0xa5a5a5a5 || slot->addr.reserved[0] != 0xa5);
	ring->end++;
}

static struct chan_slot *up_place(void *ctx, unsigned int up)
{
	struct bed *bed = ctx;

	assert(bed->gateway[up].here);
	return place(&bed->gateway[up].in);
}

static void up_commit(void *ctx, unsigned int up)
{
	struct bed *bed = ctx;

	committed(&bed->gateway[up].in);
}

static struct chan_slot *down_place(void *ctx, unsigned int process)
{
	struct bed *bed = ctx;

	return place(&bed->process[process]);
}

static void down_commit(void *ctx, unsigned int process)
{
	struct bed *bed = ctx;

	committed(&bed->process[process]);
}

static const struct relay_ops ops = {
	.up_place = up_place,
	.up_commit = up_commit,
	.down_place = down_place,
	.down_commit = down_commit,
};

/* --- the gateway --- */

static void answer(struct bed_gateway *g, const struct chan_slot *to, uint32_t status,
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
	bed_ring_put(&g->out, &slot);
}

static void answer_hello(struct bed_gateway *g, const struct chan_slot *slot)
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

static void answer_port(struct bed_gateway *g, const struct chan_slot *slot)
{
	struct chan_port_info info = {.port_num = (uint8_t)(slot->port + 1)};

	answer(g, slot, g->query_status, &info, sizeof(info));
}

static void answer_issm(struct bed_gateway *g, const struct chan_slot *slot)
{
	const uint16_t bit = (uint16_t)(1u << slot->port);
	struct chan_issm ask;

	memcpy(&ask, slot->mad, sizeof(ask));
	if (!g->issm_status)
		g->issm = (uint16_t)(ask.on ? g->issm | bit : g->issm & ~bit);
	answer(g, slot, g->issm_status, NULL, 0);
}

static void answer_client(struct bed_gateway *g, const struct chan_slot *slot)
{
	struct bed_client *c = &g->client[slot->client];

	if (slot->kind == CHAN_KIND_CLIENT_OPEN) {
		uint32_t status = c->open ? EBUSY : g->open_status;

		if (!status)
			*c = (struct bed_client){.open = true};
		answer(g, slot, status, NULL, 0);
		return;
	}
	assert(c->open);
	if (slot->kind == CHAN_KIND_CLIENT_CLOSE)
		*c = (struct bed_client){0};
	if (slot->kind == CHAN_KIND_REGISTER)
		c->agents |= 1u << slot->agent;
	if (slot->kind == CHAN_KIND_UNREGISTER)
		c->agents &= ~(1u << slot->agent);
	answer(g, slot, 0, NULL, 0);
}

static void gateway_slot(struct bed_gateway *g, const struct chan_slot *slot)
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

uint32_t bed_gateway_runs(struct bed *bed, unsigned int up, uint32_t most)
{
	struct bed_gateway *g = &bed->gateway[up];
	struct chan_slot slot;
	uint32_t n = 0;

	while (n < most && bed_ring_take(&g->in, &slot)) {
		gateway_slot(g, &slot);
		n++;
	}
	return n;
}

bool bed_relay_takes(struct bed *bed, unsigned int up, uint32_t most)
{
	struct chan_slot slot;

	while (most-- && bed_ring_take(&bed->gateway[up].out, &slot)) {
		if (relay_from_upstream(bed->relay, up, &slot, bed->now) == RELAY_BROKEN)
			return false;
	}
	return true;
}

bool bed_push(struct bed *bed, unsigned int up, const struct chan_slot *slot)
{
	return bed_ring_put(&bed->gateway[up].out, slot);
}

void bed_settle(struct bed *bed)
{
	uint64_t moved;

	do {
		moved = 0;
		for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++) {
			struct bed_gateway *g = &bed->gateway[i];
			uint32_t before = g->in.end;

			if (!g->here)
				continue;
			relay_own(bed->relay, i, bed->now);
			moved += g->in.end - before;
			moved += bed_gateway_runs(bed, i, BED_ALL);
			before = g->out.first;
			assert(bed_relay_takes(bed, i, BED_ALL));
			moved += g->out.first - before;
		}
	} while (moved);
}

/* --- its life --- */

struct bed *bed_new(uint64_t seed)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	struct relay_params params = {.ops = &ops, .ctx = bed, .seed = seed};

	assert(bed);
	bed->relay = relay_new(&params);
	assert(bed->relay);
	bed->now.ms = 1000;
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		bed->process[i].room = BED_ROOM;
	return bed;
}

void bed_free(struct bed *bed)
{
	relay_free(bed->relay);
	free(bed);
}

void bed_up(struct bed *bed, unsigned int up, unsigned int ports)
{
	struct bed_gateway *g = &bed->gateway[up];

	*g = (struct bed_gateway){
		.here = true,
		.ports = ports,
		.outstanding = 128,
		.version = CHAN_ABI_VERSION,
		.in.room = BED_ROOM,
		.out.room = BED_ROOM,
	};
	relay_upstream_new(bed->relay, up, bed->now);
}

void bed_ready(struct bed *bed, unsigned int up, unsigned int ports)
{
	bed_up(bed, up, ports);
	bed_settle(bed);
	assert(relay_upstream_ready(bed->relay, up));
}

void bed_lost(struct bed *bed, unsigned int up)
{
	bed->gateway[up].here = false;
	relay_upstream_lost(bed->relay, up);
}

uint32_t bed_passes(struct bed *bed, uint64_t ms)
{
	bed->now = mono_add(bed->now, ms);
	return relay_tick(bed->relay, bed->now);
}

bool bed_given(struct bed *bed, unsigned int process, struct chan_slot *ret)
{
	return bed_ring_take(&bed->process[process], ret);
}

enum relay_verdict bed_says(struct bed *bed, unsigned int process, const struct chan_slot *slot)
{
	return relay_from_process(bed->relay, process, slot, bed->now);
}

unsigned int bed_process(struct bed *bed)
{
	struct chan_hello ask = {
		.magic = CHAN_ABI_MAGIC,
		.version_min = CHAN_ABI_VERSION,
		.version_max = CHAN_ABI_VERSION,
	};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = 1};
	int p = relay_process_new(bed->relay, bed->uid);

	assert(p >= 0);
	bed->process[p] = (struct bed_ring){.room = BED_ROOM};
	memcpy(slot.mad, &ask, sizeof(ask));
	assert(bed_says(bed, (unsigned int)p, &slot) == RELAY_DONE);
	assert(bed_given(bed, (unsigned int)p, &slot) && slot.kind == CHAN_KIND_HELLO_REPLY);
	return (unsigned int)p;
}

unsigned int bed_clients(const struct bed *bed, unsigned int up)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		n += bed->gateway[up].client[i].open;
	return n;
}
