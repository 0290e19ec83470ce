/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Service ids in the policy file: SPACE:PORT, SPACE:PORT-PORT, 0xHEX, 0xHEX-0xHEX. A service id
 * of rdma_cm is (port space << 16) + port (include/rdma/rdma_cm.h, cma_get_service_id()).
 */
#pragma once

#include <glib.h>

#include "policy/policy.h"

/*
 * Parses one id or range. Returns NULL, or an error text (owned by the caller) and leaves
 * *ret_range unchanged.
 */
char *policy_service_parse(const char *item, struct policy_service_range *ret_range);

/* Appends the range in a form that parses to the same range, with a port space if it is inside one. */
void policy_service_print(GString *out, const struct policy_service_range *range);

/*
 * Parses WIRE>GUEST, two ranges of the same length. Returns like policy_service_parse().
 */
char *policy_map_parse(const char *item, struct policy_map *ret_map);

void policy_map_print(GString *out, const struct policy_map *map);

/* The guest's side of a map entry. */
struct policy_service_range policy_map_target(const struct policy_map *map);
