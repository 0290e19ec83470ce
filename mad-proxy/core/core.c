/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The core as a whole: dispatches an event to its file and due timers to theirs, and returns the effects.
 * docs/architecture.md has the map of the files.
 */
#include "mad-proxy/core/core.h"

#include <assert.h>
#include <stdlib.h>

#include "mad-proxy/core/ctl.h"
#include "mad-proxy/core/forward.h"
#include "mad-proxy/core/merge.h"
#include "mad-proxy/core/registry.h"
#include "mad-proxy/core/request.h"
#include "mad-proxy/core/session_reg.h"

const struct service *const services[] = {&forward_service, NULL};

static int services_init(struct proxy_core *core)
{
	FOR_EACH_SERVICE(sv, init)
	{
		int err = (*sv)->init(core);

		if (err)
			return err;
	}
	return 0;
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
	core->ports = calloc(1, sizeof(*core->ports));
	if (core->ports && !engine_init(core) && !requests_init(core) && !registry_init(core) &&
	    !guests_init(core) && !sessions_init(core) && !services_init(core))
		return core;
	proxy_core_free(core);
	return NULL;
}

void proxy_core_free(struct proxy_core *core)
{
	struct proxy_effects last = {.fx = calloc(PROXY_MAX_EFFECTS, sizeof(*last.fx))};

	if (core) {
		assert(last.fx);
		/* cppcheck-suppress autoVariables ; the core ends before this function returns */
		core->fx = &last;
		sessions_fini(core);
		guests_fini(core);
		FOR_EACH_SERVICE(sv, fini)
		(*sv)->fini(core);
		session_regs_fini(core);
		registry_fini(core);
		requests_fini(core);
		engine_fini(core);
		free(core->ports);
	}
	free(core);
	free(last.fx);
}

static void set_port_attr(struct proxy_core *core, unsigned int port,
			  const struct proxy_port_attr *attr)
{
	if (port >= core->params.ports)
		return;
	core->ports->attr[port] = *attr;
	core->ports->known[port] = true;
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
	rec.port = (int)port;
	rec.detail = text[event];
	fx_add(core, PROXY_FX_AUDIT)->audit = rec;
	FOR_EACH_SERVICE(sv, port_event)
	(*sv)->port_event(core, port, event);
	sessions_tell(core, port, event);
}

static void new_policy(struct proxy_core *core, const struct policy *policy)
{
	struct guest *next;

	core->policy = policy;
	merge_flush(core); /* the cache time may have changed */
	for (struct guest *g = core->guests->list; g; g = next) {
		next = g->next;
		guest_apply_policy(core, g);
		guest_retire(core, g);
	}
	/* Pointers into the old policy are replaced at once; sessions close as effects have room. */
	for (struct session *s = core->sessions->list; s; s = s->next)
		session_apply_policy(core, s);
}

/* Writes the folded records: no timer fires any more. */
static void stop(struct proxy_core *core)
{
	for (struct guest *g = core->guests->list; g && fx_room(core) > EFFECT_RESERVE; g = g->next)
		fold_flush(core, g);
}

static void take_slot(struct proxy_core *core, struct session_id id, const struct chan_slot *slot)
{
	struct session *s = session_find(core, id);
	struct chan_slot own_port;

	/* without a section its end waits for room in session_work() */
	if (!s || !s->policy)
		return;
	if (s->bound >= 0) {
		/* port 0 marks its port; other numbers become an invalid one, which is then refused */
		own_port = *slot;
		own_port.port = slot->port ? UINT16_MAX : (uint16_t)s->bound;
		slot = &own_port;
	}
	if (slot->kind == CHAN_KIND_SEND && s->hello)
		forward_mad(core, s, slot);
	else
		ctl_slot(core, s, slot);
}

static void detach(struct proxy_core *core, struct session_id id, enum audit_reason reason)
{
	struct session *s = session_find(core, id);

	if (s && (reason == AUDIT_REASON_BAD_INDEX || reason == AUDIT_REASON_MALFORMED_SLOT))
		session_kill(core, s, reason);
	else if (s)
		session_end(core, s, reason, true);
}

static void restored(struct proxy_core *core, const struct proxy_state *state)
{
	if (!state->key_len || state->key_len > PROXY_STATE_KEY_MAX ||
	    state->value_len > PROXY_STATE_VALUE_MAX)
		return;
	if (state->kind == PROXY_STATE_REGISTRATION)
		session_reg_restored(core, state);
	FOR_EACH_SERVICE(sv, restored)
	(*sv)->restored(core, state);
}

static void port_mad(struct proxy_core *core, const struct proxy_port_mad *in)
{
	if (in->port >= core->params.ports)
		return;
	if (in->status)
		requests_returned(core, in);
	else if (wire_mad_is_response(in->mad))
		requests_answer(core, in);
	else
		registry_unsolicited(core, in);
}

void proxy_step(struct proxy_core *core, const struct proxy_event *event, struct mono_ms now,
		struct proxy_effects *effects)
{
	sessions_free_deferred(core);
	guests_free_deferred(core);
	engine_begin(core, effects, now);
	switch (event->kind) {
	case PROXY_EV_ATTACH:
		session_attach(core, event->attach.guest, event->attach.port);
		break;
	case PROXY_EV_DETACH:
		detach(core, event->detach.session, event->detach.reason);
		break;
	case PROXY_EV_SLOT:
		take_slot(core, event->slot.session, event->slot.slot);
		break;
	case PROXY_EV_PORT_MAD:
		port_mad(core, &event->port_mad);
		break;
	case PROXY_EV_REGISTERED:
		registry_made(core, event->registered.token, event->registered.error);
		break;
	case PROXY_EV_PORT_ATTR:
		set_port_attr(core, event->port_attr.port, event->port_attr.attr);
		break;
	case PROXY_EV_PORT_EVENT:
		port_event(core, event->port_event.port, event->port_event.event);
		break;
	case PROXY_EV_TICK:
		break;
	case PROXY_EV_POLICY:
		new_policy(core, event->policy.policy);
		break;
	case PROXY_EV_STATE:
		restored(core, &event->state);
		break;
	case PROXY_EV_STATE_END:
		FOR_EACH_SERVICE(sv, restored_all)
		(*sv)->restored_all(core);
		break;
	case PROXY_EV_STOP:
		stop(core);
		break;
	}
	engine_run_due(core);
	sessions_work(core);
	core->fx = NULL;
}

struct mono_ms proxy_deadline(const struct proxy_core *core)
{
	return TAILQ_EMPTY(&core->sessions->todo) ? wheel_deadline(&core->wheel) : core->now;
}

bool proxy_may_read(struct proxy_core *core, struct session_id id, const struct chan_slot *slot,
		    struct mono_ms now)
{
	struct session *s = session_find(core, id);

	return s && s->policy &&
	       guest_may_read(core, s, slot, forward_makes_request(core, s, slot), now);
}

bool proxy_is_held_shortly(const struct proxy_core *core, struct session_id id)
{
	const struct session *s = session_find(core, id);

	return s && s->held && s->held_by == GUEST_HELD_BY_WINDOW;
}
