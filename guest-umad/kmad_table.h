/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hash table of 64-bit keys with intrusive nodes. Keys may repeat; the table owns no node. The
 * first bucket array is allocated by kmad_table_init(); growing is best effort, so that insertion
 * cannot fail.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct kmad_node {
	struct kmad_node *next;
	struct kmad_node **link; /* what points here; NULL: in no table */
	uint64_t key;
};

struct kmad_table {
	struct kmad_node **bucket;
	unsigned int bits;
	size_t count;
	uint64_t seed;
};

/* 0 or -ENOMEM. */
int kmad_table_init(struct kmad_table *t, uint64_t seed);
/* The table must be empty. */
void kmad_table_fini(struct kmad_table *t);

/* node->key is set; the node is in no table. */
void kmad_table_insert(struct kmad_table *t, struct kmad_node *node);
/* Does nothing to a node that is in no table. */
void kmad_table_remove(struct kmad_table *t, struct kmad_node *node);

/* The nodes with this key one after another, the newest first; NULL: no more. */
struct kmad_node *kmad_table_first(const struct kmad_table *t, uint64_t key);
struct kmad_node *kmad_table_next(const struct kmad_node *node);
