/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decisions of policy.h: pure lookups in an immutable policy. Lists are sorted by the parser
 * (policy_keys.c) and searched by bisection; short lists in file order are scanned.
 */
#include "policy/policy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const grade_names[] = {"none", "port", "fabric", "admin"};

static const char *const key_names[POLICY_KEYS] = {
	[POLICY_KEY_SECTION] = "section",
	[POLICY_KEY_ACCESS] = "access",
	[POLICY_KEY_PKEYS] = "pkeys",
	[POLICY_KEY_LISTEN] = "listen",
	[POLICY_KEY_CONNECT] = "connect",
	[POLICY_KEY_MAP] = "map",
	[POLICY_KEY_ADDRESS] = "address",
	[POLICY_KEY_GID] = "gid",
	[POLICY_KEY_MULTICAST] = "multicast",
	[POLICY_KEY_OUTSTANDING] = "outstanding",
	[POLICY_KEY_MAD_RATE] = "mad-rate",
	[POLICY_KEY_JOINS] = "joins",
	[POLICY_KEY_CONNECTIONS] = "connections",
};

static const char *const criterion_names[] = {"service", "address", "gid"};

const char *policy_grade_name(enum policy_grade grade)
{
	assert(grade <= POLICY_GRADE_ADMIN);
	return grade_names[grade];
}

const char *policy_key_name(enum policy_key key)
{
	assert(key < POLICY_KEYS);
	return key_names[key];
}

const char *policy_cm_criterion_name(enum policy_cm_criterion criterion)
{
	assert(criterion <= POLICY_CM_GID);
	return criterion_names[criterion];
}

bool policy_guest_name_ok(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(name);

	return len >= 1 && len <= POLICY_GUEST_NAME_MAX && name[0] != '.' && name[0] != '-' &&
	       strspn(name, allowed) == len;
}

bool policy_guest_name_is_uuid(const char *name)
{
	static const size_t digits[] = {8, 4, 4, 4, 12};

	for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
		if (i && *name++ != '-')
			return false;
		if (strspn(name, "0123456789abcdefABCDEF") < digits[i])
			return false;
		name += digits[i];
	}
	return !*name;
}

#define UUID_CHARS 36

void policy_guest_name_fold(char *name)
{
	if (!policy_guest_name_is_uuid(name))
		return;
	for (; *name; name++)
		if (*name >= 'A' && *name <= 'F')
			*name = (char)(*name - 'A' + 'a');
}

static int name_order(const void *name, const void *guest)
{
	return strcmp(name, (*(const struct policy_guest *const *)guest)->name);
}

const struct policy_guest *policy_find(const struct policy *policy, const char *name)
{
	struct policy_guest *const *found = NULL;
	char uuid[UUID_CHARS + 1];

	if (policy_guest_name_is_uuid(name)) {
		memcpy(uuid, name, sizeof(uuid));
		policy_guest_name_fold(uuid);
		name = uuid;
	}
	if (policy->guest_count > 0)
		found = bsearch(name, policy->guest, policy->guest_count, sizeof(*found),
				name_order);
	return found != NULL ? *found : NULL;
}

struct policy_rule policy_rule(const struct policy *policy, const struct policy_guest *guest,
			       enum policy_key key)
{
	struct policy_rule rule = {.file = policy->file};

	assert(key < POLICY_KEYS);
	if (guest == NULL)
		return rule;
	rule.line = guest->line[key];
	if (rule.line == 0)
		rule.line = policy->limits_line[key];
	if (key != POLICY_KEY_SECTION && rule.line != 0) {
		rule.key = key_names[key];
		return rule;
	}
	rule.line = guest->line[POLICY_KEY_SECTION];
	rule.key = guest->section != NULL ? guest->section : "guest";
	return rule;
}

static bool pkey_covers(uint16_t granted, uint16_t pkey)
{
	if ((pkey & 0x7fff) == 0 || (granted & 0x7fff) != (pkey & 0x7fff))
		return false;
	return (granted & 0x8000) != 0 || (pkey & 0x8000) == 0;
}

bool policy_pkey_allowed(const struct policy_guest *guest, uint16_t pkey, uint16_t default_pkey)
{
	if (guest->pkeys_any)
		return pkey_covers(default_pkey, pkey);
	for (size_t i = 0; i < guest->pkey_count; i++) {
		if (pkey_covers(guest->pkey[i], pkey))
			return true;
	}
	return false;
}

/* For arrays whose elements begin with a range. */
static int id_order(const void *id, const void *element)
{
	const struct policy_service_range *range = element;
	const uint64_t *service_id = id;

	return *service_id < range->first ? -1 : *service_id > range->last;
}

bool policy_services_contain(const struct policy_services *services, uint64_t service_id)
{
	return services->any ||
	       (services->count > 0 && bsearch(&service_id, services->range, services->count,
					       sizeof(*services->range), id_order) != NULL);
}

/* The map entry whose wire range contains this id, or NULL. */
static const struct policy_map *map_by_wire(const struct policy_guest *guest, uint64_t wire)
{
	_Static_assert(offsetof(struct policy_map, wire) == 0, "for id_order()");
	return guest->map_count == 0 ? NULL
				     : bsearch(&wire, guest->map, guest->map_count,
					       sizeof(*guest->map), id_order);
}

/* The map entry whose guest range contains this id, or NULL. */
static const struct policy_map *map_by_target(const struct policy_guest *guest, uint64_t id)
{
	for (size_t i = 0; i < guest->map_count; i++) {
		const struct policy_map *map = &guest->map[i];

		if (id >= map->guest_first &&
		    id - map->guest_first <= map->wire.last - map->wire.first)
			return map;
	}
	return NULL;
}

bool policy_listen_allowed(const struct policy_guest *guest, uint64_t service_id)
{
	return policy_services_contain(&guest->listen, service_id) ||
	       map_by_target(guest, service_id) != NULL;
}

bool policy_service_to_guest(const struct policy_guest *guest, uint64_t wire, uint64_t *ret_guest)
{
	const struct policy_map *map = map_by_wire(guest, wire);

	if (map != NULL) {
		*ret_guest = wire - map->wire.first + map->guest_first;
		return true;
	}
	if (map_by_target(guest, wire) != NULL || !policy_services_contain(&guest->listen, wire))
		return false;
	*ret_guest = wire;
	return true;
}

bool policy_service_to_wire(const struct policy_guest *guest, uint64_t service_id,
			    uint64_t *ret_wire)
{
	const struct policy_map *map = map_by_target(guest, service_id);

	if (map != NULL)
		*ret_wire = service_id - map->guest_first + map->wire.first;
	else if (policy_services_contain(&guest->listen, service_id))
		*ret_wire = service_id;
	else
		return false;
	return true;
}

bool policy_mgid_covers(const struct policy_mgid *prefix, const uint8_t mgid[16])
{
	unsigned int bytes = prefix->bits / 8u, rest = prefix->bits % 8u;

	if (memcmp(prefix->mgid, mgid, bytes) != 0)
		return false;
	return rest == 0 || ((prefix->mgid[bytes] ^ mgid[bytes]) >> (8 - rest)) == 0;
}

bool policy_multicast_allowed(const struct policy_guest *guest, const uint8_t mgid[16])
{
	if (guest->multicast_any)
		return true;
	for (size_t i = 0; i < guest->mgid_count; i++) {
		if (policy_mgid_covers(&guest->mgid[i], mgid))
			return true;
	}
	return false;
}

bool policy_address_owned(const struct policy_guest *guest, const struct policy_address *address)
{
	for (size_t i = 0; i < guest->address_count; i++) {
		if (guest->address[i].ip_version == address->ip_version &&
		    memcmp(guest->address[i].bytes, address->bytes, 16) == 0)
			return true;
	}
	return false;
}
