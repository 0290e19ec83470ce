/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of the xenstore keys; see the header. */
#include "channel/xenbus_keys.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

_Static_assert(CHAN_XENBUS_REFS(CHAN_XENBUS_SLOTS_MAX) == CHAN_XENBUS_REFS_MAX, "pages of a ring");
_Static_assert(CHAN_XENBUS_SLOTS_MAX <= CHAN_RING_SLOTS_MAX, "a ring");

/* "ring-ref160", or a number, with the terminating NUL. */
#define NAME_BYTES 24

static const char *const key_name[CHAN_KEYS] = {
	[CHAN_KEY_NONE] = "value",
	[CHAN_KEY_STATE] = CHAN_XENBUS_STATE,
	[CHAN_KEY_VERSION] = CHAN_XENBUS_CHOSEN,
	[CHAN_KEY_RING_REF] = CHAN_XENBUS_RING_REF,
	[CHAN_KEY_EVENT_CHANNEL] = CHAN_XENBUS_EVENT_CHANNEL,
	[CHAN_KEY_VERSIONS] = CHAN_XENBUS_VERSIONS,
	[CHAN_KEY_RING_KINDS] = CHAN_XENBUS_RING_KINDS,
	[CHAN_KEY_MAD_SLOTS] = CHAN_XENBUS_MAD_SLOTS,
};

/* The text of a fault; if it has a key, the key's name precedes the text. */
static const struct {
	const char *text;
	bool has_key;
} faults[CHAN_FAULTS] = {
	[CHAN_FAULT_NONE] = {"no fault", false},
	[CHAN_FAULT_KEY_MISSING] = {"is missing", true},
	[CHAN_FAULT_KEY_UNREADABLE] = {"cannot be read", true},
	[CHAN_FAULT_KEY_LONG] = {"is too long", true},
	[CHAN_FAULT_KEY_SYNTAX] = {"has the wrong syntax", true},
	[CHAN_FAULT_KEY_RANGE] = {"is out of range", true},
	[CHAN_FAULT_KEY_TWICE] = {"names a page that an earlier key names", true},
	[CHAN_FAULT_VERSION] = {"is not a version that both ends support", true},
	[CHAN_FAULT_RING_KIND] = {"does not list the ring kind 'mad'", true},
	[CHAN_FAULT_STATE] = {"is not a valid device state", true},
	[CHAN_FAULT_ORDER] = {"is 4 (connected) before that of the other end", true},
	[CHAN_FAULT_MAP] = {"the pages of the ring cannot be mapped", false},
	[CHAN_FAULT_BIND] = {"the event channel cannot be bound", false},
	[CHAN_FAULT_MEMORY] = {"out of memory", false},
	[CHAN_FAULT_STORE] = {"an operation on xenstore failed", false},
	[CHAN_FAULT_RING] = {"the other end wrote an invalid ring index", false},
	[CHAN_FAULT_SLOT] = {"the other end wrote an invalid slot", false},
	[CHAN_FAULT_POLICY] = {"the policy does not let this guest attach", false},
	[CHAN_FAULT_BUSY] = {"the limit of sessions is reached", false},
	[CHAN_FAULT_HELLO] = {"the other end did not complete the HELLO exchange", false},
};

void chan_fault_print(const struct chan_fault *fault, char ret_text[CHAN_XENBUS_ERROR_MAX])
{
	char key[NAME_BYTES] = "", error[CHAN_XENBUS_VALUE_MAX] = "";

	if (faults[fault->kind].has_key && fault->key == CHAN_KEY_RING_REF)
		snprintf(key, sizeof(key), "ring-ref%u ", fault->index);
	else if (faults[fault->kind].has_key)
		snprintf(key, sizeof(key), "%s ", key_name[fault->key]);
	if (fault->err)
		snprintf(error, sizeof(error), ": %s", strerror(fault->err));
	snprintf(ret_text, CHAN_XENBUS_ERROR_MAX, "%s%s%s", key, faults[fault->kind].text, error);
}

void chan_value_set(struct chan_value *ret, const void *data, size_t len, int err)
{
	*ret = (struct chan_value){.err = data ? 0 : err ? err : EIO};
	if (!data)
		return;
	ret->len = len;
	memcpy(ret->data, data, len < sizeof(ret->data) ? len : sizeof(ret->data));
}

static bool bad(struct chan_fault *ret_fault, enum chan_fault_kind kind, int err)
{
	*ret_fault = (struct chan_fault){.kind = kind, .err = err};
	return false;
}

static bool readable(const struct chan_value *value, struct chan_fault *ret_fault)
{
	if (value->err == ENOENT)
		return bad(ret_fault, CHAN_FAULT_KEY_MISSING, 0);
	if (value->err)
		return bad(ret_fault, CHAN_FAULT_KEY_UNREADABLE, value->err);
	if (value->len > sizeof(value->data))
		return bad(ret_fault, CHAN_FAULT_KEY_LONG, 0);
	return true;
}

static bool number(const char *text, size_t len, uint32_t *ret_number, struct chan_fault *ret_fault)
{
	uint64_t v = 0;

	if (len > CHAN_XENBUS_DIGITS_MAX)
		return bad(ret_fault, CHAN_FAULT_KEY_LONG, 0);
	if (len == 0 || (len > 1 && text[0] == '0'))
		return bad(ret_fault, CHAN_FAULT_KEY_SYNTAX, 0);
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return bad(ret_fault, CHAN_FAULT_KEY_SYNTAX, 0);
		v = v * 10 + (uint64_t)(text[i] - '0');
	}
	if (v > UINT32_MAX)
		return bad(ret_fault, CHAN_FAULT_KEY_RANGE, 0);
	*ret_number = (uint32_t)v;
	return true;
}

bool chan_value_number(const struct chan_value *value, uint32_t min, uint32_t max,
		       uint32_t *ret_number, struct chan_fault *ret_fault)
{
	uint32_t v;

	if (!readable(value, ret_fault) || !number(value->data, value->len, &v, ret_fault))
		return false;
	if (v < min || v > max)
		return bad(ret_fault, CHAN_FAULT_KEY_RANGE, 0);
	*ret_number = v;
	return true;
}

enum chan_level chan_value_level(const struct chan_value *value)
{
	struct chan_fault ignored;
	uint32_t state;

	if (value->err == ENOENT)
		return CHAN_LEVEL_GONE;
	if (!chan_value_number(value, CHAN_XENBUS_INITIALISING, CHAN_XENBUS_CLOSED, &state,
			       &ignored))
		return CHAN_LEVEL_BAD;
	return (enum chan_level)state;
}

/* The next word of a list with one space between words; false at its end. */
static bool next_word(const struct chan_value *list, size_t *at, const char **ret_word,
		      size_t *ret_len)
{
	size_t from = *at;

	if (from > list->len)
		return false;
	while (*at < list->len && list->data[*at] != ' ')
		++*at;
	*ret_word = &list->data[from];
	*ret_len = *at - from;
	++*at;
	return true;
}

static bool has_word(const struct chan_value *list, const char *wanted)
{
	const char *word;
	size_t at = 0, len;

	while (next_word(list, &at, &word, &len))
		if (len == strlen(wanted) && memcmp(word, wanted, len) == 0)
			return true;
	return false;
}

/* The highest version of the list that this code knows; other entries may have any syntax. */
static bool choose(const struct chan_value *list, uint32_t *ret_version,
		   struct chan_fault *ret_fault)
{
	struct chan_fault ignored;
	const char *word;
	size_t at = 0, len;
	uint32_t version;

	while (next_word(list, &at, &word, &len)) {
		if (number(word, len, &version, &ignored) && version == CHAN_XENBUS_VERSION) {
			*ret_version = version;
			return true;
		}
	}
	return bad(ret_fault, CHAN_FAULT_VERSION, 0);
}

/* The source of the keys, and the fault with the name of its key. */
struct reader {
	chan_keys_read_fn *read;
	void *ctx;
	struct chan_fault *fault;
};

static bool name_key(const struct reader *reader, enum chan_key key, uint32_t index)
{
	reader->fault->key = key;
	reader->fault->index = index;
	return false;
}

static void key_print(enum chan_key key, uint32_t index, char ret_name[NAME_BYTES])
{
	if (key == CHAN_KEY_RING_REF)
		snprintf(ret_name, NAME_BYTES, CHAN_XENBUS_RING_REF, index);
	else
		snprintf(ret_name, NAME_BYTES, "%s", key_name[key]);
}

static void read_value(const struct reader *reader, enum chan_key key, uint32_t index,
		       struct chan_value *ret)
{
	char name[NAME_BYTES];

	key_print(key, index, name);
	*ret = (struct chan_value){.err = EIO};
	reader->read(reader->ctx, name, ret);
}

static bool read_ref(const struct reader *reader, uint32_t index, uint32_t *ref)
{
	struct chan_value value;

	/* Reference 0 is the console's page by convention, and means "none" in every front-end. */
	read_value(reader, CHAN_KEY_RING_REF, index, &value);
	if (!chan_value_number(&value, 1, UINT32_MAX, &ref[index], reader->fault))
		return name_key(reader, CHAN_KEY_RING_REF, index);
	for (uint32_t i = 0; i < index; i++) {
		if (ref[i] == ref[index]) {
			bad(reader->fault, CHAN_FAULT_KEY_TWICE, 0);
			return name_key(reader, CHAN_KEY_RING_REF, index);
		}
	}
	return true;
}

bool chan_front_keys_read(uint32_t slots, chan_keys_read_fn *read, void *ctx,
			  struct chan_front_keys *ret, struct chan_fault *ret_fault)
{
	struct reader reader = {.read = read, .ctx = ctx, .fault = ret_fault};
	struct chan_front_keys keys = {.slots = slots};
	struct chan_value value;

	assert(slots >= CHAN_RING_SLOTS_MIN && slots <= CHAN_XENBUS_SLOTS_MAX);
	keys.ref_count = CHAN_XENBUS_REFS(slots);
	read_value(&reader, CHAN_KEY_VERSION, 0, &value);
	if (!chan_value_number(&value, 0, UINT32_MAX, &keys.version, ret_fault))
		return name_key(&reader, CHAN_KEY_VERSION, 0);
	if (keys.version != CHAN_XENBUS_VERSION) {
		bad(ret_fault, CHAN_FAULT_VERSION, 0);
		return name_key(&reader, CHAN_KEY_VERSION, 0);
	}
	read_value(&reader, CHAN_KEY_EVENT_CHANNEL, 0, &value);
	if (!chan_value_number(&value, 1, CHAN_XENBUS_EVENT_CHANNEL_MAX, &keys.event_channel,
			       ret_fault))
		return name_key(&reader, CHAN_KEY_EVENT_CHANNEL, 0);
	for (uint32_t i = 0; i < keys.ref_count; i++)
		if (!read_ref(&reader, i, keys.ref))
			return false;
	*ret = keys;
	return true;
}

static bool list_read(const struct reader *reader, enum chan_key key, struct chan_value *ret_list)
{
	read_value(reader, key, 0, ret_list);
	return readable(ret_list, reader->fault) ? true : name_key(reader, key, 0);
}

bool chan_back_keys_read(chan_keys_read_fn *read, void *ctx, struct chan_back_keys *ret,
			 struct chan_fault *ret_fault)
{
	struct reader reader = {.read = read, .ctx = ctx, .fault = ret_fault};
	struct chan_back_keys keys;
	struct chan_value value;

	if (!list_read(&reader, CHAN_KEY_VERSIONS, &value))
		return false;
	if (!choose(&value, &keys.version, ret_fault))
		return name_key(&reader, CHAN_KEY_VERSIONS, 0);
	if (!list_read(&reader, CHAN_KEY_RING_KINDS, &value))
		return false;
	if (!has_word(&value, CHAN_XENBUS_KIND_MAD)) {
		bad(ret_fault, CHAN_FAULT_RING_KIND, 0);
		return name_key(&reader, CHAN_KEY_RING_KINDS, 0);
	}
	read_value(&reader, CHAN_KEY_MAD_SLOTS, 0, &value);
	if (!chan_value_number(&value, CHAN_RING_SLOTS_MIN, CHAN_XENBUS_SLOTS_MAX, &keys.slots,
			       ret_fault))
		return name_key(&reader, CHAN_KEY_MAD_SLOTS, 0);
	if ((keys.slots & (keys.slots - 1)) != 0) {
		bad(ret_fault, CHAN_FAULT_KEY_RANGE, 0);
		return name_key(&reader, CHAN_KEY_MAD_SLOTS, 0);
	}
	*ret = keys;
	return true;
}

static int write_number(chan_keys_write_fn *write, void *ctx, const char *name, uint32_t v)
{
	char text[NAME_BYTES];

	snprintf(text, sizeof(text), "%u", v);
	return write(ctx, name, text);
}

int chan_front_keys_write(const struct chan_front_keys *keys, chan_keys_write_fn *write, void *ctx)
{
	int err = write_number(write, ctx, CHAN_XENBUS_CHOSEN, keys->version);

	if (!err)
		err = write_number(write, ctx, CHAN_XENBUS_EVENT_CHANNEL, keys->event_channel);
	for (uint32_t i = 0; i < keys->ref_count && !err; i++) {
		char name[NAME_BYTES];

		key_print(CHAN_KEY_RING_REF, i, name);
		err = write_number(write, ctx, name, keys->ref[i]);
	}
	return err;
}

int chan_back_keys_write(uint32_t slots, chan_keys_write_fn *write, void *ctx)
{
	int err = write_number(write, ctx, CHAN_XENBUS_VERSIONS, CHAN_XENBUS_VERSION);

	if (!err)
		err = write(ctx, CHAN_XENBUS_RING_KINDS, CHAN_XENBUS_KIND_MAD);
	if (!err)
		err = write_number(write, ctx, CHAN_XENBUS_MAD_SLOTS, slots);
	return err;
}
