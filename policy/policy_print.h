/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A policy as text: a file that parses to the same policy again, and single rules for people.
 */
#pragma once

#include <glib.h>

#include "policy/policy.h"

/* The whole policy in the format of its file, guests by name. Owned by the caller (g_free). */
char *policy_print(const struct policy *policy);

/*
 * The rule that decides `key`, such as "FILE:12: access = fabric", or, if the key is not
 * given, "FILE:9: [guest alpha]: access is not given: none". guest NULL: the file. Owned by the caller.
 */
char *policy_rule_print(const struct policy *policy, const struct policy_guest *guest,
			enum policy_key key);
