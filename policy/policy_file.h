/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a policy file to a policy, or to everything that is wrong with it. The format is that of
 * docs/man/ibgate-policy.5, read with GLib's key-file parser.
 */
#pragma once

#include <glib.h>

#include "policy/policy.h"

/* Larger files are refused. */
#define POLICY_FILE_MAX_BYTES (1u << 20)

/* One error. Owned by the array that policy_load() returned. */
struct policy_error {
	unsigned int line; /* 0: the file as a whole */
	char *text; /* "FILE:LINE: key 'listen' of [guest alpha]: ..." */
};

/*
 * Reads and checks the file. Returns a policy (policy_free), or NULL and in *ret_errors a non-empty
 * array of struct policy_error in the order of lines (g_ptr_array_unref). All errors of the file
 * are in it, not only the first. *ret_errors is NULL when a policy is returned.
 */
struct policy *policy_load(const char *path, GPtrArray **ret_errors);

/* The same from memory; `file` is the name that rules and errors show. */
struct policy *policy_parse(const char *file, const char *data, size_t len, GPtrArray **ret_errors);

/* NULL is fine. */
void policy_free(struct policy *policy);
