/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lists of the policy file: `;` between items, blanks around them are nothing, one `;` may end the
 * list. Every bad item is reported, not only the first.
 */
#pragma once

#include <glib.h>

#include "policy/policy_keys.h"

/* What a list is a list of. */
struct policy_list_kind {
	unsigned int size; /* of one item, bytes */
	/* Like the functions of policy_value.h. */
	char *(*parse)(const char *item, void *ret_item);
	/* Appends what two items must not have in common; NULL: found otherwise. */
	void (*identity)(GString *out, const void *item);
};

/* The good items of the list, in the order of the file. Never NULL. */
GArray *policy_list_parse(const char *value, const struct policy_list_kind *kind,
			  const struct policy_place *place);

/* Gives up the array for a plain one. NULL with count 0. */
void *policy_list_take(GArray *items, size_t *ret_count);
