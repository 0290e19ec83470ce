/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Collects the errors of one file and returns them sorted by line.
 */
#pragma once

#include <glib.h>

#include "policy/policy_file.h"

struct policy_errors {
	const char *file;
	GPtrArray *list; /* of struct policy_error, owned */
	GHashTable *lines; /* that have one */
};

void policy_errors_init(struct policy_errors *errors, const char *file);

/*
 * Adds "FILE:LINE: key 'KEY' of [SECTION]: text". Without key: "FILE:LINE: [SECTION]: text";
 * without both: "FILE:LINE: text"; line 0: "FILE: text".
 */
void policy_errors_add(struct policy_errors *errors, unsigned int line, const char *section,
		       const char *key, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Whether this line has an error already; errors that follow from it are then not reported. */
bool policy_errors_on_line(const struct policy_errors *errors, unsigned int line);

/* Returns the sorted list, owned by the caller; NULL if there are no errors. */
GPtrArray *policy_errors_take(struct policy_errors *errors);

/* Text of the file escaped and shortened for a message. Owned by the caller. */
char *policy_text_escape(const char *text);
