/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Clients: which number upstream is whose, and how many requests are in flight for it.
 *
 * Requests in flight are counted from the headers alone, so the count is a good guess: an answer
 * that met a full ring is never seen. It heals by itself, when the time of all requests of a client
 * is over. Nothing but fairness hangs on it: a process that has many in flight leaves a quarter of
 * what the gateway takes to those that have few, and the last eighth is for users that have few.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/share.h"
#include "guest-umad/relay_priv.h"
#include "wire/mad.h"
#include "wire/rmpp.h"

enum {
	RESERVED_PART = 4, /* of the quota: for those who have few in flight */
	FEW_PART = 32, /* of the quota */
};

static unsigned int hash(uint16_t number)
{
	return (number * 40503u >> 6) % HASH;
}

static unsigned int index_of(const struct relay *r, const struct upstream *up,
			     const struct client *c)
{
	return (unsigned int)(up - r->up) * RELAY_CLIENTS + (unsigned int)(c - up->client);
}

unsigned int client_number(const struct upstream *up, const struct client *c)
{
	return (unsigned int)(c - up->client);
}

struct client *client_find(struct relay *r, unsigned int process, uint16_t number,
			   unsigned int *ret_up)
{
	uint16_t at = r->process[process].head[hash(number)];

	while (at != NONE) {
		struct client *c = &r->up[at / RELAY_CLIENTS].client[at % RELAY_CLIENTS];

		if (c->number == number) {
			*ret_up = at / RELAY_CLIENTS;
			return c;
		}
		at = c->next;
	}
	return NULL;
}

struct client *client_new(struct relay *r, unsigned int process, unsigned int up, uint16_t number)
{
	struct process *p = &r->process[process];
	struct upstream *u = &r->up[up];
	static const struct share share = {RELAY_CLIENTS, RELAY_CLIENTS / ROOT_PART};
	struct client *c = NULL;
	unsigned int mine = 0, used = 0;

	/* the one that rested longest comes first */
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++) {
		struct client *at = &u->client[(u->next_client + i) % RELAY_CLIENTS];

		if (at->state == CLIENT_FREE && !c)
			c = at;
		used += at->state != CLIENT_FREE;
		mine += at->state != CLIENT_FREE && at->uid == p->uid;
	}
	if (!share_has_one_more(share, mine, used, !p->uid))
		return NULL;
	u->next_client = (uint8_t)(client_number(u, c) + 1);
	*c = (struct client){
		.uid = p->uid,
		.state = CLIENT_OPENING,
		.process = (uint16_t)process,
		.number = number,
		.next = p->head[hash(number)],
	};
	p->head[hash(number)] = (uint16_t)index_of(r, u, c);
	p->clients++;
	return c;
}

void client_leave(struct relay *r, struct upstream *up, struct client *c)
{
	struct process *p = &r->process[c->process];
	uint16_t *at = &p->head[hash(c->number)];

	assert(c->process != NONE);
	while (*at != index_of(r, up, c))
		at = &r->up[*at / RELAY_CLIENTS].client[*at % RELAY_CLIENTS].next;
	*at = c->next;
	p->clients--;
	p->in_flight[up - r->up] -= c->in_flight;
	up->in_flight -= c->in_flight;
	c->in_flight = 0;
	c->process = c->next = NONE;
}

static bool is_due(enum client_state state)
{
	return state == CLIENT_CLOSE_DUE || state == CLIENT_PROBE_DUE;
}

void client_set(struct upstream *up, struct client *c, enum client_state state)
{
	up->due -= is_due((enum client_state)c->state);
	up->due += is_due(state);
	c->state = (uint8_t)state;
}

void client_opened(struct relay *r, struct upstream *up, struct client *c, uint32_t status)
{
	if (c->state == CLIENT_OPENING && !status) {
		client_set(up, c, CLIENT_OPEN);
	} else if (c->state == CLIENT_OPENING) {
		client_leave(r, up, c);
		client_set(up, c, CLIENT_FREE);
	} else if (c->state == CLIENT_ORPHAN) {
		client_set(up, c, status ? CLIENT_FREE : CLIENT_CLOSE_DUE);
	} else if (c->state == CLIENT_PROBING) {
		/* opened now, or open already: whatever went lost, it is there to be closed */
		client_set(up, c, status && status != EBUSY ? CLIENT_FREE : CLIENT_CLOSE_DUE);
	}
}

void client_closed(struct upstream *up, struct client *c)
{
	if (c->state == CLIENT_CLOSING)
		client_set(up, c, CLIENT_FREE);
}

void client_unsure(struct relay *r, struct upstream *up, struct client *c)
{
	if (c->process != NONE)
		client_leave(r, up, c);
	client_set(up, c, CLIENT_PROBE_DUE);
}

void client_orphan(struct relay *r, struct upstream *up, struct client *c)
{
	client_leave(r, up, c);
	client_set(up, c, c->state == CLIENT_OPEN ? CLIENT_CLOSE_DUE : CLIENT_ORPHAN);
}

/* --- in flight --- */

static uint32_t reserved(const struct upstream *up)
{
	return up->outstanding < 8 ? 0 : up->outstanding / RESERVED_PART;
}

uint32_t client_quota(const struct upstream *up)
{
	return up->outstanding - reserved(up);
}

/* Forgets requests that must have ended by now. */
static void sweep(struct relay *r, struct upstream *up, struct mono_ms now)
{
	if (mono_before(now, up->swept_next))
		return;
	up->swept_next = mono_add(now, RELAY_SWEEP_MS);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++) {
		struct client *c = &up->client[i];

		if (!c->in_flight || mono_before(now, c->ends))
			continue;
		r->process[c->process].in_flight[up - r->up] -= c->in_flight;
		up->in_flight -= c->in_flight;
		c->in_flight = 0;
	}
}

/* A message that the gateway ends with an answer or a SEND_DONE of its own. */
static bool is_request(const struct chan_slot *slot)
{
	if (!slot->timeout_ms || wire_mad_is_response(slot->mad))
		return false;
	return !wire_rmpp_active(slot->mad) ||
	       (wire_rmpp_type(slot->mad) == WIRE_RMPP_DATA && wire_rmpp_segment(slot->mad) <= 1);
}

/* Of all processes of the client's user. */
static uint32_t user_in_flight(const struct relay *r, const struct upstream *up,
			       const struct client *c)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		if (r->process[i].used && r->process[i].uid == c->uid)
			sum += r->process[i].in_flight[up - r->up];
	return sum;
}

bool client_may_ask(struct relay *r, struct upstream *up, struct client *c,
		    const struct chan_slot *slot, struct mono_ms now)
{
	const uint32_t few = up->outstanding / FEW_PART ? up->outstanding / FEW_PART : 1;

	if (up->in_flight < client_quota(up) || !is_request(slot))
		return true;
	sweep(r, up, now);
	if (up->in_flight < client_quota(up))
		return true;
	if (up->in_flight >= up->outstanding || r->process[c->process].in_flight[up - r->up] >= few)
		return false;
	return up->in_flight < up->outstanding - reserved(up) / 2 || user_in_flight(r, up, c) < few;
}

void client_asked(struct relay *r, struct upstream *up, struct client *c,
		  const struct chan_slot *slot, struct mono_ms now)
{
	uint64_t most = (uint64_t)slot->timeout_ms * (1u + slot->retries) + RELAY_REQUEST_GRACE_MS;
	struct mono_ms ends = mono_add(now, most);

	if (!is_request(slot))
		return;
	if (!c->in_flight || mono_before(c->ends, ends))
		c->ends = ends;
	c->in_flight++;
	up->in_flight++;
	r->process[c->process].in_flight[up - r->up]++;
}

void client_answered(struct relay *r, struct upstream *up, struct client *c)
{
	if (!c->in_flight)
		return;
	c->in_flight--;
	up->in_flight--;
	r->process[c->process].in_flight[up - r->up]--;
}
