/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The composition: one event goes to the file that knows it, due timers to theirs, and what they
 * decided comes back as effects. See priv.h for the map of the files.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mad-proxy/core/priv.h"

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* An event that ends all waiters, and then a timer that does. */
_Static_assert(PROXY_MAX_EFFECTS >= 2 * EFFECT_RESERVE, "effects");

struct proxy_effect *fx_add(struct proxy_core *core, enum proxy_effect_kind kind)
{
	static struct proxy_effect overflow;
	struct proxy_effect *fx;

	/* EFFECT_RESERVE makes this unreachable; if it is not, losing the effect is counted. */
	if (core->fx->count == PROXY_MAX_EFFECTS) {
		COUNT(core, NULL, drop_effects);
		return &overflow;
	}
	fx = &core->fx->fx[core->fx->count++];
	fx->kind = kind;
	return fx;
}

void proxy_count(struct proxy_core *core, struct session *s, enum proxy_counter c)
{
	core->total[c]++;
	if (s)
		s->counter[c]++;
}

struct audit_record proxy_record(enum audit_event event, enum audit_verdict verdict,
				 enum audit_reason reason)
{
	return (struct audit_record){
		.event = event, .verdict = verdict, .reason = reason, .port = -1};
}

void proxy_record_mad(struct audit_record *rec, unsigned int port, const struct chan_addr *addr,
		      const uint8_t *mad)
{
	rec->port = (int)port;
	rec->mad_set = true;
	rec->mgmt_class = wire_mad_class(mad);
	rec->method = wire_mad_method(mad);
	rec->attribute = wire_mad_attribute(mad);
	rec->peer_lid = addr->lid;
	rec->peer_gid_set = addr->grh_present;
	memcpy(rec->peer_gid, addr->gid, sizeof(rec->peer_gid));
}

struct proxy_core *proxy_core_new(const struct proxy_params *params)
{
	struct proxy_core *core = calloc(1, sizeof(*core));

	if (!core)
		return NULL;
	assert(params->ports >= 1 && params->ports <= PROXY_MAX_PORTS);
	assert(params->max_sessions >= 1 && params->max_sessions <= 0xffff);
	core->params = *params;
	core->policy = params->policy;
	core->todo_tail = &core->todo;
	core->slot = calloc(params->max_sessions, sizeof(struct session *));
	if (!core->slot)
		goto no_slots;
	if (idtab_init(&core->ids, params->seed))
		goto no_ids;
	if (idtab_init(&core->tokens, params->seed ^ 0x5bd1e995))
		goto no_tokens;
	if (idtab_reserve(&core->ids, MERGE_OPS) || merge_init(&core->merge, params->seed))
		goto no_merge;
	wheel_init(&core->wheel, (struct mono_ms){0});
	return core;

no_merge:
	idtab_fini(&core->tokens);
no_tokens:
	idtab_fini(&core->ids);
no_ids:
	free(core->slot);
no_slots:
	free(core);
	return NULL;
}

void proxy_core_free(struct proxy_core *core)
{
	struct proxy_effects *fx;

	if (!core)
		return;
	fx = calloc(1, sizeof(*fx));
	assert(fx);
	fx->fx = calloc(PROXY_MAX_EFFECTS, sizeof(*fx->fx));
	assert(fx->fx);
	core->fx = fx;
	session_bury(core); /* those that ended in the last step */
	while (core->sessions) {
		fx->count = 0;
		session_end(core, core->sessions, AUDIT_REASON_SHUTDOWN, false);
		session_bury(core);
	}
	while (core->guests) {
		struct guest *g = core->guests;

		core->guests = g->next;
		guest_free(g);
	}
	merge_fini(&core->merge);
	/* Operations still in flight are only forgotten: their nodes lay in the merge table. */
	core->ids.live = 0;
	idtab_fini(&core->ids);
	idtab_fini(&core->tokens);
	free(core->slot);
	free(core);
	free(fx->fx);
	free(fx);
}

static void run_timer(struct proxy_core *core, struct wheel_node *node)
{
	struct timer *timer = container_of(node, struct timer, node);

	switch (timer->kind) {
	case TIMER_TXN:
		txn_timer(core, container_of(timer, struct txn, timer));
		break;
	case TIMER_OP:
		merge_timer(core, container_of(timer, struct merge_op, timer));
		break;
	case TIMER_GUEST:
		guest_timer(core, container_of(timer, struct guest, pass_on));
		break;
	case TIMER_LEFT:
		guest_left_timer(core, container_of(timer, struct left_span, timer));
		break;
	case TIMER_FOLD:
		fold_timer(core, container_of(timer, struct guest, fold.timer));
		break;
	}
}

/* What is due or was put off, as long as there is room for its effects. */
static void run_due(struct proxy_core *core)
{
	while (fx_room(core) > EFFECT_RESERVE) {
		struct wheel_node *node = wheel_pop(&core->wheel, core->now);

		if (!node)
			break;
		run_timer(core, node);
	}
	session_work(core);
}

static void port_attr(struct proxy_core *core, unsigned int port,
		      const struct proxy_port_attr *attr)
{
	if (port >= core->params.ports)
		return;
	core->port[port] = *attr;
	core->port_known[port] = true;
}

static void port_event(struct proxy_core *core, unsigned int port, enum chan_port_event event)
{
	struct audit_record rec = proxy_record(AUDIT_PORT, AUDIT_INFO, AUDIT_REASON_NONE);
	static const char *const text[] = {
		[CHAN_PORT_ACTIVE] = "active",	     [CHAN_PORT_DOWN] = "down",
		[CHAN_PORT_LID] = "LID changed",     [CHAN_PORT_SM] = "SM changed",
		[CHAN_PORT_PKEY] = "P_Keys changed", [CHAN_PORT_REREGISTER] = "client reregister",
	};

	if (port >= core->params.ports || (unsigned int)event > CHAN_PORT_REREGISTER)
		return;
	merge_flush(core);
	rec.port = (int)port;
	rec.detail = text[event];
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
	for (struct session *s = core->sessions; s; s = s->next) {
		if (s->bound >= 0 && s->bound != (int)port)
			continue;
		s->events[port] |= (uint8_t)(1u << event);
		session_todo(core, s, TODO_EVENTS);
	}
}

static void new_policy(struct proxy_core *core, const struct policy *policy)
{
	struct guest *next;

	core->policy = policy;
	for (struct guest *g = core->guests; g; g = next) {
		next = g->next;
		guest_apply_policy(core, g);
		guest_retire(core, g);
	}
	/* Pointers into the old policy go at once; what must be closed is closed as room allows. */
	for (struct session *s = core->sessions; s; s = s->next)
		session_apply_policy(core, s);
}

/* What was counted and not yet written: no timer comes any more. */
static void stop(struct proxy_core *core)
{
	for (struct guest *g = core->guests; g && fx_room(core) > EFFECT_RESERVE; g = g->next)
		fold_flush(core, g);
}

static void take_slot(struct proxy_core *core, struct session_id id, const struct chan_slot *slot)
{
	struct session *s = proxy_session(core, id);

	/* without a section any more: its end waits for room in session_work() */
	if (!s || !s->policy)
		return;
	if (s->bound >= 0) {
		/* its port is 0; any other is one that cannot be, and is found out as such */
		core->slot_in = *slot;
		core->slot_in.port = slot->port ? UINT16_MAX : (uint16_t)s->bound;
		slot = &core->slot_in;
	}
	if (slot->kind == CHAN_KIND_SEND && s->hello)
		guest_mad(core, s, slot);
	else
		ctl_slot(core, s, slot);
}

void proxy_step(struct proxy_core *core, const struct proxy_event *event, struct mono_ms now,
		struct proxy_effects *effects)
{
	struct session *s;

	session_bury(core);
	effects->count = 0;
	core->fx = effects;
	core->now = now;
	switch (event->kind) {
	case PROXY_EV_ATTACH:
		session_attach(core, event->attach.guest, event->attach.port);
		break;
	case PROXY_EV_DETACH:
		s = proxy_session(core, event->detach.session);
		if (s && (event->detach.reason == AUDIT_REASON_BAD_INDEX ||
			  event->detach.reason == AUDIT_REASON_MALFORMED_SLOT))
			session_kill(core, s, event->detach.reason);
		else if (s)
			session_end(core, s, event->detach.reason, true);
		break;
	case PROXY_EV_SLOT:
		take_slot(core, event->slot.session, event->slot.slot);
		break;
	case PROXY_EV_PORT_MAD:
		port_mad(core, event);
		break;
	case PROXY_EV_REGISTERED:
		ctl_registered(core, event->registered.token, event->registered.error);
		break;
	case PROXY_EV_PORT_ATTR:
		port_attr(core, event->port_attr.port, event->port_attr.attr);
		break;
	case PROXY_EV_PORT_EVENT:
		port_event(core, event->port_event.port, event->port_event.event);
		break;
	case PROXY_EV_TICK:
		break;
	case PROXY_EV_POLICY:
		new_policy(core, event->policy.policy);
		break;
	case PROXY_EV_STOP:
		stop(core);
		break;
	}
	run_due(core);
	core->fx = NULL;
}

struct mono_ms proxy_deadline(const struct proxy_core *core)
{
	return core->todo ? core->now : wheel_deadline(&core->wheel);
}
