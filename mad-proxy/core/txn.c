/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/txn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "mad-proxy/core/merge.h"
#include "wire/keys.h"
#include "wire/answer.h"
#include "wire/rmpp.h"

static const struct request_ops ops;

int txns_new(struct proxy_core *core, struct session *s)
{
	s->txns = calloc(1, sizeof(*s->txns));
	if (!s->txns)
		return -ENOMEM;
	/* calloc of this size comes from mmap: pages that are never used are never resident */
	s->txns->txn = calloc(s->capacity, sizeof(struct txn));
	return s->txns->txn ? requests_reserve(core, s->capacity) : -ENOMEM;
}

static void txn_abandon(struct proxy_core *core, struct txn *t)
{
	account_linger(core, &t->s->g->account, t->req.timeout_ms);
	txn_free(core, t);
}

void txns_end(struct proxy_core *core, struct session *s)
{
	while (s->txns->live)
		txn_abandon(core, s->txns->live);
	requests_unreserve(core, s->capacity);
}

void txns_free(struct session *s)
{
	if (s->txns)
		free(s->txns->txn);
	free(s->txns);
}

void txns_client_end(struct proxy_core *core, struct session *s, unsigned int client, int agent)
{
	struct txn *next;

	for (struct txn *t = s->txns->live; t; t = next) {
		next = t->next;
		if (t->client == client && (agent < 0 || t->agent == (unsigned int)agent))
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
	return all->touched < s->capacity ? &all->txn[all->touched++] : NULL;
}

struct txn *txn_new(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct txn *t = take_free(s);

	(void)core;
	if (!t)
		return NULL;
	t->s = s;
	t->state = TXN_OWN;
	t->last_seen = false;
	t->keyless = false;
	t->last_segment = 0;
	t->op = NULL;
	t->client = slot->client;
	t->agent = slot->agent;
	t->cookie = slot->cookie;
	t->tid.v = wire_mad_tid(slot->mad);
	t->req.ops = &ops;
	t->req.account = &s->g->account;
	t->req.counter = s->counter;
	t->req.tries_left = slot->retries;
	t->req.port = slot->port;
	t->req.timeout_ms = slot->timeout_ms < REQUEST_TIMEOUT_MAX_MS ? slot->timeout_ms
								      : REQUEST_TIMEOUT_MAX_MS;
	t->req.addr = slot->addr;
	memcpy(t->req.mad, slot->mad, WIRE_MAD_BYTES);
	t->prev = NULL;
	t->next = s->txns->live;
	if (t->next)
		t->next->prev = t;
	s->txns->live = t;
	s->outstanding++;
	s->g->account.waiting++;
	return t;
}

void txn_transfer(struct proxy_core *core, struct txn *t)
{
	struct txns *all = t->s->txns;

	if (!t->transfer) {
		t->transfer = true;
		t->rmpp_prev = NULL;
		t->rmpp_next = all->rmpp;
		if (t->rmpp_next)
			t->rmpp_next->rmpp_prev = t;
		all->rmpp = t;
	}
	request_continue(core, &t->req);
}

static void end_transfer(struct txn *t)
{
	t->transfer = false;
	if (t->rmpp_prev)
		t->rmpp_prev->rmpp_next = t->rmpp_next;
	else
		t->s->txns->rmpp = t->rmpp_next;
	if (t->rmpp_next)
		t->rmpp_next->rmpp_prev = t->rmpp_prev;
}

void txn_free(struct proxy_core *core, struct txn *t)
{
	struct session *s = t->s;

	assert(t->state != TXN_FREE);
	if (t->state == TXN_MERGED)
		merge_leave(t);
	/* an answer that came while a Set was under way may be from before it */
	else if (wire_mad_is_smp(t->req.mad) && wire_mad_method(t->req.mad) != WIRE_METHOD_GET)
		merge_flush(core);
	if (t->transfer)
		end_transfer(t);
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
	s->g->account.waiting--;
}

struct proxy_push *txn_push(struct proxy_core *core, struct txn *t, const struct chan_addr *from,
			    const uint8_t *mad)
{
	const struct chan_slot about = {.port = t->req.port,
					.client = t->client,
					.agent = t->agent,
					.cookie = t->cookie,
					.addr = *from};
	struct proxy_push *push = session_push(core, t->s, CHAN_KIND_RECV, &about, 0);

	push->mad = mad;
	push->tid_set = true;
	push->tid = t->tid.v;
	/* the index means nothing in the guest's own, filtered table */
	push->addr.pkey_index = 0;
	return push;
}

void txn_answered(struct proxy_core *core, struct txn *t)
{
	struct session *s = t->s;

	COUNT(core, s->counter, answered);
	txn_free(core, t);
	guest_resume(core, s->g);
}

void txn_fail(struct proxy_core *core, struct txn *t, uint32_t status)
{
	struct proxy_push *push = txn_push(core, t, &t->req.addr, t->req.mad);
	struct session *s = t->s;

	push->kind = CHAN_KIND_SEND_DONE;
	push->status = status;
	COUNT(core, s->counter, timed_out);
	txn_free(core, t);
	guest_resume(core, s->g);
}

struct txn *txn_find_transfer(const struct session *s, unsigned int client, const uint8_t *mad)
{
	const uint64_t tid = wire_mad_tid(mad);

	for (struct txn *t = s->txns->rmpp; t; t = t->rmpp_next)
		if (t->tid.v == tid && t->client == client && wire_continues(t->req.mad, mad))
			return t;
	return NULL;
}

/* --- its own request --- */

/* A segment or a control packet of a transfer; true when the transaction goes on. */
static bool goes_on(struct proxy_core *core, struct txn *t, const uint8_t *mad)
{
	uint8_t type = wire_rmpp_type(mad);

	if (!wire_rmpp_active(mad) || type == WIRE_RMPP_STOP || type == WIRE_RMPP_ABORT)
		return false;
	txn_transfer(core, t);
	if (type == WIRE_RMPP_DATA && (wire_rmpp_flags(mad) & WIRE_RMPP_LAST)) {
		t->last_seen = true;
		t->last_segment = wire_rmpp_segment(mad);
	}
	return true;
}

static void own_answered(struct proxy_core *core, struct request *r,
			 const struct proxy_port_mad *in)
{
	struct txn *t = container_of(r, struct txn, req);
	uint8_t *mad = engine_mad_copy(core, in->mad);

	/* by the grade it has now: it may have asked as an admin */
	if (t->keyless || !t->s->policy || t->s->policy->grade < POLICY_GRADE_ADMIN)
		wire_keys_hide(mad);
	txn_push(core, t, &in->addr, mad);
	if (!goes_on(core, t, mad))
		txn_answered(core, t);
}

static void own_failed(struct proxy_core *core, struct request *r, uint32_t status)
{
	txn_fail(core, container_of(r, struct txn, req), status);
}

static const struct request_ops ops = {.answered = own_answered, .failed = own_failed};

/* --- what holds --- */

size_t txns_check(const struct proxy_core *core, const struct session *s)
{
	size_t live = 0, own = 0, transfers = 0;

	for (const struct txn *t = s->txns->live; t; t = t->next) {
		assert(t->s == s && t->state != TXN_FREE);
		assert((t->state == TXN_MERGED) == (t->op != NULL));
		assert((t->state == TXN_MERGED) == (t->req.state == REQUEST_IDLE));
		assert(timer_armed(&t->req.timer));
		assert(s->client[t->client].open);
		request_check(core, &t->req);
		own += t->state == TXN_OWN;
		assert(t->transfer == (t->req.state == REQUEST_TRANSFER));
		transfers += t->transfer;
		live++;
	}
	for (const struct txn *t = s->txns->rmpp; t; t = t->rmpp_next) {
		assert(t->s == s && t->transfer);
		transfers--;
	}
	assert(transfers == 0);
	assert(live == s->outstanding && live <= s->capacity);
	return own;
}
