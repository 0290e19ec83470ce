/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Chains, doubled when there are twice as many nodes as buckets. */
#include "base/htab.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_BITS 6
#define MAX_BITS 28

static struct htab_node **bucket_of(const struct htab *t, uint64_t key)
{
	uint64_t mixed;

	if (t->plain)
		return &t->bucket[key & (((uint64_t)1 << t->bits) - 1)];
	/* Fibonacci hashing: the top bits of the product depend on all bits of the key. */
	mixed = (key ^ t->seed) * UINT64_C(0x9e3779b97f4a7c15);
	mixed ^= mixed >> 32;
	mixed *= UINT64_C(0xd6e8feb86659fd93);
	return &t->bucket[mixed >> (64 - t->bits)];
}

static void chain(struct htab_node **head, struct htab_node *node)
{
	node->next = *head;
	*head = node;
}

int htab_init(struct htab *t, uint64_t seed)
{
	*t = (struct htab){.bits = FIRST_BITS, .seed = seed};
	t->bucket = calloc((size_t)1 << t->bits, sizeof(struct htab_node *));
	return t->bucket ? 0 : -ENOMEM;
}

int htab_init_plain(struct htab *t)
{
	int err = htab_init(t, 0);

	t->plain = true;
	return err;
}

void htab_fini(struct htab *t)
{
	free(t->bucket);
	t->bucket = NULL;
}

/* Keeps the order of equal keys: a bucket is walked from its end. */
static int grow(struct htab *t, unsigned int bits)
{
	struct htab wide = *t;
	struct htab_node *node, *next, *reversed;

	wide.bits = bits;
	wide.bucket = calloc((size_t)1 << bits, sizeof(struct htab_node *));
	if (!wide.bucket)
		return -ENOMEM;
	for (size_t i = 0; i < (size_t)1 << t->bits; i++) {
		reversed = NULL;
		for (node = t->bucket[i]; node; node = next) {
			next = node->next;
			node->next = reversed;
			reversed = node;
		}
		for (node = reversed; node; node = next) {
			next = node->next;
			chain(bucket_of(&wide, node->key), node);
		}
	}
	free(t->bucket);
	*t = wide;
	return 0;
}

int htab_reserve(struct htab *t, size_t more)
{
	unsigned int bits = t->bits;
	int err;

	if (more > ((size_t)1 << MAX_BITS) - t->reserved)
		return -ENOMEM;
	while ((size_t)2 << bits < t->reserved + more)
		bits++;
	err = bits == t->bits ? 0 : grow(t, bits);
	if (!err)
		t->reserved += more;
	return err;
}

void htab_unreserve(struct htab *t, size_t less)
{
	assert(less <= t->reserved);
	t->reserved -= less;
}

void htab_insert(struct htab *t, struct htab_node *node)
{
	assert(!node->is_in);
	if (t->count >> t->bits > 1 && t->bits < MAX_BITS)
		grow(t, t->bits + 1);
	chain(bucket_of(t, node->key), node);
	node->is_in = true;
	t->count++;
}

void htab_remove(struct htab *t, struct htab_node *node)
{
	struct htab_node **at;

	if (!node->is_in)
		return;
	for (at = bucket_of(t, node->key); *at != node;)
		at = &(*at)->next;
	*at = node->next;
	node->is_in = false;
	node->next = NULL;
	t->count--;
}

struct htab_node *htab_first(const struct htab *t, uint64_t key)
{
	struct htab_node *node = *bucket_of(t, key);

	while (node && node->key != key)
		node = node->next;
	return node;
}

struct htab_node *htab_next(const struct htab_node *node)
{
	struct htab_node *next = node->next;

	while (next && next->key != node->key)
		next = next->next;
	return next;
}
