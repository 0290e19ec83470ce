/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/cli_policy.h"

#include <stdio.h>

#include "mad-proxy/core/admit.h"
#include "mad-proxy/io/gv_json.h"
#include "policy/policy_explain.h"
#include "policy/policy_file.h"
#include "wire/mad.h"

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
		GVariantBuilder d;

		g_variant_builder_init(&d, G_VARIANT_TYPE_VARDICT);
		g_variant_builder_add(&d, "{sv}", "line", g_variant_new("u", e->line));
		g_variant_builder_add(&d, "{sv}", "text", g_variant_new("s", e->text));
		g_variant_builder_add_value(&all, g_variant_builder_end(&d));
	}
	return g_variant_builder_end(&all);
}

static void print_errors(GPtrArray *errors)
{
	for (guint i = 0; i < errors->len; i++) {
		const struct policy_error *e = g_ptr_array_index(errors, i);

		fprintf(stderr, "%s\n", e->text);
	}
}

gboolean io_cli_policy_check(const char *file, gboolean json)
{
	g_autoptr(GPtrArray) errors = NULL;
	struct policy *policy = policy_load(file, &errors);
	size_t guests = policy ? policy->guest_count : 0;
	GVariantBuilder d;

	policy_free(policy);
	if (json) {
		g_variant_builder_init(&d, G_VARIANT_TYPE_VARDICT);
		g_variant_builder_add(&d, "{sv}", "file", g_variant_new("s", file));
		g_variant_builder_add(&d, "{sv}", "valid", g_variant_new("b", policy != NULL));
		g_variant_builder_add(&d, "{sv}", "guests", g_variant_new("t", (guint64)guests));
		g_variant_builder_add(&d, "{sv}", "errors", errors_view(errors));
		print_json(g_variant_builder_end(&d));
	} else if (policy) {
		printf("%s: no errors, %zu guests\n", file, guests);
	} else {
		print_errors(errors);
	}
	return policy != NULL;
}

/* --- explain --- */

/*
 * A file knows no fabric: a MAD is judged as if the guest's port and its SM had LIDs that nobody
 * asks about.
 */
static const struct policy_request_port pretended = {.lid = 0xbffe,
						     .sm_lid = 0xbffd,
						     .gid_prefix = 0xfe80000000000000,
						     .port_guid = 0x0002c90300000001};

static void ask_admission(const struct policy_request_mad *request,
			  struct policy_explanation *explanation)
{
	const struct admit_port port = {.lid = pretended.lid,
					.sm_lid = pretended.sm_lid,
					.gid_prefix = pretended.gid_prefix,
					.port_guid = pretended.port_guid};
	struct admit_verdict verdict;
	struct chan_addr addr = {0};
	uint8_t mad[CHAN_MAD_BYTES];

	policy_request_build(request, &pretended, mad, &addr.lid);
	addr.qpn = wire_mad_is_smp(mad) ? 0 : 1;
	verdict = admit_request(explanation->guest->grade, &port, &addr, mad);
	explanation->answer =
		verdict.verdict == AUDIT_REFUSE ? POLICY_ANSWER_REFUSED : POLICY_ANSWER_ALLOWED;
	if (verdict.verdict != AUDIT_REFUSE)
		return;
	g_free(explanation->reason);
	explanation->reason = g_strdup(audit_reason_text(verdict.reason));
}

static void print_explanation(const struct policy_explanation *explanation, gboolean json)
{
	const char *answer = policy_answer_name(explanation->answer);
	const char *reason = explanation->reason ? explanation->reason : "";
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
	struct policy_explanation explanation;
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
		print_errors(errors);
		return IO_CLI_MISUSED;
	}
	policy_explain(policy, args[1], &request, &explanation);
	if (explanation.answer == POLICY_ANSWER_ADMIT)
		ask_admission(&request.mad, &explanation);
	print_explanation(&explanation, json);
	answer = explanation.answer == POLICY_ANSWER_ALLOWED ? IO_CLI_ALLOWED : IO_CLI_REFUSED;
	policy_explanation_fini(&explanation);
	policy_free(policy);
	return answer;
}
