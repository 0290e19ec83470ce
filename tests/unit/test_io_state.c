/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state file: stored records are read back, and nothing incomplete, foreign or of another version. */
#include <glib.h>
#include <glib/gstdio.h>

#include "mad-proxy/io/state_file.h"
#include "tests/unit/test.h"

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)

#define KEYS 8

struct fixture {
	char *dir, *file, *aside;
	struct io_state *st;
	int value[KEYS]; /* read back, by key; -1: none */
};

static int setup(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);

	f->dir = g_dir_make_tmp("ibgate-XXXXXX", NULL);
	f->file = g_build_filename(f->dir, "state", NULL);
	f->aside = g_build_filename(f->dir, "state.set-aside", NULL);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	io_state_close(f->st);
	g_unlink(f->file);
	g_unlink(f->aside);
	g_rmdir(f->dir);
	g_free(f->dir);
	g_free(f->file);
	g_free(f->aside);
	g_free(f);
	return 0;
}

static void came_back(void *ctx, const struct proxy_state *state)
{
	struct fixture *f = ctx;

	assert_int_equal(state->kind, 1);
	assert_int_equal(state->key_len, 3);
	assert_in_range(state->key[0], 0, KEYS - 1);
	assert_true(state->value_len > 0 && state->value[state->value_len - 1] == state->value_len);
	f->value[state->key[0]] = state->value_len;
}

/* Closes it, as SIGKILL does, and opens it as the next gateway. */
static void reopen(struct fixture *f, const char *whose)
{
	memset(f->value, 0xff, sizeof(f->value));
	io_state_close(f->st);
	f->st = io_state_open(f->dir, whose, NULL);
	assert_non_null(f->st);
	io_state_each(f->st, came_back, f);
}

static void put(struct fixture *f, uint8_t key, uint8_t value)
{
	uint8_t bytes[256] = {0};
	const uint8_t keys[3] = {key, 7, 7};
	const struct proxy_state s = {
		.kind = 1, .key_len = 3, .key = keys, .value_len = value, .value = bytes};

	bytes[value - 1] = value;
	io_state_put(f->st, &s);
}

static void take(struct fixture *f, uint8_t key)
{
	const uint8_t keys[3] = {key, 7, 7};
	const struct proxy_state s = {.kind = 1, .key_len = 3, .key = keys};

	io_state_remove(f->st, &s);
}

/* Randomly, against an array; often enough that the file is compacted. */
TEST_F(what_was_put_last_comes_back, struct fixture *f)
{
	int model[KEYS];
	uint64_t x = 1;
	GStatBuf st;

	memset(model, 0xff, sizeof(model));
	reopen(f, "ours");
	for (unsigned int i = 0; i < 30000; i++) {
		uint8_t key, value;

		x = x * 6364136223846793005u + 1442695040888963407u;
		key = (uint8_t)((x >> 40) % KEYS);
		value = (uint8_t)((x >> 48) % 250 + 1);
		if ((x >> 60) % 3)
			put(f, key, value);
		else
			take(f, key);
		model[key] = (x >> 60) % 3 ? value : -1;
		if (i % 10000 != 9999)
			continue;
		g_stat(f->file, &st);
		assert_true(st.st_size < 1100 * 1024);
		reopen(f, "ours");
		assert_memory_equal(model, f->value, sizeof(model));
	}
	assert_false(g_file_test(f->aside, G_FILE_TEST_EXISTS));
}

/* A guest may do that at any rate. */
TEST_F(what_is_undone_at_once_is_not_written, struct fixture *f)
{
	GStatBuf before, after;

	reopen(f, "ours");
	put(f, 1, 9);
	g_stat(f->file, &before);
	for (unsigned int i = 0; i < 1000; i++) {
		take(f, 1);
		put(f, 1, 9);
	}
	g_stat(f->file, &after);
	assert_int_equal(after.st_size, before.st_size);
	/* a record put after a removal is in the file after it */
	take(f, 1);
	put(f, 2, 9);
	put(f, 1, 8);
	take(f, 1);
	put(f, 2, 9);
	reopen(f, "ours");
	assert_int_equal(f->value[1], -1);
	assert_int_equal(f->value[2], 9);
	/* nor is the removal of an unknown record */
	g_stat(f->file, &before);
	take(f, 3);
	reopen(f, "ours");
	g_stat(f->file, &after);
	assert_int_equal(after.st_size, before.st_size);
}

static void expect_nothing_and_the_old_one_set_aside(struct fixture *f, const char *data, gsize len,
						     const char *whose)
{
	g_autofree char *aside = NULL;
	gsize aside_len;

	assert_true(g_file_set_contents(f->file, data, (gssize)len, NULL));
	reopen(f, whose);
	for (unsigned int i = 0; i < KEYS; i++)
		assert_int_equal(f->value[i], -1);
	assert_true(g_file_get_contents(f->aside, &aside, &aside_len, NULL));
	assert_int_equal(aside_len, len);
	g_unlink(f->aside);
}

TEST_F(what_is_torn_or_foreign_is_set_aside, struct fixture *f)
{
	g_autofree char *whole = NULL;
	gsize len;

	reopen(f, "ours");
	put(f, 1, 9);
	assert_true(g_file_get_contents(f->file, &whole, &len, NULL));
	for (gsize cut = 0; cut < len; cut++)
		if (cut != 32) /* only the header is complete */
			expect_nothing_and_the_old_one_set_aside(f, whole, cut, "ours");
	for (gsize at = 0; at < len; at++) {
		whole[at] ^= 0x10;
		expect_nothing_and_the_old_one_set_aside(f, whole, len, "ours");
		whole[at] ^= 0x10;
	}
	expect_nothing_and_the_old_one_set_aside(f, whole, len, "theirs");
	assert_true(g_file_set_contents(f->file, whole, (gssize)len, NULL));
	reopen(f, "ours");
	assert_int_equal(f->value[1], 9);
}
