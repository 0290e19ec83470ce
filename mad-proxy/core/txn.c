/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/txn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "mad-proxy/core/merge.h"
#include "wire/keys.h"
#include "wire/rmpp.h"
#include "wire/work.h"

static const struct request_ops ops;

int txns_new(struct proxy_core *core, struct session *s)
{
	s->txns = calloc(1, sizeof(*s->txns));
	if (!s->txns)
		return -ENOMEM;
	/* entries are zeroed at first use: unused ones cost a new session nothing */
	s->txns->txn = malloc(s->capacity * sizeof(struct txn));
	return s->txns->txn ? requests_reserve(core, s->capacity) : -ENOMEM;
}

/* Frees the transaction, or keeps it only to be charged. */
static void leave_behind(struct proxy_core *core, struct txn *t)
{
	if (t->answer_came || !request_abandon(core, &t->req)) {
		txn_free(core, t);
		return;
	}
	transfer_end(core, t);
	t->state = TXN_LEFT;
}

/* Nobody waits for its answer here, but its receiver may work on it, and the port may hold it. */
static void merged_lingers(struct proxy_core *core, const struct txn *t)
{
	const uint64_t ms = merge_costs_ms(core, t);

	if (ms)
		account_linger(core, &t->s->g->account, ms, false);
}

void txn_abandon(struct proxy_core *core, struct txn *t)
{
	if (t->state == TXN_LEFT)
		return;
	if (t->state == TXN_MERGED) {
		merged_lingers(core, t);
		txn_free(core, t);
		return;
	}
	if (t->req.state == REQUEST_TRANSFER)
		transfer_abort(core, t);
	leave_behind(core, t);
}

void txns_end(struct proxy_core *core, struct session *s)
{
	struct txn *t, *next;

	/* queued requests first: otherwise they take the place of those that end */
	for (t = s->txns->live; t; t = next) {
		next = t->next;
		if (!t->req.in_line_of)
			continue;
		request_leave(core, &t->req);
		txn_free(core, t);
	}
	while ((t = s->txns->live)) {
		if (t->state == TXN_MERGED)
			merged_lingers(core, t);
		else if (t->req.state == REQUEST_TRANSFER && t->state != TXN_LEFT)
			transfer_abort(core, t);
		if (!t->answer_came)
			request_leave(core, &t->req);
		txn_free(core, t);
	}
	requests_unreserve(core, s->capacity);
}

void txns_free(struct session *s)
{
	if (s->txns)
		free(s->txns->txn);
	free(s->txns);
}

static bool is_of(const struct txn *t, unsigned int client, int agent)
{
	return t->client == client && (agent < 0 || t->agent == (unsigned int)agent);
}

void txns_client_end(struct proxy_core *core, struct session *s, unsigned int client, int agent)
{
	struct txn *next;

	for (struct txn *t = s->txns->live; t; t = next) {
		next = t->next;
		if (t->req.in_line_of && is_of(t, client, agent))
			txn_abandon(core, t);
	}
	for (struct txn *t = s->txns->live; t; t = next) {
		next = t->next;
		if (is_of(t, client, agent))
			txn_abandon(core, t);
	}
}

static struct txn *take_free(struct session *s)
{
	struct txns *all = s->txns;
	struct txn *t = all->free;

	if (t) {
		all->free = t->next;
		return t;
	}
	if (all->touched == s->capacity)
		return NULL;
	t = &all->txn[all->touched++];
	memset(t, 0, sizeof(*t));
	return t;
}

struct txn *txn_new(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct txn *t = take_free(s);

	(void)core;
	if (!t)
		return NULL;
	t->s = s;
	t->state = TXN_OWN;
	t->keyless = false;
	t->unasked = !slot->timeout_ms;
	t->flow = (struct flow){0};
	t->got_last = 0;
	t->answer_came = false;
	t->op = NULL;
	t->client = slot->client;
	t->agent = slot->agent;
	t->cookie = slot->cookie;
	t->tid.v = wire_mad_tid(slot->mad);
	t->req.ops = &ops;
	t->req.account = &s->g->account;
	t->req.counter = s->counter;
	t->req.port = slot->port;
	t->req.table = work_makes_table(slot->mad);
	t->req.work_ms = work_ms(slot->mad);
	if (t->unasked)
		request_set_patience(&t->req, t->req.work_ms, 0);
	else
		request_set_patience(&t->req, slot->timeout_ms, slot->retries);
	memcpy(t->req.mad, slot->mad, WIRE_MAD_BYTES);
	t->prev = NULL;
	t->next = s->txns->live;
	if (t->next)
		t->next->prev = t;
	s->txns->live = t;
	s->outstanding++;
	request_charge(&t->req);
	return t;
}

void txn_start(struct proxy_core *core, struct txn *t)
{
	t->req.transfer = wire_rmpp_active(t->req.mad);
	if (t->req.transfer)
		transfer_begin(core, t);
	request_start(core, &t->req);
}

void txn_free(struct proxy_core *core, struct txn *t)
{
	struct session *s = t->s;

	assert(t->state != TXN_FREE);
	if (t->state == TXN_MERGED)
		merge_leave(core, t);
	/* an answer that came while a Set was under way may be from before it */
	else if (wire_mad_is_smp(t->req.mad) && wire_mad_method(t->req.mad) != WIRE_METHOD_GET)
		merge_flush(core);
	transfer_end(core, t);
	request_end(core, &t->req);
	if (t->prev)
		t->prev->next = t->next;
	else
		s->txns->live = t->next;
	if (t->next)
		t->next->prev = t->prev;
	t->state = TXN_FREE;
	t->next = s->txns->free;
	s->txns->free = t;
	s->outstanding--;
}

struct proxy_push *txn_push(struct proxy_core *core, struct txn *t, const struct chan_addr *from,
			    const uint8_t *mad)
{
	const struct push_to about = {.port = t->req.port,
				      .client = t->client,
				      .agent = t->agent,
				      .cookie = t->cookie,
				      .addr = *from};
	struct proxy_push *push = session_push(core, t->s, CHAN_KIND_RECV, &about, 0);

	push->mad = mad;
	push->tid_set = true;
	push->tid = t->tid.v;
	/* the port's index is invalid in the guest's filtered table */
	push->addr.pkey_index = 0;
	return push;
}

void txn_answered(struct proxy_core *core, struct txn *t)
{
	struct session *s = t->s;

	COUNT(core, s->counter, answered);
	if (t->state == TXN_MERGED)
		txn_free(core, t);
	else
		leave_behind(core, t);
	guest_resume(core, s->g);
}

static void tell_failed(struct proxy_core *core, struct txn *t, uint32_t status)
{
	struct proxy_push *push = txn_push(core, t, &t->req.addr, t->req.mad);

	push->kind = CHAN_KIND_SEND_DONE;
	push->status = status;
	COUNT(core, t->s->counter, timed_out);
}

void txn_fail(struct proxy_core *core, struct txn *t, uint32_t status)
{
	struct session *s = t->s;

	tell_failed(core, t, status);
	if (t->state == TXN_MERGED && status == ETIMEDOUT)
		merged_lingers(core, t);
	txn_free(core, t);
	guest_resume(core, s->g);
}

/* --- requests of guests --- */

/* A late answer: its request is charged no longer. ACKs and the like do not end the charge. */
static void own_late(struct proxy_core *core, struct txn *t, const uint8_t *mad)
{
	struct guest *g = t->s->g;

	COUNT(core, t->s->counter, drop_late);
	if (wire_rmpp_active(mad) && wire_rmpp_type(mad) != WIRE_RMPP_DATA)
		return;
	if (wire_rmpp_active(mad)) {
		t->answer_came = true;
		transfer_abort(core, t);
	}
	txn_free(core, t);
	guest_resume(core, g);
}

static void own_answered(struct proxy_core *core, struct request *r,
			 const struct proxy_port_mad *in)
{
	struct txn *t = container_of(r, struct txn, req);
	uint8_t *mad;

	if (t->state == TXN_LEFT || (t->unasked && r->state != REQUEST_TRANSFER)) {
		own_late(core, t, in->mad);
		return;
	}
	mad = engine_mad_copy(core, in->mad);

	/* by the present grade: the guest may have been admin when it sent the request */
	if (t->keyless || !t->s->policy || t->s->policy->grade < POLICY_GRADE_ADMIN)
		wire_keys_hide(mad);
	txn_push(core, t, &in->addr, mad);
	if (!transfer_received(core, t, mad))
		txn_answered(core, t);
}

static void own_expired(struct proxy_core *core, struct request *r)
{
	struct txn *t = container_of(r, struct txn, req);

	if (!t->unasked)
		tell_failed(core, t, ETIMEDOUT);
	transfer_end(core, t);
	t->state = TXN_LEFT;
	guest_resume(core, t->s->g);
}

static void own_failed(struct proxy_core *core, struct request *r, uint32_t status)
{
	struct txn *t = container_of(r, struct txn, req);
	struct guest *g = t->s->g;

	if (t->state != TXN_LEFT && !t->unasked) {
		txn_fail(core, t, status);
		return;
	}
	txn_free(core, t);
	guest_resume(core, g);
}

static const struct request_ops ops = {
	.answered = own_answered, .expired = own_expired, .failed = own_failed};

/* --- invariants --- */

size_t txns_check(const struct proxy_core *core, const struct session *s)
{
	size_t live = 0, ids = 0;

	for (const struct txn *t = s->txns->live; t; t = t->next) {
		assert(t->s == s && t->state != TXN_FREE);
		assert((t->state == TXN_MERGED) == (t->op != NULL));
		assert((t->state == TXN_MERGED) == (t->req.state == REQUEST_IDLE));
		assert(t->req.charge == (t->req.has_expired ? CHARGE_LEFT : CHARGE_WAITING));
		assert((t->state == TXN_LEFT) == t->req.has_expired);
		assert(s->client[t->client].open || t->state == TXN_LEFT);
		assert(t->state != TXN_LEFT || !t->by_guest.is_in);
		assert(t->by_guest.is_in || t->req.state != REQUEST_TRANSFER ||
		       t->state == TXN_LEFT);
		request_check(core, &t->req);
		ids += t->req.id.id != 0;
		live++;
	}
	assert(live == s->outstanding && live <= s->capacity);
	return ids;
}
