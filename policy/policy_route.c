/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/policy_route.h"

/* What a candidate must have after a criterion was applied. */
enum { MUST_OWN_ADDRESS = 1, MUST_HAVE_NO_ADDRESS = 2, MUST_HAVE_GID = 4 };

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

static bool is_candidate(unsigned int must, const struct policy_carried *carried,
			 const struct policy_guest *guest)
{
	uint64_t id;

	return policy_service_to_guest(guest, carried->service_id, &id) &&
	       (!(must & MUST_OWN_ADDRESS) || policy_address_owned(guest, carried->address)) &&
	       (!(must & MUST_HAVE_NO_ADDRESS) || guest->address_count == 0) &&
	       (!(must & MUST_HAVE_GID) || gid_is(guest, carried));
}

/* The candidates that satisfy `must`. */
static void count(const struct policy *policy, const struct policy_carried *carried,
		  unsigned int must, struct policy_route *route)
{
	route->narrowed = must;
	route->count = 0;
	route->guest = NULL;
	for (size_t i = 0; i < policy->guest_count; i++) {
		if (!is_candidate(must, carried, policy->guest[i]))
			continue;
		if (route->count++ == 0)
			route->guest = policy->guest[i];
	}
}

static void criterion_apply(const struct policy *policy, enum policy_cm_criterion criterion,
			    const struct policy_carried *carried, struct policy_route *route)
{
	struct policy_route narrow = *route;

	switch (criterion) {
	case POLICY_CM_SERVICE: /* the initial set */
		return;
	case POLICY_CM_ADDRESS:
		if (carried->address == NULL)
			return;
		count(policy, carried, route->narrowed | MUST_OWN_ADDRESS, &narrow);
		if (narrow.count == 0)
			count(policy, carried, route->narrowed | MUST_HAVE_NO_ADDRESS, &narrow);
		break;
	case POLICY_CM_GID:
		if (!carried->gid_set)
			return;
		count(policy, carried, route->narrowed | MUST_HAVE_GID, &narrow);
		break;
	}
	if (narrow.count != route->count)
		narrow.decided_by = criterion;
	*route = narrow;
}

struct policy_route policy_route_find(const struct policy *policy,
				      const struct policy_carried *carried)
{
	struct policy_route route = {.decided_by = POLICY_CM_SERVICE};

	count(policy, carried, 0, &route);
	for (size_t i = 0; i < policy->cm_route_count && route.count > 1; i++)
		criterion_apply(policy, policy->cm_route[i], carried, &route);
	return route;
}

bool policy_route_holds(const struct policy_route *route, const struct policy_carried *carried,
			const struct policy_guest *guest)
{
	return is_candidate(route->narrowed, carried, guest);
}
