/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/guest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "mad-proxy/core/request.h"
#include "mad-proxy/core/session_reg.h"

#define RESUME_AGAIN_MS 1
#define RESUME_BATCH 8

int guests_init(struct proxy_core *core)
{
	core->guests = calloc(1, sizeof(*core->guests));
	return core->guests ? 0 : -ENOMEM;
}

static void guest_free(struct guest *g)
{
	free(g->name);
	free(g);
}

void guests_free_deferred(struct proxy_core *core)
{
	struct guest *g;

	while ((g = core->guests->freed_later)) {
		core->guests->freed_later = g->next;
		guest_free(g);
	}
}

void guests_fini(struct proxy_core *core)
{
	struct guest *g;

	if (!core->guests)
		return;
	guests_free_deferred(core);
	while ((g = core->guests->list)) {
		core->guests->list = g->next;
		guest_free(g);
	}
	free(core->guests);
}

void guest_apply_policy(struct proxy_core *core, struct guest *g)
{
	g->policy = policy_find(core->policy, g->name);
	if (g->policy)
		account_set_limits(&g->account, g->policy->limits.outstanding,
				   g->policy->limits.mad_rate);
}

struct guest *guest_find(const struct proxy_core *core, const char *name)
{
	struct guest *g = core->guests->list;

	while (g && strcmp(g->name, name))
		g = g->next;
	return g;
}

static void resume_held(struct proxy_core *core, struct guest *g, unsigned int at_most);

static void account_room(struct proxy_core *core, struct account *account)
{
	request_next_tables(core, account);
	guest_resume(core, container_of(account, struct guest, account));
}

static void resume_due(struct proxy_core *core, struct timer *timer)
{
	resume_held(core, container_of(timer, struct guest, resume), RESUME_BATCH);
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
	g->resume.due = resume_due;
	TAILQ_INIT(&g->regs_waiting);
	g->regs_timer.due = session_regs_due;
	account_init(core, &g->account, account_room);
	fold_init(&g->fold);
	guest_apply_policy(core, g);
	g->next = core->guests->list;
	core->guests->list = g;
	return g;
}

void guest_retire(struct proxy_core *core, struct guest *g)
{
	struct guest **at = &core->guests->list;

	if (g->sessions || g->policy || timer_armed(&g->fold.timer))
		return;
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	timer_cancel(core, &g->resume);
	timer_cancel(core, &g->regs_timer);
	account_fini(core, &g->account);
	g->next = core->guests->freed_later;
	core->guests->freed_later = g;
}

/* --- holding and resuming --- */

static void hold(struct proxy_core *core, struct session *s, enum policy_key why, bool is_request)
{
	struct guest *g = s->g;

	if (s->held)
		g->held_others -= !s->held_request;
	g->held_others += !is_request;
	s->held_request = is_request;
	s->held_by = why;
	if (s->held)
		return;
	s->held = true;
	TAILQ_INSERT_TAIL(&g->held, s, in_held);
	if (why == GUEST_HELD_BY_WINDOW)
		COUNT(core, s->counter, held_window);
	else
		COUNT(core, s->counter, held);
}

bool guest_may_read(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		    bool is_request, struct mono_ms now)
{
	uint64_t wait_ms;

	if (is_request && (s->outstanding >= s->capacity || !account_has_room(&s->g->account))) {
		hold(core, s, POLICY_KEY_OUTSTANDING, is_request);
		return false;
	}
	wait_ms = account_rate_wait_ms(&s->g->account, now);
	if (wait_ms) {
		hold(core, s, POLICY_KEY_MAD_RATE, is_request);
		timer_arm_at(core, &s->g->resume, mono_add(now, wait_ms));
		return false;
	}
	if (is_request && (slot->timeout_ms || !work_is_one_way(slot->mad)) &&
	    !requests_have_room(core, &s->g->account, now)) {
		hold(core, s, GUEST_HELD_BY_WINDOW, is_request);
		timer_arm_at(core, &s->g->resume, mono_add(now, RESUME_AGAIN_MS));
		return false;
	}
	return true;
}

void guest_forget_held(struct session *s)
{
	if (!s->held)
		return;
	TAILQ_REMOVE(&s->g->held, s, in_held);
	s->g->held_others -= !s->held_request;
	s->held = false;
}

/* The first in line whose next slot is no request, or has room. */
static struct session *next_in_line(const struct guest *g, bool window_full)
{
	const bool has_room = !window_full && account_has_room(&g->account);
	struct session *s;

	if (!g->policy || (!has_room && !g->held_others))
		return NULL;
	TAILQ_FOREACH (s, &g->held, in_held)
		if (!s->held_request || (has_room && s->outstanding < s->capacity))
			break;
	return s;
}

static void resume_one(struct proxy_core *core, struct session *s)
{
	struct audit_record rec = proxy_record(AUDIT_HELD, AUDIT_INFO, AUDIT_REASON_QUOTA);

	rec.key = s->held_by;
	guest_forget_held(s);
	if (s->held_by != GUEST_HELD_BY_WINDOW)
		fold_audit(core, s->g, &rec);
	fx_add(core, PROXY_FX_RESUME)->session = s->id;
}

static void resume_held(struct proxy_core *core, struct guest *g, unsigned int at_most)
{
	const bool window_full = !requests_have_room(core, &g->account, core->now);
	struct session *s = next_in_line(g, window_full);
	uint64_t wait_ms = 0;

	if (s)
		wait_ms = account_rate_wait_ms(&g->account, core->now);
	while (s && !wait_ms && at_most--) {
		resume_one(core, s);
		s = next_in_line(g, window_full);
	}
	if ((s || (window_full && !TAILQ_EMPTY(&g->held))) && !timer_armed(&g->resume))
		timer_arm(core, &g->resume, wait_ms ? wait_ms : RESUME_AGAIN_MS);
}

void guest_resume(struct proxy_core *core, struct guest *g)
{
	resume_held(core, g, 1);
}

void guest_check(const struct proxy_core *core, const struct guest *g)
{
	unsigned int sessions = 0, held = 0, others = 0, regs = 0;

	for (const struct session *s = core->sessions->list; s; s = s->next) {
		if (s->g != g)
			continue;
		sessions++;
		regs += s->reg_count;
		held += s->held;
	}
	for (const struct session *s = TAILQ_FIRST(&g->held); s; s = TAILQ_NEXT(s, in_held)) {
		assert(s->held && s->g == g);
		held--;
		others += !s->held_request;
	}
	assert(sessions == g->sessions && regs == g->regs);
	assert(held == 0 && others == g->held_others);
	account_check(&g->account);
}
