/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of the xenstore keys: written values read back, and all others are faults with a name. */
#include <stdio.h>

#include "channel/xenbus_keys.h"
#include "tests/unit/test.h"

#define SLOTS 128u
#define KEYS 170

/* A directory of xenstore. */
struct dir {
	struct {
		char name[32];
		char value[5000];
		size_t len;
		int err; /* of reading it */
	} key[KEYS];
	unsigned int count, reads, refuse_after;
};

static int key_at(const struct dir *d, const char *name)
{
	for (unsigned int i = 0; i < d->count; i++)
		if (strcmp(d->key[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int dir_write(void *ctx, const char *name, const char *value)
{
	struct dir *d = ctx;
	int at = key_at(d, name);

	if (d->refuse_after && d->count >= d->refuse_after)
		return -ENOSPC;
	if (at < 0)
		at = (int)d->count++;
	assert_true(d->count <= KEYS);
	snprintf(d->key[at].name, sizeof(d->key[at].name), "%s", name);
	snprintf(d->key[at].value, sizeof(d->key[at].value), "%s", value);
	d->key[at].len = strlen(d->key[at].value);
	d->key[at].err = 0;
	return 0;
}

static void dir_read(void *ctx, const char *name, struct chan_value *ret)
{
	struct dir *d = ctx;
	int at = key_at(d, name);

	d->reads++;
	if (at < 0)
		chan_value_set(ret, NULL, 0, ENOENT);
	else if (d->key[at].err)
		chan_value_set(ret, NULL, 0, d->key[at].err);
	else
		chan_value_set(ret, d->key[at].value, d->key[at].len, 0);
}

static struct chan_front_keys keys_make(uint32_t slots)
{
	struct chan_front_keys keys = {.version = CHAN_XENBUS_VERSION,
				       .slots = slots,
				       .event_channel = 17,
				       .ref_count = CHAN_XENBUS_REFS(slots)};

	for (uint32_t i = 0; i < keys.ref_count; i++)
		keys.ref[i] = 8 + i;
	return keys;
}

static struct dir *front_dir(uint32_t slots)
{
	struct dir *d = calloc(1, sizeof(*d));
	struct chan_front_keys keys = keys_make(slots);

	assert_non_null(d);
	assert_int_equal(chan_front_keys_write(&keys, dir_write, d), 0);
	return d;
}

TEST(what_the_front_end_writes_is_what_is_read)
{
	static const uint32_t sizes[] = {2, 128, CHAN_XENBUS_SLOTS_MAX};

	for (unsigned int i = 0; i < 3; i++) {
		struct dir *d = front_dir(sizes[i]);
		struct chan_front_keys want = keys_make(sizes[i]), got;
		struct chan_fault fault;

		assert_int_equal(d->count, 2 + want.ref_count);
		assert_true(chan_front_keys_read(sizes[i], dir_read, d, &got, &fault));
		assert_int_equal(d->reads, d->count);
		assert_int_equal(got.version, want.version);
		assert_int_equal(got.event_channel, want.event_channel);
		assert_int_equal(got.ref_count, want.ref_count);
		assert_memory_equal(got.ref, want.ref, want.ref_count * sizeof(want.ref[0]));
		free(d);
	}
}

TEST(default_ring_is_of_21_pages_with_golden_names)
{
	struct dir *d = front_dir(SLOTS);

	assert_int_equal(CHAN_XENBUS_REFS(SLOTS), 21);
	assert_string_equal(d->key[key_at(d, "version")].value, "1");
	assert_string_equal(d->key[key_at(d, "event-channel")].value, "17");
	assert_string_equal(d->key[key_at(d, "ring-ref0")].value, "8");
	assert_string_equal(d->key[key_at(d, "ring-ref20")].value, "28");
	assert_int_equal(key_at(d, "ring-ref21"), -1);
	free(d);
}

struct wrong {
	const char *value; /* NULL: missing */
	size_t len; /* 0: of the text */
	int err;
	enum chan_fault_kind fault;
};

static char huge[4096];

static const struct wrong wrongs[] = {
	{NULL, 0, 0, CHAN_FAULT_KEY_MISSING},
	{"1", 0, EACCES, CHAN_FAULT_KEY_UNREADABLE},
	{"", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{" 9", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"9 ", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"9\n", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"+9", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"-9", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"09", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"0x9", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"9a", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"9.0", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"nine", 0, 0, CHAN_FAULT_KEY_SYNTAX},
	{"9\0", 2, 0, CHAN_FAULT_KEY_SYNTAX},
	{"\0", 1, 0, CHAN_FAULT_KEY_SYNTAX},
	{"4294967296", 0, 0, CHAN_FAULT_KEY_RANGE},
	{"9999999999", 0, 0, CHAN_FAULT_KEY_RANGE},
	{"42949672950", 0, 0, CHAN_FAULT_KEY_LONG},
	{"00000000009", 0, 0, CHAN_FAULT_KEY_LONG},
	{huge, CHAN_XENBUS_VALUE_MAX, 0, CHAN_FAULT_KEY_LONG},
	{huge, CHAN_XENBUS_VALUE_MAX + 1, 0, CHAN_FAULT_KEY_LONG},
	{huge, sizeof(huge), 0, CHAN_FAULT_KEY_LONG},
};

static void spoil(struct dir *d, int at, const struct wrong *w)
{
	d->key[at].err = w->err ? w->err : w->value ? 0 : ENOENT;
	d->key[at].len = w->len ? w->len : w->value ? strlen(w->value) : 0;
	if (w->value)
		memcpy(d->key[at].value, w->value, d->key[at].len);
}

TEST(every_key_of_the_front_end_is_refused_by_name_when_it_is_wrong)
{
	memset(huge, '7', sizeof(huge));
	for (unsigned int at = 0; at < 2 + CHAN_XENBUS_REFS(SLOTS); at++) {
		for (unsigned int i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
			struct dir *d = front_dir(SLOTS);
			struct chan_front_keys got = {.slots = 99};
			char text[CHAN_XENBUS_ERROR_MAX];
			struct chan_fault fault = {.kind = CHAN_FAULT_NONE};

			spoil(d, (int)at, &wrongs[i]);
			assert_false(chan_front_keys_read(SLOTS, dir_read, d, &got, &fault));
			assert_int_equal(fault.kind, wrongs[i].fault);
			assert_int_equal(got.slots, 99);
			assert_int_equal(d->reads, at + 1);
			chan_fault_print(&fault, text);
			assert_int_equal(strncmp(text, d->key[at].name, strlen(d->key[at].name)),
					 0);
			assert_int_equal(text[strlen(d->key[at].name)], ' ');
			free(d);
		}
	}
}

static enum chan_fault_kind front_with(const char *name, const char *value,
				       char text[CHAN_XENBUS_ERROR_MAX])
{
	struct dir *d = front_dir(SLOTS);
	struct chan_fault fault = {.kind = CHAN_FAULT_NONE};
	struct chan_front_keys got;

	dir_write(d, name, value);
	if (chan_front_keys_read(SLOTS, dir_read, d, &got, &fault))
		fault.kind = CHAN_FAULT_NONE;
	chan_fault_print(&fault, text);
	free(d);
	return fault.kind;
}

TEST(numbers_that_cannot_be_are_refused)
{
	char t[CHAN_XENBUS_ERROR_MAX];

	assert_int_equal(front_with("version", "2", t), CHAN_FAULT_VERSION);
	assert_string_equal(t, "version is not a version that both ends support");
	assert_int_equal(front_with("version", "0", t), CHAN_FAULT_VERSION);
	assert_int_equal(front_with("event-channel", "0", t), CHAN_FAULT_KEY_RANGE);
	assert_string_equal(t, "event-channel is out of range");
	assert_int_equal(front_with("event-channel", "131071", t), CHAN_FAULT_NONE);
	assert_int_equal(front_with("event-channel", "131072", t), CHAN_FAULT_KEY_RANGE);
	assert_int_equal(front_with("ring-ref3", "0", t), CHAN_FAULT_KEY_RANGE);
	assert_int_equal(front_with("ring-ref3", "4294967295", t), CHAN_FAULT_NONE);
	assert_int_equal(front_with("ring-ref3", "8", t), CHAN_FAULT_KEY_TWICE);
	assert_string_equal(t, "ring-ref3 names a page that an earlier key names");
	assert_int_equal(front_with("ring-ref21", "8", t), CHAN_FAULT_NONE);
}

TEST(a_state_is_one_digit_from_1_to_6)
{
	static const char *const bad[] = {"", "0", "7", "8", "10", "-1", " 4", "4 ", "04", "four"};
	struct chan_value v;

	for (char c = '1'; c <= '6'; c++) {
		chan_value_set(&v, &c, 1, 0);
		assert_int_equal(chan_value_level(&v), c - '0');
	}
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		chan_value_set(&v, bad[i], strlen(bad[i]), 0);
		assert_int_equal(chan_value_level(&v), CHAN_LEVEL_BAD);
	}
	chan_value_set(&v, NULL, 0, ENOENT);
	assert_int_equal(chan_value_level(&v), CHAN_LEVEL_GONE);
	chan_value_set(&v, NULL, 0, EACCES);
	assert_int_equal(chan_value_level(&v), CHAN_LEVEL_BAD);
}

static enum chan_fault_kind back_with(const char *name, const char *value, uint32_t *ret_slots)
{
	struct dir *d = calloc(1, sizeof(*d));
	struct chan_back_keys keys = {0};
	struct chan_fault fault = {.kind = CHAN_FAULT_NONE};

	assert_non_null(d);
	assert_int_equal(chan_back_keys_write(SLOTS, dir_write, d), 0);
	if (value)
		dir_write(d, name, value);
	else if (name)
		d->key[key_at(d, name)].err = ENOENT;
	chan_back_keys_read(dir_read, d, &keys, &fault);
	*ret_slots = keys.slots;
	free(d);
	return fault.kind;
}

TEST(what_the_back_end_offers_is_read)
{
	uint32_t n;

	assert_int_equal(back_with(NULL, NULL, &n), CHAN_FAULT_NONE);
	assert_int_equal(n, SLOTS);
	assert_int_equal(back_with("mad-slots", "1024", &n), CHAN_FAULT_NONE);
	assert_int_equal(n, 1024);
	assert_int_equal(back_with("mad-slots", "2048", &n), CHAN_FAULT_KEY_RANGE);
	assert_int_equal(back_with("mad-slots", "100", &n), CHAN_FAULT_KEY_RANGE);
	assert_int_equal(back_with("mad-slots", "0", &n), CHAN_FAULT_KEY_RANGE);
	assert_int_equal(back_with("mad-slots", NULL, &n), CHAN_FAULT_KEY_MISSING);
	assert_int_equal(back_with("versions", NULL, &n), CHAN_FAULT_KEY_MISSING);
	assert_int_equal(back_with("ring-kinds", NULL, &n), CHAN_FAULT_KEY_MISSING);
}

TEST(lists_of_later_back_ends_are_understood)
{
	uint32_t n;

	assert_int_equal(back_with("versions", "1 2 3", &n), CHAN_FAULT_NONE);
	assert_int_equal(back_with("versions", "3 2.1 1", &n), CHAN_FAULT_NONE);
	assert_int_equal(back_with("versions", "2 3", &n), CHAN_FAULT_VERSION);
	assert_int_equal(back_with("versions", "11", &n), CHAN_FAULT_VERSION);
	assert_int_equal(back_with("versions", "", &n), CHAN_FAULT_VERSION);
	assert_int_equal(back_with("ring-kinds", "verbs mad", &n), CHAN_FAULT_NONE);
	assert_int_equal(back_with("ring-kinds", "verbs nomad", &n), CHAN_FAULT_RING_KIND);
	assert_int_equal(back_with("ring-kinds", "ma", &n), CHAN_FAULT_RING_KIND);
}

TEST(a_write_that_fails_ends_the_writing)
{
	struct chan_front_keys keys = keys_make(SLOTS);

	for (unsigned int n = 1; n < 2 + keys.ref_count; n++) {
		struct dir *d = calloc(1, sizeof(*d));

		assert_non_null(d);
		d->refuse_after = n;
		assert_int_equal(chan_front_keys_write(&keys, dir_write, d), -ENOSPC);
		assert_int_equal(d->count, n);
		free(d);
	}
}

TEST(every_fault_has_a_name_and_a_text_that_fits)
{
	for (enum chan_fault_kind k = CHAN_FAULT_NONE; k < CHAN_FAULTS; k++) {
		struct chan_fault fault = {.kind = k,
					   .key = CHAN_KEY_RING_REF,
					   .index = UINT32_MAX,
					   .err = ENOTRECOVERABLE};
		char text[CHAN_XENBUS_ERROR_MAX];

		chan_fault_print(&fault, text);
		assert_true(strlen(text) > 4 && strlen(text) < sizeof(text) - 1);
	}
}
