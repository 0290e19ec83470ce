/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/keyed_hash.h"
#include "mad-proxy/io/journal.h"

#define MAGIC "IBGATEST"
#define VERSION 1
#define HEADER_BYTES 32
#define RECORD_BYTES 16 /* before the key */
#define VOID_BYTES (1024 * 1024) /* obsolete bytes that justify a new file */
#define LATER_MS 1000 /* delay until a removal is written, and between retries */

enum { RECORD_PUT = 1, RECORD_REMOVE = 2 };

struct io_state {
	char *path;
	uint64_t whose;
	int fd;
	gsize size; /* size of the file */
	gsize live_size; /* bytes of the live records */
	GHashTable *live; /* GBytes kind and key -> GBytes of the whole record */
	GHashTable *removed; /* the same for records whose removal is not written */
	guint timer; /* writes removals, or retries */
	bool failed; /* the failure was logged */
};

/* Detects torn records, not forged ones: whoever can write the file is trusted. */
static uint64_t checksum(const void *data, gsize len)
{
	static const struct keyed_hash plain;

	return keyed_hash(&plain, data, len);
}

static void put_le(GByteArray *to, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++) {
		uint8_t byte = (uint8_t)(v >> (8 * i));

		g_byte_array_append(to, &byte, 1);
	}
}

static uint64_t get_le(const uint8_t *p, unsigned int bytes)
{
	uint64_t v = 0;

	for (unsigned int i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static void put_checksum(GByteArray *to, const GByteArray *rest)
{
	put_le(to, checksum(rest->data, rest->len), 8);
}

static GBytes *header_of(const struct io_state *st)
{
	GByteArray *h = g_byte_array_new();

	g_byte_array_append(h, (const guint8 *)MAGIC, 8);
	put_le(h, VERSION, 4);
	put_le(h, 0, 4);
	put_le(h, st->whose, 8);
	put_checksum(h, h);
	return g_byte_array_free_to_bytes(h);
}

static GBytes *record_of(const struct proxy_state *state, uint8_t what)
{
	const gsize value_len = what == RECORD_PUT ? state->value_len : 0;
	g_autoptr(GByteArray) rest = g_byte_array_new();
	GByteArray *record = g_byte_array_new();

	put_le(rest, what, 1);
	put_le(rest, state->kind, 1);
	put_le(rest, state->key_len, 2);
	put_le(rest, value_len, 2);
	put_le(rest, 0, 2);
	g_byte_array_append(rest, state->key, state->key_len);
	if (value_len)
		g_byte_array_append(rest, state->value, (guint)value_len);
	put_checksum(record, rest);
	g_byte_array_append(record, rest->data, rest->len);
	return g_byte_array_free_to_bytes(record);
}

static GBytes *key_of(const struct proxy_state *state)
{
	GByteArray *key = g_byte_array_new();

	put_le(key, state->kind, 1);
	g_byte_array_append(key, state->key, state->key_len);
	return g_byte_array_free_to_bytes(key);
}

static GHashTable *records_new(void)
{
	return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
				     (GDestroyNotify)g_bytes_unref);
}

/* Stores the record in memory. */
static void keep(struct io_state *st, GBytes *key, GBytes *record)
{
	GBytes *old = g_hash_table_lookup(st->live, key);

	st->live_size += g_bytes_get_size(record) - (old ? g_bytes_get_size(old) : 0);
	g_hash_table_replace(st->live, g_bytes_ref(key), g_bytes_ref(record));
}

/* Removes the record from memory. True: it existed and is in *ret_record. */
static bool forget(struct io_state *st, GBytes *key, GBytes **ret_record)
{
	g_autoptr(GBytes) own_key = NULL;

	if (!g_hash_table_steal_extended(st->live, key, (gpointer *)&own_key,
					 (gpointer *)ret_record))
		return false;
	st->live_size -= g_bytes_get_size(*ret_record);
	return true;
}

/* Reads the record at `p` of `left` bytes. Returns its length; 0: no complete record. */
static gsize read_record(const uint8_t *p, gsize left, struct proxy_state *ret, uint8_t *ret_what)
{
	gsize len;

	if (left < RECORD_BYTES)
		return 0;
	*ret_what = p[8];
	ret->kind = p[9];
	ret->key_len = (uint16_t)get_le(p + 10, 2);
	ret->value_len = (uint16_t)get_le(p + 12, 2);
	len = RECORD_BYTES + (gsize)ret->key_len + ret->value_len;
	if (len > left || !ret->key_len || ret->key_len > PROXY_STATE_KEY_MAX ||
	    ret->value_len > PROXY_STATE_VALUE_MAX || get_le(p, 8) != checksum(p + 8, len - 8) ||
	    (*ret_what != RECORD_PUT && *ret_what != RECORD_REMOVE))
		return 0;
	ret->key = p + RECORD_BYTES;
	ret->value = ret->key + ret->key_len;
	return len;
}

static void read_one(struct io_state *st, const struct proxy_state *state, uint8_t what)
{
	g_autoptr(GBytes) record = record_of(state, what);
	g_autoptr(GBytes) key = key_of(state);
	g_autoptr(GBytes) old = NULL;

	if (what == RECORD_PUT)
		keep(st, key, record);
	else
		forget(st, key, &old);
}

/* Reads all records into st->live. NULL, or a text of what is wrong. */
static const char *read_all(struct io_state *st, const uint8_t *p, gsize len)
{
	if (len < HEADER_BYTES || memcmp(p, MAGIC, 8) != 0)
		return "is no state of a gateway";
	if (get_le(p + 24, 8) != checksum(p, 24))
		return "is torn";
	if (get_le(p + 8, 4) != VERSION)
		return "is of another version";
	if (get_le(p + 16, 8) != st->whose)
		return "is about other ports";
	for (gsize at = HEADER_BYTES; at < len;) {
		struct proxy_state state;
		uint8_t what;
		gsize took = read_record(p + at, len - at, &state, &what);

		if (!took)
			return "is torn";
		read_one(st, &state, what);
		at += took;
	}
	return NULL;
}

static void set_aside(struct io_state *st, const char *why)
{
	g_autofree char *aside = g_strconcat(st->path, ".set-aside", NULL);
	int rc = g_rename(st->path, aside);

	g_hash_table_remove_all(st->live);
	st->live_size = 0;
	io_journal_note(LOG_WARNING,
			"%s %s: it is not used, and %s %s; guests register again what they need",
			st->path, why, rc < 0 ? "could not be moved to" : "was moved to", aside);
}

static void load(struct io_state *st)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *data = NULL;
	const char *wrong;
	gsize len;

	if (!g_file_get_contents(st->path, &data, &len, &error)) {
		if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
			set_aside(st, "cannot be read");
		return;
	}
	wrong = read_all(st, (const uint8_t *)data, len);
	if (wrong)
		set_aside(st, wrong);
}

/* --- writing --- */

static bool write_bytes(struct io_state *st, GBytes *bytes)
{
	gsize len;
	const void *data = g_bytes_get_data(bytes, &len);

	if (write(st->fd, data, len) != (gssize)len)
		return false;
	st->size += len;
	return true;
}

static void report(struct io_state *st)
{
	if (!st->failed)
		io_journal_note(LOG_ERR,
				"%s cannot be written: %s; what guests have registered may be lost "
				"when ibgated restarts",
				st->path, g_strerror(errno));
	st->failed = true;
}

static bool write_live(struct io_state *st)
{
	g_autoptr(GBytes) header = header_of(st);
	g_autoptr(GByteArray) all = g_byte_array_sized_new((guint)st->live_size + HEADER_BYTES);
	g_autoptr(GBytes) whole = NULL;
	GHashTableIter iter;
	gpointer record;

	g_byte_array_append(all, g_bytes_get_data(header, NULL), HEADER_BYTES);
	g_hash_table_iter_init(&iter, st->live);
	while (g_hash_table_iter_next(&iter, NULL, &record))
		g_byte_array_append(all, g_bytes_get_data(record, NULL),
				    (guint)g_bytes_get_size(record));
	whole = g_byte_array_free_to_bytes(g_steal_pointer(&all));
	return write_bytes(st, whole);
}

/* Replaces the file by one with the live records only. 0; or -errno and the old file stays in use. */
static int write_anew(struct io_state *st)
{
	g_autofree char *path = g_strconcat(st->path, ".new", NULL);
	const int old_fd = st->fd;
	const gsize old_size = st->size;
	int rc;

	st->size = 0;
	st->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (st->fd >= 0 && write_live(st) && g_rename(path, st->path) == 0) {
		if (old_fd >= 0)
			close(old_fd);
		st->failed = false;
		g_hash_table_remove_all(st->removed);
		return 0;
	}
	rc = -errno;
	if (st->fd >= 0)
		close(st->fd);
	st->fd = old_fd;
	st->size = old_size;
	return rc;
}

/* Writes the pending removals and then the record, if any. */
static void flush(struct io_state *st, GBytes *record)
{
	g_autoptr(GByteArray) all = g_byte_array_new();
	g_autoptr(GBytes) whole = NULL;
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, st->removed);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		gsize len;
		const uint8_t *bytes = g_bytes_get_data(key, &len);
		const struct proxy_state state = {
			.kind = bytes[0], .key_len = (uint16_t)(len - 1), .key = bytes + 1};
		g_autoptr(GBytes) removal = record_of(&state, RECORD_REMOVE);

		g_byte_array_append(all, g_bytes_get_data(removal, NULL),
				    (guint)g_bytes_get_size(removal));
	}
	g_hash_table_remove_all(st->removed);
	if (record)
		g_byte_array_append(all, g_bytes_get_data(record, NULL),
				    (guint)g_bytes_get_size(record));
	if (!all->len)
		return;
	whole = g_byte_array_free_to_bytes(g_steal_pointer(&all));
	if (!write_bytes(st, whole))
		report(st);
}

static gboolean timer_due(gpointer ctx)
{
	struct io_state *st = ctx;

	if (!st->failed)
		flush(st, NULL);
	/* a failed write may have left a partial record: only a new file is complete again */
	if (st->failed && write_anew(st) < 0)
		return G_SOURCE_CONTINUE;
	st->timer = 0;
	return G_SOURCE_REMOVE;
}

/* Compacts the file and writes pending removals. */
static void written(struct io_state *st)
{
	if (!st->failed && st->size > (size_t)VOID_BYTES + 2 * st->live_size && write_anew(st) < 0)
		report(st);
	if (!st->timer && (st->failed || g_hash_table_size(st->removed)))
		st->timer = g_timeout_add(LATER_MS, timer_due, st);
}

void io_state_put(struct io_state *st, const struct proxy_state *state)
{
	g_autoptr(GBytes) record = record_of(state, RECORD_PUT);
	g_autoptr(GBytes) key = key_of(state);
	GBytes *in_file = g_hash_table_lookup(st->removed, key);
	bool same;

	if (!in_file)
		in_file = g_hash_table_lookup(st->live, key);
	same = in_file && g_bytes_equal(in_file, record);
	keep(st, key, record);
	g_hash_table_remove(st->removed, key);
	if (!same && !st->failed)
		flush(st, record);
	written(st);
}

void io_state_remove(struct io_state *st, const struct proxy_state *state)
{
	g_autoptr(GBytes) key = key_of(state);
	GBytes *record = NULL;

	if (!forget(st, key, &record))
		return;
	g_hash_table_replace(st->removed, g_bytes_ref(key), record);
	written(st);
}

/* --- interface --- */

void io_state_each(struct io_state *st, void (*each)(void *ctx, const struct proxy_state *state),
		   void *ctx)
{
	GList *records = g_hash_table_get_values(st->live);

	g_list_foreach(records, (GFunc)(void (*)(void))g_bytes_ref, NULL);
	for (GList *at = records; at; at = at->next) {
		struct proxy_state state;
		uint8_t what;
		gsize len;
		const uint8_t *data = g_bytes_get_data(at->data, &len);

		if (read_record(data, len, &state, &what))
			each(ctx, &state);
	}
	g_list_free_full(records, (GDestroyNotify)g_bytes_unref);
}

struct io_state *io_state_open(const char *dir, const char *whose, GError **error)
{
	struct io_state *st = g_new0(struct io_state, 1);
	int rc;

	st->path = g_build_filename(dir, "state", NULL);
	st->whose = checksum(whose, strlen(whose));
	st->fd = -1;
	st->live = records_new();
	st->removed = records_new();
	load(st);
	rc = write_anew(st);
	if (rc < 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(-rc),
			    "cannot write %s: %s", st->path, g_strerror(-rc));
		io_state_close(st);
		return NULL;
	}
	return st;
}

void io_state_close(struct io_state *st)
{
	if (!st)
		return;
	if (st->fd >= 0 && !st->failed)
		flush(st, NULL);
	g_clear_handle_id(&st->timer, g_source_remove);
	if (st->fd >= 0)
		close(st->fd);
	g_hash_table_unref(st->live);
	g_hash_table_unref(st->removed);
	g_free(st->path);
	g_free(st);
}
