/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Clients: the owner of each upstream number, and its requests in flight.
 *
 * Requests in flight are counted from headers alone, so the count is an estimate: an answer dropped at a
 * full ring is not seen. sweep() corrects it when the time of all requests of a client is over. Processes
 * with many requests in flight leave a quarter of the gateway's quota to processes with few, and its last
 * eighth is for users with few. Charges beyond that: relay_cost.c.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/share.h"
#include "guest-umad/relay_priv.h"
#include "wire/mad.h"
#include "wire/rmpp.h"
#include "wire/work.h"

enum {
	RESERVED_PART = 4, /* of the quota: reserved for processes with few in flight */
	FEW_PART = 32, /* of the quota */
};

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
	const uint16_t at = r->process[process].client[number];

	if (at == NONE)
		return NULL;
	*ret_up = at / RELAY_CLIENTS;
	return &r->up[at / RELAY_CLIENTS].client[at % RELAY_CLIENTS];
}

struct client *client_new(struct relay *r, unsigned int process, unsigned int up, uint16_t number)
{
	struct process *p = &r->process[process];
	struct upstream *u = &r->up[up];
	static const struct share share = {RELAY_CLIENTS, RELAY_CLIENTS / ROOT_PART};
	struct client *c = NULL;
	unsigned int mine = 0, used = 0;

	/* take the number that has been free longest */
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
		.user = (uint8_t)cost_user(u, p->uid),
		.process = (uint16_t)process,
		.number = number,
	};
	p->client[number] = (uint16_t)index_of(r, u, c);
	return c;
}

/* One of its requests ended. */
static void client_answered(struct relay *r, struct upstream *up, struct client *c)
{
	if (!c->in_flight)
		return;
	c->in_flight--;
	up->in_flight--;
	up->user[c->user].in_flight--;
	r->process[c->process].in_flight[up - r->up]--;
}

/* As client_answered(), but the gateway charges the request for `ms` more. */
static void client_abandon(struct relay *r, struct upstream *up, struct client *c, uint64_t ms,
			   struct mono_ms now)
{
	if (!c->in_flight)
		return;
	client_answered(r, up, c);
	if (ms)
		cost_abandoned(up, c->user, ms, now);
}

void client_leave(struct relay *r, struct upstream *up, struct client *c)
{
	uint16_t *at;

	assert(c->process != NONE);
	at = &r->process[c->process].client[c->number];
	assert(*at == index_of(r, up, c));
	*at = NONE;
	c->owners = 0;
	tables_abandon(up, c, r->now);
	while (c->in_flight)
		client_abandon(r, up, c, c->work_ms, r->now);
	up->user[c->user].clients--;
	c->process = NONE;
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
		/* opened now or already open (a message was lost): close it */
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

/* Ends requests whose time is over. False: it ran just before. */
static bool sweep(struct relay *r, struct upstream *up, struct mono_ms now)
{
	if (mono_before(now, up->swept_next))
		return false;
	up->swept_next = mono_add(now, RELAY_SWEEP_MS);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++) {
		struct client *c = &up->client[i];

		if (!c->in_flight || mono_before(now, c->ends))
			continue;
		while (c->in_flight)
			client_answered(r, up, c);
	}
	return true;
}

/* True for what the gateway charges: no response, and no later segment or ACK of a transfer. */
static bool is_request(struct upstream *up, const struct client *c, const struct chan_slot *slot,
		       struct mono_ms now)
{
	struct table *t;

	if (!work_begins(slot->mad))
		return false;
	t = wire_rmpp_active(slot->mad) ? table_find(up, c, slot->mad) : NULL;
	return !t || !table_is_repeated(t, slot, now);
}

/* Whether the client may have one more request in flight. */
static bool may_wait(const struct relay *r, const struct upstream *up, const struct client *c)
{
	const uint32_t few = up->outstanding / FEW_PART ? up->outstanding / FEW_PART : 1;
	const uint32_t waiting = up->in_flight + up->untimed;
	const struct user *u = &up->user[c->user];

	if (waiting < client_quota(up))
		return true;
	if (waiting >= up->outstanding ||
	    r->process[c->process].in_flight[up - r->up] + u->untimed.count >= few)
		return false;
	return waiting < up->outstanding - reserved(up) / 2 ||
	       u->in_flight + u->untimed.count < few;
}

/* Requests that the gateway charges but expects no answer for. */
static bool is_sent_once(const struct chan_slot *slot)
{
	return !slot->timeout_ms && work_is_one_way(slot->mad);
}

static bool has_room(const struct relay *r, struct upstream *up, const struct client *c,
		     const struct chan_slot *slot, struct mono_ms now)
{
	return cost_has_room(up, c, slot, now) && (is_sent_once(slot) || may_wait(r, up, c));
}

bool client_may_ask(struct relay *r, struct upstream *up, struct client *c,
		    const struct chan_slot *slot, struct mono_ms now)
{
	return !is_request(up, c, slot, now) || has_room(r, up, c, slot, now) ||
	       (sweep(r, up, now) && has_room(r, up, c, slot, now));
}

/* How long the gateway charges a request that is abandoned right after sending. */
static uint32_t cost_ms(const struct chan_slot *slot)
{
	const uint32_t work = work_ms(slot->mad);

	return slot->timeout_ms > work ? slot->timeout_ms : work;
}

static void waits_for(struct relay *r, struct upstream *up, struct client *c,
		      const struct chan_slot *slot, struct mono_ms now)
{
	/* without a time-out: as the gateway computes it */
	const uint32_t timeout_ms = slot->timeout_ms ? slot->timeout_ms : work_ms(slot->mad);
	uint64_t most = (uint64_t)timeout_ms * (1u + slot->retries) + RELAY_REQUEST_GRACE_MS;
	struct mono_ms ends = mono_add(now, most);

	if (!c->in_flight || mono_before(c->ends, ends))
		c->ends = ends;
	if (!c->in_flight || c->attempt_ms > timeout_ms)
		c->attempt_ms = timeout_ms;
	if (!c->in_flight || c->work_ms < cost_ms(slot))
		c->work_ms = cost_ms(slot);
	c->in_flight++;
	up->in_flight++;
	up->user[c->user].in_flight++;
	r->process[c->process].in_flight[up - r->up]++;
}

static void sends_segment(struct table *t, const uint8_t *mad)
{
	if (wire_rmpp_type(mad) == WIRE_RMPP_DATA && (wire_rmpp_flags(mad) & WIRE_RMPP_LAST))
		t->sent_last = wire_rmpp_segment(mad);
}

/* A transfer ends at the gateway when its last segment is acknowledged or either side stops it. */
static void transfer_goes_on(struct relay *r, struct upstream *up, struct client *c,
			     struct table *t, const struct chan_slot *slot, struct mono_ms now)
{
	const uint8_t type = wire_rmpp_type(slot->mad);

	table_goes_on(t, now);
	sends_segment(t, slot->mad);
	if (type == WIRE_RMPP_ACK && t->last && wire_rmpp_segment(slot->mad) >= t->last) {
		t->used = false;
		client_answered(r, up, c);
	} else if (type == WIRE_RMPP_STOP || type == WIRE_RMPP_ABORT) {
		table_abandon(t, WORK_PORT_MS, now);
		client_abandon(r, up, c, WORK_PORT_MS, now);
	}
}

void client_asked(struct relay *r, struct upstream *up, struct client *c,
		  const struct chan_slot *slot, struct mono_ms now)
{
	struct table *t = wire_rmpp_active(slot->mad) && !wire_mad_is_response(slot->mad)
				  ? table_find(up, c, slot->mad)
				  : NULL;

	if (t)
		transfer_goes_on(r, up, c, t, slot, now);
	if (!is_request(up, c, slot, now))
		return;
	if (table_is_one(slot->mad))
		sends_segment(table_add(up, c, slot, now), slot->mad);
	/* the end of a transfer is visible, even if the sender expects no answer */
	if (slot->timeout_ms || wire_rmpp_active(slot->mad))
		waits_for(r, up, c, slot, now);
	else if (is_sent_once(slot))
		cost_abandoned(up, c->user, WORK_ONE_WAY_MS, now);
	else
		cost_untimed(up, c->user, work_ms(slot->mad), now);
}

/* --- answers --- */

/* The last MAD of an answer: no ACK of the request's segments, no segment before the last. */
static bool ends_request(const uint8_t *mad)
{
	if (!wire_mad_is_response(mad))
		return false;
	if (!wire_rmpp_active(mad))
		return true;
	if (wire_rmpp_type(mad) == WIRE_RMPP_DATA)
		return wire_rmpp_flags(mad) & WIRE_RMPP_LAST;
	return wire_rmpp_type(mad) != WIRE_RMPP_ACK;
}

/* A transfer without an answer was acknowledged completely. */
static bool has_all(const struct table *t, const uint8_t *mad)
{
	return t->is_untimed && wire_rmpp_active(mad) && wire_rmpp_type(mad) == WIRE_RMPP_ACK &&
	       t->sent_last && wire_rmpp_segment(mad) >= t->sent_last;
}

static void timed_out(struct relay *r, struct upstream *up, struct client *c,
		      const struct chan_slot *slot, struct mono_ms now)
{
	struct table *t = table_find(up, c, slot->mad);
	uint32_t ms = work_ms(slot->mad);

	/* the last attempt took its time-out; the shortest time-out leaves the longest remainder */
	if (wire_rmpp_active(slot->mad) && slot->status == ETIMEDOUT)
		ms = WORK_PORT_MS; /* it ended by its idle time-out */
	else
		ms = slot->status == ETIMEDOUT && ms > c->attempt_ms ? ms - c->attempt_ms : 0;
	if (t)
		table_abandon(t, ms, now);
	client_abandon(r, up, c, ms, now);
}

void client_given(struct relay *r, struct upstream *up, struct client *c,
		  const struct chan_slot *slot, struct mono_ms now)
{
	struct table *t;

	if (slot->kind == CHAN_KIND_SEND_DONE && work_begins(slot->mad))
		timed_out(r, up, c, slot, now);
	if (slot->kind == CHAN_KIND_SEND_DONE || !wire_mad_is_response(slot->mad))
		return;
	t = table_find(up, c, slot->mad);
	if (t && wire_rmpp_active(slot->mad))
		table_goes_on(t, now);
	if (t && has_all(t, slot->mad)) {
		/* an ACK has its segments' method with the response bit flipped; a Send has no answer */
		const bool one_way =
			wire_mad_method(slot->mad) == (WIRE_METHOD_SEND | WIRE_METHOD_RESPONSE);
		const uint32_t ms = one_way ? WORK_ONE_WAY_MS : WORK_PORT_MS;

		table_abandon(t, ms, now);
		client_abandon(r, up, c, ms, now);
		return;
	}
	if (!ends_request(slot->mad))
		return;
	if (wire_rmpp_active(slot->mad) && wire_rmpp_type(slot->mad) == WIRE_RMPP_DATA) {
		/* The gateway waits for its ACK. Of what is no table that is not followed: see sweep(). */
		if (t)
			t->last = wire_rmpp_segment(slot->mad);
		return;
	}
	if (t)
		t->used = false;
	client_answered(r, up, c);
}
