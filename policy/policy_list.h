/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lists in the policy file: items are separated by `;`, blanks around them are ignored, one `;` may end the
 * list. Every invalid item is reported.
 */
#pragma once

#include <glib.h>

#include "policy/policy_keys.h"

/* The type of a list's items. */
struct policy_list_kind {
	unsigned int size; /* of one item, bytes */
	/* Like the functions of policy_value.h. */
	char *(*parse)(const char *item, void *ret_item);
	/* Appends a text that is equal for items that are duplicates; NULL: duplicates are found otherwise. */
	void (*identity)(GString *out, const void *item);
};

/* The valid items of the list, in the order of the file. Never NULL. */
GArray *policy_list_parse(const char *value, const struct policy_list_kind *kind,
			  const struct policy_place *place);

/* Frees the GArray and returns its data as a plain array; NULL if it is empty. */
void *policy_list_take(GArray *items, size_t *ret_count);
