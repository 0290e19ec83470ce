/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the gateway does with a request, in words: the MAD that the words stand for goes to
 * admission (core/admit.h), as a guest's would, and its verdict is printed.
 */
#pragma once

#include <glib.h>

#include "policy/policy_request.h"

struct io_explanation {
	gboolean allowed;
	const struct policy_guest *guest; /* NULL: it has no section */
	struct policy_rule rule;
	char *rule_text; /* "FILE:12: access = fabric" (policy_rule_print) */
	char *reason; /* one sentence, no full stop; empty when it is the rule's own */
};

/* Fills *ret (io_explanation_fini). What is borrowed lives as long as the policy. */
void io_explain(const struct policy *policy, const char *guest_name,
		const struct policy_request *request, struct io_explanation *ret);

void io_explanation_fini(struct io_explanation *explanation);
