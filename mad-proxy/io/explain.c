/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/explain.h"

#include <string.h>

#include "mad-proxy/core/admit.h"
#include "policy/policy_errors.h"
#include "policy/policy_print.h"
#include "policy/policy_route.h"
#include "policy/policy_service.h"
#include "policy/policy_value.h"
#include "wire/mad.h"

/*
 * Without a fabric: a MAD is judged as if the guest's port and its SM had LIDs that no request uses, and
 * the port had the default partition and those of the guest.
 */
static const struct policy_request_port pretended = {.lid = 0xbffe,
						     .sm_lid = 0xbffd,
						     .gid_prefix = 0xfe80000000000000,
						     .port_guid = 0x0002c90300000001};
#define DEFAULT_PKEY 0xffff /* entry 0 as subnet managers set it */
#define MAX_PKEYS 128

struct pretended_port {
	uint16_t pkey[MAX_PKEYS];
	struct admit_port port;
};

static void pretend(struct pretended_port *p, const struct policy_guest *guest)
{
	p->pkey[0] = DEFAULT_PKEY;
	p->port = (struct admit_port){.lid = pretended.lid,
				      .sm_lid = pretended.sm_lid,
				      .gid_prefix = pretended.gid_prefix,
				      .port_guid = pretended.port_guid,
				      .pkey = p->pkey,
				      .pkeys = 1};
	for (size_t i = 0; i < guest->pkey_count && p->port.pkeys < MAX_PKEYS; i++)
		p->pkey[p->port.pkeys++] = guest->pkey[i];
}

static void set_answer(struct io_explanation *ret, const struct policy *policy, gboolean allowed,
		       enum policy_key key, char *reason)
{
	ret->allowed = allowed;
	ret->rule = policy_rule(policy, ret->guest, key);
	ret->rule_text = policy_rule_print(policy, ret->guest, key);
	ret->reason = reason;
}

/* A verdict in words; `subject` is the object of the question, where the words do not name it. */
static void set_verdict(struct io_explanation *ret, const struct policy *policy,
			const struct admit_verdict *v, const char *subject)
{
	const char *text = audit_reason_text(v->reason);

	set_answer(ret, policy, v->verdict == AUDIT_ALLOW, v->key,
		   v->verdict != AUDIT_ALLOW && subject ? g_strdup_printf("%s: %s", text, subject)
							: g_strdup(text));
}

static char *id_text(uint64_t service_id)
{
	struct policy_service_range one = {service_id, service_id};
	GString *text = g_string_new(NULL);

	policy_service_print(text, &one);
	return g_string_free(text, FALSE);
}

/* The first id in `id`..`last` that the list does not contain; otherwise `last`. */
static uint64_t first_refused(const struct policy_services *services, uint64_t id, uint64_t last)
{
	if (services->any)
		return last;
	for (size_t i = 0; i < services->count; i++) {
		const struct policy_service_range *granted = &services->range[i];

		if (granted->last < id)
			continue;
		if (granted->first > id)
			break;
		if (granted->last >= last)
			return last;
		id = granted->last + 1;
	}
	return id;
}

static struct admit_verdict judge_mad(const struct policy_guest *guest,
				      const struct policy_request *request)
{
	struct pretended_port p;
	struct chan_addr addr = {0};
	uint8_t mad[CHAN_MAD_BYTES];
	const struct admit_ask question = {
		.guest = guest, .port = &p.port, .addr = &addr, .mad = mad};

	pretend(&p, guest);
	policy_request_build(request, &pretended, mad, &addr.lid);
	addr.qpn = wire_mad_is_smp(mad) ? 0 : 1;
	return admit_request(&question);
}

/* For a range, the first refused id is explained. */
static void explain_connect(const struct policy *policy, const struct policy_request *request,
			    struct io_explanation *ret)
{
	struct policy_request one = *request;
	g_autofree char *id = NULL;
	struct admit_verdict v;

	one.service.first =
		first_refused(&ret->guest->connect, request->service.first, request->service.last);
	id = id_text(one.service.first);
	v = judge_mad(ret->guest, &one);
	set_verdict(ret, policy, &v, v.reason == AUDIT_REASON_CONNECT ? id : NULL);
}

static void explain_listen(const struct policy *policy, const struct policy_request *request,
			   struct io_explanation *ret)
{
	uint64_t first =
		first_refused(&ret->guest->listen, request->service.first, request->service.last);
	g_autofree char *id = id_text(first);
	struct admit_verdict v = admit_listen(ret->guest, first);

	set_verdict(ret, policy, &v, v.reason == AUDIT_REASON_LISTEN ? id : NULL);
}

static void explain_pkey(const struct policy *policy, const struct policy_request *request,
			 struct io_explanation *ret)
{
	struct admit_verdict v = {.key = POLICY_KEY_PKEYS};
	struct pretended_port p;

	pretend(&p, ret->guest);
	v.verdict = admit_pkey(ret->guest, &p.port, request->pkey) ? AUDIT_ALLOW : AUDIT_REFUSE;
	if (v.verdict == AUDIT_REFUSE)
		v.reason = AUDIT_REASON_PKEY;
	set_verdict(ret, policy, &v,
		    admit_pkey(ret->guest, &p.port, request->pkey & 0x7fff)
			    ? "only its limited membership is granted"
			    : NULL);
}

/* "[guest alpha], [guest beta]" */
static char *candidates(const struct policy *policy, const struct policy_route *route,
			const struct policy_carried *carried)
{
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < policy->guest_count; i++)
		if (policy_route_holds(route, carried, policy->guest[i]))
			g_string_append_printf(text, "%s[%s]", text->len ? ", " : "",
					       policy->guest[i]->section);
	return g_string_free(text, FALSE);
}

static void explain_req(const struct policy *policy, const struct policy_request *request,
			struct io_explanation *ret)
{
	const struct policy_carried carried = {
		.service_id = request->req.service_id,
		.address = request->req.address_set ? &request->req.address : NULL,
		.gid_set = request->req.gid_set,
		.gid_kind = request->req.gid_kind,
		.gid_guid = request->req.gid_guid,
		.alias_of = ret->guest,
	};
	const struct policy_route route = policy_route_find(policy, &carried);
	const struct admit_verdict v = admit_called(ret->guest, carried.service_id);
	g_autofree char *left = candidates(policy, &route, &carried);
	g_autofree char *whose = NULL;

	if (v.reason == AUDIT_REASON_LISTEN) {
		set_verdict(ret, policy, &v, NULL);
		return;
	}
	if (route.count == 1)
		whose = g_strdup_printf("it is for %s (decided by %s)", left,
					policy_cm_criterion_name(route.decided_by));
	else if (route.count == 0)
		whose = g_strdup_printf("it is for no guest (decided by %s)",
					policy_cm_criterion_name(route.decided_by));
	else
		whose = g_strdup_printf("it could be for any of %s", left);
	set_verdict(ret, policy, &v, whose);
	if (v.verdict == AUDIT_ALLOW && admit_serves(ADMIT_CM)) {
		ret->allowed = route.count == 1 && route.guest == ret->guest;
		g_free(ret->reason);
		ret->reason = g_steal_pointer(&whose);
	}
}

void io_explain(const struct policy *policy, const char *guest_name,
		const struct policy_request *request, struct io_explanation *ret)
{
	struct admit_verdict v;

	memset(ret, 0, sizeof(*ret));
	ret->guest = policy_find(policy, guest_name);
	if (ret->guest == NULL) {
		g_autofree char *shown = policy_text_escape(guest_name);

		set_answer(ret, policy, FALSE, POLICY_KEY_SECTION,
			   g_strdup_printf("%s: [guest %s]",
					   audit_reason_text(AUDIT_REASON_NO_SECTION), shown));
		return;
	}
	switch (request->kind) {
	case POLICY_REQUEST_ATTACH:
		set_answer(ret, policy, TRUE, POLICY_KEY_SECTION, g_strdup(""));
		return;
	case POLICY_REQUEST_MAD:
	case POLICY_REQUEST_JOIN:
		v = judge_mad(ret->guest, request);
		set_verdict(ret, policy, &v, NULL);
		return;
	case POLICY_REQUEST_LISTEN:
		explain_listen(policy, request, ret);
		return;
	case POLICY_REQUEST_CONNECT:
		explain_connect(policy, request, ret);
		return;
	case POLICY_REQUEST_PKEY:
		explain_pkey(policy, request, ret);
		return;
	case POLICY_REQUEST_REQ:
		explain_req(policy, request, ret);
		return;
	}
	g_assert_not_reached();
}

void io_explanation_fini(struct io_explanation *explanation)
{
	g_clear_pointer(&explanation->rule_text, g_free);
	g_clear_pointer(&explanation->reason, g_free);
}
