/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Prints policies through the tables of policy_keys.h; see policy_print.h.
 */
#include "policy/policy_print.h"

#include <inttypes.h>

#include "policy/policy_keys.h"

static void print_quota(GString *out, const struct policy_limits *limits,
			const struct policy_quota *quota)
{
	g_string_append_printf(out, "%s = %" PRIu32 "\n", policy_key_name(quota->key),
			       policy_limit_get(limits, quota));
}

/* Prints the keys of the file, and values that differ from the defaults. */
static void print_guest(GString *out, const struct policy *policy, const struct policy_guest *guest)
{
	g_string_append_printf(out, "\n[guest %s]\n", guest->name);
	for (size_t i = 0; i < POLICY_GUEST_KEYS; i++) {
		const struct policy_guest_key *row = &policy_guest_keys[i];
		g_autoptr(GString) value = g_string_new(NULL);

		if (!row->print(guest, value) && guest->line[row->key] == 0)
			continue;
		if (value->len == 0)
			g_string_append(value, row->without);
		g_string_append_printf(out, "%s = %s\n", policy_key_name(row->key), value->str);
	}
	for (size_t i = 0; i < POLICY_QUOTAS; i++) {
		const struct policy_quota *quota = &policy_quotas[i];

		if (guest->line[quota->key] != 0 ||
		    policy_limit_get(&guest->limits, quota) !=
			    policy_limit_get(&policy->limits, quota))
			print_quota(out, &guest->limits, quota);
	}
}

char *policy_print(const struct policy *policy)
{
	GString *out = g_string_new("[gateway]\n");

	for (size_t i = 0; i < POLICY_GATEWAY_KEYS; i++) {
		g_string_append_printf(out, "%s = ", policy_gateway_keys[i].name);
		policy_gateway_keys[i].print(policy, out);
		g_string_append_c(out, '\n');
	}
	g_string_append(out, "\n[limits]\n");
	for (size_t i = 0; i < POLICY_QUOTAS; i++)
		print_quota(out, &policy->limits, &policy_quotas[i]);
	for (size_t i = 0; i < policy->guest_count; i++)
		print_guest(out, policy, policy->guest[i]);
	return g_string_free(out, FALSE);
}

char *policy_rule_print(const struct policy *policy, const struct policy_guest *guest,
			enum policy_key key)
{
	struct policy_rule rule = policy_rule(policy, guest, key);
	g_autoptr(GString) value = g_string_new(NULL);

	if (guest == NULL)
		return g_strdup(rule.file);
	if (key == POLICY_KEY_SECTION)
		return g_strdup_printf("%s:%u: [%s]", rule.file, rule.line, rule.key);
	policy_key_show(guest, key, value);
	if (guest->line[key] != 0 || policy->limits_line[key] != 0)
		return g_strdup_printf("%s:%u: %s = %s", rule.file, rule.line, rule.key,
				       value->str);
	return g_strdup_printf("%s:%u: [%s]: %s is not given: %s", rule.file, rule.line, rule.key,
			       policy_key_name(key), value->str);
}
