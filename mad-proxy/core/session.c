/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/session.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mad-proxy/core/inbound.h"
#include "mad-proxy/core/service.h"
#include "mad-proxy/core/session_reg.h"

int sessions_init(struct proxy_core *core)
{
	struct sessions *all = calloc(1, sizeof(*all));

	core->sessions = all;
	if (!all)
		return -ENOMEM;
	TAILQ_INIT(&all->todo);
	all->slot = calloc(core->params.max_sessions, sizeof(struct session *));
	return all->slot ? 0 : -ENOMEM;
}

static void session_free(struct session *s)
{
	FOR_EACH_SERVICE(sv, session_free)
	(*sv)->session_free(s);
	inbound_fini(s);
	free(s);
}

void sessions_free_deferred(struct proxy_core *core)
{
	struct session *s;

	while ((s = core->sessions->freed_later)) {
		core->sessions->freed_later = s->next;
		session_free(s);
	}
}

void sessions_fini(struct proxy_core *core)
{
	if (!core->sessions)
		return;
	sessions_free_deferred(core); /* sessions that ended in the last step */
	while (core->sessions->list) {
		core->fx->count = 0;
		session_end(core, core->sessions->list, AUDIT_REASON_SHUTDOWN, false);
		sessions_free_deferred(core);
	}
	for (unsigned int port = 0; port < PROXY_MAX_PORTS; port++)
		assert(!core->sessions->regs[port]);
	free(core->sessions->slot);
	free(core->sessions);
}

struct session *session_find(const struct proxy_core *core, struct session_id id)
{
	unsigned int number = id.v & 0xffff;
	struct session *s =
		number < core->params.max_sessions ? core->sessions->slot[number] : NULL;

	return s && s->id.v == id.v ? s : NULL;
}

/* Entries for requests in progress, and as many for requests that are only charged. */
static uint32_t capacity_of(const struct policy_guest *guest)
{
	uint32_t quota = guest->limits.outstanding;

	if (!quota || quota > MAX_OUTSTANDING / 2)
		return MAX_OUTSTANDING;
	return quota + work_abandoned_max(quota);
}

static int services_session_new(struct proxy_core *core, struct session *s)
{
	FOR_EACH_SERVICE(sv, session_new)
	{
		int err = (*sv)->session_new(core, s);

		if (err)
			return err;
	}
	return 0;
}

static struct session *session_new(struct proxy_core *core, unsigned int number, struct guest *g,
				   int port)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->capacity = capacity_of(g->policy);
	s->g = g;
	s->policy = g->policy;
	s->bound = port;
	s->since = core->now;
	if (services_session_new(core, s)) {
		session_free(s);
		return NULL;
	}
	core->sessions->generation++;
	s->id.v = (core->sessions->generation << 16) | number;
	return s;
}

/* The policy has no such guest, so there is no account to fold records for. */
static void reject_unknown_guest(struct proxy_core *core, const char *name)
{
	struct audit_record rec = proxy_record(AUDIT_ATTACH, AUDIT_REFUSE, AUDIT_REASON_NO_SECTION);

	snprintf(core->sessions->rejected, sizeof(core->sessions->rejected), "%s", name);
	rec.guest = core->sessions->rejected;
	fx_add(core, PROXY_FX_REJECTED);
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
}

static struct session *session_make(struct proxy_core *core, struct guest *g, int port)
{
	unsigned int per_guest = core->params.max_sessions_per_guest;
	struct sessions *all = core->sessions;
	unsigned int number = 0;
	struct session *s;

	if (per_guest && g->sessions >= per_guest)
		return NULL;
	while (number < core->params.max_sessions && all->slot[number])
		number++;
	s = number < core->params.max_sessions ? session_new(core, number, g, port) : NULL;
	if (!s)
		return NULL;
	all->slot[number] = s;
	all->count++;
	g->sessions++;
	s->next = all->list;
	if (s->next)
		s->next->prev = s;
	all->list = s;
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
		reject_unknown_guest(core, guest);
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

		if (!(s->issm & (1u << port)) || --core->ports->issm_users[port])
			continue;
		fx = fx_add(core, PROXY_FX_SET_ISSM);
		fx->issm.port = port;
		fx->issm.on = false;
	}
	s->issm = 0;
}

static void todo_remove(struct proxy_core *core, struct session *s)
{
	if (s->todo)
		TAILQ_REMOVE(&core->sessions->todo, s, in_todo);
	s->todo = 0;
}

void session_end(struct proxy_core *core, struct session *s, enum audit_reason reason, bool close)
{
	struct audit_record rec = proxy_record(AUDIT_DETACH, AUDIT_INFO, reason);
	struct sessions *all = core->sessions;
	struct guest *g = s->g;

	assert(!s->dead);
	FOR_EACH_SERVICE(sv, session_end)
	(*sv)->session_end(core, s);
	session_regs_end_all(core, s, reason == AUDIT_REASON_SHUTDOWN);
	drop_issm(core, s);
	guest_forget_held(s);
	todo_remove(core, s);
	all->slot[s->id.v & 0xffff] = NULL;
	all->count--;
	g->sessions--;
	for (int i = 0; i < PROXY_COUNTERS; i++)
		g->past[i] += s->counter[i];
	if (s->prev)
		s->prev->next = s->next;
	else
		all->list = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->dead = true;
	s->next = all->freed_later;
	all->freed_later = s;
	fold_audit(core, g, &rec);
	if (close) {
		struct proxy_effect *fx = fx_add(core, PROXY_FX_CLOSE);

		fx->close.session = s->id;
		fx->close.reason = reason;
	}
	guest_resume(core, g);
}

void session_kill(struct proxy_core *core, struct session *s, enum audit_reason reason)
{
	struct audit_record rec = proxy_record(AUDIT_SESSION_KILL, AUDIT_REFUSE, reason);

	COUNT(core, s->counter, drop_malformed);
	fold_audit(core, s->g, &rec);
	session_end(core, s, reason, true);
}

void session_apply_policy(struct proxy_core *core, struct session *s)
{
	s->policy = s->g->policy;
	session_todo(core, s, TODO_POLICY);
}

void session_todo(struct proxy_core *core, struct session *s, unsigned int todo)
{
	if (!s->todo)
		TAILQ_INSERT_TAIL(&core->sessions->todo, s, in_todo);
	s->todo |= todo;
}

void sessions_tell(struct proxy_core *core, unsigned int port, enum chan_port_event event)
{
	for (struct session *s = core->sessions->list; s; s = s->next) {
		if (s->bound >= 0 && s->bound != (int)port)
			continue;
		s->events[port] |= (uint8_t)(1u << event);
		session_todo(core, s, TODO_EVENTS);
	}
}

struct proxy_push *session_push(struct proxy_core *core, struct session *s, uint8_t kind,
				const struct push_to *to, uint32_t status)
{
	struct proxy_push *push = &fx_add(core, PROXY_FX_PUSH)->push;

	*push = (struct proxy_push){
		.session = s->id,
		.kind = kind,
		.port = session_shown_port(s, to->port),
		.client = to->client,
		.agent = to->agent,
		.status = status,
		.cookie = to->cookie,
		.addr = to->addr,
	};
	COUNT(core, s->counter, to_guest);
	return push;
}

static const uint8_t *event_payload(enum chan_port_event event)
{
	static uint8_t payload[CHAN_PORT_REREGISTER + 1][CHAN_MAD_BYTES];
	struct chan_event e = {.event = event};

	memcpy(payload[event], &e, sizeof(e));
	return payload[event];
}

static void push_event(struct proxy_core *core, struct session *s, unsigned int port,
		       enum chan_port_event event)
{
	const struct push_to about = {.port = (uint16_t)port};

	session_push(core, s, CHAN_KIND_PORT_EVENT, &about, 0)->mad = event_payload(event);
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

void sessions_work(struct proxy_core *core)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&core->sessions->todo)) && fx_room(core) > EFFECT_RESERVE) {
		unsigned int todo = s->todo;

		todo_remove(core, s);
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
			session_regs_recheck(core, s);
			if (s->policy->grade < POLICY_GRADE_ADMIN)
				drop_issm(core, s);
			guest_resume(core, s->g);
		}
	}
}

uint16_t session_pkeys(const struct proxy_core *core, const struct session *s, unsigned int port,
		       uint16_t *ret_pkey)
{
	const struct admit_port at = port_admit(core, port);
	uint16_t n = 0;

	for (uint16_t i = 0; s->policy && i < at.pkeys; i++)
		if (admit_sees_pkey(s->policy, &at, i))
			ret_pkey[n++] = i;
	return n;
}

void session_check(const struct proxy_core *core, const struct session *s)
{
	unsigned int regs = 0;

	assert(!s->dead);
	assert(core->sessions->slot[s->id.v & 0xffff] == s);
	for (const struct session_reg *r = s->regs; r; r = r->next) {
		assert(r->s == s);
		if (!r->waiting)
			registry_check(core, &r->reg);
		assert(s->client[r->client].agents & (1u << r->agent));
		regs++;
	}
	assert(regs == s->reg_count);
}
