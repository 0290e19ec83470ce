/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Compares policies by the printed values of their keys; see policy_diff.h. Both lists of guests are sorted
 * by name, so one pass finds every pair.
 */
#include "policy/policy_diff.h"

#include <inttypes.h>
#include <string.h>

#include "policy/policy_keys.h"

struct diff {
	void (*each)(void *ctx, const char *guest, const char *line);
	void *ctx;
	size_t changes;
};

static void report(struct diff *diff, const char *guest, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static void report(struct diff *diff, const char *guest, const char *format, ...)
{
	g_autofree char *line = NULL;
	va_list args;

	diff->changes++;
	if (diff->each == NULL)
		return;
	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	diff->each(diff->ctx, guest, line);
}

static void diff_gateway(struct diff *diff, const struct policy *before, const struct policy *after)
{
	for (size_t i = 0; i < POLICY_GATEWAY_KEYS; i++) {
		const struct policy_gateway_key *row = &policy_gateway_keys[i];
		g_autoptr(GString) was = g_string_new(NULL), is = g_string_new(NULL);

		row->print(before, was);
		row->print(after, is);
		if (strcmp(was->str, is->str) != 0)
			report(diff, NULL, "gateway: %s %s -> %s", row->name, was->str, is->str);
	}
	for (size_t i = 0; i < POLICY_QUOTAS; i++) {
		const struct policy_quota *quota = &policy_quotas[i];
		uint32_t was = policy_limit_get(&before->limits, quota);
		uint32_t is = policy_limit_get(&after->limits, quota);

		if (was != is)
			report(diff, NULL, "limits: %s %" PRIu32 " -> %" PRIu32,
			       policy_key_name(quota->key), was, is);
	}
}

static void diff_guest(struct diff *diff, const struct policy_guest *before,
		       const struct policy_guest *after)
{
	for (enum policy_key key = POLICY_KEY_SECTION + 1; key < POLICY_KEYS; key++) {
		g_autoptr(GString) was = g_string_new(NULL), is = g_string_new(NULL);

		policy_key_show(before, key, was);
		policy_key_show(after, key, is);
		if (strcmp(was->str, is->str) != 0)
			report(diff, after->name, "guest %s: %s %s -> %s", after->name,
			       policy_key_name(key), was->str, is->str);
	}
}

size_t policy_diff(const struct policy *before, const struct policy *after,
		   void (*each)(void *ctx, const char *guest, const char *line), void *ctx)
{
	struct diff diff = {.each = each, .ctx = ctx};
	size_t b = 0, a = 0;

	diff_gateway(&diff, before, after);
	while (b < before->guest_count || a < after->guest_count) {
		const struct policy_guest *was = b < before->guest_count ? before->guest[b] : NULL;
		const struct policy_guest *is = a < after->guest_count ? after->guest[a] : NULL;
		int order = was == NULL ? 1 : is == NULL ? -1 : strcmp(was->name, is->name);

		if (order < 0 && was) {
			report(&diff, was->name, "guest %s: removed", was->name);
			b++;
		} else if (order > 0 && is) {
			report(&diff, is->name, "guest %s: added", is->name);
			a++;
		} else if (was && is) {
			diff_guest(&diff, was, is);
			a++, b++;
		}
	}
	return diff.changes;
}
