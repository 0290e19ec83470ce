/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Identical SMP Gets share one request on the wire, and its answer serves for a moment
 * (params.smp_cache_ms) whoever asks the same: fifty guests' ibnetdiscover costs one sweep.
 *
 * "Identical" is all 256 bytes but the TID, and the address; to share a request that is under way,
 * the time-out of an attempt as well: nobody makes others' requests be repeated more often, or more
 * seldom, than they said. Each waiter keeps its own deadline, as its retries say. A flush (an
 * admin's Set, a port event) forgets what is kept and raises the epoch, so that answers to requests
 * from before it are given to their waiters and not kept.
 *
 * States: FREE -> FLYING (has an id, may have waiters) -> KEPT (has an answer) -> FREE. The oldest
 * kept operation gives way when the table is full.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mad-proxy/core/priv.h"

#define TID_AT 8
#define AFTER_TID 16
#define DEADLINE_SLACK_MS 2

int merge_init(struct merge *m, uint32_t seed)
{
	/* a guest chooses what is hashed, but not where it comes to lie */
	m->seed = seed * UINT64_C(0xff51afd7ed558ccd);
	m->mask = MERGE_OPS - 1;
	/* large callocs: pages that are never used are never resident */
	m->op = calloc(MERGE_OPS, sizeof(struct merge_op));
	m->bucket = calloc(MERGE_OPS, sizeof(struct merge_op *));
	return m->op && m->bucket ? 0 : -ENOMEM;
}

void merge_fini(struct merge *m)
{
	free(m->op);
	free(m->bucket);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 29);
}

static uint32_t bucket_of(const struct merge *m, const struct txn *t)
{
	uint64_t hash = mix(m->seed ^ t->port, ((uint64_t)t->addr.lid << 32) | t->addr.sl);

	for (unsigned int i = 0; i < WIRE_MAD_BYTES; i += 8) {
		uint64_t word;

		if (i == TID_AT)
			continue;
		memcpy(&word, t->mad + i, sizeof(word));
		hash = mix(hash, word);
	}
	return (uint32_t)(hash >> 32) & m->mask;
}

static bool same_request(const struct merge_op *op, const struct txn *t)
{
	return op->port == t->port && !memcmp(&op->addr, &t->addr, sizeof(op->addr)) &&
	       !memcmp(op->mad, t->mad, TID_AT) &&
	       !memcmp(op->mad + AFTER_TID, t->mad + AFTER_TID, WIRE_MAD_BYTES - AFTER_TID);
}

static void kept_unlink(struct merge *m, struct merge_op *op)
{
	if (op->prev)
		op->prev->next = op->next;
	else
		m->kept_oldest = op->next;
	if (op->next)
		op->next->prev = op->prev;
	else
		m->kept_newest = op->prev;
}

static void kept_append(struct merge *m, struct merge_op *op)
{
	op->next = NULL;
	op->prev = m->kept_newest;
	if (op->prev)
		op->prev->next = op;
	else
		m->kept_oldest = op;
	m->kept_newest = op;
}

static void op_free(struct proxy_core *core, struct merge_op *op)
{
	struct merge *m = &core->merge;
	struct merge_op **at = &m->bucket[op->bucket];

	assert(!op->waiter);
	while (*at != op)
		at = &(*at)->hash_next;
	*at = op->hash_next;
	if (op->state == OP_KEPT)
		kept_unlink(m, op);
	if (op->id.node.id)
		idtab_remove(&core->ids, &op->id.node);
	wheel_cancel(&core->wheel, &op->timer.node);
	op->state = OP_FREE;
	op->next = m->free;
	m->free = op;
}

static struct merge_op *op_take(struct proxy_core *core)
{
	struct merge *m = &core->merge;
	struct merge_op *op;

	if (!m->free && m->touched == MERGE_OPS && m->kept_oldest)
		op_free(core, m->kept_oldest);
	op = m->free;
	if (op) {
		m->free = op->next;
		return op;
	}
	return m->touched < MERGE_OPS ? &m->op[m->touched++] : NULL;
}

static void op_send(struct proxy_core *core, struct merge_op *op, struct session *s)
{
	struct proxy_send *send = &fx_add(core, PROXY_FX_SEND)->send;

	if (!op->id.node.id)
		wire_mad_set_tid(op->mad, idtab_insert(&core->ids, &op->id.node));
	*send = (struct proxy_send){
		.port = op->port, .timeout_ms = op->timeout_ms, .addr = op->addr, .mad = op->mad};
	COUNT(core, s, sent);
	wheel_arm(&core->wheel, &op->timer.node,
		  mono_add(core->now, (uint64_t)op->timeout_ms + BACKSTOP_MS));
}

static void join(struct proxy_core *core, struct merge_op *op, struct txn *t)
{
	t->state = TXN_MERGED;
	t->op = op;
	t->op_next = op->waiter;
	op->waiter = t;
	op->waiters++;
	t->deadline = mono_add(core->now, (uint64_t)t->timeout_ms * (t->retries_left + 1u));
	/* the attempts are the operation's: its time-out comes first, this is the backstop */
	wheel_arm(&core->wheel, &t->timer.node, mono_add(t->deadline, DEADLINE_SLACK_MS));
}

static void deliver(struct proxy_core *core, const struct merge_op *op, struct txn *t)
{
	struct session *s = t->s;

	txn_push(core, t, &op->from, op->answer);
	COUNT(core, s, answered);
	txn_free(core, t);
	guest_unhold(core, s->g);
}

static bool may_share(const struct merge_op *op, const struct txn *t)
{
	return op->state == OP_KEPT ||
	       (op->timeout_ms == t->timeout_ms && op->waiters < MERGE_MAX_WAITERS);
}

bool merge_request(struct proxy_core *core, struct txn *t, bool cacheable)
{
	struct merge *m = &core->merge;
	const uint32_t bucket = bucket_of(m, t);
	struct merge_op *op = m->bucket[bucket];

	while (op && !(op->epoch == m->epoch && may_share(op, t) && same_request(op, t)))
		op = op->hash_next;
	if (op && op->state == OP_KEPT) {
		COUNT(core, t->s, cached);
		deliver(core, op, t);
		return true;
	}
	if (op) {
		COUNT(core, t->s, merged);
		join(core, op, t);
		return true;
	}
	op = op_take(core);
	if (!op)
		return false;
	op->id.kind = WIRE_ID_OP;
	op->timer.kind = TIMER_OP;
	op->state = OP_FLYING;
	op->cacheable = cacheable && core->params.smp_cache_ms;
	op->port = t->port;
	op->waiter = NULL;
	op->waiters = 0;
	op->timeout_ms = t->timeout_ms;
	op->epoch = m->epoch;
	op->addr = t->addr;
	memcpy(op->mad, t->mad, WIRE_MAD_BYTES);
	op->bucket = bucket;
	op->hash_next = m->bucket[bucket];
	m->bucket[bucket] = op;
	op_send(core, op, t->s);
	join(core, op, t);
	return true;
}

void merge_leave(struct proxy_core *core, struct txn *t)
{
	struct merge_op *op = t->op;
	struct txn **at = &op->waiter;

	(void)core;
	while (*at != t)
		at = &(*at)->op_next;
	*at = t->op_next;
	op->waiters--;
	t->op = NULL;
	t->op_next = NULL;
}

/* An answer that says no is not kept: the next one to ask deserves a fresh one. */
static bool worth_keeping(const struct merge *m, const struct merge_op *op)
{
	return op->cacheable && op->epoch == m->epoch &&
	       (wire_mad_status(op->answer) & 0x7fff) == 0;
}

void merge_answer(struct proxy_core *core, struct merge_op *op, const struct chan_addr *from,
		  const uint8_t *mad)
{
	if (op->state != OP_FLYING)
		return;
	memcpy(op->answer, mad, WIRE_MAD_BYTES);
	proxy_hide_keys(op->answer);
	op->from = *from;
	idtab_remove(&core->ids, &op->id.node);
	while (op->waiter)
		deliver(core, op, op->waiter);
	if (!worth_keeping(&core->merge, op)) {
		op_free(core, op);
		return;
	}
	op->state = OP_KEPT;
	kept_append(&core->merge, op);
	wheel_arm(&core->wheel, &op->timer.node, mono_add(core->now, core->params.smp_cache_ms));
}

void merge_attempt_over(struct proxy_core *core, struct merge_op *op)
{
	struct mono_ms soon = mono_add(core->now, DEADLINE_SLACK_MS);
	struct txn *next;

	if (op->state != OP_FLYING)
		return;
	for (struct txn *t = op->waiter; t; t = next) {
		next = t->op_next;
		if (!mono_before(soon, t->deadline))
			txn_fail(core, t, ETIMEDOUT);
	}
	if (!op->waiter) {
		op_free(core, op);
		return;
	}
	COUNT(core, op->waiter->s, retried);
	guest_charge(op->waiter->s->g);
	op_send(core, op, op->waiter->s);
}

void merge_fail(struct proxy_core *core, struct merge_op *op, uint32_t status)
{
	if (op->state != OP_FLYING)
		return;
	while (op->waiter)
		txn_fail(core, op->waiter, status);
	op_free(core, op);
}

void merge_timer(struct proxy_core *core, struct merge_op *op)
{
	if (op->state == OP_KEPT) {
		op_free(core, op);
		return;
	}
	/* the port forgot it: a new id, since it may still hold the old one */
	idtab_remove(&core->ids, &op->id.node);
	merge_attempt_over(core, op);
}

void merge_flush(struct proxy_core *core)
{
	core->merge.epoch++;
	while (core->merge.kept_oldest)
		op_free(core, core->merge.kept_oldest);
}
