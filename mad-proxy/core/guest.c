/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest: what all its sessions share. Quotas are a guest's, however many sessions it opens: how
 * many requests it may have waiting, how many registrations, how many MADs a second. A session over
 * them is held; held ones stand in line, and each room that comes free resumes the first. Who was
 * resumed need not take it (its ring may be empty), so a timer passes what is left down the line.
 *
 * A request that its guest walked away from (a closed client, a session that ended) stays with the
 * port until its time-out. Such ones are counted too, up to as many again as the quota, or coming and going would fill the port without an end.
 *
 * A guest exists from its first attach until the policy has no section for it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mad-proxy/core/priv.h"

#define RATE_UNIT 1000 /* rate_tokens of one MAD */
#define RATE_DEBT_MS 10000 /* a debt is never more than what this time pays */
#define LEFT_MIN 32 /* so many may always be left behind */
#define PASS_ON_MS 1
#define PASS_ON_BATCH 8

static const uint32_t left_span_ms[LEFT_SPANS] = {1000, 8000, 64000, MAX_TIMEOUT_MS};

void guest_apply_policy(struct proxy_core *core, struct guest *g)
{
	g->policy = policy_find(core->policy, g->name);
	if (!g->policy)
		return;
	g->quota = g->policy->limits.outstanding ? g->policy->limits.outstanding : NO_QUOTA;
}

struct guest *guest_find(const struct proxy_core *core, const char *name)
{
	struct guest *g = core->guests;

	while (g && strcmp(g->name, name))
		g = g->next;
	return g;
}

struct guest *guest_get(struct proxy_core *core, const char *name)
{
	struct guest *g = guest_find(core, name);

	if (g)
		return g;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->name = strdup(name);
	if (!g->name) {
		free(g);
		return NULL;
	}
	TAILQ_INIT(&g->held);
	g->pass_on.kind = TIMER_GUEST;
	for (unsigned int i = 0; i < LEFT_SPANS; i++) {
		g->left[i].timer.kind = TIMER_LEFT;
		g->left[i].guest = g;
		g->left[i].span_ms = left_span_ms[i];
	}
	fold_init(&g->fold);
	guest_apply_policy(core, g);
	g->rate_at = core->now;
	g->rate_tokens = (int64_t)(g->policy ? g->policy->limits.mad_rate : 0) * RATE_UNIT;
	g->next = core->guests;
	core->guests = g;
	return g;
}

void guest_retire(struct proxy_core *core, struct guest *g)
{
	struct guest **at = &core->guests;

	if (g->sessions || g->policy || wheel_armed(&g->fold.timer.node))
		return;
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	wheel_cancel(&core->wheel, &g->pass_on.node);
	for (unsigned int i = 0; i < LEFT_SPANS; i++)
		wheel_cancel(&core->wheel, &g->left[i].timer.node);
	/* effects of this step may still name it */
	g->next = core->guest_graveyard;
	core->guest_graveyard = g;
}

void guest_free(struct guest *g)
{
	free(g->name);
	free(g);
}

/* --- the rate --- */

/* Refills the bucket; it holds one second's worth, at least one MAD. How long until the next MAD. */
static uint64_t rate_wait_ms(struct guest *g, struct mono_ms now)
{
	int64_t rate = g->policy ? g->policy->limits.mad_rate : 0;
	int64_t elapsed;

	if (!rate)
		return 0;
	elapsed = (int64_t)mono_until(g->rate_at, now);
	/* so long ago that it is full again, and the product might not fit */
	if (elapsed > RATE_DEBT_MS)
		g->rate_tokens = rate * RATE_UNIT;
	else
		g->rate_tokens += elapsed * rate;
	if (g->rate_tokens > rate * RATE_UNIT)
		g->rate_tokens = rate * RATE_UNIT;
	g->rate_at = now;
	if (g->rate_tokens >= RATE_UNIT)
		return 0;
	return (uint64_t)((RATE_UNIT - g->rate_tokens + rate - 1) / rate);
}

void guest_charge(struct guest *g)
{
	int64_t rate = g->policy ? g->policy->limits.mad_rate : 0;

	if (rate && g->rate_tokens > -rate * (RATE_DEBT_MS - 1000))
		g->rate_tokens -= RATE_UNIT;
}

/* --- holding and letting go --- */

static bool has_room(const struct guest *g)
{
	uint32_t left = g->quota > LEFT_MIN ? g->quota : LEFT_MIN;

	return g->outstanding < g->quota && g->outstanding + g->left_count < g->quota + left;
}

static void hold(struct proxy_core *core, struct session *s)
{
	if (s->held)
		return;
	s->held = true;
	TAILQ_INSERT_TAIL(&s->g->held, s, in_held);
	COUNT(core, s, held);
}

bool proxy_may_read(struct proxy_core *core, struct session_id id, struct mono_ms now)
{
	struct session *s = proxy_session(core, id);
	uint64_t wait_ms;

	if (!s || !s->policy)
		return false;
	if (s->outstanding >= s->capacity || !has_room(s->g)) {
		s->g->held_by = POLICY_KEY_OUTSTANDING;
		hold(core, s);
		return false;
	}
	wait_ms = rate_wait_ms(s->g, now);
	if (wait_ms) {
		s->g->held_by = POLICY_KEY_MAD_RATE;
		hold(core, s);
		wheel_arm(&core->wheel, &s->g->pass_on.node, mono_add(now, wait_ms));
		return false;
	}
	return true;
}

void guest_forget_held(struct session *s)
{
	if (s->held)
		TAILQ_REMOVE(&s->g->held, s, in_held);
	s->held = false;
}

/* The first in line that has a place of its own for one more request. */
static struct session *next_in_line(const struct guest *g)
{
	struct session *s;

	if (!g->policy || !has_room(g))
		return NULL;
	TAILQ_FOREACH (s, &g->held, in_held)
		if (s->outstanding < s->capacity)
			break;
	return s;
}

static void resume(struct proxy_core *core, struct session *s)
{
	struct audit_record rec = proxy_record(AUDIT_HELD, AUDIT_INFO, AUDIT_REASON_QUOTA);

	guest_forget_held(s);
	fold_audit(core, s->g, &rec);
	fx_add(core, PROXY_FX_RESUME)->session = s->id;
}

static void let_go(struct proxy_core *core, struct guest *g, unsigned int at_most)
{
	struct session *s = next_in_line(g);
	uint64_t wait_ms;

	if (!s)
		return;
	wait_ms = rate_wait_ms(g, core->now);
	while (s && !wait_ms && at_most--) {
		resume(core, s);
		s = next_in_line(g);
	}
	if (s && !wheel_armed(&g->pass_on.node))
		wheel_arm(&core->wheel, &g->pass_on.node,
			  mono_add(core->now, wait_ms ? wait_ms : PASS_ON_MS));
}

void guest_unhold(struct proxy_core *core, struct guest *g)
{
	let_go(core, g, 1);
}

void guest_timer(struct proxy_core *core, struct guest *g)
{
	let_go(core, g, PASS_ON_BATCH);
}

/* --- what was left with the port --- */

void guest_leave(struct proxy_core *core, struct guest *g, uint32_t timeout_ms)
{
	unsigned int i = 0;

	while (i < LEFT_SPANS - 1 && g->left[i].span_ms < timeout_ms)
		i++;
	g->left[i].fresh++;
	g->left_count++;
	if (!wheel_armed(&g->left[i].timer.node))
		wheel_arm(&core->wheel, &g->left[i].timer.node,
			  mono_add(core->now, g->left[i].span_ms));
}

/* Each is counted for one to two spans. */
void guest_left_timer(struct proxy_core *core, struct left_span *left)
{
	struct guest *g = left->guest;

	g->left_count -= left->old;
	left->old = left->fresh;
	left->fresh = 0;
	if (left->old)
		wheel_arm(&core->wheel, &left->timer.node, mono_add(core->now, left->span_ms));
	guest_unhold(core, g);
}
