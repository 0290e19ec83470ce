/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzz target: what a front-end can do in xenstore.
 *
 * The first byte selects. 'k': the rest is the front-end's directory, lines of NAME=VALUE; accepted keys
 * are within their limits and print as they were read. 'b': the same for the back-end's directory.
 * Otherwise each byte is a move of tests/unit/xenbus_model.h, which asserts; after the last, sane moves
 * must connect both ends.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "channel/xenbus_keys.h"
#include "tests/unit/xenbus_model.h"

#define SLOTS 8u

struct text {
	const char *p;
	size_t len;
};

/* The value of a name in lines of NAME=VALUE; the first counts. */
static bool line_find(const struct text *dir, const char *name, struct text *ret)
{
	const char *p = dir->p, *end = p + dir->len;

	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = strlen(name);

		if (!eol)
			eol = end;
		if ((size_t)(eol - p) > n && memcmp(p, name, n) == 0 && p[n] == '=') {
			*ret = (struct text){p + n + 1, (size_t)(eol - p) - n - 1};
			return true;
		}
		p = eol + 1;
	}
	return false;
}

static void dir_read(void *ctx, const char *name, struct chan_value *ret)
{
	struct text value;

	if (!line_find(ctx, name, &value))
		chan_value_set(ret, NULL, 0, ENOENT);
	else if (value.len == 1 && value.p[0] == '!')
		chan_value_set(ret, NULL, 0, EACCES);
	else
		chan_value_set(ret, value.p, value.len, 0);
}

static int dir_compare(void *ctx, const char *name, const char *value)
{
	struct text had;

	assert(line_find(ctx, name, &had));
	assert(had.len == strlen(value) && memcmp(had.p, value, had.len) == 0);
	return 0;
}

static void check_fault(const struct chan_fault *fault)
{
	char text[CHAN_XENBUS_ERROR_MAX];

	assert(fault->kind > CHAN_FAULT_NONE && fault->kind < CHAN_FAULTS);
	assert(fault->key > CHAN_KEY_NONE && fault->key < CHAN_KEYS);
	chan_fault_print(fault, text);
	assert(memchr(text, 0, sizeof(text)) && strlen(text) < sizeof(text) - 1);
}

static void front_dir(struct text dir)
{
	struct chan_front_keys keys;
	struct chan_fault fault = {.kind = CHAN_FAULT_NONE};

	if (!chan_front_keys_read(SLOTS, dir_read, &dir, &keys, &fault)) {
		check_fault(&fault);
		return;
	}
	assert(keys.version == CHAN_XENBUS_VERSION && keys.ref_count == CHAN_XENBUS_REFS(SLOTS));
	assert(keys.event_channel > 0 && keys.event_channel <= CHAN_XENBUS_EVENT_CHANNEL_MAX);
	for (uint32_t i = 0; i < keys.ref_count; i++)
		for (uint32_t j = 0; j < i; j++)
			assert(keys.ref[i] != keys.ref[j] && keys.ref[i] != 0);
	chan_front_keys_write(&keys, dir_compare, &dir);
}

static void back_dir(struct text dir)
{
	struct chan_back_keys keys;
	struct chan_fault fault = {.kind = CHAN_FAULT_NONE};

	if (!chan_back_keys_read(dir_read, &dir, &keys, &fault)) {
		check_fault(&fault);
		return;
	}
	assert(keys.version == CHAN_XENBUS_VERSION);
	assert(keys.slots >= CHAN_RING_SLOTS_MIN && keys.slots <= CHAN_XENBUS_SLOTS_MAX);
	assert((keys.slots & (keys.slots - 1)) == 0);
}

static void war_and_peace(const uint8_t *data, size_t size)
{
	uint32_t seed = 1, moves = 0;
	struct model w;

	model_init(&w);
	for (size_t i = 0; i < size; i++) {
		model_move(&w, data[i] % MODEL_MOVES);
		seed = seed * 31 + data[i];
	}
	while (!model_good(&w)) {
		seed = seed * 1664525u + 1013904223u;
		model_move(&w, (seed >> 16) % MODEL_SANE);
		assert(moves++ < 10000);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'k')
		front_dir((struct text){(const char *)data + 1, size - 1});
	else if (data[0] == 'b')
		back_dir((struct text){(const char *)data + 1, size - 1});
	else
		war_and_peace(data + 1, size - 1);
	return 0;
}
