/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `ibgate policy explain`: builds the MAD that the words describe, passes it to admission (core/admit.h) as if
 * a guest had sent it, and returns the verdict as text.
 */
#pragma once

#include <glib.h>

#include "policy/policy_request.h"

struct io_explanation {
	gboolean allowed;
	const struct policy_guest *guest; /* NULL: it has no section */
	struct policy_rule rule;
	char *rule_text; /* "FILE:12: access = fabric" (policy_rule_print) */
	char *reason; /* a text without full stop; empty if the rule is the reason */
};

/* Fills *ret (io_explanation_fini). Borrowed pointers are valid as long as the policy. */
void io_explain(const struct policy *policy, const char *guest_name,
		const struct policy_request *request, struct io_explanation *ret);

void io_explanation_fini(struct io_explanation *explanation);
