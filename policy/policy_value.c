/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/policy_value.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

bool policy_decimal_parse(const char *text, uint64_t *ret_value)
{
	size_t len = strlen(text);
	uint64_t value = 0;

	if (len == 0 || len > 19)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!g_ascii_isdigit(text[i]))
			return false;
		value = value * 10 + (uint64_t)g_ascii_digit_value(text[i]);
	}
	*ret_value = value;
	return true;
}

static bool hex_digits(const char *text, size_t len, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		if (!g_ascii_isxdigit(text[i]))
			return false;
		value = value << 4 | (uint64_t)g_ascii_xdigit_value(text[i]);
	}
	*ret_value = value;
	return true;
}

bool policy_hex_parse(const char *text, unsigned int digits, uint64_t *ret_value)
{
	size_t len = strlen(text);

	return len >= 3 && len <= 2 + digits && strncmp(text, "0x", 2) == 0 &&
	       hex_digits(text + 2, len - 2, ret_value);
}

char *policy_pkey_parse(const char *item, uint16_t *ret_pkey)
{
	uint64_t value;

	if (!policy_hex_parse(item, 4, &value))
		return g_strdup("expected a P_Key: 0x and up to four hex digits");
	if ((value & 0x7fff) == 0)
		return g_strdup("the low 15 bits are 0, which is no partition");
	*ret_pkey = (uint16_t)value;
	return NULL;
}

static char *parse_ipv4(const char *item, struct policy_address *ret)
{
	uint8_t bytes[4];

	if (inet_pton(AF_INET, item, bytes) != 1)
		return g_strdup("not an IP address");
	if (bytes[0] == 0 || bytes[0] >= 224)
		return g_strdup("not the address of one host");
	memset(ret, 0, sizeof(*ret));
	ret->ip_version = 4;
	memcpy(ret->bytes + 12, bytes, 4);
	return NULL;
}

char *policy_address_parse(const char *item, struct policy_address *ret_address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t zero[16];
	uint8_t bytes[16];

	if (strchr(item, ':') == NULL)
		return parse_ipv4(item, ret_address);
	if (inet_pton(AF_INET6, item, bytes) != 1)
		return g_strdup("not an IP address");
	if (memcmp(bytes, zero, 16) == 0 || bytes[0] == 0xff)
		return g_strdup("not the address of one host");
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		return g_strdup("an IPv4 address in an IPv6 one: write it as IPv4");
	ret_address->ip_version = 6;
	memcpy(ret_address->bytes, bytes, 16);
	return NULL;
}

void policy_address_print(GString *out, const struct policy_address *address)
{
	char text[INET6_ADDRSTRLEN];

	if (address->ip_version == 4)
		inet_ntop(AF_INET, address->bytes + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, address->bytes, text, sizeof(text));
	g_string_append(out, text);
}

/* HHHH:HHHH:HHHH:HHHH, as a port GUID is written in a GID. */
static bool guid_groups(const char *item, uint64_t *ret_guid)
{
	g_auto(GStrv) group = g_strsplit(item, ":", 5);
	uint64_t guid = 0, part;

	if (g_strv_length(group) != 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		size_t len = strlen(group[i]);

		if (len < 1 || len > 4 || !hex_digits(group[i], len, &part))
			return false;
		guid = guid << 16 | part;
	}
	*ret_guid = guid;
	return true;
}

char *policy_guid_parse(const char *item, uint64_t *ret_guid)
{
	uint64_t guid;

	if (!policy_hex_parse(item, 16, &guid) && !guid_groups(item, &guid))
		return g_strdup("expected shared, alias, or a GUID (0x and up to 16 hex digits)");
	if (guid == 0)
		return g_strdup("0 is not a GUID");
	*ret_guid = guid;
	return NULL;
}

void policy_guid_print(GString *out, uint64_t guid)
{
	g_string_append_printf(out, "0x%016" PRIx64, guid);
}

static bool bits_after(const uint8_t mgid[16], unsigned int bits)
{
	for (unsigned int i = bits; i < 128; i++) {
		if (mgid[i / 8] & (0x80u >> (i % 8)))
			return true;
	}
	return false;
}

char *policy_mgid_parse(const char *item, struct policy_mgid *ret_mgid)
{
	g_auto(GStrv) half = g_strsplit(item, "/", 3);
	uint64_t bits = 128;
	uint8_t mgid[16];

	if (g_strv_length(half) > 2 || inet_pton(AF_INET6, half[0], mgid) != 1)
		return g_strdup("expected MGID/bits");
	if (half[1] != NULL && (!policy_decimal_parse(half[1], &bits) || bits < 8 || bits > 128))
		return g_strdup("the prefix has 8 to 128 bits");
	if (mgid[0] != 0xff)
		return g_strdup("not a multicast GID: those start with ff");
	if (bits_after(mgid, (unsigned int)bits))
		return g_strdup("bits are set after the prefix");
	memcpy(ret_mgid->mgid, mgid, 16);
	ret_mgid->bits = (uint8_t)bits;
	return NULL;
}

void policy_mgid_print(GString *out, const struct policy_mgid *mgid)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, mgid->mgid, text, sizeof(text));
	g_string_append_printf(out, "%s/%u", text, mgid->bits);
}

char *policy_port_parse(const char *item, struct policy_port *ret_port)
{
	const char *slash = strrchr(item, '/');
	struct policy_port port = {.port_num = 0};
	uint64_t number;
	size_t len;

	if (slash == NULL || !policy_decimal_parse(slash + 1, &number))
		return g_strdup("expected CA/number");
	len = (size_t)(slash - item);
	if (len == 0 || len >= sizeof(port.ca_name))
		return g_strdup("the name of a CA has 1 to 19 characters");
	if (number < 1 || number > 254)
		return g_strdup("ports are numbered from 1 to 254");
	memcpy(port.ca_name, item, len);
	/* The name becomes part of paths in sysfs and in the state directory. */
	if (!policy_guest_name_ok(port.ca_name))
		return g_strdup("illegal character in the name of the CA");
	port.port_num = (uint8_t)number;
	*ret_port = port;
	return NULL;
}
