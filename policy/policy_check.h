/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What no key can be judged for alone: a guest's map against its listen, and guests against each
 * other (equal addresses and GIDs, service ids that nothing tells apart).
 */
#pragma once

#include "policy/policy_errors.h"

/* Reports to `errors` what does not fit together in a policy that was read to its end. */
void policy_check_guests(const struct policy *policy, struct policy_errors *errors);

/*
 * Whether cm-route tells these two apart when both listen on a service id: by address when both
 * have some, by GID unless both share the port's.
 */
bool policy_guests_told_apart(const struct policy *policy, const struct policy_guest *a,
			      const struct policy_guest *b);
