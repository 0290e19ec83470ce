/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Converts service ids and maps between text and numbers. */
#include "policy/policy_service.h"

#include <inttypes.h>
#include <string.h>

#include "policy/policy_value.h"

/* enum rdma_ucm_port_space (rdma_user_cm.h) */
static const struct port_space {
	const char *name;
	uint64_t space;
} port_spaces[] = {
	{"sdp", 0x0001}, {"ipoib", 0x0002}, {"tcp", 0x0106}, {"udp", 0x0111}, {"ib", 0x013f},
};

static const struct port_space *space_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < G_N_ELEMENTS(port_spaces); i++) {
		if (strlen(port_spaces[i].name) == len &&
		    strncmp(port_spaces[i].name, name, len) == 0)
			return &port_spaces[i];
	}
	return NULL;
}

/* Splits "a" or "a-b"; without a dash *ret_last is a copy of the first. */
static void split_range(const char *text, char **ret_first, char **ret_last)
{
	const char *dash = strchr(text, '-');

	*ret_first = dash != NULL ? g_strndup(text, (size_t)(dash - text)) : g_strdup(text);
	*ret_last = g_strdup(dash != NULL ? dash + 1 : text);
}

static char *parse_ports(const char *item, const char *colon, struct policy_service_range *ret)
{
	const struct port_space *space = space_by_name(item, (size_t)(colon - item));
	g_autofree char *first_text = NULL, *last_text = NULL;
	uint64_t first, last;

	if (space == NULL)
		return g_strdup("unknown port space (tcp, udp, ipoib, ib, sdp)");
	split_range(colon + 1, &first_text, &last_text);
	if (!policy_decimal_parse(first_text, &first) || !policy_decimal_parse(last_text, &last))
		return g_strdup("expected PORT or PORT-PORT after the port space");
	if (first > 0xffff || last > 0xffff)
		return g_strdup("ports go from 0 to 65535");
	if (first > last)
		return g_strdup("the range ends before it starts");
	ret->first = (space->space << 16) + first;
	ret->last = (space->space << 16) + last;
	return NULL;
}

static char *parse_ids(const char *item, struct policy_service_range *ret)
{
	g_autofree char *first_text = NULL, *last_text = NULL;
	uint64_t first, last;

	split_range(item, &first_text, &last_text);
	if (!policy_hex_parse(first_text, 16, &first) || !policy_hex_parse(last_text, 16, &last))
		return g_strdup("expected SPACE:PORT[-PORT] or 0xID[-0xID] with up to 16 digits");
	if (first > last)
		return g_strdup("the range ends before it starts");
	ret->first = first;
	ret->last = last;
	return NULL;
}

char *policy_service_parse(const char *item, struct policy_service_range *ret_range)
{
	const char *colon = strchr(item, ':');

	return colon != NULL ? parse_ports(item, colon, ret_range) : parse_ids(item, ret_range);
}

void policy_service_print(GString *out, const struct policy_service_range *range)
{
	for (size_t i = 0; i < G_N_ELEMENTS(port_spaces); i++) {
		if (range->first >> 16 != port_spaces[i].space ||
		    range->last >> 16 != port_spaces[i].space)
			continue;
		g_string_append_printf(out, "%s:%u", port_spaces[i].name,
				       (unsigned int)(range->first & 0xffff));
		if (range->last != range->first)
			g_string_append_printf(out, "-%u", (unsigned int)(range->last & 0xffff));
		return;
	}
	g_string_append_printf(out, "0x%016" PRIx64, range->first);
	if (range->last != range->first)
		g_string_append_printf(out, "-0x%016" PRIx64, range->last);
}

char *policy_map_parse(const char *item, struct policy_map *ret_map)
{
	g_auto(GStrv) side = g_strsplit(item, ">", 3);
	struct policy_service_range wire = {0}, guest = {0};
	char *bad;

	if (g_strv_length(side) != 2)
		return g_strdup("expected WIRE>GUEST");
	bad = policy_service_parse(g_strstrip(side[0]), &wire);
	if (bad == NULL)
		bad = policy_service_parse(g_strstrip(side[1]), &guest);
	if (bad != NULL)
		return bad;
	if (wire.last - wire.first != guest.last - guest.first)
		return g_strdup("the two ranges differ in length");
	ret_map->wire = wire;
	ret_map->guest_first = guest.first;
	return NULL;
}

struct policy_service_range policy_map_target(const struct policy_map *map)
{
	return (struct policy_service_range){map->guest_first,
					     map->guest_first + (map->wire.last - map->wire.first)};
}

void policy_map_print(GString *out, const struct policy_map *map)
{
	struct policy_service_range target = policy_map_target(map);

	policy_service_print(out, &map->wire);
	g_string_append_c(out, '>');
	policy_service_print(out, &target);
}
