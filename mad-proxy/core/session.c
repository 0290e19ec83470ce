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

struct session *proxy_session(const struct proxy_core *core, struct session_id id)
{
	unsigned int number = id.v & 0xffff;
	struct session *s = number < core->params.max_sessions ? core->slot[number] : NULL;

	return s && s->id.v == id.v ? s : NULL;
}

static uint32_t capacity_of(const struct policy_guest *guest)
{
	uint32_t quota = guest->limits.outstanding;

	return quota && quota < MAX_OUTSTANDING ? quota : MAX_OUTSTANDING;
}

static struct session *session_new(struct proxy_core *core, unsigned int number, struct guest *g,
				   int port)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->capacity = capacity_of(g->policy);
	/* calloc of this size comes from mmap: pages that are never used are never resident */
	s->txn = calloc(s->capacity, sizeof(struct txn));
	if (!s->txn || idtab_reserve(&core->ids, s->capacity)) {
		session_free(s);
		return NULL;
	}
	core->generation++;
	s->id.v = (core->generation << 16) | number;
	s->bound = port;
	s->g = g;
	s->policy = g->policy;
	s->since = core->now;
	return s;
}

void session_free(struct session *s)
{
	free(s->inbound);
	free(s->txn);
	free(s);
}

/* Nobody the policy knows: no guest to fold for, and no socket of its own to come by again. */
static void reject_stranger(struct proxy_core *core, const char *name)
{
	struct audit_record rec = proxy_record(AUDIT_ATTACH, AUDIT_REFUSE, AUDIT_REASON_NO_SECTION);

	snprintf(core->rejected, sizeof(core->rejected), "%s", name);
	rec.guest = core->rejected;
	fx_add(core, PROXY_FX_REJECTED);
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
}

static struct session *session_make(struct proxy_core *core, struct guest *g, int port)
{
	unsigned int per_guest = core->params.max_sessions_per_guest;
	unsigned int number = 0;
	struct session *s;

	if (per_guest && g->sessions >= per_guest)
		return NULL;
	while (number < core->params.max_sessions && core->slot[number])
		number++;
	s = number < core->params.max_sessions ? session_new(core, number, g, port) : NULL;
	if (!s)
		return NULL;
	core->slot[number] = s;
	core->session_count++;
	g->sessions++;
	s->next = core->sessions;
	if (s->next)
		s->next->prev = s;
	core->sessions = s;
	return s;
}

void session_attach(struct proxy_core *core, const char *guest, int port)
{
	struct audit_record allowed = proxy_record(AUDIT_ATTACH, AUDIT_ALLOW, AUDIT_REASON_NONE);
	struct audit_record full =
		proxy_record(AUDIT_ATTACH, AUDIT_REFUSE, AUDIT_REASON_TOO_MANY_SESSIONS);
	struct session *s;
	struct guest *g;

	assert(port < (int)core->params.ports);
	if (!policy_find(core->policy, guest)) {
		reject_stranger(core, guest);
		return;
	}
	g = guest_get(core, guest);
	s = g ? session_make(core, g, port) : NULL;
	if (s)
		fx_add(core, PROXY_FX_ATTACHED)->session = s->id;
	else
		fx_add(core, PROXY_FX_REJECTED);
	if (g)
		fold_audit(core, g, s ? &allowed : &full);
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
	struct guest *g = s->g;

	assert(!s->dead);
	while (s->live)
		txn_abandon(core, s->live);
	while (s->regs)
		registry_remove(core, s->regs);
	drop_issm(core, s);
	guest_forget_held(s);
	todo_remove(core, s);
	idtab_unreserve(&core->ids, s->capacity);
	core->slot[s->id.v & 0xffff] = NULL;
	core->session_count--;
	g->sessions--;
	for (int i = 0; i < PROXY_COUNTERS; i++)
		g->past[i] += s->counter[i];
	if (s->prev)
		s->prev->next = s->next;
	else
		core->sessions = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->dead = true;
	s->next = core->graveyard;
	core->graveyard = s;
	fold_audit(core, g, &rec);
	if (close) {
		struct proxy_effect *fx = fx_add(core, PROXY_FX_CLOSE);

		fx->close.session = s->id;
		fx->close.reason = reason;
	}
	guest_unhold(core, g);
}

void session_kill(struct proxy_core *core, struct session *s, enum audit_reason reason)
{
	struct audit_record rec = proxy_record(AUDIT_SESSION_KILL, AUDIT_REFUSE, reason);

	COUNT(core, s, drop_malformed);
	fold_audit(core, s->g, &rec);
	session_end(core, s, reason, true);
}

void session_bury(struct proxy_core *core)
{
	while (core->graveyard) {
		struct session *s = core->graveyard;

		core->graveyard = s->next;
		session_free(s);
	}
	while (core->guest_graveyard) {
		struct guest *g = core->guest_graveyard;

		core->guest_graveyard = g->next;
		guest_free(g);
	}
}

void session_apply_policy(struct proxy_core *core, struct session *s)
{
	s->policy = s->g->policy;
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
		.port = session_shown_port(s, port),
		.mad = ctl_event_payload(event),
	};
	COUNT(core, s, to_guest);
}

static void push_events(struct proxy_core *core, struct session *s)
{
	const unsigned int ports = core->params.ports;

	assert(ports <= PROXY_MAX_PORTS);
	for (unsigned int port = 0; port < ports; port++) {
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

			rec.guest = s->g->name;
			fold_audit(core, s->g, &rec);
		}
		if (todo & TODO_POLICY) {
			recheck_registrations(core, s);
			guest_unhold(core, s->g);
		}
	}
}

/* The entries of a port's table that this session sees, in their order. */
static bool sees_pkey(const struct session *s, const struct proxy_port_attr *attr, uint16_t i)
{
	if (s->policy->grade == POLICY_GRADE_ADMIN)
		return true;
	/* free entries keep a table's shape for those who see all of it */
	return (attr->pkey[i] & 0x7fff) &&
	       policy_pkey_allowed(s->policy, attr->pkey[i], attr->pkey[0]);
}

uint16_t session_pkeys(const struct proxy_core *core, const struct session *s, unsigned int port,
		       uint16_t *ret_pkey)
{
	const struct proxy_port_attr *attr = &core->port[port];
	uint16_t n = 0;

	for (uint16_t i = 0; s->policy && i < attr->info.pkeys && i < PROXY_MAX_PKEYS; i++)
		if (sees_pkey(s, attr, i))
			ret_pkey[n++] = i;
	return n;
}

int session_pkey_index(const struct proxy_core *core, const struct session *s, unsigned int port,
		       unsigned int index)
{
	const struct proxy_port_attr *attr = &core->port[port];

	/* every MAD comes by here, and nearly all want the first: no look at the rest of the table */
	for (uint16_t i = 0; s->policy && i < attr->info.pkeys && i < PROXY_MAX_PKEYS; i++)
		if (sees_pkey(s, attr, i) && index-- == 0)
			return i;
	return -1;
}
