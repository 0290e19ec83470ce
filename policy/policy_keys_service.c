/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads listen, connect and map (sorted, without overlaps), and prints them. */
#include "policy/policy_keys_service.h"

#include <string.h>

#include "policy/policy_list.h"
#include "policy/policy_service.h"

static char *range_item(const char *item, void *ret_item)
{
	return policy_service_parse(item, ret_item);
}

static int range_order(const void *left, const void *right)
{
	const struct policy_service_range *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->last < b->last ? -1 : a->last > b->last;
}

/* Reports every range of the sorted array that overlaps one before it. `what` precedes the text. */
static void ranges_disjoint(const struct policy_service_range *range, size_t count,
			    const char *what, const struct policy_place *place)
{
	const struct policy_service_range *reach = range;

	for (size_t i = 1; i < count; i++) {
		if (range[i].first <= reach->last) {
			g_autoptr(GString) a = g_string_new(NULL), b = g_string_new(NULL);

			policy_service_print(a, &range[i]);
			policy_service_print(b, reach);
			if (strcmp(a->str, b->str) == 0)
				policy_place_bad(place, "%s'%s' is given twice", what, a->str);
			else
				policy_place_bad(place, "%s'%s' overlaps '%s'", what, a->str,
						 b->str);
		}
		if (range[i].last > reach->last)
			reach = &range[i];
	}
}

static void services_parse(struct policy_services *services, const char *value,
			   const struct policy_place *place)
{
	static const struct policy_list_kind kind = {sizeof(struct policy_service_range),
						     range_item, NULL};
	GArray *items = policy_list_parse(value, &kind, place);

	g_array_sort(items, range_order);
	services->any = false;
	services->range = policy_list_take(items, &services->count);
	ranges_disjoint(services->range, services->count, "", place);
}

static void services_print(const struct policy_services *services, GString *out)
{
	if (services->any)
		g_string_append(out, "any");
	else if (services->count == 0)
		g_string_append(out, "none");
	for (size_t i = 0; i < services->count; i++) {
		if (i > 0)
			g_string_append_c(out, ';');
		policy_service_print(out, &services->range[i]);
	}
}

void policy_listen_parse(struct policy_guest *guest, const char *value,
			 const struct policy_place *place)
{
	if (strcmp(value, "any") == 0)
		policy_place_bad(place, "'any' is not allowed: name the service ids");
	else if (strcmp(value, "none") != 0)
		services_parse(&guest->listen, value, place);
}

bool policy_listen_print(const struct policy_guest *guest, GString *out)
{
	if (guest->listen.count == 0)
		return false;
	services_print(&guest->listen, out);
	return true;
}

void policy_connect_parse(struct policy_guest *guest, const char *value,
			  const struct policy_place *place)
{
	guest->connect.any = strcmp(value, "any") == 0;
	if (!guest->connect.any && strcmp(value, "none") != 0)
		services_parse(&guest->connect, value, place);
}

bool policy_connect_print(const struct policy_guest *guest, GString *out)
{
	if (guest->connect.any)
		return false;
	services_print(&guest->connect, out);
	return true;
}

static char *map_item(const char *item, void *ret_item)
{
	return policy_map_parse(item, ret_item);
}

static int map_order(const void *left, const void *right)
{
	const struct policy_map *a = left, *b = right;

	return range_order(&a->wire, &b->wire);
}

/* Neither side may have overlaps: the map must be one to one. */
static void maps_one_to_one(const struct policy_guest *guest, const struct policy_place *place)
{
	g_autofree struct policy_service_range *side =
		g_new0(struct policy_service_range, guest->map_count);

	for (size_t i = 0; i < guest->map_count; i++)
		side[i] = guest->map[i].wire;
	ranges_disjoint(side, guest->map_count, "not one to one: on the wire, ", place);
	for (size_t i = 0; i < guest->map_count; i++)
		side[i] = policy_map_target(&guest->map[i]);
	qsort(side, guest->map_count, sizeof(*side), range_order);
	ranges_disjoint(side, guest->map_count, "not one to one: in the guest, ", place);
}

void policy_maps_parse(struct policy_guest *guest, const char *value,
		       const struct policy_place *place)
{
	static const struct policy_list_kind kind = {sizeof(struct policy_map), map_item, NULL};
	GArray *items = policy_list_parse(value, &kind, place);

	g_array_sort(items, map_order);
	guest->map = policy_list_take(items, &guest->map_count);
	if (guest->map_count > 0)
		maps_one_to_one(guest, place);
}

bool policy_maps_print(const struct policy_guest *guest, GString *out)
{
	for (size_t i = 0; i < guest->map_count; i++) {
		if (i > 0)
			g_string_append_c(out, ';');
		policy_map_print(out, &guest->map[i]);
	}
	return guest->map_count > 0;
}
