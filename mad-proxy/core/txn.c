/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transactions: a guest's request from its slot to its one end, which is an answer or a time-out
 * status. Attempts are timed by the port (as the kernel's MAD layer does) and counted here; a
 * backstop stands behind a port that forgets.
 *
 * A txn on the wire has an id of its own in core->ids; resending keeps it, since a late answer to
 * the first attempt is an answer. After a backstop the id is replaced: the port may still hold it.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mad-proxy/core/priv.h"
#include "wire/answer.h"
#include "wire/rmpp.h"

static struct txn *take_free(struct session *s)
{
	struct txn *t = s->txn_free;

	if (t) {
		s->txn_free = t->next;
		return t;
	}
	return s->touched < s->capacity ? &s->txn[s->touched++] : NULL;
}

struct txn *txn_new(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct txn *t = take_free(s);

	if (!t)
		return NULL;
	t->id.kind = WIRE_ID_TXN;
	t->timer.kind = TIMER_TXN;
	t->s = s;
	t->state = TXN_WAIT;
	t->last_seen = false;
	t->keyless = false;
	t->last_segment = 0;
	t->op = NULL;
	t->op_next = NULL;
	t->retries_left = slot->retries;
	t->port = slot->port;
	t->client = slot->client;
	t->agent = slot->agent;
	t->timeout_ms = slot->timeout_ms < MAX_TIMEOUT_MS ? slot->timeout_ms : MAX_TIMEOUT_MS;
	t->cookie = slot->cookie;
	t->tid.v = wire_mad_tid(slot->mad);
	t->addr = slot->addr;
	memcpy(t->mad, slot->mad, WIRE_MAD_BYTES);
	t->prev = NULL;
	t->next = s->live;
	if (t->next)
		t->next->prev = t;
	s->live = t;
	s->outstanding++;
	s->g->outstanding++;
	return t;
}

void txn_begin_rmpp(struct txn *t)
{
	struct session *s = t->s;

	if (t->state == TXN_RMPP)
		return;
	t->state = TXN_RMPP;
	t->rmpp_prev = NULL;
	t->rmpp_next = s->rmpp;
	if (t->rmpp_next)
		t->rmpp_next->rmpp_prev = t;
	s->rmpp = t;
}

static void end_rmpp(struct txn *t)
{
	if (t->rmpp_prev)
		t->rmpp_prev->rmpp_next = t->rmpp_next;
	else
		t->s->rmpp = t->rmpp_next;
	if (t->rmpp_next)
		t->rmpp_next->rmpp_prev = t->rmpp_prev;
}

void txn_free(struct proxy_core *core, struct txn *t)
{
	struct session *s = t->s;

	assert(t->state != TXN_FREE);
	if (t->state == TXN_MERGED)
		merge_leave(core, t);
	/* an answer that came while a Set was under way may be from before it */
	else if (wire_mad_is_smp(t->mad) && wire_mad_method(t->mad) != WIRE_METHOD_GET)
		merge_flush(core);
	if (t->state == TXN_RMPP)
		end_rmpp(t);
	if (t->id.node.id)
		idtab_remove(&core->ids, &t->id.node);
	wheel_cancel(&core->wheel, &t->timer.node);
	if (t->prev)
		t->prev->next = t->next;
	else
		s->live = t->next;
	if (t->next)
		t->next->prev = t->prev;
	t->state = TXN_FREE;
	t->next = s->txn_free;
	s->txn_free = t;
	s->outstanding--;
	s->g->outstanding--;
}

void txn_abandon(struct proxy_core *core, struct txn *t)
{
	guest_leave(core, t->s->g, t->timeout_ms);
	txn_free(core, t);
}

void txn_send(struct proxy_core *core, struct txn *t)
{
	struct proxy_send *send = &fx_add(core, PROXY_FX_SEND)->send;

	if (!t->id.node.id)
		wire_mad_set_tid(t->mad, idtab_insert(&core->ids, &t->id.node));
	*send = (struct proxy_send){
		.port = t->port, .timeout_ms = t->timeout_ms, .addr = t->addr, .mad = t->mad};
	COUNT(core, t->s, sent);
	wheel_arm(&core->wheel, &t->timer.node,
		  mono_add(core->now, (uint64_t)t->timeout_ms +
					      (t->state == TXN_RMPP ? RMPP_IDLE_MS : BACKSTOP_MS)));
}

struct proxy_push *txn_push(struct proxy_core *core, struct txn *t, const struct chan_addr *from,
			    const uint8_t *mad)
{
	struct proxy_push *push = &fx_add(core, PROXY_FX_PUSH)->push;

	*push = (struct proxy_push){
		.session = t->s->id,
		.kind = CHAN_KIND_RECV,
		.port = session_shown_port(t->s, t->port),
		.client = t->client,
		.agent = t->agent,
		.cookie = t->cookie,
		.addr = *from,
		.mad = mad,
		.tid_set = true,
		.tid = t->tid.v,
	};
	/* the index means nothing in the guest's own, filtered table */
	push->addr.pkey_index = 0;
	COUNT(core, t->s, to_guest);
	return push;
}

void txn_fail(struct proxy_core *core, struct txn *t, uint32_t status)
{
	struct proxy_push *push = txn_push(core, t, &t->addr, t->mad);
	struct session *s = t->s;

	push->kind = CHAN_KIND_SEND_DONE;
	push->status = status;
	COUNT(core, s, timed_out);
	txn_free(core, t);
	guest_unhold(core, s->g);
}

void txn_attempt_over(struct proxy_core *core, struct txn *t)
{
	if (t->state != TXN_WAIT)
		return;
	if (!t->retries_left) {
		txn_fail(core, t, ETIMEDOUT);
		return;
	}
	t->retries_left--;
	COUNT(core, t->s, retried);
	guest_charge(t->s->g);
	txn_send(core, t);
}

void txn_timer(struct proxy_core *core, struct txn *t)
{
	if (t->state == TXN_WAIT) {
		idtab_remove(&core->ids, &t->id.node);
		txn_attempt_over(core, t);
		return;
	}
	txn_fail(core, t, ETIMEDOUT);
}

struct txn *txn_find_rmpp(const struct session *s, unsigned int client, const uint8_t *mad)
{
	const uint64_t tid = wire_mad_tid(mad);

	for (struct txn *t = s->rmpp; t; t = t->rmpp_next)
		if (t->tid.v == tid && t->client == client && wire_continues(t->mad, mad))
			return t;
	return NULL;
}
