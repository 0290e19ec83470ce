/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/policy_list.h"

static void item_add(GArray *items, char *text, const struct policy_list_kind *kind,
		     GHashTable *seen, const struct policy_place *place)
{
	g_autofree char *shown = policy_text_escape(text);
	g_autofree void *item = g_malloc0(kind->size);
	g_autofree char *bad = kind->parse(text, item);

	if (bad != NULL) {
		policy_place_bad(place, "'%s': %s", shown, bad);
		return;
	}
	if (kind->identity != NULL) {
		GString *identity = g_string_new(NULL);

		kind->identity(identity, item);
		if (!g_hash_table_add(seen, g_string_free(identity, FALSE))) {
			policy_place_bad(place, "'%s' is given twice", shown);
			return;
		}
	}
	g_array_append_vals(items, item, 1);
}

GArray *policy_list_parse(const char *value, const struct policy_list_kind *kind,
			  const struct policy_place *place)
{
	GArray *items = g_array_new(FALSE, TRUE, kind->size);
	g_auto(GStrv) text = g_strsplit(value, ";", -1);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	unsigned int count = g_strv_length(text);

	for (unsigned int i = 0; i < count; i++) {
		g_strstrip(text[i]);
		if (*text[i] != '\0')
			item_add(items, text[i], kind, seen, place);
		else if (i == 0 || i + 1 < count)
			policy_place_bad(place, "item %u of the list is empty", i + 1);
	}
	return items;
}

void *policy_list_take(GArray *items, size_t *ret_count)
{
	*ret_count = items->len;
	if (items->len == 0) {
		g_array_unref(items);
		return NULL;
	}
	return g_array_free(items, FALSE);
}
