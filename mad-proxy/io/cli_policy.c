/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/cli_policy.h"

#include <stdio.h>

#include "mad-proxy/core/admit.h"
#include "mad-proxy/io/explain.h"
#include "mad-proxy/io/gv_json.h"
#include "policy/policy_errors.h"
#include "policy/policy_file.h"

static void print_json(GVariant *value)
{
	g_autoptr(GVariant) v = g_variant_ref_sink(value);
	g_autofree char *text = io_gv_json(v);

	fputs(text, stdout);
}

static GVariant *errors_view(GPtrArray *errors)
{
	GVariantBuilder all;

	g_variant_builder_init(&all, G_VARIANT_TYPE("aa{sv}"));
	for (guint i = 0; errors && i < errors->len; i++) {
		const struct policy_error *e = g_ptr_array_index(errors, i);

		g_variant_builder_add_parsed(&all, "{'line': <%u>, 'text': <%s>}", e->line,
					     e->text);
	}
	return g_variant_builder_end(&all);
}

static void print_errors(FILE *to, GPtrArray *errors)
{
	for (guint i = 0; errors && i < errors->len; i++) {
		const struct policy_error *e = g_ptr_array_index(errors, i);

		fprintf(to, "%s\n", e->text);
	}
}

static void note(struct policy_errors *notes, unsigned int line, const char *section,
		 const char *key)
{
	if (line != 0)
		policy_errors_add(notes, line, section, key, "has no effect in this version");
}

/* The keys of the file that no code uses yet (core/admit.h); NULL: none. */
static GPtrArray *notes_of(const struct policy *policy)
{
	struct policy_errors notes;

	policy_errors_init(&notes, policy->file);
	if (!admit_serves(ADMIT_CM))
		note(&notes, policy->cm_route_line, "gateway", "cm-route");
	if (!admit_serves(ADMIT_PATH))
		note(&notes, policy->path_cache_ttl_line, "gateway", "path-cache-ttl");
	for (enum policy_key key = POLICY_KEY_SECTION + 1; key < POLICY_KEYS; key++) {
		const char *name = policy_key_name(key);

		if (!admit_looks_at(NULL, key))
			note(&notes, policy->limits_line[key], "limits", name);
		for (size_t i = 0; i < policy->guest_count; i++) {
			const struct policy_guest *guest = policy->guest[i];

			if (!admit_looks_at(guest, key))
				note(&notes, guest->line[key], guest->section, name);
		}
	}
	return policy_errors_take(&notes);
}

gboolean io_cli_policy_check(const char *file, gboolean json)
{
	g_autoptr(GPtrArray) errors = NULL;
	g_autoptr(GPtrArray) notes = NULL;
	struct policy *policy = policy_load(file, &errors);
	size_t guests = policy ? policy->guest_count : 0;

	notes = policy ? notes_of(policy) : NULL;
	policy_free(policy);
	if (json) {
		print_json(g_variant_new_parsed("{'file': <%s>, 'valid': <%b>, 'guests': <%t>, "
						"'errors': <%*>, 'notes': <%*>}",
						file, policy != NULL, (guint64)guests,
						errors_view(errors), errors_view(notes)));
	} else if (policy) {
		print_errors(stdout, notes);
		printf("%s: no errors, %zu guest%s\n", file, guests, guests == 1 ? "" : "s");
	} else {
		print_errors(stderr, errors);
	}
	return policy != NULL;
}

/* --- explain --- */

static void print_explanation(const struct io_explanation *explanation, gboolean json)
{
	const char *answer = explanation->allowed ? "allowed" : "refused";
	const char *reason = explanation->reason;
	GVariantBuilder d;

	if (!json) {
		printf("%s%s%s\n", answer, *reason ? ": " : "", reason);
		if (explanation->rule_text)
			printf("%s\n", explanation->rule_text);
		return;
	}
	g_variant_builder_init(&d, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&d, "{sv}", "answer", g_variant_new("s", answer));
	g_variant_builder_add(&d, "{sv}", "reason", g_variant_new("s", reason));
	if (explanation->rule.file) {
		g_autofree char *rule =
			g_strdup_printf("%s:%u", explanation->rule.file, explanation->rule.line);

		g_variant_builder_add(&d, "{sv}", "rule", g_variant_new("s", rule));
	}
	if (explanation->rule_text)
		g_variant_builder_add(&d, "{sv}", "rule_text",
				      g_variant_new("s", explanation->rule_text));
	print_json(g_variant_builder_end(&d));
}

enum io_cli_answer io_cli_policy_explain(char **args, gboolean json)
{
	struct io_explanation explanation;
	g_autoptr(GPtrArray) errors = NULL;
	struct policy_request request;
	g_autofree char *wrong = NULL;
	enum io_cli_answer answer;
	struct policy *policy;

	wrong = policy_request_parse((int)g_strv_length(args + 2), (const char *const *)args + 2,
				     &request);
	if (wrong) {
		fprintf(stderr, "ibgate: %s\n", wrong);
		return IO_CLI_MISUSED;
	}
	policy = policy_load(args[0], &errors);
	if (!policy) {
		print_errors(stderr, errors);
		return IO_CLI_MISUSED;
	}
	io_explain(policy, args[1], &request, &explanation);
	print_explanation(&explanation, json);
	answer = explanation.allowed ? IO_CLI_ALLOWED : IO_CLI_REFUSED;
	io_explanation_fini(&explanation);
	policy_free(policy);
	return answer;
}
