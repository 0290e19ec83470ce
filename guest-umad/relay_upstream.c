/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sessions to the gateways: HELLO, the relay's own messages, slots from the gateway, and the port indices
 * that processes see. A lost upstream keeps its indices: requests for its ports return -ENODEV, and the
 * same indices work when it is back.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "guest-umad/relay_priv.h"

/* --- port indices --- */

struct upstream *port_find(struct relay *r, unsigned int port, unsigned int *ret_up)
{
	unsigned int up = port < RELAY_PORTS ? r->up_of_port[port] : RELAY_UPSTREAMS;

	if (up == RELAY_UPSTREAMS || r->up[up].state != UP_READY)
		return NULL;
	*ret_up = up;
	return &r->up[up];
}

unsigned int ports_known(const struct relay *r)
{
	unsigned int n = RELAY_PORTS;

	while (n && r->up_of_port[n - 1] == RELAY_UPSTREAMS)
		n--;
	return n;
}

static void ports_give_back(struct relay *r, unsigned int up)
{
	for (unsigned int i = 0; i < RELAY_PORTS; i++)
		if (r->up_of_port[i] == up)
			r->up_of_port[i] = RELAY_UPSTREAMS;
	r->up[up].ports = 0;
}

/* The first run of `ports` free indices; RELAY_PORTS: there is none. */
static unsigned int ports_free(const struct relay *r, unsigned int ports)
{
	unsigned int run = 0;

	for (unsigned int i = 0; i < RELAY_PORTS; i++) {
		run = r->up_of_port[i] == RELAY_UPSTREAMS ? run + 1 : 0;
		if (run == ports)
			return i + 1 - ports;
	}
	return RELAY_PORTS;
}

/* Takes the previous indices if the number of ports is the same; fewer if there is no room for all. */
static void ports_take(struct relay *r, unsigned int up, unsigned int ports)
{
	struct upstream *u = &r->up[up];

	if (u->ports == ports)
		return;
	ports_give_back(r, up);
	if (ports > RELAY_PORTS)
		ports = RELAY_PORTS;
	while (ports && ports_free(r, ports) == RELAY_PORTS)
		ports--;
	if (!ports)
		return;
	u->base = (uint8_t)ports_free(r, ports);
	u->ports = (uint8_t)ports;
	memset(r->up_of_port + u->base, (int)up, ports);
}

/* --- sessions --- */

bool relay_upstream_ready(const struct relay *r, unsigned int up)
{
	return r->up[up].state == UP_READY;
}

bool relay_ready(const struct relay *r)
{
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (r->up[i].state == UP_READY)
			return true;
	return false;
}

unsigned int relay_upstream_ports(const struct relay *r, unsigned int up)
{
	return r->up[up].ports;
}

/* The smallest quota of all upstreams. */
uint32_t outstanding_least(const struct relay *r)
{
	uint32_t least = UINT32_MAX;

	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (r->up[i].state == UP_READY && client_quota(&r->up[i]) < least)
			least = client_quota(&r->up[i]);
	return least;
}

static bool awaits_hello(const struct upstream *u)
{
	return u->state == UP_HELLO_DUE || u->state == UP_HELLO;
}

void relay_upstream_new(struct relay *r, unsigned int up, struct mono_ms now)
{
	assert(r->up[up].state == UP_DOWN);
	r->awaited++;
	r->up[up].state = UP_HELLO_DUE;
	r->up[up].hello_by = mono_add(now, RELAY_CONTROL_MS);
}

void relay_upstream_lost(struct relay *r, unsigned int up)
{
	struct upstream *u = &r->up[up];

	for (unsigned int i = 0; i < RELAY_CLIENTS; i++) {
		struct client *c = &u->client[i];

		if (c->state == CLIENT_OPENING || c->state == CLIENT_OPEN) {
			r->process[c->process].must_close = true;
			client_leave(r, u, c);
		}
		c->state = CLIENT_FREE;
	}
	control_forget_all(r, u);
	/* the charges of a session end with it */
	memset(u->user, 0, sizeof(u->user));
	memset(u->table, 0, sizeof(u->table));
	u->untimed = u->abandoned = 0;
	r->awaited -= awaits_hello(u);
	u->state = UP_DOWN;
	u->due = 0;
	u->issm_drop = 0;
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++) {
		struct process *p = &r->process[i];
		uint16_t bits = (uint16_t)(((1u << u->ports) - 1) << u->base);

		if (p->used && ((p->issm & bits) || !relay_ready(r)))
			p->must_close = true;
		p->issm &= (uint16_t)~bits;
	}
}

static enum relay_verdict hello_done(struct relay *r, unsigned int up, const struct chan_slot *slot)
{
	struct upstream *u = &r->up[up];
	struct chan_hello_reply reply;

	memcpy(&reply, slot->mad, sizeof(reply));
	if (slot->status || reply.magic != CHAN_ABI_MAGIC || reply.version != CHAN_ABI_VERSION)
		return broken(r, "uses another version of the protocol");
	ports_take(r, up, reply.ports);
	if (!u->ports)
		return broken(r, reply.ports ? "shows more ports than a guest can have"
					     : "shows no port");
	r->awaited -= awaits_hello(u);
	u->outstanding = reply.outstanding ? reply.outstanding : DEFAULT_OUTSTANDING;
	u->state = UP_READY;
	return RELAY_DONE;
}

/* --- slots from the gateway --- */

static bool port_down(const struct upstream *u, struct chan_slot *slot)
{
	if (slot->port >= u->ports)
		return false;
	slot->port = (uint16_t)(slot->port + u->base);
	return true;
}

static void mad_down(struct relay *r, unsigned int up, const struct chan_slot *slot,
		     struct mono_ms now)
{
	struct upstream *u = &r->up[up];
	struct client *c = slot->client < RELAY_CLIENTS ? &u->client[slot->client] : NULL;
	struct chan_slot *place;

	if (!c || slot->port >= u->ports) {
		r->counters.drop_unknown++;
		return;
	}
	if (c->state != CLIENT_OPEN) {
		r->counters.drop_gone++;
		return;
	}
	client_given(r, u, c, slot, now);
	place = r->params.ops->down_place(r->params.ctx, c->process);
	if (!place) {
		r->counters.lost_ring_full++;
		return;
	}
	*place = *slot;
	place->port = (uint16_t)(slot->port + u->base);
	place->client = c->number;
	r->params.ops->down_commit(r->params.ctx, c->process);
	r->counters.down++;
}

static void event_down(struct relay *r, unsigned int up, const struct chan_slot *slot)
{
	struct chan_slot event = {.kind = slot->kind, .port = slot->port, .status = slot->status};

	if (!port_down(&r->up[up], &event)) {
		r->counters.drop_unknown++;
		return;
	}
	memcpy(event.mad, slot->mad, sizeof(event.mad));
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++) {
		const struct process *p = &r->process[i];

		if (p->used && p->hello && !p->must_close && event.port < p->ports)
			down_put(r, i, &event);
	}
}

/* Restores the fields of the request in its reply. */
static void reply_down(struct relay *r, const struct control *c, const struct chan_slot *slot)
{
	struct chan_slot reply = {
		.kind = slot->kind,
		.port = c->port,
		.client = c->number,
		.agent = c->agent,
		.status = slot->status,
		.cookie = c->cookie,
	};
	struct process *p = c->process == NONE ? NULL : &r->process[c->process];

	if (!p || p->must_close)
		return;
	/* the gateway refused IsSM, so no process holds it */
	if (c->kind == CHAN_KIND_SET_ISSM && slot->status)
		p->issm &= (uint16_t) ~(1u << c->port);
	memcpy(reply.mad, slot->mad, sizeof(reply.mad));
	down_put(r, c->process, &reply);
}

static enum relay_verdict control_down(struct relay *r, unsigned int up,
				       const struct chan_slot *slot)
{
	struct upstream *u = &r->up[up];
	struct control *c = control_match(r, u, slot);

	if (!c) {
		r->counters.drop_unknown++;
		return RELAY_DONE;
	}
	if (c->kind == CHAN_KIND_HELLO)
		return hello_done(r, up, slot);
	if (c->kind == CHAN_KIND_CLIENT_OPEN)
		client_opened(r, u, &u->client[c->client], slot->status);
	if (c->kind == CHAN_KIND_CLIENT_CLOSE)
		client_closed(u, &u->client[c->client]);
	if (c->kind == CHAN_KIND_REGISTER && slot->status && control_is_last(r, u, slot->cookie))
		u->client[c->client].owners &= ~(UINT32_C(1) << c->agent);
	reply_down(r, c, slot);
	return RELAY_DONE;
}

enum relay_verdict relay_from_upstream(struct relay *r, unsigned int up,
				       const struct chan_slot *slot, struct mono_ms now)
{
	assert(r->up[up].state != UP_DOWN);
	r->now = now;
	switch (slot->kind) {
	case CHAN_KIND_RECV:
	case CHAN_KIND_SEND_DONE:
		mad_down(r, up, slot, now);
		return RELAY_DONE;
	case CHAN_KIND_PORT_EVENT:
		event_down(r, up, slot);
		return RELAY_DONE;
	default:
		return control_down(r, up, slot);
	}
}

/* --- own messages --- */

/* False: no room. */
static bool own_put(struct relay *r, unsigned int up, const struct chan_slot *what,
		    struct mono_ms now)
{
	struct upstream *u = &r->up[up];
	struct chan_slot *place;

	if (!control_room(r, u, NONE))
		return false;
	place = r->params.ops->up_place(r->params.ctx, up);
	if (!place)
		return false;
	*place = *what;
	place->cookie = control_add(r, u, NONE, what, what->client, now);
	r->params.ops->up_commit(r->params.ctx, up);
	r->counters.up++;
	return true;
}

static bool own_hello(struct relay *r, unsigned int up, struct mono_ms now)
{
	struct chan_hello ask = {
		.magic = CHAN_ABI_MAGIC,
		.version_min = CHAN_ABI_VERSION,
		.version_max = CHAN_ABI_VERSION,
	};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO};

	memcpy(slot.mad, &ask, sizeof(ask));
	if (!own_put(r, up, &slot, now))
		return false;
	r->up[up].state = UP_HELLO;
	return true;
}

static bool own_issm(struct relay *r, unsigned int up, unsigned int port, struct mono_ms now)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SET_ISSM, .port = (uint16_t)port};

	if (!own_put(r, up, &slot, now))
		return false;
	r->up[up].issm_drop &= (uint16_t) ~(1u << port);
	return true;
}

static bool own_client(struct relay *r, unsigned int up, struct client *c, struct mono_ms now)
{
	struct upstream *u = &r->up[up];
	const bool probe = c->state == CLIENT_PROBE_DUE;
	struct chan_slot slot = {
		.kind = probe ? CHAN_KIND_CLIENT_OPEN : CHAN_KIND_CLIENT_CLOSE,
		.port = c->port,
		.client = (uint16_t)client_number(u, c),
	};

	if (!own_put(r, up, &slot, now))
		return false;
	client_set(u, c, probe ? CLIENT_PROBING : CLIENT_CLOSING);
	return true;
}

bool relay_own(struct relay *r, unsigned int up, struct mono_ms now)
{
	struct upstream *u = &r->up[up];

	if (u->state == UP_HELLO_DUE)
		return !own_hello(r, up, now);
	if (u->state != UP_READY)
		return false;
	for (unsigned int port = 0; u->issm_drop; port++)
		if ((u->issm_drop & (1u << port)) && !own_issm(r, up, port, now))
			return true;
	for (unsigned int i = 0; u->due && i < RELAY_CLIENTS; i++) {
		struct client *c = &u->client[i];

		if ((c->state == CLIENT_CLOSE_DUE || c->state == CLIENT_PROBE_DUE) &&
		    !own_client(r, up, c, now))
			return true;
	}
	return false;
}

struct mono_ms relay_deadline(const struct relay *r)
{
	struct mono_ms due = MONO_NEVER;

	for (unsigned int i = 0; r->awaited && i < RELAY_UPSTREAMS; i++) {
		const struct upstream *u = &r->up[i];

		if (awaits_hello(u))
			due = mono_min(due, u->hello_by);
		if (u->first != u->end)
			due = mono_min(due, u->window[u->first % WINDOW].expires);
	}
	return due;
}

uint32_t relay_tick(struct relay *r, struct mono_ms now)
{
	uint32_t silent = 0;

	r->now = now;
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++) {
		struct upstream *u = &r->up[i];

		control_expire(r, u, now);
		if (!awaits_hello(u) || mono_before(now, u->hello_by))
			continue;
		r->reason = "does not answer HELLO";
		silent |= UINT32_C(1) << i;
	}
	return silent;
}
