/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks that concern several keys or guests: a guest's map against its listen, equal addresses and GIDs
 * of guests, service ids for which cm-route cannot choose a guest.
 */
#pragma once

#include "policy/policy_errors.h"

/* Checks a policy that was read completely and adds to `errors`. */
void policy_check_guests(const struct policy *policy, struct policy_errors *errors);
