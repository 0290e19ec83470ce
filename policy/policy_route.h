/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the guest of an incoming REQ or SIDR_REQ by cm-route of the policy: the candidates are all guests
 * that listen on its service id; each criterion excludes candidates, until one remains. If none or several
 * remain, the message is for no guest.
 *
 *	address	keeps the guests that own the destination address; if none does, those without `address`
 *	gid	keeps the guests whose GID is the destination GID
 *
 * A criterion is skipped if the message lacks its field. Pure: no list is made; a route stores the criteria
 * that were applied, and policy_route_holds() tests a guest.
 */
#pragma once

#include "policy/policy.h"

/* What the message carries. */
struct policy_carried {
	uint64_t service_id;
	const struct policy_address *address; /* NULL: no rdma_cm header */
	bool gid_set;
	enum policy_gid_kind gid_kind; /* SHARED: the port's own GID, ALIAS: that of alias_of */
	uint64_t gid_guid;
	const struct policy_guest *alias_of;
};

struct policy_route {
	size_t count; /* of remaining candidates */
	const struct policy_guest *guest; /* the first of them, by name; NULL: none */
	enum policy_cm_criterion decided_by; /* the last one that narrowed; else SERVICE */
	unsigned int narrowed; /* for policy_route_holds() */
};

/* Two passes over the guests for each criterion, O(log ranges) for each guest. */
struct policy_route policy_route_find(const struct policy *policy,
				      const struct policy_carried *carried);

/* Whether this guest is one of the remaining candidates. */
bool policy_route_holds(const struct policy_route *route, const struct policy_carried *carried,
			const struct policy_guest *guest);
