/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Answers REQUESTs of `ibgate policy explain` that the policy alone decides; see policy_explain.h.
 */
#include "policy/policy_explain.h"

#include <string.h>

#include "policy/policy_errors.h"
#include "policy/policy_print.h"
#include "policy/policy_route.h"
#include "policy/policy_service.h"
#include "policy/policy_value.h"

/* Entry 0 of a port's P_Key table when nobody can look: what subnet managers put there. */
#define ASSUMED_DEFAULT_PKEY 0xffff

static void answer(struct policy_explanation *ret, const struct policy *policy,
		   enum policy_answer verdict, enum policy_key key, char *reason)
{
	ret->answer = verdict;
	ret->rule = policy_rule(policy, ret->guest, key);
	ret->rule_text = policy_rule_print(policy, ret->guest, key);
	ret->reason = reason;
}

static char *service_text(const struct policy_service_range *range)
{
	GString *text = g_string_new(NULL);

	policy_service_print(text, range);
	return g_string_free(text, FALSE);
}

static char *id_text(uint64_t service_id)
{
	struct policy_service_range one = {service_id, service_id};

	return service_text(&one);
}

/* Whether some id of the range is not granted, and which is the first. */
static bool first_refused(const struct policy_services *services,
			  const struct policy_service_range *range, uint64_t *ret_id)
{
	uint64_t id = range->first;

	if (services->any)
		return false;
	for (size_t i = 0; i < services->count; i++) {
		const struct policy_service_range *granted = &services->range[i];

		if (granted->last < id)
			continue;
		if (granted->first > id)
			break;
		if (granted->last >= range->last)
			return false;
		id = granted->last + 1;
	}
	*ret_id = id;
	return true;
}

static void explain_services(const struct policy *policy, const struct policy_request *request,
			     enum policy_key key, struct policy_explanation *ret)
{
	const struct policy_services *services =
		key == POLICY_KEY_LISTEN ? &ret->guest->listen : &ret->guest->connect;
	g_autofree char *asked = service_text(&request->service);
	g_autofree char *refused = NULL;
	const char *verb = policy_key_name(key);
	uint64_t id;

	if (!first_refused(services, &request->service, &id)) {
		answer(ret, policy, POLICY_ANSWER_ALLOWED, key,
		       g_strdup_printf("'%s' grants %s", verb, asked));
		return;
	}
	refused = id_text(id);
	answer(ret, policy, POLICY_ANSWER_REFUSED, key,
	       g_strdup_printf("'%s' does not grant %s", verb, refused));
}

/* A single id that `map` shows is granted by that, and seen under another number. */
static void explain_listen(const struct policy *policy, const struct policy_request *request,
			   struct policy_explanation *ret)
{
	uint64_t id = request->service.first, wire;
	g_autofree char *own = id_text(id), *seen = NULL;

	if (id != request->service.last || !policy_service_to_wire(ret->guest, id, &wire) ||
	    wire == id) {
		explain_services(policy, request, POLICY_KEY_LISTEN, ret);
		return;
	}
	seen = id_text(wire);
	answer(ret, policy, POLICY_ANSWER_ALLOWED, POLICY_KEY_MAP,
	       g_strdup_printf("'map' shows %s on the wire as %s", own, seen));
}

static void explain_join(const struct policy *policy, const struct policy_request *request,
			 struct policy_explanation *ret)
{
	const struct policy_mgid one = {.bits = 128};
	struct policy_mgid mgid = one;
	g_autoptr(GString) text = g_string_new(NULL);

	memcpy(mgid.mgid, request->mgid, 16);
	policy_mgid_print(text, &mgid);
	g_string_truncate(text, text->len - strlen("/128"));
	if (policy_multicast_allowed(ret->guest, request->mgid))
		answer(ret, policy, POLICY_ANSWER_ALLOWED, POLICY_KEY_MULTICAST,
		       g_strdup_printf("'multicast' grants the group %s", text->str));
	else
		answer(ret, policy, POLICY_ANSWER_REFUSED, POLICY_KEY_MULTICAST,
		       g_strdup_printf("'multicast' does not grant the group %s", text->str));
}

static void explain_pkey(const struct policy *policy, const struct policy_request *request,
			 struct policy_explanation *ret)
{
	const struct policy_guest *guest = ret->guest;
	bool allowed = policy_pkey_allowed(guest, request->pkey, ASSUMED_DEFAULT_PKEY);
	bool as_limited = policy_pkey_allowed(guest, request->pkey & 0x7fff, ASSUMED_DEFAULT_PKEY);
	g_autofree char *text = NULL;

	if (guest->pkeys_any)
		text = g_strdup_printf("without 'pkeys' it is the port's default partition alone "
				       "(taken to be 0x%04x)",
				       ASSUMED_DEFAULT_PKEY);
	else if (allowed)
		text = g_strdup_printf("'pkeys' grants 0x%04x", request->pkey);
	else if (as_limited)
		text = g_strdup_printf("'pkeys' grants limited membership alone, 0x%04x is full",
				       request->pkey);
	else
		text = g_strdup_printf("'pkeys' does not grant 0x%04x", request->pkey);
	answer(ret, policy, allowed ? POLICY_ANSWER_ALLOWED : POLICY_ANSWER_REFUSED,
	       POLICY_KEY_PKEYS, g_steal_pointer(&text));
}

/* The guest's key that a criterion looks at. */
static enum policy_key criterion_key(enum policy_cm_criterion criterion)
{
	switch (criterion) {
	case POLICY_CM_SERVICE:
		return POLICY_KEY_LISTEN;
	case POLICY_CM_ADDRESS:
		return POLICY_KEY_ADDRESS;
	case POLICY_CM_GID:
		return POLICY_KEY_GID;
	}
	g_assert_not_reached();
}

static void explain_req(const struct policy *policy, const struct policy_request *request,
			struct policy_explanation *ret)
{
	struct policy_carried carried = {
		.service_id = request->req.service_id,
		.address = request->req.address_set ? &request->req.address : NULL,
		.gid_set = request->req.gid_set,
		.gid_kind = request->req.gid_kind,
		.gid_guid = request->req.gid_guid,
		.alias_of = ret->guest,
	};
	struct policy_route route;
	g_autofree char *wire = id_text(carried.service_id), *own = NULL, *others = NULL;
	uint64_t id;

	if (!policy_service_to_guest(ret->guest, carried.service_id, &id)) {
		answer(ret, policy, POLICY_ANSWER_REFUSED, POLICY_KEY_LISTEN,
		       g_strdup_printf("the guest does not listen on %s", wire));
		return;
	}
	own = id_text(id);
	policy_route_find(policy, &carried, &route);
	others = policy_route_names(&route);
	if (route.count == 1 && route.guest[0] == ret->guest)
		answer(ret, policy, POLICY_ANSWER_ALLOWED,
		       id == carried.service_id ? POLICY_KEY_LISTEN : POLICY_KEY_MAP,
		       g_strdup_printf("a REQ for %s is this guest's, as %s (decided by %s)", wire,
				       own, policy_cm_criterion_name(route.decided_by)));
	else if (route.count == 1)
		answer(ret, policy, POLICY_ANSWER_REFUSED, criterion_key(route.decided_by),
		       g_strdup_printf("a REQ for %s is that of %s (decided by %s)", wire, others,
				       policy_cm_criterion_name(route.decided_by)));
	else if (route.count == 0)
		answer(ret, policy, POLICY_ANSWER_REFUSED, criterion_key(route.decided_by),
		       g_strdup_printf("a REQ for %s that carries this is nobody's (decided by %s)",
				       wire, policy_cm_criterion_name(route.decided_by)));
	else
		answer(ret, policy, POLICY_ANSWER_REFUSED, POLICY_KEY_LISTEN,
		       g_strdup_printf("a REQ for %s that carries no more could be for any of %s",
				       wire, others));
	policy_route_fini(&route);
}

void policy_explain(const struct policy *policy, const char *guest_name,
		    const struct policy_request *request, struct policy_explanation *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->guest = policy_find(policy, guest_name);
	if (ret->guest == NULL) {
		g_autofree char *shown = policy_text_escape(guest_name);

		answer(ret, policy, POLICY_ANSWER_REFUSED, POLICY_KEY_SECTION,
		       g_strdup_printf("there is no section [guest %s]: it may not attach", shown));
		return;
	}
	switch (request->kind) {
	case POLICY_REQUEST_ATTACH:
		answer(ret, policy, POLICY_ANSWER_ALLOWED, POLICY_KEY_SECTION,
		       g_strdup("the guest has a section"));
		return;
	case POLICY_REQUEST_MAD:
		answer(ret, policy, POLICY_ANSWER_ADMIT, POLICY_KEY_ACCESS,
		       g_strdup_printf("decided by the grade %s",
				       policy_grade_name(ret->guest->grade)));
		return;
	case POLICY_REQUEST_LISTEN:
		explain_listen(policy, request, ret);
		return;
	case POLICY_REQUEST_CONNECT:
		explain_services(policy, request, POLICY_KEY_CONNECT, ret);
		return;
	case POLICY_REQUEST_JOIN:
		explain_join(policy, request, ret);
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

void policy_explanation_fini(struct policy_explanation *explanation)
{
	g_clear_pointer(&explanation->rule_text, g_free);
	g_clear_pointer(&explanation->reason, g_free);
}

const char *policy_answer_name(enum policy_answer verdict)
{
	switch (verdict) {
	case POLICY_ANSWER_ALLOWED:
		return "allowed";
	case POLICY_ANSWER_REFUSED:
		return "refused";
	case POLICY_ANSWER_ADMIT:
		return "admit";
	}
	g_assert_not_reached();
}
