/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Chained hash of embedded nodes. Ids are consecutive, so their low bits spread them evenly and
 * chains stay at length one while the table is no fuller than its buckets.
 */
#include "base/idtab.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_BUCKETS 256u
#define RECENT (UINT32_C(1) << 20)

static int resize(struct idtab *t, uint32_t buckets)
{
	struct idtab_node **bucket = calloc(buckets, sizeof(struct idtab_node *));

	if (!bucket)
		return -ENOMEM;
	for (uint32_t i = 0; t->bucket && i <= t->mask; i++) {
		struct idtab_node *node = t->bucket[i];

		while (node) {
			struct idtab_node *next = node->next;

			node->next = bucket[node->id & (buckets - 1)];
			bucket[node->id & (buckets - 1)] = node;
			node = next;
		}
	}
	free(t->bucket);
	t->bucket = bucket;
	t->mask = buckets - 1;
	return 0;
}

int idtab_init(struct idtab *t, uint32_t seed)
{
	*t = (struct idtab){.next_id = seed * 2654435761u + 1};
	return resize(t, FIRST_BUCKETS);
}

void idtab_fini(struct idtab *t)
{
	assert(t->live == 0);
	free(t->bucket);
	t->bucket = NULL;
}

int idtab_reserve(struct idtab *t, size_t more)
{
	uint32_t buckets = t->mask + 1;

	if (more > (UINT32_C(1) << 28) - t->reserved)
		return -ENOMEM;
	while (buckets < t->reserved + more)
		buckets *= 2;
	if (buckets != t->mask + 1) {
		int err = resize(t, buckets);

		if (err)
			return err;
	}
	t->reserved += more;
	return 0;
}

void idtab_unreserve(struct idtab *t, size_t less)
{
	assert(less <= t->reserved);
	t->reserved -= less;
}

uint32_t idtab_skip(struct idtab *t)
{
	while (t->next_id == 0 || idtab_find(t, t->next_id))
		t->next_id++;
	t->issued++;
	return t->next_id++;
}

uint32_t idtab_insert(struct idtab *t, struct idtab_node *node)
{
	struct idtab_node **bucket;

	assert(!node->id);
	node->id = idtab_skip(t);
	bucket = &t->bucket[node->id & t->mask];
	node->next = *bucket;
	*bucket = node;
	t->live++;
	return node->id;
}

void idtab_remove(struct idtab *t, struct idtab_node *node)
{
	struct idtab_node **at = &t->bucket[node->id & t->mask];

	while (*at != node) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = node->next;
	node->next = NULL;
	node->id = 0;
	t->live--;
}

struct idtab_node *idtab_find(const struct idtab *t, uint32_t id)
{
	struct idtab_node *node = t->bucket[id & t->mask];

	while (node && node->id != id)
		node = node->next;
	return id ? node : NULL;
}

bool idtab_recent(const struct idtab *t, uint32_t id)
{
	uint32_t age = t->next_id - 1 - id;
	uint64_t window = t->issued < RECENT ? t->issued : RECENT;

	return age < window;
}
