/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of policy_keys.h, and shared code of all keys. policy_keys_service.c reads the keys of a guest
 * that contain service ids.
 */
#include "policy/policy_keys.h"

#include <inttypes.h>
#include <string.h>

#include "policy/policy_keys_service.h"
#include "policy/policy_list.h"
#include "policy/policy_value.h"

void policy_place_bad(const struct policy_place *place, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	policy_errors_add(place->errors, place->line, place->section, place->key, "%s", text);
}

static void bad_word(const struct policy_place *place, const char *value, const char *expected)
{
	g_autofree char *shown = policy_text_escape(value);

	policy_place_bad(place, "'%s': expected %s", shown, expected);
}

/* A separator between printed items. */
static void list_separate(GString *out, size_t index)
{
	if (index > 0)
		g_string_append_c(out, ';');
}

/* --- [guest NAME] --- */

static void access_parse(struct policy_guest *guest, const char *value,
			 const struct policy_place *place)
{
	for (enum policy_grade grade = POLICY_GRADE_NONE; grade <= POLICY_GRADE_ADMIN; grade++) {
		if (strcmp(value, policy_grade_name(grade)) == 0) {
			guest->grade = grade;
			return;
		}
	}
	bad_word(place, value, "none, port, fabric or admin");
}

static bool access_print(const struct policy_guest *guest, GString *out)
{
	if (guest->grade == POLICY_GRADE_NONE)
		return false;
	g_string_append(out, policy_grade_name(guest->grade));
	return true;
}

static char *pkey_item(const char *item, void *ret_item)
{
	return policy_pkey_parse(item, ret_item);
}

/* A partition appears once, as full or as limited member. */
static void pkey_identity(GString *out, const void *item)
{
	g_string_append_printf(out, "%u", *(const uint16_t *)item & 0x7fffu);
}

static void pkeys_parse(struct policy_guest *guest, const char *value,
			const struct policy_place *place)
{
	static const struct policy_list_kind kind = {sizeof(uint16_t), pkey_item, pkey_identity};

	guest->pkey = policy_list_take(policy_list_parse(value, &kind, place), &guest->pkey_count);
	guest->pkeys_any = false;
}

static bool pkeys_print(const struct policy_guest *guest, GString *out)
{
	if (guest->pkeys_any)
		return false;
	for (size_t i = 0; i < guest->pkey_count; i++) {
		list_separate(out, i);
		g_string_append_printf(out, "0x%04x", guest->pkey[i]);
	}
	return true;
}

static char *address_item(const char *item, void *ret_item)
{
	return policy_address_parse(item, ret_item);
}

static void address_identity(GString *out, const void *item)
{
	policy_address_print(out, item);
}

static void address_parse(struct policy_guest *guest, const char *value,
			  const struct policy_place *place)
{
	static const struct policy_list_kind kind = {sizeof(struct policy_address), address_item,
						     address_identity};

	guest->address =
		policy_list_take(policy_list_parse(value, &kind, place), &guest->address_count);
}

static bool address_print(const struct policy_guest *guest, GString *out)
{
	for (size_t i = 0; i < guest->address_count; i++) {
		list_separate(out, i);
		policy_address_print(out, &guest->address[i]);
	}
	return guest->address_count > 0;
}

static void gid_parse(struct policy_guest *guest, const char *value,
		      const struct policy_place *place)
{
	g_autofree char *bad = NULL;

	if (strcmp(value, "shared") == 0) {
		guest->gid_kind = POLICY_GID_SHARED;
	} else if (strcmp(value, "alias") == 0) {
		guest->gid_kind = POLICY_GID_ALIAS;
	} else if ((bad = policy_guid_parse(value, &guest->gid_guid)) == NULL) {
		guest->gid_kind = POLICY_GID_GUID;
	} else {
		g_autofree char *shown = policy_text_escape(value);

		policy_place_bad(place, "'%s': %s", shown, bad);
	}
}

static bool gid_print(const struct policy_guest *guest, GString *out)
{
	if (guest->gid_kind == POLICY_GID_SHARED)
		return false;
	if (guest->gid_kind == POLICY_GID_ALIAS)
		g_string_append(out, "alias");
	else
		policy_guid_print(out, guest->gid_guid);
	return true;
}

static char *mgid_item(const char *item, void *ret_item)
{
	return policy_mgid_parse(item, ret_item);
}

static int mgid_order(const void *left, const void *right)
{
	const struct policy_mgid *a = left, *b = right;
	int order = memcmp(a->mgid, b->mgid, 16);

	return order != 0 ? order : (int)a->bits - (int)b->bits;
}

/* Sorted, a prefix that contains others is directly before them. */
static void mgids_disjoint(GArray *items, const struct policy_place *place)
{
	const struct policy_mgid *wide = NULL;

	for (guint i = 0; i < items->len; i++) {
		const struct policy_mgid *mgid = &g_array_index(items, struct policy_mgid, i);

		if (wide != NULL && policy_mgid_covers(wide, mgid->mgid)) {
			g_autoptr(GString) a = g_string_new(NULL), b = g_string_new(NULL);

			policy_mgid_print(a, mgid);
			policy_mgid_print(b, wide);
			if (mgid->bits == wide->bits)
				policy_place_bad(place, "'%s' is given twice", a->str);
			else
				policy_place_bad(place, "'%s' is part of '%s'", a->str, b->str);
		} else {
			wide = mgid;
		}
	}
}

static void multicast_parse(struct policy_guest *guest, const char *value,
			    const struct policy_place *place)
{
	static const struct policy_list_kind kind = {sizeof(struct policy_mgid), mgid_item, NULL};
	GArray *items;

	guest->multicast_any = strcmp(value, "any") == 0;
	if (guest->multicast_any || strcmp(value, "none") == 0)
		return;
	items = policy_list_parse(value, &kind, place);
	g_array_sort(items, mgid_order);
	mgids_disjoint(items, place);
	guest->mgid = policy_list_take(items, &guest->mgid_count);
}

static bool multicast_print(const struct policy_guest *guest, GString *out)
{
	if (guest->multicast_any)
		return false;
	if (guest->mgid_count == 0)
		g_string_append(out, "none");
	for (size_t i = 0; i < guest->mgid_count; i++) {
		list_separate(out, i);
		policy_mgid_print(out, &guest->mgid[i]);
	}
	return true;
}

const struct policy_guest_key policy_guest_keys[POLICY_GUEST_KEYS] = {
	{POLICY_KEY_ACCESS, access_parse, access_print, "none"},
	{POLICY_KEY_PKEYS, pkeys_parse, pkeys_print, "the port's default partition"},
	{POLICY_KEY_LISTEN, policy_listen_parse, policy_listen_print, "none"},
	{POLICY_KEY_CONNECT, policy_connect_parse, policy_connect_print, "any"},
	{POLICY_KEY_MAP, policy_maps_parse, policy_maps_print, "none"},
	{POLICY_KEY_ADDRESS, address_parse, address_print, "none"},
	{POLICY_KEY_GID, gid_parse, gid_print, "shared"},
	{POLICY_KEY_MULTICAST, multicast_parse, multicast_print, "any"},
};

/* --- [gateway] --- */

static char *port_item(const char *item, void *ret_item)
{
	return policy_port_parse(item, ret_item);
}

static void port_identity(GString *out, const void *item)
{
	const struct policy_port *port = item;

	g_string_append_printf(out, "%s/%u", port->ca_name, port->port_num);
}

static void port_parse(struct policy *policy, const char *value, const struct policy_place *place)
{
	static const struct policy_list_kind kind = {sizeof(struct policy_port), port_item,
						     port_identity};

	policy->port =
		policy_list_take(policy_list_parse(value, &kind, place), &policy->port_count);
	if (policy->port_count > POLICY_MAX_PORTS)
		policy_place_bad(place, "%zu ports; at most %d are served", policy->port_count,
				 POLICY_MAX_PORTS);
}

static void port_print(const struct policy *policy, GString *out)
{
	for (size_t i = 0; i < policy->port_count; i++) {
		list_separate(out, i);
		port_identity(out, &policy->port[i]);
	}
}

static char *criterion_item(const char *item, void *ret_item)
{
	enum policy_cm_criterion *ret = ret_item;

	for (enum policy_cm_criterion c = POLICY_CM_SERVICE; c <= POLICY_CM_GID; c++) {
		if (strcmp(item, policy_cm_criterion_name(c)) == 0) {
			*ret = c;
			return NULL;
		}
	}
	return g_strdup("expected service, address or gid");
}

static void criterion_identity(GString *out, const void *item)
{
	const enum policy_cm_criterion *criterion = item;

	g_string_append(out, policy_cm_criterion_name(*criterion));
}

static void cm_route_parse(struct policy *policy, const char *value,
			   const struct policy_place *place)
{
	static const struct policy_list_kind kind = {sizeof(enum policy_cm_criterion),
						     criterion_item, criterion_identity};
	g_autoptr(GArray) items = policy_list_parse(value, &kind, place);

	/* There are three criteria, each at most once: they fit. */
	g_assert(items->len <= G_N_ELEMENTS(policy->cm_route));
	policy->cm_route_count = items->len;
	for (guint i = 0; i < items->len; i++)
		policy->cm_route[i] = g_array_index(items, enum policy_cm_criterion, i);
}

static void cm_route_print(const struct policy *policy, GString *out)
{
	for (size_t i = 0; i < policy->cm_route_count; i++) {
		list_separate(out, i);
		criterion_identity(out, &policy->cm_route[i]);
	}
}

/* A number from 0 to max; otherwise reports an error. */
static bool number_parse(const char *value, uint32_t max, const struct policy_place *place,
			 uint32_t *ret_value)
{
	uint64_t number;

	if (!policy_decimal_parse(value, &number)) {
		g_autofree char *range = g_strdup_printf("a number from 0 to %" PRIu32, max);

		bad_word(place, value, range);
		return false;
	}
	if (number > max) {
		policy_place_bad(place, "%" PRIu64 " is more than %" PRIu32, number, max);
		return false;
	}
	*ret_value = (uint32_t)number;
	return true;
}

static void ttl_parse(struct policy *policy, const char *value, const struct policy_place *place)
{
	number_parse(value, POLICY_PATH_CACHE_TTL_MAX, place, &policy->path_cache_ttl_s);
}

static void ttl_print(const struct policy *policy, GString *out)
{
	g_string_append_printf(out, "%" PRIu32, policy->path_cache_ttl_s);
}

static void smp_cache_parse(struct policy *policy, const char *value,
			    const struct policy_place *place)
{
	number_parse(value, POLICY_SMP_CACHE_MAX_MS, place, &policy->smp_cache_ms);
}

static void smp_cache_print(const struct policy *policy, GString *out)
{
	g_string_append_printf(out, "%" PRIu32, policy->smp_cache_ms);
}

const struct policy_gateway_key policy_gateway_keys[POLICY_GATEWAY_KEYS] = {
	{"port", offsetof(struct policy, port_line), port_parse, port_print},
	{"cm-route", offsetof(struct policy, cm_route_line), cm_route_parse, cm_route_print},
	{"path-cache-ttl", offsetof(struct policy, path_cache_ttl_line), ttl_parse, ttl_print},
	{"smp-cache-ms", offsetof(struct policy, smp_cache_line), smp_cache_parse, smp_cache_print},
};

/* --- quotas, and lookup --- */

void policy_quota_parse(struct policy_limits *limits, const struct policy_quota *quota,
			const char *value, const struct policy_place *place)
{
	uint32_t number;

	if (number_parse(value, quota->ceiling, place, &number))
		policy_limit_set(limits, quota, number);
}

const struct policy_guest_key *policy_guest_key_find(const char *name)
{
	for (size_t i = 0; i < POLICY_GUEST_KEYS; i++) {
		if (strcmp(policy_key_name(policy_guest_keys[i].key), name) == 0)
			return &policy_guest_keys[i];
	}
	return NULL;
}

const struct policy_gateway_key *policy_gateway_key_find(const char *name)
{
	for (size_t i = 0; i < POLICY_GATEWAY_KEYS; i++) {
		if (strcmp(policy_gateway_keys[i].name, name) == 0)
			return &policy_gateway_keys[i];
	}
	return NULL;
}

const struct policy_quota *policy_quota_find(const char *name)
{
	for (size_t i = 0; i < POLICY_QUOTAS; i++) {
		if (strcmp(policy_key_name(policy_quotas[i].key), name) == 0)
			return &policy_quotas[i];
	}
	return NULL;
}

void policy_key_show(const struct policy_guest *guest, enum policy_key key, GString *out)
{
	const struct policy_guest_key *row = policy_guest_key_find(policy_key_name(key));
	const struct policy_quota *quota = policy_quota_find(policy_key_name(key));

	if (quota != NULL)
		g_string_append_printf(out, "%" PRIu32, policy_limit_get(&guest->limits, quota));
	else if (row != NULL && !row->print(guest, out))
		g_string_append(out, row->without);
}
