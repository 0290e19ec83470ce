/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/idtab.h"

#include <assert.h>

#include "base/container_of.h"

#define RECENT (UINT32_C(1) << 20)

int idtab_init(struct idtab *t, uint32_t seed)
{
	*t = (struct idtab){.next_id = seed * 2654435761u + 1};
	return htab_init_plain(&t->table);
}

void idtab_fini(struct idtab *t)
{
	htab_fini(&t->table);
}

int idtab_reserve(struct idtab *t, size_t more)
{
	return htab_reserve(&t->table, more);
}

void idtab_unreserve(struct idtab *t, size_t less)
{
	htab_unreserve(&t->table, less);
}

uint32_t idtab_skip(struct idtab *t)
{
	/* until the 32-bit sequence has wrapped, the next id cannot be in use */
	while (t->next_id == 0 || (t->issued >> 32 && idtab_find(t, t->next_id)))
		t->next_id++;
	t->issued++;
	return t->next_id++;
}

uint32_t idtab_insert(struct idtab *t, struct idtab_node *node)
{
	assert(!node->id);
	node->id = idtab_skip(t);
	node->node.key = node->id;
	htab_insert(&t->table, &node->node);
	return node->id;
}

void idtab_remove(struct idtab *t, struct idtab_node *node)
{
	assert(node->id);
	htab_remove(&t->table, &node->node);
	node->id = 0;
}

struct idtab_node *idtab_find(const struct idtab *t, uint32_t id)
{
	struct htab_node *node = id ? htab_first(&t->table, id) : NULL;

	return node ? container_of(node, struct idtab_node, node) : NULL;
}

bool idtab_recent(const struct idtab *t, uint32_t id)
{
	uint32_t age = t->next_id - 1 - id;
	uint64_t window = t->issued < RECENT ? t->issued : RECENT;

	return age < window;
}
