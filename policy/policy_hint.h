/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What somebody may have meant by a word that the policy file does not have.
 */
#pragma once

#include <glib.h>

/*
 * "; did you mean 'access'?", "; it is a key of [limits]", or "" when nothing is near. Owned by the
 * caller.
 */
char *policy_key_hint(const char *section, const char *key);
char *policy_section_hint(const char *section);
