/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/reload.h"

#include "mad-proxy/io/journal.h"
#include "policy/policy_diff.h"
#include "policy/policy_file.h"

static void record_policy(enum audit_verdict verdict, const char *guest, const char *detail)
{
	struct audit_record record = {.event = AUDIT_POLICY,
				      .verdict = verdict,
				      .guest = guest,
				      .port = -1,
				      .detail = detail};

	io_journal_record(&record, NULL);
}

struct policy *io_policy_read(const char *path, GError **error)
{
	g_autoptr(GPtrArray) errors = NULL;
	struct policy *policy = policy_load(path, &errors);
	g_autofree char *all = NULL;
	GString *text;

	if (policy)
		return policy;
	text = g_string_new(NULL);
	for (guint i = 0; i < errors->len; i++) {
		const struct policy_error *e = g_ptr_array_index(errors, i);

		g_string_append_printf(text, "%s%s", i ? "\n" : "", e->text);
	}
	all = g_string_free(text, FALSE);
	g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, all);
	return NULL;
}

void io_policy_refused(const GError *error)
{
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

	for (char **line = lines; *line; line++)
		record_policy(AUDIT_REFUSE, NULL, *line);
}

static void add_change(void *ctx, const char *guest, const char *line)
{
	g_ptr_array_add(ctx, g_strdup(line));
}

static void record_change(gpointer line, gpointer unused)
{
	record_policy(AUDIT_INFO, NULL, line);
}

static void add_without_socket(struct io_gateway *gate, GPtrArray *changes)
{
	const struct io_guest *guest;
	GHashTableIter iter;

	g_hash_table_iter_init(&iter, gate->guests);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&guest)) {
		if (guest->listen_error)
			g_ptr_array_add(changes, g_strdup_printf("guest %s: has no socket: %s",
								 guest->name, guest->listen_error));
	}
}

char **io_reload(struct io_gateway *gate, const char *path, GError **error)
{
	g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) why = NULL;
	struct policy *policy = io_policy_read(path, &why);

	if (policy)
		policy_diff(gate->policy, policy, add_change, changes);
	if (!policy || !io_gateway_set_policy(gate, policy, &why)) {
		io_policy_refused(why);
		policy_free(policy);
		g_propagate_error(error, g_steal_pointer(&why));
		return NULL;
	}
	record_policy(AUDIT_ALLOW, NULL, path);
	g_ptr_array_foreach(changes, record_change, NULL);
	add_without_socket(gate, changes);
	g_ptr_array_add(changes, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&changes), FALSE);
}
