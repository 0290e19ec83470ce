/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Control slots: what a guest says about itself. Each is answered under its cookie; a message that
 * no honest guest sends ends the session.
 */
#include <errno.h>
#include <string.h>

#include "mad-proxy/core/priv.h"

static struct proxy_push *reply(struct proxy_core *core, struct session *s,
				const struct chan_slot *slot, uint32_t status)
{
	struct proxy_push *push = &fx_add(core, PROXY_FX_PUSH)->push;

	*push = (struct proxy_push){
		.session = s->id,
		.kind = (uint8_t)(slot->kind + 1),
		.port = session_shown_port(s, slot->port),
		.client = slot->client,
		.agent = slot->agent,
		.status = status,
		.cookie = slot->cookie,
		.mad = core->scratch,
	};
	memset(core->scratch, 0, sizeof(core->scratch));
	COUNT(core, s, to_guest);
	return push;
}

static void hello(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct chan_hello_reply answer = {
		.magic = CHAN_ABI_MAGIC,
		.version = CHAN_ABI_VERSION,
		.ports = s->bound < 0 ? (uint16_t)core->params.ports : 1,
		.outstanding = s->g->quota < s->capacity ? s->g->quota : s->capacity,
	};
	struct chan_hello ask;

	memcpy(&ask, slot->mad, sizeof(ask));
	if (ask.magic != CHAN_ABI_MAGIC || ask.version_min > CHAN_ABI_VERSION ||
	    ask.version_max < CHAN_ABI_VERSION) {
		session_kill(core, s, AUDIT_REASON_VERSION);
		return;
	}
	s->hello = true;
	reply(core, s, slot, 0);
	memcpy(core->scratch, &answer, sizeof(answer));
}

static void port_query(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	uint16_t physical[PROXY_MAX_PKEYS];
	struct chan_port_info info;

	if (!core->port_known[slot->port]) {
		reply(core, s, slot, ENODEV);
		return;
	}
	info = core->port[slot->port].info;
	info.pkeys = session_pkeys(core, s, slot->port, physical);
	reply(core, s, slot, 0);
	memcpy(core->scratch, &info, sizeof(info));
}

static void pkey_query(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	uint16_t physical[PROXY_MAX_PKEYS];
	uint16_t total = session_pkeys(core, s, slot->port, physical);
	struct chan_pkeys ask, answer = {.total = total};

	memcpy(&ask, slot->mad, sizeof(ask));
	answer.first = ask.first < total ? ask.first : total;
	while (answer.count < CHAN_PKEYS_PER_SLOT && answer.first + answer.count < total) {
		answer.pkey[answer.count] =
			core->port[slot->port].pkey[physical[answer.first + answer.count]];
		answer.count++;
	}
	reply(core, s, slot, core->port_known[slot->port] ? 0 : ENODEV);
	memcpy(core->scratch, &answer, sizeof(answer));
}

static void client_open(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct client *client = &s->client[slot->client];

	if (client->open) {
		reply(core, s, slot, EBUSY);
		return;
	}
	*client = (struct client){.open = true, .port = (uint8_t)slot->port};
	s->client_count++;
	reply(core, s, slot, 0);
}

static void end_txns(struct proxy_core *core, struct session *s, unsigned int client, int agent)
{
	struct txn *next;

	for (struct txn *t = s->live; t; t = next) {
		next = t->next;
		if (t->client == client && (agent < 0 || t->agent == (unsigned int)agent))
			txn_abandon(core, t);
	}
}

/* What it waited for is forgotten, as when a umad file is closed. */
static void client_close(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	end_txns(core, s, slot->client, -1);
	registry_remove_agent(core, s, slot->client, -1);
	inbound_forget(s, slot->client);
	memset(&s->client[slot->client], 0, sizeof(s->client[0]));
	s->client_count--;
	reply(core, s, slot, 0);
	guest_unhold(core, s->g);
}

static void audit_register(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
			   const struct chan_register *what, enum audit_reason refused)
{
	struct audit_record rec =
		proxy_record(AUDIT_REGISTER, refused ? AUDIT_REFUSE : AUDIT_ALLOW, refused);

	rec.guest = s->g->name;
	rec.port = slot->port;
	rec.mad_set = true;
	rec.mgmt_class = what->mgmt_class;
	if (refused)
		COUNT(core, s, refused_register);
	fold_audit(core, s->g, &rec);
}

/* IBA classes end at 0x4f but for directed-route SMPs; version 0 is ours for "sends only". */
static bool register_is_sane(const struct chan_register *what)
{
	const uint32_t *m = what->method_mask;

	if (what->mgmt_class > WIRE_CLASS_VENDOR2_LAST && what->mgmt_class != WIRE_CLASS_SUBN_DR)
		return false;
	/* responses cannot be registered for: they go to who asked */
	return !((m[0] | m[1] | m[2] | m[3]) && !what->mgmt_class);
}

static void do_register(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	uint32_t *agents = &s->client[slot->client].agents;
	const uint32_t bit = UINT32_C(1) << slot->agent;
	struct admit_verdict v;
	struct chan_register what;
	int error = 0;

	memcpy(&what, slot->mad, sizeof(what));
	if ((*agents & bit) || !register_is_sane(&what)) {
		reply(core, s, slot, EINVAL);
		return;
	}
	v = admit_register(s->policy->grade, &what);
	if (v.verdict != AUDIT_ALLOW) {
		audit_register(core, s, slot, &what, v.reason);
		reply(core, s, slot, EPERM);
		return;
	}
	if (what.method_mask[0] | what.method_mask[1] | what.method_mask[2] | what.method_mask[3]) {
		error = registry_add(core, s, slot, &what);
		if (!error) {
			*agents |= bit;
			return; /* answered by ctl_registered() */
		}
		audit_register(core, s, slot, &what,
			       error == EBUSY ? AUDIT_REASON_OWNED : AUDIT_REASON_QUOTA);
	} else {
		*agents |= bit;
	}
	reply(core, s, slot, (uint32_t)error);
}

void ctl_registered(struct proxy_core *core, uint32_t token, int error)
{
	struct reg *reg = registry_find(core, token);
	struct chan_slot slot = {.kind = CHAN_KIND_REGISTER};

	if (!reg || !reg->pending)
		return;
	reg->pending = false;
	slot.port = reg->port;
	slot.client = reg->client;
	slot.agent = reg->agent;
	slot.cookie = reg->cookie;
	audit_register(core, reg->s, &slot, &reg->what,
		       error ? AUDIT_REASON_OWNED : AUDIT_REASON_NONE);
	reply(core, reg->s, &slot, (uint32_t)error);
	if (error) {
		reg->s->client[reg->client].agents &= ~(UINT32_C(1) << reg->agent);
		registry_remove(core, reg);
	}
}

void ctl_withdraw(struct proxy_core *core, struct reg *reg)
{
	static const uint8_t no_payload[CHAN_MAD_BYTES];
	struct chan_slot slot = {.port = reg->port};

	audit_register(core, reg->s, &slot, &reg->what, AUDIT_REASON_GRADE);
	if (reg->pending) {
		/* not reply(): the step's event may have an answer in core->scratch */
		fx_add(core, PROXY_FX_PUSH)->push = (struct proxy_push){
			.session = reg->s->id,
			.kind = CHAN_KIND_REGISTER_REPLY,
			.port = session_shown_port(reg->s, reg->port),
			.client = reg->client,
			.agent = reg->agent,
			.status = EPERM,
			.cookie = reg->cookie,
			.mad = no_payload,
		};
		COUNT(core, reg->s, to_guest);
		reg->s->client[reg->client].agents &= ~(UINT32_C(1) << reg->agent);
	}
	registry_remove(core, reg);
}

static void unregister(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	uint32_t *agents = &s->client[slot->client].agents;
	const uint32_t bit = UINT32_C(1) << slot->agent;

	if (!(*agents & bit)) {
		reply(core, s, slot, EINVAL);
		return;
	}
	*agents &= ~bit;
	end_txns(core, s, slot->client, slot->agent);
	registry_remove_agent(core, s, slot->client, slot->agent);
	reply(core, s, slot, 0);
	guest_unhold(core, s->g);
}

static void set_issm(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	const uint32_t bit = UINT32_C(1) << slot->port;
	struct proxy_effect *fx;
	struct chan_issm ask;
	bool was, is;

	memcpy(&ask, slot->mad, sizeof(ask));
	if (s->policy->grade < POLICY_GRADE_ADMIN) {
		struct audit_record rec =
			proxy_record(AUDIT_REGISTER, AUDIT_REFUSE, AUDIT_REASON_GRADE);

		rec.guest = s->g->name;
		rec.port = slot->port;
		rec.detail = "IsSM";
		fold_audit(core, s->g, &rec);
		reply(core, s, slot, EPERM);
		return;
	}
	was = core->issm_users[slot->port] > 0;
	if (ask.on && !(s->issm & bit))
		core->issm_users[slot->port]++;
	if (!ask.on && (s->issm & bit))
		core->issm_users[slot->port]--;
	s->issm = ask.on ? s->issm | bit : s->issm & ~bit;
	is = core->issm_users[slot->port] > 0;
	if (was != is) {
		fx = fx_add(core, PROXY_FX_SET_ISSM);
		fx->issm.port = slot->port;
		fx->issm.on = is;
	}
	reply(core, s, slot, 0);
}

void ctl_slot(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	bool needs_client =
		slot->kind >= CHAN_KIND_CLIENT_CLOSE && slot->kind <= CHAN_KIND_UNREGISTER;

	if (!s->hello && slot->kind != CHAN_KIND_HELLO) {
		session_kill(core, s, AUDIT_REASON_NO_HELLO);
		return;
	}
	if (slot->port >= core->params.ports || slot->client >= CHAN_CLIENTS_MAX ||
	    slot->agent >= MAX_AGENTS) {
		session_kill(core, s, AUDIT_REASON_MALFORMED_SLOT);
		return;
	}
	if (needs_client && !s->client[slot->client].open) {
		session_kill(core, s, AUDIT_REASON_CLIENT_UNKNOWN);
		return;
	}
	switch (slot->kind) {
	case CHAN_KIND_HELLO:
		hello(core, s, slot);
		break;
	case CHAN_KIND_PORT_QUERY:
		port_query(core, s, slot);
		break;
	case CHAN_KIND_PKEY_QUERY:
		pkey_query(core, s, slot);
		break;
	case CHAN_KIND_CLIENT_OPEN:
		client_open(core, s, slot);
		break;
	case CHAN_KIND_CLIENT_CLOSE:
		client_close(core, s, slot);
		break;
	case CHAN_KIND_REGISTER:
		do_register(core, s, slot);
		break;
	case CHAN_KIND_UNREGISTER:
		unregister(core, s, slot);
		break;
	case CHAN_KIND_SET_ISSM:
		set_issm(core, s, slot);
		break;
	default:
		session_kill(core, s, AUDIT_REASON_MALFORMED_SLOT);
	}
}

const uint8_t *ctl_event_payload(enum chan_port_event event)
{
	static uint8_t payload[CHAN_PORT_REREGISTER + 1][CHAN_MAD_BYTES];
	struct chan_event e = {.event = event};

	memcpy(payload[event], &e, sizeof(e));
	return payload[event];
}
