/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The quota table: name, meaning, default, ceiling. It defines the keys of [limits], also in [guest NAME];
 * a test compares it with the man page.
 */
#pragma once

#include "policy/policy.h"

struct policy_quota {
	enum policy_key key; /* its name is policy_key_name(key) */
	const char *meaning;
	uint32_t deflt;
	uint32_t ceiling; /* the largest value in a file; 0 (no limit) is always allowed */
	size_t offset; /* of its field in struct policy_limits */
};

#define POLICY_QUOTAS 4

extern const struct policy_quota policy_quotas[POLICY_QUOTAS];

/* The defaults of [limits]. */
struct policy_limits policy_limits_default(void);

uint32_t policy_limit_get(const struct policy_limits *limits, const struct policy_quota *quota);
void policy_limit_set(struct policy_limits *limits, const struct policy_quota *quota,
		      uint32_t value);
