/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What ibgate shows of the core, the names of things, and the invariants. */
#include <assert.h>

#include "mad-proxy/core/priv.h"

const char *proxy_counter_name(enum proxy_counter c)
{
	static const char *const name[] = {
#define X(n, text) [PROXY_COUNT_##n] = #n,
		PROXY_COUNTER_TABLE(X)
#undef X
	};

	return c < PROXY_COUNTERS ? name[c] : "?";
}

const char *proxy_counter_text(enum proxy_counter c)
{
	static const char *const text[] = {
#define X(n, t) [PROXY_COUNT_##n] = t,
		PROXY_COUNTER_TABLE(X)
#undef X
	};

	return c < PROXY_COUNTERS ? text[c] : "?";
}

const char *audit_reason_text(enum audit_reason reason)
{
	static const char *const text[] = {
#define X(n, t) [AUDIT_REASON_##n] = t,
		AUDIT_REASON_TABLE(X)
#undef X
	};

	return reason < AUDIT_REASONS ? text[reason] : "?";
}

void proxy_push_lost(struct proxy_core *core, struct session_id id)
{
	struct session *s = proxy_session(core, id);

	COUNT(core, s, lost_ring_full);
	if (s)
		session_todo(core, s, TODO_LOST);
}

void proxy_count_for(struct proxy_core *core, const char *guest, enum proxy_counter c, uint64_t n)
{
	struct guest *g = guest ? guest_find(core, guest) : NULL;

	core->total[c] += n;
	if (g)
		g->past[c] += n;
}

static unsigned int agents_of(const struct session *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CHAN_CLIENTS_MAX; i++)
		n += (unsigned int)__builtin_popcount(s->client[i].agents);
	return n;
}

void proxy_each_session(const struct proxy_core *core,
			void (*each)(void *ctx, const struct proxy_session_view *view), void *ctx)
{
	for (const struct session *s = core->sessions; s; s = s->next) {
		struct proxy_session_view view = {
			.session = s->id,
			.guest = s->g->name,
			.grade = s->policy ? s->policy->grade : POLICY_GRADE_NONE,
			.clients = s->client_count,
			.agents = agents_of(s),
			.outstanding = s->outstanding,
			.port = s->bound,
			.since = s->since,
			.counter = s->counter,
		};

		each(ctx, &view);
	}
}

const uint64_t *proxy_guest_past(const struct proxy_core *core, const char *guest)
{
	const struct guest *g = guest_find(core, guest);

	return g ? g->past : NULL;
}

const uint64_t *proxy_totals(const struct proxy_core *core)
{
	return core->total;
}

size_t proxy_in_flight(const struct proxy_core *core)
{
	return core->ids.live;
}

static size_t check_session(const struct proxy_core *core, const struct session *s)
{
	size_t live = 0, ids = 0, regs = 0, transfers = 0;

	assert(!s->dead);
	assert(core->slot[s->id.v & 0xffff] == s);
	for (const struct txn *t = s->live; t; t = t->next) {
		assert(t->s == s && t->state != TXN_FREE);
		assert(wheel_armed(&t->timer.node));
		assert((t->state == TXN_MERGED) == (t->op != NULL));
		assert((t->id.node.id != 0) == (t->state != TXN_MERGED));
		if (t->id.node.id)
			assert(idtab_find(&core->ids, t->id.node.id) == &t->id.node);
		assert(s->client[t->client].open);
		ids += t->id.node.id != 0;
		transfers += t->state == TXN_RMPP;
		live++;
	}
	for (const struct txn *t = s->rmpp; t; t = t->rmpp_next) {
		assert(t->s == s && t->state == TXN_RMPP);
		transfers--;
	}
	assert(transfers == 0);
	assert(live == s->outstanding && live <= s->capacity);
	for (const struct reg *r = s->regs; r; r = r->next) {
		assert(r->s == s && idtab_find(&core->tokens, r->token.id) == &r->token);
		assert(s->client[r->client].agents & (1u << r->agent));
		regs++;
	}
	assert(regs == s->reg_count);
	return ids;
}

static void check_guest(const struct proxy_core *core, const struct guest *g)
{
	unsigned int sessions = 0, held = 0, regs = 0;
	uint32_t outstanding = 0, left = 0;

	for (const struct session *s = core->sessions; s; s = s->next) {
		if (s->g != g)
			continue;
		sessions++;
		outstanding += s->outstanding;
		regs += s->reg_count;
		held += s->held;
	}
	for (unsigned int i = 0; i < LEFT_SPANS; i++)
		left += g->left[i].fresh + g->left[i].old;
	for (const struct session *s = TAILQ_FIRST(&g->held); s; s = TAILQ_NEXT(s, in_held)) {
		assert(s->held && s->g == g);
		held--;
	}
	assert(sessions == g->sessions && outstanding == g->outstanding && regs == g->regs);
	assert(left == g->left_count && held == 0);
}

static size_t check_merge(const struct proxy_core *core)
{
	size_t ids = 0;

	for (uint32_t i = 0; i < core->merge.touched; i++) {
		const struct merge_op *op = &core->merge.op[i];
		unsigned int waiters = 0;

		if (op->state == OP_FREE)
			continue;
		assert((op->id.node.id != 0) == (op->state == OP_FLYING));
		assert(wheel_armed(&op->timer.node));
		for (const struct txn *t = op->waiter; t; t = t->op_next) {
			assert(t->op == op);
			waiters++;
		}
		assert(waiters == op->waiters && (op->state == OP_FLYING || !waiters));
		ids += op->id.node.id != 0;
	}
	return ids;
}

void proxy_check(const struct proxy_core *core)
{
	unsigned int sessions = 0;
	size_t ids = check_merge(core);

	for (const struct session *s = core->sessions; s; s = s->next) {
		ids += check_session(core, s);
		sessions++;
	}
	for (const struct guest *g = core->guests; g; g = g->next)
		check_guest(core, g);
	assert(sessions == core->session_count);
	assert(ids == core->ids.live);
}
