/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose an incoming REQ or SIDR_REQ is, by the rules of the policy file (cm-route): it starts with
 * every guest that listens on its service id; each criterion narrows the candidates by what the
 * message carries, until one is left. None or several left: nobody's.
 *
 *	address	the guests that own the destination address; when none does, those without `address`
 *	gid	the guests whose GID is the one it was sent to
 *
 * A criterion of which the message carries nothing does not narrow. Pure: no list is made, a route
 * is what narrowed, and a guest is asked whether it is still a candidate.
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
	size_t count; /* of candidates that are left */
	const struct policy_guest *guest; /* the first of them, by name; NULL: none */
	enum policy_cm_criterion decided_by; /* the last one that narrowed; else SERVICE */
	unsigned int narrowed; /* for policy_route_holds() */
};

/* Two passes over the guests for each criterion that narrows, O(log ranges) a guest. */
struct policy_route policy_route_find(const struct policy *policy,
				      const struct policy_carried *carried);

/* Whether this guest is one of the candidates that are left. */
bool policy_route_holds(const struct policy_route *route, const struct policy_carried *carried,
			const struct policy_guest *guest);
