/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The keys of a guest that hold service ids: listen, connect, map. Rows of policy_guest_keys.
 */
#pragma once

#include "policy/policy_keys.h"

void policy_listen_parse(struct policy_guest *guest, const char *value,
			 const struct policy_place *place);
bool policy_listen_print(const struct policy_guest *guest, GString *out);

void policy_connect_parse(struct policy_guest *guest, const char *value,
			  const struct policy_place *place);
bool policy_connect_print(const struct policy_guest *guest, GString *out);

void policy_maps_parse(struct policy_guest *guest, const char *value,
		       const struct policy_place *place);
bool policy_maps_print(const struct policy_guest *guest, GString *out);
