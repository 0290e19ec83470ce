/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/cli_show.h"

#include <string.h>

#include "mad-proxy/core/counters.h"
#include "mad-proxy/io/gv_json.h"
#include "mad-proxy/io/text_table.h"

/* One value of a dictionary as a string, "-" if it is missing. */
static char *cell(GVariant *dict, const char *key)
{
	g_autoptr(GVariant) value = g_variant_lookup_value(dict, key, NULL);

	if (!value)
		return g_strdup("-");
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return g_variant_dup_string(value, NULL);
	return g_variant_print(value, FALSE);
}

/* "1 guest", "2 guests": a number, and what it counts. */
static char *counted(GVariant *dict, const char *key, const char *noun)
{
	g_autofree char *number = cell(dict, key);

	return g_strdup_printf("%s %s%s", number, noun, strcmp(number, "1") == 0 ? "" : "s");
}

/* "3 d 4 h", "2 min", the two largest units. */
static char *duration(guint64 s)
{
	if (s >= 86400)
		return g_strdup_printf("%" G_GUINT64_FORMAT "d %02uh", s / 86400,
				       (guint)(s % 86400 / 3600));
	if (s >= 3600)
		return g_strdup_printf("%uh %02umin", (guint)(s / 3600), (guint)(s % 3600 / 60));
	if (s >= 60)
		return g_strdup_printf("%umin %02us", (guint)(s / 60), (guint)(s % 60));
	return g_strdup_printf("%us", (guint)s);
}

static char *duration_cell(GVariant *dict, const char *key)
{
	guint64 s;

	return g_variant_lookup(dict, key, "t", &s) ? duration(s) : g_strdup("-");
}

/* "3/0 connected": devices of a guest, by domain and handle. */
static char *devices_cell(GVariant *dict, const char *key)
{
	g_autoptr(GVariant) devices = g_variant_lookup_value(dict, key, G_VARIANT_TYPE("aa{sv}"));
	GString *text = g_string_new(NULL);

	for (gsize i = 0; devices && i < g_variant_n_children(devices); i++) {
		g_autoptr(GVariant) device = g_variant_get_child_value(devices, i);
		g_autofree char *domid = cell(device, "domid"), *handle = cell(device, "handle");
		g_autofree char *state = cell(device, "state"), *port = cell(device, "port");

		g_string_append_printf(text, "%s%s/%s %s %s", i ? ", " : "", domid, handle, port,
				       state);
	}
	return g_string_free(text->len ? text : g_string_append_c(text, '-'), FALSE);
}

/* The named values of each dictionary of an aa{sv}; key "attached_s" is a duration, "devices" a list. */
static char *dict_table(GVariant *dicts, const char *const *headings, const char *const *keys)
{
	struct io_text_table table;
	guint columns = g_strv_length((char **)headings);
	char *text;

	io_text_table_init(&table);
	io_text_table_add(&table, g_strdupv((char **)headings));
	for (gsize i = 0; i < g_variant_n_children(dicts); i++) {
		g_autoptr(GVariant) dict = g_variant_get_child_value(dicts, i);
		char **row = g_new0(char *, columns + 1);

		for (guint c = 0; c < columns; c++) {
			if (g_str_has_suffix(keys[c], "_s"))
				row[c] = duration_cell(dict, keys[c]);
			else if (strcmp(keys[c], "devices") == 0)
				row[c] = devices_cell(dict, keys[c]);
			else
				row[c] = cell(dict, keys[c]);
		}
		io_text_table_add(&table, row);
	}
	text = io_text_table_print(&table);
	io_text_table_fini(&table);
	return text;
}

static char *show_status(GVariant *data)
{
	static const char *const headings[] = {"PORT", "STATE", "LID", "SM LID", "GUID", NULL};
	static const char *const keys[] = {"port", "state", "lid", "sm_lid", "guid", NULL};
	g_autoptr(GVariant) ports = g_variant_lookup_value(data, "ports", G_VARIANT_TYPE("aa{sv}"));
	g_autofree char *version = cell(data, "version"), *pid = cell(data, "pid");
	g_autofree char *uptime = duration_cell(data, "uptime_s"), *policy = cell(data, "policy");
	g_autofree char *guests = counted(data, "guests", "guest");
	g_autofree char *sessions = counted(data, "sessions", "session");
	g_autofree char *table = ports ? dict_table(ports, headings, keys) : g_strdup("");

	return g_strdup_printf("ibgated %s, process %s, running for %s\n"
			       "policy %s\n"
			       "%s in the policy, %s attached\n\n%s",
			       version, pid, uptime, policy, guests, sessions, table);
}

static char *show_guests(GVariant *data)
{
	static const char *const headings[] = {"GUEST",	      "ACCESS",	  "SUBSTRATE",
					       "SESSIONS",    "CLIENTS",  "AGENTS",
					       "OUTSTANDING", "ATTACHED", "DEVICES (DOMAIN/HANDLE)",
					       NULL};
	static const char *const keys[] = {"guest",   "access", "substrate",   "sessions",
					   "clients", "agents", "outstanding", "attached_s",
					   "devices", NULL};

	return dict_table(data, headings, keys);
}

/* The meaning of a counter of that name. */
static const char *counter_text(const char *name)
{
	for (int i = 0; i < PROXY_COUNTERS; i++) {
		if (strcmp(proxy_counters[i].name, name) == 0)
			return proxy_counters[i].meaning;
	}
	return "";
}

static char *show_counters(GVariant *data)
{
	g_autoptr(GVariant) counters =
		g_variant_lookup_value(data, "counters", G_VARIANT_TYPE("a{st}"));
	const char *const headings[] = {"COUNTER", "VALUE", "MEANING", NULL};
	struct io_text_table table;
	GVariantIter iter;
	const char *name;
	guint64 value;
	char *text;

	if (!counters)
		return io_gv_json(data);
	io_text_table_init(&table);
	io_text_table_add(&table, g_strdupv((char **)headings));
	g_variant_iter_init(&iter, counters);
	while (g_variant_iter_next(&iter, "{&st}", &name, &value)) {
		char **row = g_new0(char *, 4);

		row[0] = g_strdup(name);
		row[1] = g_strdup_printf("%" G_GUINT64_FORMAT, value);
		row[2] = g_strdup(counter_text(name));
		io_text_table_add(&table, row);
	}
	text = io_text_table_print(&table);
	io_text_table_fini(&table);
	return text;
}

static char *show_reload(GVariant *data)
{
	g_auto(GStrv) changes = NULL;
	g_autofree char *lines = NULL;

	if (!g_variant_lookup(data, "changes", "^as", &changes) || !changes[0])
		return g_strdup("reloaded; nothing changed\n");
	lines = g_strjoinv("\n", changes);
	return g_strdup_printf("reloaded\n%s\n", lines);
}

static char *show_detach(GVariant *data)
{
	g_autofree char *guest = cell(data, "guest");
	g_autofree char *sessions = counted(data, "sessions", "session");
	g_autofree char *devices = counted(data, "devices", "device");

	return g_strdup_printf("%s: %s detached, %s removed\n", guest, sessions, devices);
}

static char *show_attach(GVariant *data)
{
	g_autofree char *guest = cell(data, "guest"), *domid = cell(data, "domid");
	g_autofree char *handle = cell(data, "handle");

	return g_strdup_printf("%s: device %s of domain %s attached\n", guest, handle, domid);
}

char *io_cli_show(const char *command, GVariant *data)
{
	static const struct {
		const char *command;
		const char *type;
		char *(*show)(GVariant *data);
	} shows[] = {
		{"status", "a{sv}", show_status},     {"guests", "aa{sv}", show_guests},
		{"counters", "a{sv}", show_counters}, {"reload", "a{sv}", show_reload},
		{"attach", "a{sv}", show_attach},     {"detach", "a{sv}", show_detach},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(shows); i++) {
		if (strcmp(shows[i].command, command) == 0 &&
		    g_variant_is_of_type(data, G_VARIANT_TYPE(shows[i].type)))
			return shows[i].show(data);
	}
	return io_gv_json(data);
}
