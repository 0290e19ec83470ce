/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a reload changes, and for whom.
 */
#pragma once

#include "policy/policy.h"

/*
 * Calls `each` once for every change from `before` to `after`, gateway first, then guests by name:
 * "gateway: path-cache-ttl 300 -> 60", "limits: joins 256 -> 32", "guest alpha: access fabric ->
 * port", "guest beta: added", "guest beta: removed". `guest` is the name, NULL for what belongs to
 * the gateway. Both strings are valid during the call only. Returns the number of changes; 0: the
 * policies are equivalent (lines and order of the files do not matter). `each` may be NULL.
 */
size_t policy_diff(const struct policy *before, const struct policy *after,
		   void (*each)(void *ctx, const char *guest, const char *line), void *ctx);
