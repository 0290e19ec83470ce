/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who gets unsolicited MADs. One owner per port, class, class version and method (per OUI in the
 * vendor range 2), as the kernel has it (mad.c, method_in_use and vendor_vector). A registration
 * is made on the port under a token; MADs that come through it carry the token, so handing them to
 * their owner is one look-up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mad-proxy/core/priv.h"

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

struct reg *registry_find(const struct proxy_core *core, uint32_t token)
{
	struct idtab_node *node = idtab_find(&core->tokens, token);

	return node ? container_of(node, struct reg, token) : NULL;
}

static bool overlap(const struct reg *reg, uint16_t port, const struct chan_register *what)
{
	if (reg->port != port || reg->what.mgmt_class != what->mgmt_class ||
	    reg->what.mgmt_class_version != what->mgmt_class_version)
		return false;
	if (wire_class_has_oui(what->mgmt_class) &&
	    memcmp(reg->what.oui, what->oui, sizeof(what->oui)))
		return false;
	for (int i = 0; i < 4; i++)
		if (reg->what.method_mask[i] & what->method_mask[i])
			return true;
	return false;
}

int registry_add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		 const struct chan_register *what)
{
	struct proxy_effect *fx;
	struct reg *reg;

	for (const struct session *other = core->sessions; other; other = other->next)
		for (reg = other->regs; reg; reg = reg->next)
			if (overlap(reg, slot->port, what))
				return EBUSY;
	if (s->g->regs >= MAX_REGS)
		return ENOMEM;
	if (inbound_init(s) || idtab_reserve(&core->tokens, 1))
		return ENOMEM;
	reg = calloc(1, sizeof(*reg));
	if (!reg) {
		idtab_unreserve(&core->tokens, 1);
		return ENOMEM;
	}
	reg->s = s;
	reg->pending = true;
	reg->port = slot->port;
	reg->client = slot->client;
	reg->agent = slot->agent;
	reg->cookie = slot->cookie;
	reg->what = *what;
	idtab_insert(&core->tokens, &reg->token);
	reg->next = s->regs;
	s->regs = reg;
	s->reg_count++;
	s->g->regs++;
	fx = fx_add(core, PROXY_FX_PORT_REGISTER);
	fx->reg.port = reg->port;
	fx->reg.token = reg->token.id;
	fx->reg.what = *what;
	return 0;
}

void registry_remove(struct proxy_core *core, struct reg *reg)
{
	struct proxy_effect *fx = fx_add(core, PROXY_FX_PORT_UNREGISTER);
	struct session *s = reg->s;
	struct reg **at = &s->regs;

	fx->reg.port = reg->port;
	fx->reg.token = reg->token.id;
	while (*at != reg)
		at = &(*at)->next;
	*at = reg->next;
	s->reg_count--;
	s->g->regs--;
	idtab_remove(&core->tokens, &reg->token);
	idtab_unreserve(&core->tokens, 1);
	free(reg);
}

/* agent < 0: all of the client. */
void registry_remove_agent(struct proxy_core *core, struct session *s, unsigned int client,
			   int agent)
{
	struct reg *next;

	for (struct reg *reg = s->regs; reg; reg = next) {
		next = reg->next;
		if (reg->client == client && (agent < 0 || reg->agent == (unsigned int)agent))
			registry_remove(core, reg);
	}
}
