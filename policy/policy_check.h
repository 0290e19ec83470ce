/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks that concern several keys or guests: a guest's map against its listen, equal addresses and GIDs
 * of guests, service ids for which cm-route cannot choose a guest.
 */
#pragma once

#include "policy/policy_errors.h"

/* Checks a policy that was read completely and adds to `errors`. */
void policy_check_guests(const struct policy *policy, struct policy_errors *errors);

/*
 * Whether cm-route distinguishes these two when both listen on a service id: by address if both
 * have addresses, by GID unless both share the port's.
 */
bool policy_guests_told_apart(const struct policy *policy, const struct policy_guest *a,
			      const struct policy_guest *b);
