/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a guest may or may not do something, in words, from the policy alone.
 */
#pragma once

#include <glib.h>

#include "policy/policy_request.h"

enum policy_answer {
	POLICY_ANSWER_ALLOWED,
	POLICY_ANSWER_REFUSED,
	/*
	 * A MAD: judged by admission from the guest's grade. rule is that of `access`; the caller
	 * builds the MAD (policy_request_build), asks admission, and replaces answer and reason.
	 */
	POLICY_ANSWER_ADMIT,
};

struct policy_explanation {
	enum policy_answer answer;
	const struct policy_guest *guest; /* NULL: it has no section */
	struct policy_rule rule;
	char *rule_text; /* "FILE:12: access = fabric" (policy_rule_print) */
	char *reason; /* one sentence, no full stop */
};

/* Fills *ret (policy_explanation_fini). Everything borrowed lives as long as the policy. */
void policy_explain(const struct policy *policy, const char *guest_name,
		    const struct policy_request *request, struct policy_explanation *ret);

void policy_explanation_fini(struct policy_explanation *explanation);

/* "allowed", "refused", "admit" */
const char *policy_answer_name(enum policy_answer answer);
