/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes and their slots: HELLO, MADs, control messages (relay.h). */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "guest-umad/relay_priv.h"

struct relay *relay_new(const struct relay_params *params)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->params = *params;
	memset(r->up_of_port, RELAY_UPSTREAMS, sizeof(r->up_of_port));
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		r->up[i].first = r->up[i].end = params->seed;
	return r;
}

void relay_free(struct relay *r)
{
	free(r);
}

const char *relay_reason(const struct relay *r)
{
	return r->reason;
}

const struct relay_counters *relay_counters(const struct relay *r)
{
	return &r->counters;
}

enum relay_verdict broken(struct relay *r, const char *why)
{
	r->reason = why;
	return RELAY_BROKEN;
}

/* --- to a process --- */

void down_put(struct relay *r, unsigned int process, const struct chan_slot *slot)
{
	struct chan_slot *place = r->params.ops->down_place(r->params.ctx, process);

	if (!place) {
		r->counters.lost_ring_full++;
		return;
	}
	*place = *slot;
	r->params.ops->down_commit(r->params.ctx, process);
	r->counters.down++;
}

/* Replies by the relay itself. */
static enum relay_verdict reply(struct relay *r, unsigned int process, const struct chan_slot *to,
				uint32_t status, const void *what, size_t bytes)
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
	down_put(r, process, &slot);
	return RELAY_DONE;
}

/* --- processes --- */

int relay_process_new(struct relay *r, uint32_t uid)
{
	static const struct share share = {RELAY_PROCESSES, RELAY_PROCESSES / ROOT_PART};
	unsigned int n = 0, mine = 0;

	if (!relay_ready(r))
		return -ENODEV;
	if (r->processes == RELAY_PROCESSES)
		return -ENFILE;
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		mine += r->process[i].used && r->process[i].uid == uid;
	if (!share_has_one_more(share, mine, r->processes, !uid))
		return -EUSERS;
	while (r->process[n].used)
		n++;
	r->process[n] = (struct process){.used = true, .uid = uid, .generation = ++r->generations};
	memset(r->process[n].client, 0xff, sizeof(r->process[n].client));
	r->processes++;
	return (int)n;
}

bool relay_process_must_close(const struct relay *r, unsigned int process)
{
	return r->process[process].must_close;
}

/* True if another process holds IsSM on the port. */
static bool issm_others(const struct relay *r, unsigned int process, uint16_t bit)
{
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		if (i != process && r->process[i].used && (r->process[i].issm & bit))
			return true;
	return false;
}

static void issm_leave(struct relay *r, unsigned int process)
{
	struct process *p = &r->process[process];

	for (unsigned int port = 0; port < RELAY_PORTS; port++) {
		const uint16_t bit = (uint16_t)(1u << port);
		unsigned int up = r->up_of_port[port];

		if (!(p->issm & bit) || up == RELAY_UPSTREAMS || r->up[up].state != UP_READY)
			continue;
		if (!issm_others(r, process, bit))
			r->up[up].issm_drop |= (uint16_t)(1u << (port - r->up[up].base));
	}
	p->issm = 0;
}

void relay_process_gone(struct relay *r, unsigned int process, struct mono_ms now)
{
	struct process *p = &r->process[process];
	unsigned int at;

	assert(p->used);
	r->now = now;
	for (uint16_t n = 0; n < CHAN_CLIENTS_MAX; n++) {
		struct client *c = client_find(r, process, n, &at);

		if (c)
			client_orphan(r, &r->up[at], c);
	}
	issm_leave(r, process);
	p->used = false;
	r->processes--;
}

static enum relay_verdict hello(struct relay *r, unsigned int process, const struct chan_slot *slot)
{
	struct process *p = &r->process[process];
	struct chan_hello_reply answer = {
		.magic = CHAN_ABI_MAGIC,
		.version = CHAN_ABI_VERSION,
		.outstanding = outstanding_least(r),
	};
	struct chan_hello ask;

	memcpy(&ask, slot->mad, sizeof(ask));
	if (ask.magic != CHAN_ABI_MAGIC || ask.version_min > CHAN_ABI_VERSION ||
	    ask.version_max < CHAN_ABI_VERSION)
		return broken(r, "it supports no protocol version of ibguestd");
	p->hello = true;
	p->ports = (uint8_t)ports_known(r);
	answer.ports = p->ports;
	return reply(r, process, slot, 0, &answer, sizeof(answer));
}

/* --- to an upstream --- */

static enum relay_verdict mad_up(struct relay *r, unsigned int process,
				 const struct chan_slot *slot, struct mono_ms now)
{
	unsigned int at, of;
	struct client *c = client_find(r, process, slot->client, &at);
	struct upstream *up = port_find(r, slot->port, &of);
	struct chan_slot *place;

	if (!c || c->state != CLIENT_OPEN)
		return broken(r, "it sent a MAD for a client that it did not open");
	if (!up || at != of)
		return broken(r, "it named a port on which its client is not open");
	if (!client_may_ask(r, up, c, slot, now))
		return RELAY_WAIT;
	place = r->params.ops->up_place(r->params.ctx, at);
	if (!place)
		return RELAY_WAIT;
	*place = *slot;
	place->port = (uint16_t)(slot->port - up->base);
	place->client = (uint16_t)client_number(up, c);
	place->status = 0;
	r->params.ops->up_commit(r->params.ctx, at);
	r->counters.up++;
	client_asked(r, up, c, slot, now);
	return RELAY_DONE;
}

static bool port_is_of(const struct upstream *up, unsigned int port)
{
	return port >= up->base && port < up->base + up->ports;
}

/*
 * Forwards a control message with a cookie of the relay. client: upstream number, for messages that have
 * one. Without room nothing changes.
 */
static enum relay_verdict control_up(struct relay *r, unsigned int process,
				     const struct chan_slot *slot, unsigned int at,
				     unsigned int client, struct mono_ms now)
{
	struct upstream *up = &r->up[at];
	struct chan_slot *place;

	if (!control_room(r, up, process))
		return RELAY_WAIT;
	place = r->params.ops->up_place(r->params.ctx, at);
	if (!place)
		return RELAY_WAIT;
	*place = (struct chan_slot){
		.kind = slot->kind,
		.agent = slot->agent,
		.client = (uint16_t)client,
		.port = port_is_of(up, slot->port) ? (uint16_t)(slot->port - up->base) : 0,
		.cookie = control_add(r, up, process, slot, client, now),
	};
	memcpy(place->mad, slot->mad, CHAN_MAD_BYTES);
	r->params.ops->up_commit(r->params.ctx, at);
	r->counters.up++;
	return RELAY_DONE;
}

/* --- messages without a client --- */

static enum relay_verdict ask_port(struct relay *r, unsigned int process,
				   const struct chan_slot *slot, struct mono_ms now)
{
	unsigned int at;

	if (!port_find(r, slot->port, &at))
		return reply(r, process, slot, ENODEV, NULL, 0);
	return control_up(r, process, slot, at, 0, now);
}

/* IsSM of a port is set while any process sets it; upstream all of them are one session. */
static enum relay_verdict set_issm(struct relay *r, unsigned int process,
				   const struct chan_slot *slot, struct mono_ms now)
{
	struct process *p = &r->process[process];
	const uint16_t bit = (uint16_t)(1u << slot->port);
	enum relay_verdict v;
	struct chan_issm ask;
	struct upstream *up;
	unsigned int at;

	up = port_find(r, slot->port, &at);
	if (!up)
		return reply(r, process, slot, ENODEV, NULL, 0);
	memcpy(&ask, slot->mad, sizeof(ask));
	if (!ask.on && issm_others(r, process, bit)) {
		p->issm &= (uint16_t)~bit;
		return reply(r, process, slot, 0, NULL, 0);
	}
	v = control_up(r, process, slot, at, 0, now);
	if (v != RELAY_DONE)
		return v;
	up->issm_drop &= (uint16_t) ~(1u << (slot->port - up->base));
	p->issm = (uint16_t)(ask.on ? p->issm | bit : p->issm & ~bit);
	return v;
}

static enum relay_verdict client_open(struct relay *r, unsigned int process,
				      const struct chan_slot *slot, struct mono_ms now)
{
	enum relay_verdict v;
	struct upstream *up;
	struct client *c;
	unsigned int at;

	if (client_find(r, process, slot->client, &at))
		return reply(r, process, slot, EBUSY, NULL, 0);
	up = port_find(r, slot->port, &at);
	if (!up)
		return reply(r, process, slot, ENODEV, NULL, 0);
	if (!control_room(r, up, process))
		return RELAY_WAIT;
	c = client_new(r, process, at, slot->client);
	if (!c)
		return reply(r, process, slot, EMFILE, NULL, 0);
	c->port = (uint8_t)(slot->port - up->base);
	v = control_up(r, process, slot, at, client_number(up, c), now);
	if (v != RELAY_DONE) {
		client_leave(r, up, c);
		client_set(up, c, CLIENT_FREE);
	}
	return v;
}

/* --- messages of a client --- */

static bool is_owner(const struct client *c, unsigned int agent)
{
	return c->owners & UINT32_C(1) << agent;
}

/* It asks to receive requests, which the gateway counts. */
static bool asks_to_own(const struct chan_slot *slot)
{
	struct chan_register what;

	if (slot->kind != CHAN_KIND_REGISTER)
		return false;
	memcpy(&what, slot->mad, sizeof(what));
	return what.method_mask[0] | what.method_mask[1] | what.method_mask[2] |
	       what.method_mask[3];
}

/* Of the registrations that a guest may have, no user gets more than its share. */
static bool may_own(const struct upstream *up, const struct client *c)
{
	static const struct share share = {REGISTRATIONS, REGISTRATIONS / ROOT_PART};
	uint32_t mine = 0, used = 0;

	for (unsigned int i = 0; i < RELAY_CLIENTS; i++) {
		const struct client *at = &up->client[i];
		const unsigned int n = (unsigned int)__builtin_popcount(at->owners);

		used += n;
		mine += at->uid == c->uid ? n : 0;
	}
	return share_has_one_more(share, mine, used, !c->uid);
}

static enum relay_verdict client_control(struct relay *r, unsigned int process,
					 const struct chan_slot *slot, struct mono_ms now)
{
	unsigned int at, of;
	struct client *c = client_find(r, process, slot->client, &at);
	struct upstream *up;
	enum relay_verdict v;

	if (!c || c->state != CLIENT_OPEN)
		return broken(r, "it sent a message for a client that it did not open");
	up = &r->up[at];
	if (slot->kind != CHAN_KIND_CLIENT_CLOSE && (!port_find(r, slot->port, &of) || of != at))
		return broken(r, "it named a port on which its client is not open");
	/* as the gateway says it: a failed REGISTER is not to end the ownership before it */
	if (slot->kind == CHAN_KIND_REGISTER && is_owner(c, slot->agent))
		return reply(r, process, slot, EINVAL, NULL, 0);
	if (asks_to_own(slot) && !may_own(up, c))
		return reply(r, process, slot, ENOMEM, NULL, 0);
	v = control_up(r, process, slot, at, client_number(up, c), now);
	if (v != RELAY_DONE)
		return v;
	if (asks_to_own(slot)) {
		c->owners |= UINT32_C(1) << slot->agent;
	} else if (slot->kind == CHAN_KIND_UNREGISTER) {
		c->owners &= ~(UINT32_C(1) << slot->agent);
	} else if (slot->kind == CHAN_KIND_CLIENT_CLOSE) {
		client_leave(r, up, c);
		client_set(up, c, CLIENT_CLOSING);
	}
	return v;
}

enum relay_verdict relay_from_process(struct relay *r, unsigned int process,
				      const struct chan_slot *slot, struct mono_ms now)
{
	struct process *p = &r->process[process];

	assert(p->used);
	r->now = now;
	if (p->must_close)
		return broken(r, "the device that it uses is gone");
	if (slot->kind == CHAN_KIND_HELLO)
		return hello(r, process, slot);
	if (!p->hello)
		return broken(r, "it sent a message before HELLO");
	if (slot->port >= p->ports || slot->client >= CHAN_CLIENTS_MAX ||
	    slot->agent >= RELAY_AGENTS)
		return broken(r, "it named a port, client or agent that does not exist");
	switch (slot->kind) {
	case CHAN_KIND_SEND:
		return mad_up(r, process, slot, now);
	case CHAN_KIND_PORT_QUERY:
	case CHAN_KIND_PKEY_QUERY:
		return ask_port(r, process, slot, now);
	case CHAN_KIND_CLIENT_OPEN:
		return client_open(r, process, slot, now);
	case CHAN_KIND_CLIENT_CLOSE:
	case CHAN_KIND_REGISTER:
	case CHAN_KIND_UNREGISTER:
		return client_control(r, process, slot, now);
	case CHAN_KIND_SET_ISSM:
		return set_issm(r, process, slot, now);
	default:
		return broken(r, "it sent a message of an unknown kind");
	}
}
