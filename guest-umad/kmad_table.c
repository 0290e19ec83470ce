/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hash table of 64-bit keys: chains, doubled when there are as many nodes as buckets. */
#include "guest-umad/kmad_table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_BITS 6
#define MAX_BITS 24

static struct kmad_node **bucket_of(const struct kmad_table *t, uint64_t key)
{
	/* Fibonacci hashing: the top bits of the product depend on all bits of the key. */
	uint64_t mixed = (key ^ t->seed) * UINT64_C(0x9e3779b97f4a7c15);

	mixed ^= mixed >> 32;
	mixed *= UINT64_C(0xd6e8feb86659fd93);
	return &t->bucket[mixed >> (64 - t->bits)];
}

static void chain(struct kmad_node **head, struct kmad_node *node)
{
	node->next = *head;
	node->link = head;
	if (*head)
		(*head)->link = &node->next;
	*head = node;
}

int kmad_table_init(struct kmad_table *t, uint64_t seed)
{
	t->bits = FIRST_BITS;
	t->count = 0;
	t->seed = seed;
	t->bucket = calloc((size_t)1 << t->bits, sizeof(void *));
	return t->bucket ? 0 : -ENOMEM;
}

void kmad_table_fini(struct kmad_table *t)
{
	assert(t->count == 0);
	free(t->bucket);
	t->bucket = NULL;
}

/* Keeps the order of equal keys: a bucket is walked from its end. */
static void grow(struct kmad_table *t)
{
	struct kmad_table wide = *t;
	struct kmad_node *node, *next, *reversed;
	size_t i;

	wide.bits++;
	wide.bucket = calloc((size_t)1 << wide.bits, sizeof(void *));
	if (!wide.bucket)
		return;
	for (i = 0; i < (size_t)1 << t->bits; i++) {
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
}

void kmad_table_insert(struct kmad_table *t, struct kmad_node *node)
{
	assert(!node->link);
	if (t->count >> t->bits && t->bits < MAX_BITS)
		grow(t);
	chain(bucket_of(t, node->key), node);
	t->count++;
}

void kmad_table_remove(struct kmad_table *t, struct kmad_node *node)
{
	if (!node->link)
		return;
	*node->link = node->next;
	if (node->next)
		node->next->link = node->link;
	node->link = NULL;
	node->next = NULL;
	t->count--;
}

struct kmad_node *kmad_table_first(const struct kmad_table *t, uint64_t key)
{
	struct kmad_node *node = *bucket_of(t, key);

	while (node && node->key != key)
		node = node->next;
	return node;
}

struct kmad_node *kmad_table_next(const struct kmad_node *node)
{
	struct kmad_node *next = node->next;

	while (next && next->key != node->key)
		next = next->next;
	return next;
}
