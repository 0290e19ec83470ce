/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/gv_json.h"

static void put_value(GString *out, GVariant *value, int depth);

static void put_string(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			g_string_append_printf(out, "\\u%04x", c);
		else
			g_string_append_c(out, (char)c);
	}
	g_string_append_c(out, '"');
}

static void put_newline(GString *out, int depth)
{
	g_string_append_printf(out, "\n%*s", depth * 2, "");
}

static void put_pair(GString *out, GVariant *entry, int depth)
{
	g_autoptr(GVariant) key = g_variant_get_child_value(entry, 0);
	g_autoptr(GVariant) value = g_variant_get_child_value(entry, 1);

	put_string(out, g_variant_get_string(key, NULL));
	g_string_append(out, ": ");
	put_value(out, value, depth);
}

static void put_container(GString *out, GVariant *value, int depth)
{
	gboolean object =
		g_variant_type_is_subtype_of(g_variant_get_type(value), G_VARIANT_TYPE_DICTIONARY);
	gsize count = g_variant_n_children(value);

	g_string_append_c(out, object ? '{' : '[');
	for (gsize i = 0; i < count; i++) {
		g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

		if (i)
			g_string_append_c(out, ',');
		put_newline(out, depth + 1);
		if (object)
			put_pair(out, child, depth + 1);
		else
			put_value(out, child, depth + 1);
	}
	if (count)
		put_newline(out, depth);
	g_string_append_c(out, object ? '}' : ']');
}

static void put_value(GString *out, GVariant *value, int depth)
{
	g_autofree char *text = NULL;

	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
		put_string(out, g_variant_get_string(value, NULL));
	} else if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
		g_autoptr(GVariant) inner = g_variant_get_variant(value);

		put_value(out, inner, depth);
	} else if (g_variant_is_of_type(value, G_VARIANT_TYPE_MAYBE)) {
		g_autoptr(GVariant) inner = g_variant_get_maybe(value);

		if (inner)
			put_value(out, inner, depth);
		else
			g_string_append(out, "null");
	} else if (g_variant_is_container(value)) {
		put_container(out, value, depth);
	} else {
		text = g_variant_print(value, FALSE); /* a number or a boolean */
		g_string_append(out, text);
	}
}

char *io_gv_json(GVariant *value)
{
	GString *out = g_string_new(NULL);

	put_value(out, value, 0);
	g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}
