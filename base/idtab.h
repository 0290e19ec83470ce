/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Table of live 32-bit ids. Ids are handed out in sequence from a seeded start, so one that was
 * given back rests until all other four billion have been used: the longest quarantine there is,
 * and a late answer can never meet the id's next owner. Nodes are embedded; constant cost however
 * many are live; memory is taken only in idtab_reserve().
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
/* What is still in it is only forgotten. */
void idtab_fini(struct idtab *t);

static inline size_t idtab_live(const struct idtab *t)
{
	return t->table.count;
}

/* Makes room for `more` nodes beyond what was reserved before. 0 or -ENOMEM, table unchanged. */
int idtab_reserve(struct idtab *t, size_t more);
/* Gives reserved room back (memory is kept for the next reserve). */
void idtab_unreserve(struct idtab *t, size_t less);

/* Gives the node the next free id and returns it. Never 0, never one that is live. */
uint32_t idtab_insert(struct idtab *t, struct idtab_node *node);
void idtab_remove(struct idtab *t, struct idtab_node *node);

/* An id that will not be looked up (nothing is to come back for it). */
uint32_t idtab_skip(struct idtab *t);

/* The live node of that id, or NULL. */
struct idtab_node *idtab_find(const struct idtab *t, uint32_t id);

/* True when this id was handed out among the last million: what comes for it is late, not alien. */
bool idtab_recent(const struct idtab *t, uint32_t id);
