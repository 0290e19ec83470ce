/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/merge.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "base/htab.h"
#include "mad-proxy/core/txn.h"
#include "wire/keys.h"

#define DEADLINE_SLACK_MS 2

#define MERGE_OPS 32768 /* identical requests that are in progress or cached at a time */
#define MERGE_MAX_WAITERS ENGINE_UNIT_WAITERS

enum op_state { OP_FREE, OP_FLYING, OP_KEPT };

struct merge_key {
	struct chan_addr addr;
	uint16_t port;
	uint8_t mad[WIRE_MAD_BYTES]; /* with TID 0 */
};

/* One SMP Get on the wire, or its cached answer, for all guests that send the same. */
struct merge_op {
	struct request req; /* on the wire while FLYING */
	struct timer kept;
	struct htab_node by_key;
	struct merge_op *next; /* list of cached (oldest first) or of free operations */
	struct merge_op *prev;
	enum op_state state;
	bool cacheable;
	unsigned int waiters;
	uint64_t epoch;
	TAILQ_HEAD(merge_waiters, txn) waiter; /* newest first */
	struct chan_addr from; /* the sender of the answer */
	uint8_t answer[WIRE_MAD_BYTES];
};

struct merge {
	struct merge_op *op;
	struct htab ops; /* all that are not FREE */
	uint32_t touched;
	uint64_t epoch; /* incremented by every flush */
	struct merge_op *free;
	struct merge_op *kept_oldest;
	struct merge_op *kept_newest;
};

int merge_init(struct proxy_core *core)
{
	struct merge *m = calloc(1, sizeof(*m));

	core->merge = m;
	if (!m)
		return -ENOMEM;
	/* large callocs: unused pages are never resident */
	m->op = calloc(MERGE_OPS, sizeof(struct merge_op));
	if (!m->op || htab_init_plain(&m->ops) || htab_reserve(&m->ops, MERGE_OPS))
		return -ENOMEM;
	return requests_reserve(core, MERGE_OPS);
}

void merge_fini(struct proxy_core *core)
{
	if (!core->merge)
		return;
	free(core->merge->op);
	htab_fini(&core->merge->ops);
	free(core->merge);
}

/*
 * The key that is hashed and compared, so the two cannot differ. Address and MAD are canonical: forward.c
 * cleared the fields without meaning.
 */
static void key_of(const struct request *r, struct merge_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->addr = r->addr;
	ret->port = r->port;
	memcpy(ret->mad, r->mad, WIRE_MAD_BYTES);
	wire_mad_set_tid(ret->mad, 0);
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
	struct merge *m = core->merge;

	assert(TAILQ_EMPTY(&op->waiter));
	htab_remove(&m->ops, &op->by_key);
	if (op->state == OP_KEPT)
		kept_unlink(m, op);
	request_end(core, &op->req);
	timer_cancel(core, &op->kept);
	op->state = OP_FREE;
	op->next = m->free;
	m->free = op;
}

static const struct request_ops ops;
static void kept_due(struct proxy_core *core, struct timer *timer);

static struct merge_op *op_take(struct proxy_core *core)
{
	struct merge *m = core->merge;
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

/* Attempts are the newest waiter's, if any waits. */
static void charge(struct proxy_core *core, struct merge_op *op)
{
	const struct txn *t = TAILQ_FIRST(&op->waiter);

	request_charge_to(core, &op->req, t ? &t->s->g->account : NULL);
	op->req.counter = t ? t->s->counter : NULL;
}

static void gave_up(struct proxy_core *core, struct timer *timer)
{
	txn_fail(core, container_of(timer, struct txn, req.timer), ETIMEDOUT);
}

static void join(struct proxy_core *core, struct merge_op *op, struct txn *t)
{
	t->state = TXN_MERGED;
	t->op = op;
	TAILQ_INSERT_HEAD(&op->waiter, t, in_op);
	op->waiters++;
	t->deadline = mono_add(core->now, (uint64_t)t->req.timeout_ms * (t->req.tries_left + 1u));
	/* the operation counts the attempts and times out first; this timer is the backstop */
	t->req.timer.due = gave_up;
	timer_arm_at(core, &t->req.timer, mono_add(t->deadline, DEADLINE_SLACK_MS));
}

static void deliver(struct proxy_core *core, const struct merge_op *op, struct txn *t)
{
	txn_push(core, t, &op->from, op->answer);
	txn_answered(core, t);
}

static bool may_share(const struct merge_op *op, const struct txn *t)
{
	return op->state == OP_KEPT ||
	       (op->req.timeout_ms == t->req.timeout_ms && op->waiters < MERGE_MAX_WAITERS);
}

static bool same_key(const struct merge_op *op, const struct merge_key *key)
{
	struct merge_key own;

	key_of(&op->req, &own);
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c): key_of() clears it first */
	return !memcmp(&own, key, sizeof(own));
}

/* An operation with that key that can serve the request, or NULL. */
static struct merge_op *find(const struct merge *m, const struct txn *t,
			     const struct merge_key *key, uint64_t hash)
{
	struct htab_node *node = htab_first(&m->ops, hash);

	for (; node; node = htab_next(node)) {
		struct merge_op *op = container_of(node, struct merge_op, by_key);

		if (op->epoch == m->epoch && may_share(op, t) && same_key(op, key))
			return op;
	}
	return NULL;
}

bool merge_request(struct proxy_core *core, struct txn *t, bool cacheable)
{
	struct merge *m = core->merge;
	struct merge_key key;
	struct merge_op *op;
	uint64_t hash;

	key_of(&t->req, &key);
	hash = keyed_hash(&core->params.hash, &key, sizeof(key));
	op = find(m, t, &key, hash);
	if (op && op->state == OP_KEPT) {
		COUNT(core, t->s->counter, cached);
		deliver(core, op, t);
		return true;
	}
	if (op) {
		COUNT(core, t->s->counter, merged);
		join(core, op, t);
		return true;
	}
	op = op_take(core);
	if (!op)
		return false;
	op->state = OP_FLYING;
	op->cacheable = cacheable && core->policy->smp_cache_ms;
	TAILQ_INIT(&op->waiter);
	op->waiters = 0;
	op->epoch = m->epoch;
	op->kept.due = kept_due;
	op->req.ops = &ops;
	op->req.port = t->req.port;
	op->req.timeout_ms = t->req.timeout_ms;
	op->req.tries_left = 0;
	op->req.work_ms = 0;
	op->req.table = false;
	op->req.transfer = false;
	op->req.addr = t->req.addr;
	memcpy(op->req.mad, t->req.mad, WIRE_MAD_BYTES);
	op->by_key.key = hash;
	htab_insert(&m->ops, &op->by_key);
	join(core, op, t);
	charge(core, op);
	request_start(core, &op->req);
	return true;
}

uint64_t merge_costs_ms(const struct proxy_core *core, const struct txn *t)
{
	const uint32_t work_ms = t->req.work_ms, attempt_ms = t->req.timeout_ms;
	const uint64_t port_ms = mono_until(core->now, t->op->req.port_until);

	return work_ms > attempt_ms ? port_ms + work_ms - attempt_ms : port_ms;
}

void merge_leave(struct proxy_core *core, struct txn *t)
{
	struct merge_op *op = t->op;

	TAILQ_REMOVE(&op->waiter, t, in_op);
	op->waiters--;
	t->op = NULL;
	/* t's account may be freed before the next attempt */
	if (op->req.in_line_of && TAILQ_EMPTY(&op->waiter))
		op_free(core, op);
	else
		charge(core, op);
}

/* An answer with an error status is not cached: the next request is sent again. */
static bool worth_keeping(const struct merge *m, const struct merge_op *op)
{
	return op->cacheable && op->epoch == m->epoch &&
	       (wire_mad_status(op->answer) & 0x7fff) == 0;
}

static void answered(struct proxy_core *core, struct request *r, const struct proxy_port_mad *in)
{
	struct merge_op *op = container_of(r, struct merge_op, req);
	struct txn *t;

	memcpy(op->answer, in->mad, WIRE_MAD_BYTES);
	wire_keys_hide(op->answer);
	op->from = in->addr;
	request_end(core, r);
	while ((t = TAILQ_FIRST(&op->waiter)))
		deliver(core, op, t);
	if (!worth_keeping(core->merge, op)) {
		op_free(core, op);
		return;
	}
	op->state = OP_KEPT;
	kept_append(core->merge, op);
	timer_arm(core, &op->kept, core->policy->smp_cache_ms);
}

/* Ends the waiters whose time is over; sends again while any remain. */
static bool again(struct proxy_core *core, struct request *r)
{
	struct merge_op *op = container_of(r, struct merge_op, req);
	struct mono_ms soon = mono_add(core->now, DEADLINE_SLACK_MS);
	struct txn *next;

	for (struct txn *t = TAILQ_FIRST(&op->waiter); t; t = next) {
		next = TAILQ_NEXT(t, in_op);
		if (!mono_before(soon, t->deadline))
			txn_fail(core, t, ETIMEDOUT);
	}
	if (TAILQ_EMPTY(&op->waiter))
		return false;
	charge(core, op);
	return true;
}

static void failed(struct proxy_core *core, struct request *r, uint32_t status)
{
	struct merge_op *op = container_of(r, struct merge_op, req);
	struct txn *t;

	while ((t = TAILQ_FIRST(&op->waiter)))
		txn_fail(core, t, status);
	op_free(core, op);
}

static void kept_due(struct proxy_core *core, struct timer *timer)
{
	op_free(core, container_of(timer, struct merge_op, kept));
}

static const struct request_ops ops = {.answered = answered, .again = again, .failed = failed};

void merge_flush(struct proxy_core *core)
{
	core->merge->epoch++;
	while (core->merge->kept_oldest)
		op_free(core, core->merge->kept_oldest);
}

size_t merge_check(const struct proxy_core *core)
{
	struct merge_key key;
	size_t flying = 0;

	for (uint32_t i = 0; i < core->merge->touched; i++) {
		const struct merge_op *op = &core->merge->op[i];
		const struct txn *t;
		unsigned int waiters = 0;

		if (op->state == OP_FREE)
			continue;
		request_check(core, &op->req);
		/* the hash covers the whole key: otherwise a guest could fill one bucket */
		key_of(&op->req, &key);
		for (const struct htab_node *n = htab_next(&op->by_key); n; n = htab_next(n))
			assert(same_key(container_of(n, struct merge_op, by_key), &key));
		assert((op->req.state == REQUEST_SENT) == (op->state == OP_FLYING));
		assert(timer_armed(&op->kept) == (op->state == OP_KEPT));
		TAILQ_FOREACH (t, &op->waiter, in_op) {
			assert(t->op == op);
			waiters++;
		}
		assert(waiters == op->waiters && (op->state == OP_FLYING || !waiters));
		flying += op->req.id.id != 0;
	}
	return flying;
}
