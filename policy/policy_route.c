/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Narrowing of candidates; see policy_route.h.
 */
#include "policy/policy_route.h"

static bool gid_is(const struct policy_guest *guest, const struct policy_carried *carried)
{
	if (guest->gid_kind != carried->gid_kind)
		return false;
	switch (guest->gid_kind) {
	case POLICY_GID_SHARED:
		return true;
	case POLICY_GID_ALIAS:
		return guest == carried->alias_of;
	case POLICY_GID_GUID:
		return guest->gid_guid == carried->gid_guid;
	}
	return false;
}

static bool address_is(const struct policy_guest *guest, const struct policy_carried *carried)
{
	return policy_address_owned(guest, carried->address);
}

static bool address_none(const struct policy_guest *guest, const struct policy_carried *carried)
{
	return guest->address_count == 0;
}

static size_t narrow(struct policy_route *route, const struct policy_carried *carried,
		     bool (*keep)(const struct policy_guest *, const struct policy_carried *))
{
	size_t kept = 0;

	for (size_t i = 0; i < route->count; i++) {
		if (keep(route->guest[i], carried))
			route->guest[kept++] = route->guest[i];
	}
	return kept;
}

static bool owned(const struct policy_route *route, const struct policy_carried *carried)
{
	for (size_t i = 0; i < route->count; i++) {
		if (address_is(route->guest[i], carried))
			return true;
	}
	return false;
}

static void criterion_apply(struct policy_route *route, enum policy_cm_criterion criterion,
			    const struct policy_carried *carried)
{
	size_t before = route->count;

	switch (criterion) {
	case POLICY_CM_SERVICE: /* what it started with */
		return;
	case POLICY_CM_ADDRESS:
		if (carried->address == NULL)
			return;
		route->count =
			narrow(route, carried, owned(route, carried) ? address_is : address_none);
		break;
	case POLICY_CM_GID:
		if (!carried->gid_set)
			return;
		route->count = narrow(route, carried, gid_is);
		break;
	}
	if (route->count != before)
		route->decided_by = criterion;
}

void policy_route_find(const struct policy *policy, const struct policy_carried *carried,
		       struct policy_route *ret_route)
{
	uint64_t id;

	ret_route->count = 0;
	ret_route->guest = g_new(const struct policy_guest *, policy->guest_count);
	ret_route->decided_by = POLICY_CM_SERVICE;
	for (size_t i = 0; i < policy->guest_count; i++) {
		if (policy_service_to_guest(policy->guest[i], carried->service_id, &id))
			ret_route->guest[ret_route->count++] = policy->guest[i];
	}
	for (size_t i = 0; i < policy->cm_route_count && ret_route->count > 1; i++)
		criterion_apply(ret_route, policy->cm_route[i], carried);
}

void policy_route_fini(struct policy_route *route)
{
	g_clear_pointer(&route->guest, g_free);
	route->count = 0;
}

char *policy_route_names(const struct policy_route *route)
{
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < route->count; i++)
		g_string_append_printf(text, "%s[%s]", i > 0 ? ", " : "", route->guest[i]->section);
	return g_string_free(text, FALSE);
}
