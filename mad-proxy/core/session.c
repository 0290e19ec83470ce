/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A session: one channel of a guest. It gets all its memory when it attaches; when it ends, all it
 * had ends: requests, registrations, IsSM, owed answers. It is freed at the next step, since
 * effects of this one may still name it.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mad-proxy/core/priv.h"

#define RATE_UNIT 1000 /* rate_tokens of one MAD */
#define RATE_DEBT_MS 10000 /* a debt is never more than what this time pays */

struct session *proxy_session(const struct proxy_core *core, struct session_id id)
{
	unsigned int number = id.v & 0xffff;
	struct session *s = number < core->params.max_sessions ? core->slot[number] : NULL;

	return s && s->id.v == id.v ? s : NULL;
}

static uint32_t quota_of(const struct policy_guest *guest)
{
	uint32_t quota = guest->limits.outstanding;

	return quota && quota < MAX_OUTSTANDING ? quota : MAX_OUTSTANDING;
}

static struct session *session_new(struct proxy_core *core, unsigned int number,
				   const struct policy_guest *guest)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->capacity = s->quota = quota_of(guest);
	s->guest = strdup(guest->name);
	/* calloc of this size comes from mmap: pages that are never used are never resident */
	s->txn = calloc(s->capacity, sizeof(struct txn));
	if (!s->guest || !s->txn || idtab_reserve(&core->ids, s->capacity)) {
		session_free(s);
		return NULL;
	}
	core->generation++;
	s->id.v = (core->generation << 16) | number;
	s->policy = guest;
	s->since = core->now;
	s->rate_at = core->now;
	s->rate_tokens = (int64_t)guest->limits.mad_rate * RATE_UNIT;
	s->rate_timer.kind = TIMER_RATE;
	fold_init(&s->fold);
	return s;
}

void session_free(struct session *s)
{
	free(s->inbound);
	free(s->txn);
	free(s->guest);
	free(s);
}

static void reject(struct proxy_core *core, const char *guest, enum audit_reason reason)
{
	struct audit_record rec = proxy_record(AUDIT_ATTACH, AUDIT_REFUSE, reason);

	snprintf(core->rejected, sizeof(core->rejected), "%s", guest);
	rec.guest = core->rejected;
	fx_add(core, PROXY_FX_REJECTED);
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
}

void session_attach(struct proxy_core *core, const char *guest)
{
	const struct policy_guest *policy = policy_find(core->policy, guest);
	struct audit_record rec = proxy_record(AUDIT_ATTACH, AUDIT_ALLOW, AUDIT_REASON_NONE);
	struct session *s;
	unsigned int number = 0;

	if (!policy) {
		reject(core, guest, AUDIT_REASON_NO_SECTION);
		return;
	}
	while (number < core->params.max_sessions && core->slot[number])
		number++;
	s = number < core->params.max_sessions ? session_new(core, number, policy) : NULL;
	if (!s) {
		reject(core, policy->name, AUDIT_REASON_TOO_MANY_SESSIONS);
		return;
	}
	core->slot[number] = s;
	core->session_count++;
	s->next = core->sessions;
	if (s->next)
		s->next->prev = s;
	core->sessions = s;
	fx_add(core, PROXY_FX_ATTACHED)->session = s->id;
	rec.guest = s->guest;
	rec.rule = policy_rule(core->policy, policy, POLICY_KEY_SECTION);
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
}

static void drop_issm(struct proxy_core *core, struct session *s)
{
	for (unsigned int port = 0; port < core->params.ports; port++) {
		struct proxy_effect *fx;

		if (!(s->issm & (1u << port)) || --core->issm_users[port])
			continue;
		fx = fx_add(core, PROXY_FX_SET_ISSM);
		fx->issm.port = port;
		fx->issm.on = false;
	}
	s->issm = 0;
}

static void todo_remove(struct proxy_core *core, struct session *s)
{
	struct session **at = &core->todo;

	if (!s->in_todo)
		return;
	while (*at != s)
		at = &(*at)->todo_next;
	*at = s->todo_next;
	if (core->todo_tail == &s->todo_next)
		core->todo_tail = at;
	s->in_todo = false;
}

void session_end(struct proxy_core *core, struct session *s, enum audit_reason reason, bool close)
{
	struct audit_record rec = proxy_record(AUDIT_DETACH, AUDIT_INFO, reason);

	assert(!s->dead);
	fold_flush(core, s);
	while (s->live)
		txn_free(core, s->live);
	while (s->regs)
		registry_remove(core, s->regs);
	drop_issm(core, s);
	wheel_cancel(&core->wheel, &s->fold.timer.node);
	wheel_cancel(&core->wheel, &s->rate_timer.node);
	todo_remove(core, s);
	idtab_unreserve(&core->ids, s->capacity);
	core->slot[s->id.v & 0xffff] = NULL;
	core->session_count--;
	if (s->prev)
		s->prev->next = s->next;
	else
		core->sessions = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->dead = true;
	s->next = core->graveyard;
	core->graveyard = s;
	rec.guest = s->guest;
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
	if (close)
		fx_add(core, PROXY_FX_CLOSE)->session = s->id;
}

void session_kill(struct proxy_core *core, struct session *s, enum audit_reason reason)
{
	struct audit_record rec = proxy_record(AUDIT_SESSION_KILL, AUDIT_REFUSE, reason);

	COUNT(core, s, drop_malformed);
	rec.guest = s->guest;
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
	session_end(core, s, reason, true);
}

void session_bury(struct proxy_core *core)
{
	while (core->graveyard) {
		struct session *s = core->graveyard;

		core->graveyard = s->next;
		session_free(s);
	}
}

void session_apply_policy(struct proxy_core *core, struct session *s)
{
	s->policy = policy_find(core->policy, s->guest);
	if (s->policy) {
		uint32_t quota = quota_of(s->policy);

		/* a larger table comes with the next attach */
		s->quota = quota < s->capacity ? quota : s->capacity;
	}
	session_todo(core, s, TODO_POLICY);
}

void session_todo(struct proxy_core *core, struct session *s, unsigned int todo)
{
	s->todo |= todo;
	if (s->in_todo)
		return;
	s->in_todo = true;
	s->todo_next = NULL;
	*core->todo_tail = s;
	core->todo_tail = &s->todo_next;
}

static void push_event(struct proxy_core *core, struct session *s, unsigned int port,
		       enum chan_port_event event)
{
	struct proxy_push *push = &fx_add(core, PROXY_FX_PUSH)->push;

	*push = (struct proxy_push){
		.session = s->id,
		.kind = CHAN_KIND_PORT_EVENT,
		.port = (uint16_t)port,
		.mad = ctl_event_payload(event),
	};
	COUNT(core, s, to_guest);
}

static void push_events(struct proxy_core *core, struct session *s)
{
	for (unsigned int port = 0; port < core->params.ports; port++) {
		for (unsigned int e = CHAN_PORT_ACTIVE; e <= CHAN_PORT_REREGISTER; e++)
			if (s->hello && (s->events[port] & (1u << e)))
				push_event(core, s, port, (enum chan_port_event)e);
		s->events[port] = 0;
	}
}

/* Registrations that the guest's grade no longer allows are taken back. */
static void recheck_registrations(struct proxy_core *core, struct session *s)
{
	struct reg *next;

	for (struct reg *reg = s->regs; reg; reg = next) {
		next = reg->next;
		if (admit_register(s->policy->grade, &reg->what).verdict != AUDIT_ALLOW)
			ctl_withdraw(core, reg);
	}
	if (s->policy->grade < POLICY_GRADE_ADMIN)
		drop_issm(core, s);
}

void session_work(struct proxy_core *core)
{
	while (core->todo && fx_room(core) > EFFECT_RESERVE) {
		struct session *s = core->todo;
		unsigned int todo = s->todo;

		todo_remove(core, s);
		s->todo = 0;
		if (!s->policy) {
			session_end(core, s, AUDIT_REASON_POLICY_CHANGED, true);
			continue;
		}
		if (todo & TODO_EVENTS)
			push_events(core, s);
		if (todo & TODO_LOST) {
			struct audit_record rec =
				proxy_record(AUDIT_LOST, AUDIT_INFO, AUDIT_REASON_RING_FULL);

			rec.guest = s->guest;
			fold_audit(core, s, &rec);
		}
		if (todo & TODO_POLICY) {
			recheck_registrations(core, s);
			session_unhold(core, s);
		}
	}
}

/* Refills the bucket; it holds one second's worth, at least one MAD. */
static bool rate_allows(struct session *s, struct mono_ms now)
{
	int64_t rate = s->policy ? s->policy->limits.mad_rate : 0;
	int64_t elapsed = (int64_t)mono_until(s->rate_at, now);

	if (!rate)
		return true;
	/* so long ago that it is full again, and the product might not fit */
	if (elapsed > RATE_DEBT_MS)
		s->rate_tokens = rate * RATE_UNIT;
	else
		s->rate_tokens += elapsed * rate;
	if (s->rate_tokens > rate * RATE_UNIT)
		s->rate_tokens = rate * RATE_UNIT;
	s->rate_at = now;
	return s->rate_tokens >= RATE_UNIT;
}

void session_charge(struct session *s)
{
	int64_t rate = s->policy ? s->policy->limits.mad_rate : 0;

	if (rate && s->rate_tokens > -rate * (RATE_DEBT_MS - 1000))
		s->rate_tokens -= RATE_UNIT;
}

static void hold(struct proxy_core *core, struct session *s)
{
	if (s->held)
		return;
	s->held = true;
	COUNT(core, s, held);
}

bool proxy_may_read(struct proxy_core *core, struct session_id id, struct mono_ms now)
{
	struct session *s = proxy_session(core, id);

	if (!s || !s->policy)
		return false;
	if (s->outstanding >= s->quota) {
		hold(core, s);
		return false;
	}
	if (!rate_allows(s, now)) {
		int64_t rate = s->policy->limits.mad_rate;
		int64_t wait_ms = (RATE_UNIT - s->rate_tokens + rate - 1) / rate;

		hold(core, s);
		wheel_arm(&core->wheel, &s->rate_timer.node, mono_add(now, (uint64_t)wait_ms));
		return false;
	}
	return true;
}

void session_unhold(struct proxy_core *core, struct session *s)
{
	struct audit_record rec = proxy_record(AUDIT_HELD, AUDIT_INFO, AUDIT_REASON_QUOTA);

	if (!s->held || s->outstanding >= s->quota || wheel_armed(&s->rate_timer.node))
		return;
	s->held = false;
	rec.guest = s->guest;
	fold_audit(core, s, &rec);
	fx_add(core, PROXY_FX_RESUME)->session = s->id;
}

uint16_t session_pkeys(const struct proxy_core *core, const struct session *s, unsigned int port,
		       uint16_t *ret_pkey)
{
	const struct proxy_port_attr *attr = &core->port[port];
	uint16_t n = 0;

	for (uint16_t i = 0; s->policy && i < attr->info.pkeys && i < PROXY_MAX_PKEYS; i++) {
		uint16_t pkey = attr->pkey[i];

		/* free entries keep a table's shape for those who see all of it */
		if ((pkey & 0x7fff) == 0 && s->policy->grade < POLICY_GRADE_ADMIN)
			continue;
		if (s->policy->grade == POLICY_GRADE_ADMIN ||
		    policy_pkey_allowed(s->policy, pkey, attr->pkey[0]))
			ret_pkey[n++] = i;
	}
	return n;
}

int session_pkey_index(const struct proxy_core *core, const struct session *s, unsigned int port,
		       unsigned int index)
{
	uint16_t physical[PROXY_MAX_PKEYS];
	uint16_t n = session_pkeys(core, s, port, physical);

	return index < n ? physical[index] : -1;
}
