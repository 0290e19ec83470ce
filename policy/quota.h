/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The quota table: name, meaning, default, ceiling. The one source for [limits], for the same keys
 * of a guest, for what is printed, and (checked by a test) for the man page.
 */
#pragma once

#include "policy/policy.h"

struct policy_quota {
	enum policy_key key; /* its name is policy_key_name(key) */
	const char *meaning;
	uint32_t deflt;
	uint32_t ceiling; /* the largest number a file may say; 0 (no limit) is always allowed */
	size_t offset; /* of its field in struct policy_limits */
};

#define POLICY_QUOTAS 4

extern const struct policy_quota policy_quotas[POLICY_QUOTAS];

/* What [limits] means when it says nothing. */
struct policy_limits policy_limits_default(void);

uint32_t policy_limit_get(const struct policy_limits *limits, const struct policy_quota *quota);
void policy_limit_set(struct policy_limits *limits, const struct policy_quota *quota,
		      uint32_t value);
