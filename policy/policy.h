/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What each guest may do: the policy file as data, and the decisions that depend on it alone.
 * A policy is immutable; a reload builds another one. policy_load() and policy_free() (policy_file.h)
 * make and free it; the core only reads it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which diagnostics a guest may run. Ordered: each includes the ones before it. */
enum policy_grade {
	POLICY_GRADE_NONE,
	POLICY_GRADE_PORT,
	POLICY_GRADE_FABRIC,
	POLICY_GRADE_ADMIN,
};

/* Keys that may be the reason of a verdict. */
enum policy_key {
	POLICY_KEY_SECTION, /* the [guest NAME] line itself: a key that is not given */
	POLICY_KEY_ACCESS,
	POLICY_KEY_PKEYS,
	POLICY_KEY_LISTEN,
	POLICY_KEY_CONNECT,
	POLICY_KEY_MAP,
	POLICY_KEY_ADDRESS,
	POLICY_KEY_GID,
	POLICY_KEY_MULTICAST,
	POLICY_KEY_OUTSTANDING,
	POLICY_KEY_MAD_RATE,
	POLICY_KEY_JOINS,
	POLICY_KEY_CONNECTIONS,
	POLICY_KEYS,
};

/* The rule that decided: IBGATE_RULE is "file:line". `file` is valid as long as the policy. */
struct policy_rule {
	const char *file;
	unsigned int line;
	const char *key; /* as written in the file, "guest NAME" for the section */
};

/* 0 means no limit. */
struct policy_limits {
	uint32_t outstanding;
	uint32_t mad_rate; /* MADs a second */
	uint32_t joins;
	uint32_t connections;
};

/* Inclusive range of 64-bit service ids. */
struct policy_service_range {
	uint64_t first;
	uint64_t last;
};

/* A list of ranges, sorted and disjoint, or everything. count 0 and not any: nothing. */
struct policy_services {
	bool any;
	size_t count;
	struct policy_service_range *range;
};

/* An entry of map, which also allows listening: id w on the wire is w - wire.first + guest_first of the guest. */
struct policy_map {
	struct policy_service_range wire;
	uint64_t guest_first;
};

/* An address in the form of the rdma_cm header: IPv4 in the last four bytes, the others zero. */
struct policy_address {
	uint8_t ip_version; /* 4 or 6 */
	uint8_t bytes[16];
};

enum policy_gid_kind { POLICY_GID_SHARED, POLICY_GID_ALIAS, POLICY_GID_GUID };

/* MGID/bits: bits after the prefix are zero. */
struct policy_mgid {
	uint8_t mgid[16];
	uint8_t bits;
};

struct policy_guest {
	char *name;
	char *section; /* "guest NAME": the key of a rule that is the section itself */
	enum policy_grade grade;
	bool pkeys_any; /* not given: the port's default partition (index 0) */
	size_t pkey_count;
	uint16_t *pkey;
	struct policy_services listen;
	struct policy_services connect;
	size_t map_count;
	struct policy_map *map; /* sorted by wire.first, one to one */
	size_t address_count;
	struct policy_address *address;
	enum policy_gid_kind gid_kind;
	uint64_t gid_guid;
	bool multicast_any;
	size_t mgid_count;
	struct policy_mgid *mgid;
	struct policy_limits limits;
	unsigned int line[POLICY_KEYS]; /* 0: not given in the file */
};

enum policy_cm_criterion { POLICY_CM_SERVICE, POLICY_CM_ADDRESS, POLICY_CM_GID };

struct policy_port {
	char ca_name[20];
	uint8_t port_num;
};

struct policy {
	char *file;
	size_t port_count;
	struct policy_port *port;
	size_t cm_route_count;
	enum policy_cm_criterion cm_route[3];
	uint32_t path_cache_ttl_s;
	uint32_t smp_cache_ms;
	struct policy_limits limits; /* [limits]: for guests that do not set their own */
	size_t guest_count;
	struct policy_guest **guest; /* sorted by name */
	/* Lines in the file; 0: not given. */
	unsigned int port_line;
	unsigned int cm_route_line;
	unsigned int path_cache_ttl_line;
	unsigned int smp_cache_line;
	unsigned int limits_section_line;
	unsigned int limits_line[POLICY_KEYS];
};

/* Whether a name is valid for a guest, and so for its socket. */
#define POLICY_GUEST_NAME_MAX 64
bool policy_guest_name_ok(const char *name);

/* Whether the name is a UUID (8-4-4-4-12 hexadecimal digits in either case) and matches only that domain. */
bool policy_guest_name_is_uuid(const char *name);

/*
 * Converts a UUID to lower case, in place. Names of guests in a policy are in lower case already;
 * policy_find() takes either.
 */
void policy_guest_name_fold(char *name);

/* The guest of that name; NULL if it has no section, so it may not attach. O(log guests). */
const struct policy_guest *policy_find(const struct policy *policy, const char *name);

/*
 * The rule that decides `key` for this guest: the line of the key, otherwise its line in [limits], otherwise
 * the guest's section. guest NULL (no section): the file with line 0 and key NULL.
 */
struct policy_rule policy_rule(const struct policy *policy, const struct policy_guest *guest,
			       enum policy_key key);

/*
 * True when the guest may use this P_Key (compared without the membership bit; a guest granted
 * only limited membership may not use the full one). default_pkey: entry 0 of the port's table.
 */
bool policy_pkey_allowed(const struct policy_guest *guest, uint16_t pkey, uint16_t default_pkey);

/* True when `services` contains this id. O(log ranges). */
bool policy_services_contain(const struct policy_services *services, uint64_t service_id);

/* True when the guest may listen on this id (the guest's number): by `listen` or by `map`. */
bool policy_listen_allowed(const struct policy_guest *guest, uint64_t service_id);

/*
 * The guest's service id for an id on the wire (map applied), if the guest may listen on it. An id to which
 * `map` gives another number on the wire is not reachable by its own. False: the guest does not listen.
 */
bool policy_service_to_guest(const struct policy_guest *guest, uint64_t wire, uint64_t *ret_guest);

/* The inverse: the id on the wire for a service id of the guest. */
bool policy_service_to_wire(const struct policy_guest *guest, uint64_t service_id,
			    uint64_t *ret_wire);

/* True when the group has this prefix. */
bool policy_mgid_covers(const struct policy_mgid *prefix, const uint8_t mgid[16]);

/* True when `multicast` lets the guest join this group. */
bool policy_multicast_allowed(const struct policy_guest *guest, const uint8_t mgid[16]);

/* True when `address` of the guest names this one. */
bool policy_address_owned(const struct policy_guest *guest, const struct policy_address *address);

const char *policy_grade_name(enum policy_grade grade);

/* The key as written in the file; "section" for POLICY_KEY_SECTION. */
const char *policy_key_name(enum policy_key key);

/* "service", "address", "gid" */
const char *policy_cm_criterion_name(enum policy_cm_criterion criterion);
