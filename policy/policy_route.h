/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose an incoming REQ or SIDR_REQ is, by the rules of the policy file (cm-route): it starts with
 * every guest that listens on its service id; each criterion narrows the candidates by what the
 * message carries, until one is left. None or several left: nobody's.
 *
 *	address	the guests that own the destination address; when none does, those without `address`
 *	gid	the guests whose GID is the one it was sent to
 *
 * A criterion of which the message carries nothing does not narrow.
 */
#pragma once

#include <glib.h>

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
	size_t count;
	const struct policy_guest **guest; /* owned list of borrowed guests */
	enum policy_cm_criterion decided_by; /* the last one that narrowed; else SERVICE */
};

void policy_route_find(const struct policy *policy, const struct policy_carried *carried,
		       struct policy_route *ret_route);
void policy_route_fini(struct policy_route *route);

/* "[guest alpha], [guest beta]". Owned by the caller. */
char *policy_route_names(const struct policy_route *route);
