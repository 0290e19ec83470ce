/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hash table, against a plain array. */
#include "base/htab.h"
#include "tests/unit/test.h"

#define NODES 3000

static unsigned int count_of(const struct htab *t, uint64_t key)
{
	struct htab_node *node;
	unsigned int n = 0;

	for (node = htab_first(t, key); node; node = htab_next(node)) {
		assert_int_equal(node->key, key);
		n++;
	}
	return n;
}

TEST(equal_keys_are_all_found_also_after_growing)
{
	static struct htab_node node[NODES];
	struct htab t;
	unsigned int i;

	assert_int_equal(htab_init(&t, 12345), 0);
	for (i = 0; i < NODES; i++) {
		node[i].key = i / 3 * 0x100000000;
		htab_insert(&t, &node[i]);
	}
	assert_int_equal(t.count, NODES);
	assert_true(t.bits > 6);
	for (i = 0; i < NODES / 3; i++)
		assert_int_equal(count_of(&t, i * 0x100000000), 3);
	assert_int_equal(count_of(&t, 1), 0);
	/* The newest first. */
	assert_ptr_equal(htab_first(&t, 0), &node[2]);
	for (i = 0; i < NODES; i += 3)
		htab_remove(&t, &node[i]);
	for (i = 0; i < NODES / 3; i++)
		assert_int_equal(count_of(&t, i * 0x100000000), 2);
	for (i = 0; i < NODES; i++)
		htab_remove(&t, &node[i]);
	assert_int_equal(t.count, 0);
	htab_fini(&t);
}
