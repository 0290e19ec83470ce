/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads a policy file: bytes, the line index (policy_scan.h), GLib's key-file parser, the tables of keys
 * (policy_keys.h), and the checks across keys (policy_check.h). Returns a policy only if no error was
 * found. See docs/man/ibgate-policy.5.
 */
#include "policy/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "policy/policy_check.h"
#include "policy/policy_errors.h"
#include "policy/policy_hint.h"
#include "policy/policy_keys.h"
#include "policy/policy_scan.h"

static void guest_free(struct policy_guest *guest)
{
	g_free(guest->name);
	g_free(guest->section);
	g_free(guest->pkey);
	g_free(guest->listen.range);
	g_free(guest->connect.range);
	g_free(guest->map);
	g_free(guest->address);
	g_free(guest->mgid);
	g_free(guest);
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->guest_count; i++)
		guest_free(policy->guest[i]);
	g_free(policy->guest);
	g_free(policy->port);
	g_free(policy->file);
	g_free(policy);
}

/* The policy of an empty file. */
static struct policy *policy_new(const char *file)
{
	struct policy *policy = g_new0(struct policy, 1);

	policy->file = g_strdup(file);
	policy->cm_route_count = 3;
	policy->cm_route[0] = POLICY_CM_SERVICE;
	policy->cm_route[1] = POLICY_CM_ADDRESS;
	policy->cm_route[2] = POLICY_CM_GID;
	policy->path_cache_ttl_s = POLICY_PATH_CACHE_TTL_DEFAULT;
	policy->smp_cache_ms = POLICY_SMP_CACHE_DEFAULT_MS;
	policy->limits = policy_limits_default();
	return policy;
}

static struct policy_guest *guest_new(const struct policy *policy,
				      const struct policy_scan_section *section, const char *name)
{
	struct policy_guest *guest = g_new0(struct policy_guest, 1);

	guest->name = g_strdup(name);
	policy_guest_name_fold(guest->name);
	guest->section = g_strdup(section->name);
	guest->line[POLICY_KEY_SECTION] = section->line;
	guest->pkeys_any = true;
	guest->connect.any = true;
	guest->multicast_any = true;
	guest->limits = policy->limits;
	return guest;
}

/* State while a file is read. */
struct reader {
	struct policy_errors errors;
	struct policy_scan scan;
	GKeyFile *key_file;
	struct policy *policy;
};

/* The value of a key, or NULL after reporting an error. Owned by the caller. */
static char *key_value(struct reader *reader, const struct policy_place *place)
{
	char *value = g_key_file_get_value(reader->key_file, place->section, place->key, NULL);

	if (value != NULL)
		g_strstrip(value);
	if (value != NULL && *value != '\0')
		return value;
	policy_place_bad(place, "has no value");
	g_free(value);
	return NULL;
}

/* Calls `read` for every key of the section; `read` returns false for an unknown key. */
static void read_section(struct reader *reader, const struct policy_scan_section *section,
			 bool (*read)(struct reader *reader, struct policy_guest *guest,
				      const char *value, const struct policy_place *place),
			 struct policy_guest *guest)
{
	for (guint i = 0; i < section->keys->len; i++) {
		const struct policy_scan_key *key = section->keys->pdata[i];
		const struct policy_place place = {&reader->errors, key->line, section->name,
						   key->name};
		g_autofree char *value = key_value(reader, &place);

		if (value != NULL && !read(reader, guest, value, &place)) {
			g_autofree char *hint = policy_key_hint(section->name, key->name);

			policy_place_bad(&place, "unknown key%s", hint);
		}
	}
}

static bool read_gateway(struct reader *reader, struct policy_guest *guest, const char *value,
			 const struct policy_place *place)
{
	const struct policy_gateway_key *row = policy_gateway_key_find(place->key);

	if (row == NULL)
		return false;
	memcpy((char *)reader->policy + row->line_offset, &place->line, sizeof(place->line));
	row->parse(reader->policy, value, place);
	return true;
}

static bool read_limits(struct reader *reader, struct policy_guest *guest, const char *value,
			const struct policy_place *place)
{
	const struct policy_quota *quota = policy_quota_find(place->key);

	if (quota == NULL)
		return false;
	reader->policy->limits_line[quota->key] = place->line;
	policy_quota_parse(&reader->policy->limits, quota, value, place);
	return true;
}

static bool read_guest(struct reader *reader, struct policy_guest *guest, const char *value,
		       const struct policy_place *place)
{
	const struct policy_guest_key *row = policy_guest_key_find(place->key);
	const struct policy_quota *quota = policy_quota_find(place->key);

	if (row != NULL) {
		guest->line[row->key] = place->line;
		row->parse(guest, value, place);
	} else if (quota != NULL) {
		guest->line[quota->key] = place->line;
		policy_quota_parse(&guest->limits, quota, value, place);
	}
	return row != NULL || quota != NULL;
}

/* "guest NAME" -> "NAME"; NULL for other sections. */
static const char *section_guest(const char *section)
{
	if (strcmp(section, "guest") == 0)
		return "";
	return g_str_has_prefix(section, "guest ") ? section + strlen("guest ") : NULL;
}

static void read_guests(struct reader *reader)
{
	g_autoptr(GHashTable) lines = g_hash_table_new(g_str_hash, g_str_equal);
	struct policy *policy = reader->policy;

	policy->guest = g_new0(struct policy_guest *, reader->scan.sections->len + 1);
	for (guint i = 0; i < reader->scan.sections->len; i++) {
		const struct policy_scan_section *section = reader->scan.sections->pdata[i];
		const char *name = section_guest(section->name);
		struct policy_guest *guest;

		if (name == NULL)
			continue;
		if (!policy_guest_name_ok(name))
			policy_errors_add(
				&reader->errors, section->line, section->name, NULL,
				"a guest's name has 1 to %d of A-Z a-z 0-9 . _ - and does "
				"not start with . or -",
				POLICY_GUEST_NAME_MAX);
		guest = guest_new(policy, section, name);
		policy->guest[policy->guest_count++] = guest;
		/* one UUID in two spellings: two sections for the scanner, one guest */
		if (g_hash_table_contains(lines, guest->name))
			policy_errors_add(
				&reader->errors, section->line, section->name, NULL,
				"the same guest as on line %u",
				GPOINTER_TO_UINT(g_hash_table_lookup(lines, guest->name)));
		g_hash_table_insert(lines, guest->name, GUINT_TO_POINTER(section->line));
		read_section(reader, section, read_guest, guest);
	}
}

static int by_name(const void *left, const void *right)
{
	const struct policy_guest *a = *(const struct policy_guest *const *)left;
	const struct policy_guest *b = *(const struct policy_guest *const *)right;

	return strcmp(a->name, b->name);
}

static bool section_has_key(const struct policy_scan_section *section, const char *name)
{
	for (guint i = 0; i < section->keys->len; i++) {
		const struct policy_scan_key *key = section->keys->pdata[i];

		if (strcmp(key->name, name) == 0)
			return true;
	}
	return false;
}

static void read_sections(struct reader *reader)
{
	struct policy *policy = reader->policy;
	unsigned int gateway_line = 1;
	bool port_named = false;

	/* [limits] and [gateway] first, wherever they are in the file: guests start from their values. */
	for (guint i = 0; i < reader->scan.sections->len; i++) {
		const struct policy_scan_section *section = reader->scan.sections->pdata[i];

		if (strcmp(section->name, "gateway") == 0) {
			gateway_line = section->line;
			port_named = section_has_key(section, "port");
			read_section(reader, section, read_gateway, NULL);
		} else if (strcmp(section->name, "limits") == 0) {
			policy->limits_section_line = section->line;
			read_section(reader, section, read_limits, NULL);
		} else if (section_guest(section->name) == NULL) {
			g_autofree char *hint = policy_section_hint(section->name);

			policy_errors_add(&reader->errors, section->line, section->name, NULL,
					  "unknown section (gateway, limits, guest NAME)%s", hint);
		}
	}
	if (!port_named)
		policy_errors_add(&reader->errors, gateway_line, "gateway", "port",
				  "missing: name the port to serve as CA/number");
	read_guests(reader);
	qsort(policy->guest, policy->guest_count, sizeof(*policy->guest), by_name);
	policy_check_guests(policy, &reader->errors);
}

struct policy *policy_parse(const char *file, const char *data, size_t len, GPtrArray **ret_errors)
{
	struct reader reader = {.policy = policy_new(file)};
	g_autoptr(GError) error = NULL;

	policy_errors_init(&reader.errors, file);
	if (len > POLICY_FILE_MAX_BYTES) {
		policy_errors_add(&reader.errors, 0, NULL, NULL, "larger than %u bytes",
				  POLICY_FILE_MAX_BYTES);
		goto out;
	}
	policy_scan_init(&reader.scan, data, len, &reader.errors);
	reader.key_file = g_key_file_new();
	if (g_key_file_load_from_data(reader.key_file, reader.scan.text->str, reader.scan.text->len,
				      G_KEY_FILE_NONE, &error))
		read_sections(&reader);
	else
		policy_errors_add(&reader.errors, 0, NULL, NULL, "%s", error->message);
	g_key_file_unref(reader.key_file);
	policy_scan_fini(&reader.scan);
out:
	*ret_errors = policy_errors_take(&reader.errors);
	if (*ret_errors == NULL)
		return reader.policy;
	policy_free(reader.policy);
	return NULL;
}

/* Reads at most one byte more than the size limit. 0 or -errno. */
static int read_all(const char *path, GByteArray *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t buffer[16384];
	ssize_t got;
	int error = 0;

	if (fd < 0)
		return -errno;
	while (out->len <= POLICY_FILE_MAX_BYTES) {
		got = read(fd, buffer, sizeof(buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			error = -errno;
		if (got <= 0)
			break;
		g_byte_array_append(out, buffer, (guint)got);
	}
	close(fd);
	return error;
}

struct policy *policy_load(const char *path, GPtrArray **ret_errors)
{
	g_autoptr(GByteArray) data = g_byte_array_new();
	struct policy_errors errors;
	int error = read_all(path, data);

	if (error == 0)
		return policy_parse(path, (const char *)data->data, data->len, ret_errors);
	policy_errors_init(&errors, path);
	policy_errors_add(&errors, 0, NULL, NULL, "cannot be read: %s", strerror(-error));
	*ret_errors = policy_errors_take(&errors);
	return NULL;
}
