/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * docs/protocol.md against channel/abi and the state machines: the document has exactly these fields,
 * kinds, keys, limits and fault texts. Usage: test_chan_abi PROTOCOL.MD
 */
#include <stdio.h>

#include "channel/xenbus_back.h"
#include "channel/xenbus_front.h"
#define TEST_OWN_MAIN
#include "tests/unit/test.h"
#include "tests/unit/chan_abi_fields.h"

#define LINE 256

static const char *path;
static char (*page)[LINE];
static unsigned int lines;

static const struct field {
	const char *of, *name;
	unsigned int offset, bytes;
} fields[] = {
#define F(s, field, offset, bytes) {#s, #field, offset, bytes},
	CHAN_ABI_FIELDS(F)
#undef F
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static int page_read(void **state)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return -1;
	page = calloc(2000, LINE);
	while (page && lines < 2000 && fgets(page[lines], LINE, f))
		lines++;
	fclose(f);
	return page && lines > 100 ? 0 : -1;
}

static int page_free(void **state)
{
	free(page);
	return 0;
}

static bool has_line(const char *start)
{
	for (unsigned int i = 0; i < lines; i++)
		if (strncmp(page[i], start, strlen(start)) == 0)
			return true;
	return false;
}

/* Compares the rows of the table below the struct's heading; returns the number of fields. */
static unsigned int compare_struct(unsigned int heading, const char *name)
{
	unsigned int at = 0, seen = 0;

	while (at < FIELDS && strcmp(fields[at].of, name))
		at++;
	for (unsigned int i = heading + 1; i < lines && strncmp(page[i], "##", 2); i++) {
		unsigned int offset, bytes;
		char field[64];

		if (sscanf(page[i], "| %u | %u | `%63[^`]` |", &offset, &bytes, field) != 3)
			continue;
		assert_true(at < FIELDS && strcmp(fields[at].of, name) == 0);
		assert_string_equal(field, fields[at].name);
		assert_int_equal(offset, fields[at].offset);
		assert_int_equal(bytes, fields[at].bytes);
		at++;
		seen++;
	}
	assert_true(at == FIELDS || strcmp(fields[at].of, name));
	return seen;
}

TEST(every_field_stands_where_the_page_says)
{
	unsigned int seen = 0;

	for (unsigned int i = 0; i < lines; i++) {
		char name[64];

		if (sscanf(page[i], "### `struct %63[^`]`", name) == 1)
			seen += compare_struct(i, name);
	}
	assert_int_equal(seen, FIELDS);
}

TEST(the_page_has_every_field_of_the_headers)
{
#define F(s, field, offset, bytes)                                     \
	assert_int_equal(__builtin_offsetof(struct s, field), offset); \
	assert_int_equal(sizeof(((struct s *)0)->field), bytes);
	CHAN_ABI_FIELDS(F)
#undef F
	/* no field after the last one of the list */
	assert_int_equal(sizeof(struct chan_slot), 64 + 256);
	assert_int_equal(sizeof(struct chan_addr), 24 + 16);
	assert_int_equal(sizeof(struct chan_ring_ctl), 72 + 56);
	assert_int_equal(sizeof(struct chan_ring_page), 192 + 128);
	assert_int_equal(sizeof(struct chan_hello), 8 + 8);
	assert_int_equal(sizeof(struct chan_hello_reply), 20 + 4);
	assert_int_equal(sizeof(struct chan_port_info), 184);
	assert_int_equal(sizeof(struct chan_pkeys), 8 + 240);
	assert_int_equal(sizeof(struct chan_register), 22 + 2);
	assert_int_equal(sizeof(struct chan_welcome), 20 + 12);
}

TEST(every_kind_has_its_number)
{
	static const struct {
		enum chan_kind kind;
		const char *name;
	} kinds[] = {
#define K(name) {CHAN_KIND_##name, #name}
		K(SEND),
		K(RECV),
		K(SEND_DONE),
		K(HELLO),
		K(HELLO_REPLY),
		K(PORT_QUERY),
		K(PORT_REPLY),
		K(PKEY_QUERY),
		K(PKEY_REPLY),
		K(CLIENT_OPEN),
		K(CLIENT_OPEN_REPLY),
		K(CLIENT_CLOSE),
		K(CLIENT_CLOSE_REPLY),
		K(REGISTER),
		K(REGISTER_REPLY),
		K(UNREGISTER),
		K(UNREGISTER_REPLY),
		K(SET_ISSM),
		K(SET_ISSM_REPLY),
		K(PORT_EVENT),
#undef K
	};
	char row[LINE];

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool host = kinds[i].kind % 2 == 0;

		snprintf(row, sizeof(row), "| %u | `%s` | %s |", kinds[i].kind, kinds[i].name,
			 host ? "host" : "guest");
		if (!has_line(row))
			fail_msg("no line: %s", row);
	}
}

TEST(every_limit_is_the_one_in_the_code)
{
	static const struct {
		const char *name;
		unsigned int value;
	} limits[] = {
#define L(name) {#name, name}
		L(CHAN_XENBUS_VERSION),
		L(CHAN_RING_VERSION),
		L(CHAN_ABI_VERSION),
		L(CHAN_RING_PAGE_BYTES),
		L(CHAN_SLOT_BYTES),
		L(CHAN_MAD_BYTES),
		L(CHAN_PKEYS_PER_SLOT),
		L(CHAN_RING_SLOTS_MIN),
		L(CHAN_RING_SLOTS_DEFAULT),
		L(CHAN_XENBUS_SLOTS_MAX),
		L(CHAN_XENBUS_REFS_MAX),
		L(CHAN_XENBUS_VALUE_MAX),
		L(CHAN_XENBUS_DIGITS_MAX),
		L(CHAN_XENBUS_ERROR_MAX),
		L(CHAN_XENBUS_HANDLE_MAX),
		L(CHAN_XENBUS_DOMID_MAX),
		L(CHAN_XENBUS_EVENT_CHANNEL_MAX),
		L(CHAN_PACE_BURST),
		L(CHAN_PACE_MS),
		L(CHAN_STORE_TRIES),
		L(CHAN_BACK_DETACH_MS),
		L(CHAN_BACK_RETRY_MS),
		L(CHAN_BACK_RETRY_MAX_MS),
		L(CHAN_FRONT_STOP_MS),
#undef L
	};
	char row[LINE];

	for (unsigned int i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		snprintf(row, sizeof(row), "| `%s` | %u |", limits[i].name, limits[i].value);
		if (!has_line(row))
			fail_msg("no line: %s", row);
	}
}

TEST(every_key_is_named)
{
	static const char *const in_b[] = {CHAN_XENBUS_FRONTEND,   CHAN_XENBUS_FRONTEND_ID,
					   CHAN_XENBUS_ONLINE,	   CHAN_XENBUS_PORT,
					   CHAN_XENBUS_STATE,	   CHAN_XENBUS_VERSIONS,
					   CHAN_XENBUS_RING_KINDS, CHAN_XENBUS_MAD_SLOTS,
					   CHAN_XENBUS_ERROR,	   CHAN_XENBUS_DOMAIN,
					   CHAN_XENBUS_UUID};
	static const char *const in_f[] = {CHAN_XENBUS_BACKEND, CHAN_XENBUS_BACKEND_ID,
					   CHAN_XENBUS_HANDLE,	CHAN_XENBUS_STATE,
					   CHAN_XENBUS_CHOSEN,	CHAN_XENBUS_EVENT_CHANNEL};
	char row[LINE];

	for (unsigned int i = 0; i < sizeof(in_b) / sizeof(in_b[0]); i++) {
		snprintf(row, sizeof(row), "| `%s` | B |", in_b[i]);
		assert_true(has_line(row));
	}
	for (unsigned int i = 0; i < sizeof(in_f) / sizeof(in_f[0]); i++) {
		snprintf(row, sizeof(row), "| `%s` | F |", in_f[i]);
		assert_true(has_line(row));
	}
	assert_true(has_line("| `ring-ref0` … `ring-refN` | F |"));
}

/* The faults that a back-end writes: not the front-end's, nor those that prevent writing. */
TEST(every_fault_text_is_told)
{
	for (enum chan_fault_kind kind = CHAN_FAULT_NONE + 1; kind < CHAN_FAULTS; kind++) {
		struct chan_fault fault = {.kind = kind, .key = CHAN_KEY_NONE};
		char text[CHAN_XENBUS_ERROR_MAX], row[LINE];

		if (kind == CHAN_FAULT_STORE || kind == CHAN_FAULT_HELLO ||
		    kind == CHAN_FAULT_RING_KIND)
			continue;
		if (kind == CHAN_FAULT_VERSION)
			fault.key = CHAN_KEY_VERSION;
		if (kind == CHAN_FAULT_STATE || kind == CHAN_FAULT_ORDER)
			fault.key = CHAN_KEY_STATE;
		chan_fault_print(&fault, text);
		if (strncmp(text, "value ", 6) == 0)
			snprintf(row, sizeof(row), "| KEY %s |", text + 6);
		else
			snprintf(row, sizeof(row), "| %s |", text);
		if (!has_line(row))
			fail_msg("no line: %s", row);
	}
}

int main(int argc, char **argv)
{
	path = argc > 1 ? argv[1] : "docs/protocol.md";
	return test_run(page_read, page_free);
}
