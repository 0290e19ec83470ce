/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Errors of a policy file: collecting, formatting their place, sorting. */
#include "policy/policy_errors.h"

#include <string.h>

#define SHOWN_BYTES 80

static void error_free(void *data)
{
	struct policy_error *error = data;

	g_free(error->text);
	g_free(error);
}

void policy_errors_init(struct policy_errors *errors, const char *file)
{
	errors->file = file;
	errors->list = g_ptr_array_new_with_free_func(error_free);
	errors->lines = g_hash_table_new(NULL, NULL);
}

char *policy_text_escape(const char *text)
{
	size_t len = strlen(text);
	g_autofree char *head = g_strndup(text, MIN(len, SHOWN_BYTES));
	g_autofree char *escaped = g_strescape(head, "\"");

	return g_strconcat(escaped, len > SHOWN_BYTES ? "..." : NULL, NULL);
}

void policy_errors_add(struct policy_errors *errors, unsigned int line, const char *section,
		       const char *key, const char *format, ...)
{
	struct policy_error *error = g_new0(struct policy_error, 1);
	GString *text = g_string_new(errors->file);
	g_autofree char *shown = section != NULL ? policy_text_escape(section) : NULL;
	va_list args;

	if (line != 0)
		g_string_append_printf(text, ":%u", line);
	g_string_append(text, ": ");
	if (key != NULL)
		g_string_append_printf(text, "key '%s' of ", key);
	if (shown != NULL)
		g_string_append_printf(text, "[%s]: ", shown);
	va_start(args, format);
	g_string_append_vprintf(text, format, args);
	va_end(args);
	error->line = line;
	error->text = g_string_free(text, FALSE);
	g_ptr_array_add(errors->list, error);
	g_hash_table_add(errors->lines, GUINT_TO_POINTER(line));
}

bool policy_errors_on_line(const struct policy_errors *errors, unsigned int line)
{
	return g_hash_table_contains(errors->lines, GUINT_TO_POINTER(line));
}

static int by_line(const void *left, const void *right)
{
	const struct policy_error *a = *(const struct policy_error *const *)left;
	const struct policy_error *b = *(const struct policy_error *const *)right;

	return a->line < b->line ? -1 : a->line > b->line;
}

GPtrArray *policy_errors_take(struct policy_errors *errors)
{
	GPtrArray *list = errors->list;

	errors->list = NULL;
	g_clear_pointer(&errors->lines, g_hash_table_unref);
	if (list->len == 0) {
		g_ptr_array_unref(list);
		return NULL;
	}
	/* GLib's sort is stable: errors of one line stay in the order in which they were found. */
	g_ptr_array_sort(list, by_line);
	return list;
}
