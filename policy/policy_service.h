/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Service ids as people write them: SPACE:PORT, SPACE:PORT-PORT, 0xHEX, 0xHEX-0xHEX. A service id
 * of rdma_cm is (port space << 16) + port (include/rdma/rdma_cm.h, cma_get_service_id()).
 */
#pragma once

#include <glib.h>

#include "policy/policy.h"

/*
 * Reads one id or range. Returns NULL, or what is wrong with it (owned by the caller) with
 * *ret_range untouched.
 */
char *policy_service_parse(const char *item, struct policy_service_range *ret_range);

/* Appends the range so that it parses to the same again: by port space where one holds it. */
void policy_service_print(GString *out, const struct policy_service_range *range);

/*
 * Reads WIRE>GUEST, two ranges of one length. Returns like policy_service_parse().
 */
char *policy_map_parse(const char *item, struct policy_map *ret_map);

void policy_map_print(GString *out, const struct policy_map *map);

/* The guest's side of a map entry. */
struct policy_service_range policy_map_target(const struct policy_map *map);
