/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hash table with 64-bit keys and intrusive nodes. Keys may repeat; the table owns no node. Hash a key that
 * another party chooses with a secret first (base/keyed_hash.h).
 *
 * Memory is taken in htab_init() and htab_reserve(). What was not reserved is inserted all the same: then
 * growing is best effort, and chains get longer where there is no memory. No node but one's own is touched where the
 * chain is not walked: of many nodes most are in no cache.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct htab_node {
	struct htab_node *next;
	uint64_t key;
	bool is_in; /* a table */
};

struct htab {
	struct htab_node **bucket;
	unsigned int bits;
	size_t count;
	size_t reserved;
	bool plain;
	uint64_t seed;
};

/*
 * For keys that are consecutive or already hashed: the bucket is given by the low bits of the key, so
 * consecutive keys are adjacent in memory. 0 or -ENOMEM.
 */
int htab_init_plain(struct htab *t);
/* For other keys: the bucket depends on all bits of the key and on the seed. 0 or -ENOMEM. */
int htab_init(struct htab *t, uint64_t seed);
/* Frees the table; nodes that are still in it are not touched. */
void htab_fini(struct htab *t);

/* Reserves memory for `more` further nodes. 0, or -ENOMEM with the table unchanged. */
int htab_reserve(struct htab *t, size_t more);
/* Reduces the reserve; the memory is kept. */
void htab_unreserve(struct htab *t, size_t less);

/* node->key is set; the node is in no table. */
void htab_insert(struct htab *t, struct htab_node *node);
/* Does nothing to a node that is in no table. */
void htab_remove(struct htab *t, struct htab_node *node);

/* Iterates over the nodes with this key, the newest first; NULL at the end. */
struct htab_node *htab_first(const struct htab *t, uint64_t key);
struct htab_node *htab_next(const struct htab_node *node);
