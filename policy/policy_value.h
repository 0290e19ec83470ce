/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Single values of the policy file, text to struct and back: numbers, addresses, GUIDs, groups,
 * P_Keys, ports. Parse functions that return char * return NULL, or an error text (owned by the caller) and
 * leave the output unchanged. The whole text must be the value.
 */
#pragma once

#include <glib.h>

#include "policy/policy.h"

/* Digits and nothing else, at most 19 of them. */
bool policy_decimal_parse(const char *text, uint64_t *ret_value);

/* 0x and one to `digits` hex digits. */
bool policy_hex_parse(const char *text, unsigned int digits, uint64_t *ret_value);

/* 0xHHHH; 0x0000 and 0x8000 are invalid. */
char *policy_pkey_parse(const char *item, uint16_t *ret_pkey);

/* IPv4 or IPv6 of one host. */
char *policy_address_parse(const char *item, struct policy_address *ret_address);
void policy_address_print(GString *out, const struct policy_address *address);

/* 0x with up to 16 digits, or HHHH:HHHH:HHHH:HHHH; not 0. */
char *policy_guid_parse(const char *item, uint64_t *ret_guid);
void policy_guid_print(GString *out, uint64_t guid);

/* MGID/bits; without bits one group. */
char *policy_mgid_parse(const char *item, struct policy_mgid *ret_mgid);
void policy_mgid_print(GString *out, const struct policy_mgid *mgid);

/* CA/number */
char *policy_port_parse(const char *item, struct policy_port *ret_port);
