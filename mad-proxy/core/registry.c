/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/registry.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"

struct registry {
	struct idtab tokens;
	TAILQ_HEAD(reg_list, reg) all;
};

int registry_init(struct proxy_core *core)
{
	core->registry = calloc(1, sizeof(*core->registry));
	if (!core->registry)
		return -ENOMEM;
	TAILQ_INIT(&core->registry->all);
	return idtab_init(&core->registry->tokens, core->params.seed ^ 0x5bd1e995);
}

void registry_fini(struct proxy_core *core)
{
	if (core->registry)
		idtab_fini(&core->registry->tokens);
	free(core->registry);
}

bool reg_overlaps(const struct reg *a, const struct reg *b)
{
	if (a->port != b->port || a->what.mgmt_class != b->what.mgmt_class)
		return false;
	/* umad_register_oui() takes no version: the port has one owner for all versions */
	if (wire_class_has_oui(a->what.mgmt_class)
		    ? memcmp(a->what.oui, b->what.oui, sizeof(a->what.oui))
		    : a->what.mgmt_class_version != b->what.mgmt_class_version)
		return false;
	for (int i = 0; i < 4; i++)
		if (a->what.method_mask[i] & b->what.method_mask[i])
			return true;
	return false;
}

int registry_add(struct proxy_core *core, struct reg *reg)
{
	struct registry *all = core->registry;
	const struct reg *other;
	struct proxy_effect *fx;

	TAILQ_FOREACH (other, &all->all, in_all)
		if (reg_overlaps(other, reg))
			return EBUSY;
	if (idtab_reserve(&all->tokens, 1))
		return ENOMEM;
	reg->pending = true;
	idtab_insert(&all->tokens, &reg->token);
	TAILQ_INSERT_TAIL(&all->all, reg, in_all);
	fx = fx_add(core, PROXY_FX_PORT_REGISTER);
	fx->reg.port = reg->port;
	fx->reg.token = reg->token.id;
	fx->reg.what = reg->what;
	return 0;
}

void registry_remove(struct proxy_core *core, struct reg *reg)
{
	struct proxy_effect *fx = fx_add(core, PROXY_FX_PORT_UNREGISTER);

	fx->reg.port = reg->port;
	fx->reg.token = reg->token.id;
	TAILQ_REMOVE(&core->registry->all, reg, in_all);
	idtab_remove(&core->registry->tokens, &reg->token);
	idtab_unreserve(&core->registry->tokens, 1);
}

static struct reg *find(const struct proxy_core *core, uint32_t token)
{
	struct idtab_node *node = idtab_find(&core->registry->tokens, token);

	return node ? container_of(node, struct reg, token) : NULL;
}

void registry_made(struct proxy_core *core, uint32_t token, int error)
{
	struct reg *reg = find(core, token);

	if (!reg || !reg->pending)
		return;
	reg->pending = false;
	reg->ops->made(core, reg, error);
}

void registry_unsolicited(struct proxy_core *core, const struct proxy_port_mad *in)
{
	struct reg *reg = find(core, in->token);

	if (!reg || reg->pending || reg->port != in->port)
		COUNT(core, NULL, drop_no_owner);
	else
		reg->ops->unsolicited(core, reg, in);
}

void registry_check(const struct proxy_core *core, const struct reg *reg)
{
	assert(idtab_find(&core->registry->tokens, reg->token.id) == &reg->token);
}
