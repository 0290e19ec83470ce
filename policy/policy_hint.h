/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Suggestions for unknown sections and keys.
 */
#pragma once

#include <glib.h>

/*
 * "; did you mean 'access'?", "; it is a key of [limits]", or "" if there is no suggestion. Owned by the
 * caller.
 */
char *policy_key_hint(const char *section, const char *key);
char *policy_section_hint(const char *section);
