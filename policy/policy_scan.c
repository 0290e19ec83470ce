/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scans the lines of a policy file; see policy_scan.h. Comments, section lines and key lines are recognized
 * as by g_key_file_parse_line(), but keys have only lower-case letters, digits and '-'.
 */
#include "policy/policy_scan.h"

#include "policy/policy_hint.h"

#include <string.h>

struct walk {
	struct policy_scan *scan;
	struct policy_errors *errors;
	GHashTable *by_section; /* name -> section, borrowed */
	GHashTable *by_key; /* "section\nkey" -> struct policy_scan_key, borrowed */
	struct policy_scan_section *section;
	bool skipping; /* after an invalid section line: its keys are ignored */
	unsigned int line;
};

static void key_free(void *data)
{
	struct policy_scan_key *key = data;

	g_free(key->name);
	g_free(key);
}

static void section_free(void *data)
{
	struct policy_scan_section *section = data;

	g_ptr_array_unref(section->keys);
	g_free(section->name);
	g_free(section);
}

/* Makes GLib treat the line as a comment. */
static void line_leave_out(struct walk *walk)
{
	g_string_append(walk->scan->text, "#\n");
}

static void line_keep(struct walk *walk, const char *line)
{
	g_string_append(walk->scan->text, line);
	g_string_append_c(walk->scan->text, '\n');
}

static void section_unreadable(struct walk *walk)
{
	walk->section = NULL;
	walk->skipping = true;
	line_leave_out(walk);
}

static void walk_section(struct walk *walk, const char *line)
{
	const char *end = strchr(line, ']');
	g_autofree char *name = NULL;
	struct policy_scan_section *section;

	if (end == NULL || end[1 + strspn(end + 1, " \t")] != '\0') {
		g_autofree char *shown = policy_text_escape(line);

		policy_errors_add(walk->errors, walk->line, NULL, NULL,
				  end == NULL ? "'%s': the section line has no ']'"
					      : "'%s': something follows the ']'",
				  shown);
		section_unreadable(walk);
		return;
	}
	name = g_strndup(line + 1, (size_t)(end - line - 1));
	if (*name == '\0') {
		policy_errors_add(walk->errors, walk->line, NULL, NULL, "the section has no name");
		section_unreadable(walk);
		return;
	}
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '[' || g_ascii_iscntrl(*p)) {
			policy_errors_add(walk->errors, walk->line, name, NULL,
					  "illegal character in the name of a section");
			section_unreadable(walk);
			return;
		}
	}
	section = g_hash_table_lookup(walk->by_section, name);
	if (section != NULL) {
		policy_errors_add(walk->errors, walk->line, name, NULL,
				  "section given twice, first on line %u", section->line);
	} else {
		section = g_new0(struct policy_scan_section, 1);
		section->name = g_steal_pointer(&name);
		section->line = walk->line;
		section->keys = g_ptr_array_new_with_free_func(key_free);
		g_ptr_array_add(walk->scan->sections, section);
		g_hash_table_insert(walk->by_section, section->name, section);
	}
	walk->section = section;
	walk->skipping = false;
	line_keep(walk, line);
}

/* No key has capitals, and "Encoding" has a meaning in GLib. */
static bool key_readable(const char *name)
{
	return *name != '\0' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static void walk_key(struct walk *walk, const char *line, const char *equals)
{
	g_autofree char *name = g_strchomp(g_strndup(line, (size_t)(equals - line)));
	g_autofree char *shown = policy_text_escape(name);
	struct policy_scan_key *key;
	char *place;

	if (walk->section == NULL) {
		if (!walk->skipping)
			policy_errors_add(walk->errors, walk->line, NULL, NULL,
					  "key '%s' is before the first section", shown);
		line_leave_out(walk);
		return;
	}
	if (!key_readable(name)) {
		g_autofree char *hint = policy_key_hint(walk->section->name, name);

		policy_errors_add(walk->errors, walk->line, walk->section->name, shown,
				  "unknown key%s", hint);
		line_leave_out(walk);
		return;
	}
	place = g_strconcat(walk->section->name, "\n", name, NULL);
	key = g_hash_table_lookup(walk->by_key, place);
	if (key != NULL) {
		policy_errors_add(walk->errors, walk->line, walk->section->name, shown,
				  "given twice, first on line %u", key->line);
		line_leave_out(walk);
		g_free(place);
		return;
	}
	key = g_new0(struct policy_scan_key, 1);
	key->name = g_steal_pointer(&name);
	key->line = walk->line;
	g_ptr_array_add(walk->section->keys, key);
	g_hash_table_insert(walk->by_key, place, key);
	line_keep(walk, line);
}

static void walk_line(struct walk *walk, const char *start, size_t len)
{
	g_autofree char *line = NULL;
	const char *content, *equals;

	if (len > 0 && start[len - 1] == '\r')
		len--;
	while (len > 0 && g_ascii_isspace(*start))
		start++, len--;
	if (memchr(start, '\0', len) != NULL || !g_utf8_validate(start, (gssize)len, NULL)) {
		policy_errors_add(walk->errors, walk->line, NULL, NULL,
				  memchr(start, '\0', len) != NULL ? "a NUL byte in the line"
								   : "not UTF-8");
		if (len > 0 && *start == '[')
			section_unreadable(walk);
		else
			line_leave_out(walk);
		return;
	}
	line = g_strndup(start, len);
	content = line;
	if (*content == '\0' || *content == '#') {
		line_keep(walk, content);
	} else if (*content == '[') {
		walk_section(walk, content);
	} else if ((equals = strchr(content, '=')) != NULL) {
		walk_key(walk, content, equals);
	} else {
		g_autofree char *shown = policy_text_escape(content);

		policy_errors_add(walk->errors, walk->line,
				  walk->section != NULL ? walk->section->name : NULL, NULL,
				  "'%s' is neither a section nor 'key = value' nor a comment",
				  shown);
		line_leave_out(walk);
	}
}

void policy_scan_init(struct policy_scan *scan, const char *data, size_t len,
		      struct policy_errors *errors)
{
	struct walk walk = {.scan = scan, .errors = errors};
	const char *p = data, *end = data + len;

	scan->sections = g_ptr_array_new_with_free_func(section_free);
	scan->text = g_string_sized_new(len + 1);
	walk.by_section = g_hash_table_new(g_str_hash, g_str_equal);
	walk.by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	/* Some editors write a byte order mark first. */
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline != NULL ? newline : end;

		walk.line++;
		walk_line(&walk, p, (size_t)(stop - p));
		p = newline != NULL ? newline + 1 : end;
	}
	g_hash_table_unref(walk.by_key);
	g_hash_table_unref(walk.by_section);
}

void policy_scan_fini(struct policy_scan *scan)
{
	g_ptr_array_unref(scan->sections);
	g_string_free(scan->text, TRUE);
}
