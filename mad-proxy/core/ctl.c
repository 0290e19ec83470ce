/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/ctl.h"

#include <errno.h>
#include <string.h>

#include "mad-proxy/core/admit.h"
#include "mad-proxy/core/inbound.h"
#include "mad-proxy/core/service.h"
#include "mad-proxy/core/session_reg.h"

/* The zeroed content of a reply, for the caller to fill. */
static uint8_t *reply(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		      uint32_t status)
{
	const struct push_to to = push_to_sender(slot);
	struct proxy_push *push = session_push(core, s, (uint8_t)(slot->kind + 1), &to, status);
	uint8_t *content = memset(engine_mad(core), 0, WIRE_MAD_BYTES);

	push->addr = (struct chan_addr){0};
	push->mad = content;
	return content;
}

static void hello(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct chan_hello_reply answer = {
		.magic = CHAN_ABI_MAGIC,
		.version = CHAN_ABI_VERSION,
		.ports = s->bound < 0 ? (uint16_t)core->params.ports : 1,
		.outstanding =
			s->g->account.quota < s->capacity ? s->g->account.quota : s->capacity,
	};
	struct chan_hello ask;

	memcpy(&ask, slot->mad, sizeof(ask));
	if (ask.magic != CHAN_ABI_MAGIC || ask.version_min > CHAN_ABI_VERSION ||
	    ask.version_max < CHAN_ABI_VERSION) {
		session_kill(core, s, AUDIT_REASON_VERSION);
		return;
	}
	s->hello = true;
	memcpy(reply(core, s, slot, 0), &answer, sizeof(answer));
}

static void port_query(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	uint16_t physical[PROXY_MAX_PKEYS];
	struct chan_port_info info;

	if (!core->ports->known[slot->port]) {
		reply(core, s, slot, ENODEV);
		return;
	}
	info = core->ports->attr[slot->port].info;
	info.pkeys = session_pkeys(core, s, slot->port, physical);
	memcpy(reply(core, s, slot, 0), &info, sizeof(info));
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
			core->ports->attr[slot->port].pkey[physical[answer.first + answer.count]];
		answer.count++;
	}
	memcpy(reply(core, s, slot, core->ports->known[slot->port] ? 0 : ENODEV), &answer,
	       sizeof(answer));
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

static void services_client_end(struct proxy_core *core, struct session *s, unsigned int client,
				int agent)
{
	FOR_EACH_SERVICE(sv, client_end)
	(*sv)->client_end(core, s, client, agent);
	session_regs_end(core, s, client, agent);
}

/* Drops the client's pending requests, as closing a umad file does. */
static void client_close(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	services_client_end(core, s, slot->client, -1);
	inbound_forget(s, slot->client);
	memset(&s->client[slot->client], 0, sizeof(s->client[0]));
	s->client_count--;
	reply(core, s, slot, 0);
	guest_resume(core, s->g);
}

/* IBA classes end at 0x4f except directed-route SMPs; version 0 is our extension for "sends only". */
static bool register_is_sane(const struct chan_register *what)
{
	const uint32_t *m = what->method_mask;

	if (what->mgmt_class > WIRE_CLASS_VENDOR2_LAST && what->mgmt_class != WIRE_CLASS_SUBN_DR)
		return false;
	/* responses cannot be registered for: they go to the requester */
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
	v = admit_register(s->policy, &what);
	if (v.verdict != AUDIT_ALLOW) {
		session_reg_audit(core, s, slot->port, &what, v.reason);
		reply(core, s, slot, EPERM);
		return;
	}
	if (what.method_mask[0] | what.method_mask[1] | what.method_mask[2] | what.method_mask[3]) {
		error = session_reg_add(core, s, slot, &what);
		if (!error) {
			*agents |= bit;
			return; /* replies when the port has answered */
		}
	} else {
		*agents |= bit;
	}
	reply(core, s, slot, (uint32_t)error);
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
	services_client_end(core, s, slot->client, slot->agent);
	reply(core, s, slot, 0);
	guest_resume(core, s->g);
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
		rec.key = POLICY_KEY_ACCESS;
		rec.port = slot->port;
		rec.detail = "IsSM";
		fold_audit(core, s->g, &rec);
		reply(core, s, slot, EPERM);
		return;
	}
	was = core->ports->issm_users[slot->port] > 0;
	if (ask.on && !(s->issm & bit))
		core->ports->issm_users[slot->port]++;
	if (!ask.on && (s->issm & bit))
		core->ports->issm_users[slot->port]--;
	s->issm = ask.on ? s->issm | bit : s->issm & ~bit;
	is = core->ports->issm_users[slot->port] > 0;
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
