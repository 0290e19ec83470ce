/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Table of live 32-bit ids. Ids are assigned in sequence from a seeded start, so an id is reused only after
 * 2^32 others, and a late answer does not match the id's next owner. Nodes are embedded; each operation has
 * constant cost; only idtab_reserve() allocates memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/htab.h"

struct idtab_node {
	struct htab_node node;
	uint32_t id; /* 0: not in a table */
};

struct idtab {
	struct htab table;
	uint32_t next_id;
	uint64_t issued;
};

/* An empty table; the first id is derived from `seed`. 0 or -ENOMEM. */
int idtab_init(struct idtab *t, uint32_t seed);
/* Frees the table; nodes that are still in it are not touched. */
void idtab_fini(struct idtab *t);

static inline size_t idtab_live(const struct idtab *t)
{
	return t->table.count;
}

/* Reserves memory for `more` further nodes. 0, or -ENOMEM with the table unchanged. */
int idtab_reserve(struct idtab *t, size_t more);
/* Reduces the reserve; the memory is kept. */
void idtab_unreserve(struct idtab *t, size_t less);

/* Gives the node the next free id and returns it. Never 0, never one that is live. */
uint32_t idtab_insert(struct idtab *t, struct idtab_node *node);
void idtab_remove(struct idtab *t, struct idtab_node *node);

/* Returns an id without a node, for a message that gets no answer. */
uint32_t idtab_skip(struct idtab *t);

/* The live node of that id, or NULL. */
struct idtab_node *idtab_find(const struct idtab *t, uint32_t id);

/* True if this id is one of the last million assigned: an answer to it is late rather than unknown. */
bool idtab_recent(const struct idtab *t, uint32_t id);
