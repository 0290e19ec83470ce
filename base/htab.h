/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one hash table: 64-bit keys, intrusive nodes. Keys may repeat; the table owns no node. A key that
 * somebody else chooses is no key for it: hash it with a secret first (base/keyed_hash.h).
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
 * For keys that spread by themselves: consecutive ones lie side by side, which caches like, hashed ones
 * anywhere. 0 or -ENOMEM.
 */
int htab_init_plain(struct htab *t);
/* For other keys: their place depends on all of their bits and on the seed. 0 or -ENOMEM. */
int htab_init(struct htab *t, uint64_t seed);
/* What is still in it is only forgotten. */
void htab_fini(struct htab *t);

/* Room for `more` nodes beyond what was reserved before. 0 or -ENOMEM, table unchanged. */
int htab_reserve(struct htab *t, size_t more);
/* Gives reserved room back (memory is kept for the next reserve). */
void htab_unreserve(struct htab *t, size_t less);

/* node->key is set; the node is in no table. */
void htab_insert(struct htab *t, struct htab_node *node);
/* Does nothing to a node that is in no table. */
void htab_remove(struct htab *t, struct htab_node *node);

/* The nodes with this key one after another, the newest first; NULL: no more. */
struct htab_node *htab_first(const struct htab *t, uint64_t key);
struct htab_node *htab_next(const struct htab_node *node);
