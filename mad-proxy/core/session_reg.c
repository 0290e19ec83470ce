/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/session_reg.h"

#include <errno.h>
#include <stdlib.h>

#include "base/container_of.h"
#include "mad-proxy/core/admit.h"
#include "mad-proxy/core/inbound.h"

static struct session_reg *of(struct reg *reg)
{
	return container_of(reg, struct session_reg, reg);
}

void session_reg_audit(struct proxy_core *core, struct session *s, unsigned int port,
		       const struct chan_register *what, enum audit_reason refused)
{
	struct audit_record rec =
		proxy_record(AUDIT_REGISTER, refused ? AUDIT_REFUSE : AUDIT_ALLOW, refused);

	rec.guest = s->g->name;
	rec.key = POLICY_KEY_ACCESS;
	rec.port = (int)port;
	rec.mad_set = true;
	rec.mgmt_class = what->mgmt_class;
	if (refused)
		COUNT(core, s->counter, refused_register);
	fold_audit(core, s->g, &rec);
}

/* The reply to the REGISTER that waits; a registration that failed leaves no agent behind. */
static void reply(struct proxy_core *core, struct session_reg *r, int error)
{
	const struct chan_slot about = {
		.port = r->reg.port, .client = r->client, .agent = r->agent, .cookie = r->cookie};
	struct proxy_push *push =
		session_push(core, r->s, CHAN_KIND_REGISTER_REPLY, &about, (uint32_t)error);

	push->addr = (struct chan_addr){0};
	push->mad = memset(engine_mad(core), 0, WIRE_MAD_BYTES);
	if (error)
		r->s->client[r->client].agents &= ~(UINT32_C(1) << r->agent);
}

static void take_back(struct proxy_core *core, struct session_reg *r)
{
	struct session *s = r->s;
	struct session_reg **at = &s->regs;

	registry_remove(core, &r->reg);
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	s->reg_count--;
	s->g->regs--;
	free(r);
}

static void made(struct proxy_core *core, struct reg *reg, int error)
{
	struct session_reg *r = of(reg);

	session_reg_audit(core, r->s, reg->port, &reg->what,
			  error ? AUDIT_REASON_OWNED : AUDIT_REASON_NONE);
	reply(core, r, error);
	if (error)
		take_back(core, r);
}

static void unsolicited(struct proxy_core *core, struct reg *reg, const struct proxy_port_mad *in)
{
	struct session_reg *r = of(reg);
	const struct chan_slot about = {
		.port = reg->port, .client = r->client, .agent = r->agent, .addr = in->addr};
	struct proxy_push *push;

	inbound_add(r->s, reg->port, r->client, &in->addr, in->mad);
	push = session_push(core, r->s, CHAN_KIND_RECV, &about, 0);
	push->mad = engine_mad_copy(core, in->mad);
	/* the index means nothing in the guest's own, filtered table */
	push->addr.pkey_index = 0;
	COUNT(core, r->s->counter, unsolicited);
}

static const struct reg_ops ops = {.made = made, .unsolicited = unsolicited};

static int add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
	       const struct chan_register *what)
{
	struct session_reg *r;
	int error;

	if (s->g->regs >= MAX_REGS || inbound_init(s))
		return ENOMEM;
	r = calloc(1, sizeof(*r));
	if (!r)
		return ENOMEM;
	*r = (struct session_reg){.reg = {.ops = &ops, .port = slot->port, .what = *what},
				  .next = s->regs,
				  .s = s,
				  .client = slot->client,
				  .agent = slot->agent,
				  .cookie = slot->cookie};
	error = registry_add(core, &r->reg);
	if (error) {
		free(r);
		return error;
	}
	s->regs = r;
	s->reg_count++;
	s->g->regs++;
	return 0;
}

int session_reg_add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		    const struct chan_register *what)
{
	int error = add(core, s, slot, what);

	if (error)
		session_reg_audit(core, s, slot->port, what,
				  error == EBUSY ? AUDIT_REASON_OWNED : AUDIT_REASON_QUOTA);
	return error;
}

void session_regs_end(struct proxy_core *core, struct session *s, int client, int agent)
{
	struct session_reg *next;

	for (struct session_reg *r = s->regs; r; r = next) {
		next = r->next;
		if ((client >= 0 && r->client != (unsigned int)client) ||
		    (agent >= 0 && r->agent != (unsigned int)agent))
			continue;
		take_back(core, r);
	}
}

void session_regs_recheck(struct proxy_core *core, struct session *s)
{
	struct session_reg *next;

	for (struct session_reg *r = s->regs; r; r = next) {
		next = r->next;
		if (admit_register(s->policy, &r->reg.what).verdict == AUDIT_ALLOW)
			continue;
		session_reg_audit(core, s, r->reg.port, &r->reg.what, AUDIT_REASON_GRADE);
		if (r->reg.pending)
			reply(core, r, EPERM);
		take_back(core, r);
	}
}
