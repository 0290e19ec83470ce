/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The keys of the policy file as tables, with functions that parse and print a value. The reader, the
 * printer, the diff and explain use these tables. The keys of [limits] (also in [guest NAME]) are in the
 * quota table (quota.h).
 */
#pragma once

#include <glib.h>

#include "policy/policy_errors.h"
#include "policy/quota.h"

#define POLICY_MAX_PORTS 16
#define POLICY_PATH_CACHE_TTL_DEFAULT 300
#define POLICY_PATH_CACHE_TTL_MAX 86400
#define POLICY_SMP_CACHE_DEFAULT_MS \
	2000 /* fifty guests take about so long to start the same tool */
#define POLICY_SMP_CACHE_MAX_MS 10000

/* The place of a value, for error messages. */
struct policy_place {
	struct policy_errors *errors;
	unsigned int line;
	const char *section;
	const char *key;
};

void policy_place_bad(const struct policy_place *place, const char *format, ...)
	G_GNUC_PRINTF(2, 3);

/* A key of [guest NAME] that is no quota. */
struct policy_guest_key {
	enum policy_key key;
	/* Sets the guest's field from the value, or reports an error. The field has its default before. */
	void (*parse)(struct policy_guest *guest, const char *value,
		      const struct policy_place *place);
	/* Appends the value and returns true, unless the value is the default. */
	bool (*print)(const struct policy_guest *guest, GString *out);
	const char *without; /* the default, in words */
};

#define POLICY_GUEST_KEYS 8
extern const struct policy_guest_key policy_guest_keys[POLICY_GUEST_KEYS];

/* A key of [gateway]. */
struct policy_gateway_key {
	const char *name;
	size_t line_offset; /* of its line in struct policy */
	void (*parse)(struct policy *policy, const char *value, const struct policy_place *place);
	void (*print)(const struct policy *policy, GString *out);
};

#define POLICY_GATEWAY_KEYS 4
extern const struct policy_gateway_key policy_gateway_keys[POLICY_GATEWAY_KEYS];

/* Reads the value of a quota. */
void policy_quota_parse(struct policy_limits *limits, const struct policy_quota *quota,
			const char *value, const struct policy_place *place);

/* The table's row of that name; NULL: none. */
const struct policy_guest_key *policy_guest_key_find(const char *name);
const struct policy_gateway_key *policy_gateway_key_find(const char *name);
const struct policy_quota *policy_quota_find(const char *name);

/* Appends the value of any key of a guest as it is in force, quotas included. */
void policy_key_show(const struct policy_guest *guest, enum policy_key key, GString *out);
