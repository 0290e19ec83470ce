/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any bytes as a policy file. Either there are errors, each with a text and lines in order; or a policy
 * that prints to a text which parses to the same policy. Seeds: tests/fuzz/corpus/policy.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_diff.h"
#include "policy/policy_file.h"
#include "policy/policy_print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_errors(GPtrArray *errors)
{
	unsigned int line = 0;

	expect(errors != NULL && errors->len > 0);
	for (guint i = 0; i < errors->len; i++) {
		const struct policy_error *error = errors->pdata[i];

		expect(g_str_has_prefix(error->text, "f:"));
		expect(strchr(error->text, '\n') == NULL);
		/* The line index reports everything that GLib would. */
		expect(error->line >= 1 && error->line >= line);
		line = error->line;
	}
	g_ptr_array_unref(errors);
}

static void check_lookups(const struct policy *policy)
{
	for (size_t i = 0; i < policy->guest_count; i++) {
		const struct policy_guest *guest = policy->guest[i];

		expect(policy_find(policy, guest->name) == guest);
		for (size_t j = 0; j < guest->listen.count; j++) {
			uint64_t id = guest->listen.range[j].first, wire, back;

			expect(policy_service_to_wire(guest, id, &wire));
			expect(policy_service_to_guest(guest, wire, &back) && back == id);
		}
	}
}

static void check_print(const struct policy *policy)
{
	g_autofree char *text = policy_print(policy);
	GPtrArray *errors = NULL;
	struct policy *again = policy_parse("f", text, strlen(text), &errors);
	g_autofree char *same = NULL;

	expect(again != NULL);
	expect(policy_diff(policy, again, NULL, NULL) == 0);
	same = policy_print(again);
	expect(strcmp(text, same) == 0);
	policy_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GPtrArray *errors = NULL;
	struct policy *policy;

	if (size > POLICY_FILE_MAX_BYTES)
		return 0;
	policy = policy_parse("f", (const char *)data, size, &errors);
	if (policy == NULL) {
		check_errors(errors);
		return 0;
	}
	expect(errors == NULL);
	check_lookups(policy);
	check_print(policy);
	policy_free(policy);
	return 0;
}
