/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Uses the specification's offsets, not wire's codecs. */
#include "tests/scenario/mads.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/names.h"

/* Big-endian fields by name. Fields with one offset belong to different classes. */
static const struct mad_field {
	const char *name;
	uint8_t offset;
	uint8_t bytes;
} mad_fields[] = {
	{"base", 0, 1},		{"class", 1, 1},	  {"classver", 2, 1},
	{"method", 3, 1},	{"status", 4, 2},	  {"hopptr", 6, 1},
	{"hops", 7, 1},		{"attr", 16, 2},	  {"mod", 20, 4},
	{"mkey", 24, 8},	{"rmppver", 24, 1},	  {"rmpp", 25, 1},
	{"flags", 26, 1},	{"rmppstatus", 27, 1},	  {"seg", 28, 4},
	{"len", 32, 4},		{"drslid", 32, 2},	  {"drdlid", 34, 2},
	{"smkey", 36, 8},	{"oui", 37, 3},		  {"offset", 44, 2},
	{"mask", 48, 8},	{"portinfo_mkey", 64, 8}, {"sminfo_smkey", 72, 8},
	{"sgid_prefix", 80, 8}, {"sgid_guid", 88, 8},	  {"slid", 98, 2},
	{"localid", 24, 4},	{"remoteid", 28, 4},	  {"service", 32, 8},
	{"rejected", 32, 1},	{"reason", 34, 2},	  {"sidrstatus", 28, 1},
	{"repservice", 36, 8},
};
#define MAD_FIELDS (sizeof(mad_fields) / sizeof(mad_fields[0]))

static uint64_t field_get(const uint8_t *mad, const struct mad_field *f)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < f->bytes; i++)
		value = value << 8 | mad[f->offset + i];
	return value;
}

static void field_set(uint8_t *mad, const struct mad_field *f, uint64_t value)
{
	if (f->bytes < 8 && value >> (8 * f->bytes))
		fail("%s=0x%llx does not fit", f->name, (unsigned long long)value);
	for (unsigned int i = f->bytes; i-- > 0; value >>= 8)
		mad[f->offset + i] = (uint8_t)value;
}

static uint8_t class_of(const char *word)
{
	static const struct {
		const char *name;
		uint8_t mgmt_class;
	} names[] = {{"smp", WIRE_CLASS_SUBN_LID}, {"dr", WIRE_CLASS_SUBN_DR},
		     {"sa", WIRE_CLASS_SA},	   {"perf", WIRE_CLASS_PERF},
		     {"cm", WIRE_CLASS_CM},	   {"vendor", WIRE_CLASS_OPENIB_PING},
		     {"bm", WIRE_CLASS_BM},	   {"devmgt", WIRE_CLASS_DEV_MGT}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, word))
			return names[i].mgmt_class;
	return (uint8_t)word_number(word);
}

static uint8_t method_of(uint8_t mgmt_class, const char *word)
{
	for (unsigned int m = 0; m < 256; m++)
		if (!strcmp(wire_method_name(mgmt_class, (uint8_t)m), word))
			return (uint8_t)m;
	return (uint8_t)word_number(word);
}

static uint16_t attribute_of(uint8_t mgmt_class, const char *word)
{
	for (unsigned int a = 0; a < 65536; a++)
		if (!strcmp(wire_attribute_name(mgmt_class, (uint16_t)a), word))
			return (uint16_t)a;
	return (uint16_t)word_number(word);
}

/* Class, method and attribute; false if there are none. */
static bool head_of(struct words *w, uint8_t *ret_class, uint8_t *ret_method, uint16_t *ret_attr)
{
	const char *word = words_next(w);

	if (!word)
		return false;
	*ret_class = class_of(word);
	*ret_method = *ret_class == WIRE_CLASS_CM
			      ? WIRE_METHOD_SEND
			      : method_of(*ret_class, words_need(w, "the method"));
	*ret_attr = attribute_of(*ret_class, words_need(w, "the attribute"));
	return true;
}

/* 0,1,4: hop count and initial path; entry 0 is unused. */
static void set_route(uint8_t *mad, const char *route)
{
	unsigned int hops = 0;
	char *end;

	for (const char *at = route;; at = end + 1) {
		unsigned long port = strtoul(at, &end, 10);

		if (end == at || port > 255 || hops > 63)
			fail("'%s' is not a route", route);
		mad[128 + hops] = (uint8_t)port;
		if (*end != ',')
			break;
		hops++;
	}
	mad[1] = WIRE_CLASS_SUBN_DR;
	mad[7] = (uint8_t)hops;
	put_be16(mad + 32, 0xffff);
	put_be16(mad + 34, 0xffff);
}

static unsigned int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	fail("'%c' is no hexadecimal digit", c);
}

/* Writes every "@OFFSET=hexbytes" of the line to `mad`, or (NULL) compares it with `is`. */
static void raw_bytes(uint8_t *mad, const uint8_t *is, struct words *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		unsigned int at;
		char *hex;

		if (w->used[i] || w->word[i][0] != '@')
			continue;
		w->used[i] = true;
		at = (unsigned int)strtoul(w->word[i] + 1, &hex, 10);
		if (*hex++ != '=')
			fail("'%s' is not @OFFSET=hexbytes", w->word[i]);
		for (; hex[0] && hex[1]; hex += 2, at++) {
			unsigned int byte = nibble(hex[0]) << 4 | nibble(hex[1]);

			if (at >= WIRE_MAD_BYTES)
				fail("beyond the end of a MAD");
			if (mad)
				mad[at] = (uint8_t)byte;
			else if (is[at] != byte)
				fail("byte %u is 0x%02x, not 0x%02x", at, is[at], byte);
		}
	}
}

static void set_fields(uint8_t *mad, struct words *w)
{
	const char *route = words_arg(w, "dr");
	const char *sgid = words_arg(w, "sgid");
	uint64_t value;

	if (route)
		set_route(mad, route);
	if (sgid) {
		if (strcmp(sgid, "own"))
			fail("sgid=own, or sgid_prefix= and sgid_guid=");
		put_be64(mad + 80, MADS_GID_PREFIX);
		put_be64(mad + 88, MADS_PORT_GUID);
	}
	for (size_t i = 0; i < MAD_FIELDS; i++)
		if (words_num(w, mad_fields[i].name, &value))
			field_set(mad, &mad_fields[i], value);
	raw_bytes(mad, NULL, w);
}

void mads_change(uint8_t *mad, struct words *w)
{
	uint8_t mgmt_class, method;
	uint16_t attr;

	if (head_of(w, &mgmt_class, &method, &attr)) {
		mad[1] = mgmt_class;
		mad[3] = method;
		put_be16(mad + 16, attr);
	}
	set_fields(mad, w);
}

void mads_build(uint8_t *mad, struct words *w)
{
	uint8_t mgmt_class, method;
	uint16_t attr;

	memset(mad, 0, WIRE_MAD_BYTES);
	if (!head_of(w, &mgmt_class, &method, &attr))
		fail("which MAD?");
	mad[0] = 1;
	mad[1] = mgmt_class;
	mad[2] = mgmt_class == WIRE_CLASS_SA || mgmt_class == WIRE_CLASS_CM ? 2 : 1;
	mad[3] = method;
	put_be16(mad + 16, attr);
	if (mgmt_class == WIRE_CLASS_OPENIB_PING)
		put_be24(mad + 37, 0x001405);
	if (wire_class_has_rmpp(mgmt_class))
		mad[24] = 1;
	set_fields(mad, w);
}

void mads_expect(const uint8_t *mad, struct words *w)
{
	uint8_t mgmt_class, method;
	uint16_t attr;
	uint64_t value;

	if (head_of(w, &mgmt_class, &method, &attr)) {
		if (mad[1] != mgmt_class)
			fail("class is 0x%02x, not 0x%02x", mad[1], mgmt_class);
		if (mad[3] != method)
			fail("method is 0x%02x, not 0x%02x", mad[3], method);
		if (get_be16(mad + 16) != attr)
			fail("attribute is 0x%04x, not 0x%04x", get_be16(mad + 16), attr);
	}
	for (size_t i = 0; i < MAD_FIELDS; i++)
		if (words_num(w, mad_fields[i].name, &value) &&
		    field_get(mad, &mad_fields[i]) != value)
			fail("%s is 0x%llx, not 0x%llx", mad_fields[i].name,
			     (unsigned long long)field_get(mad, &mad_fields[i]),
			     (unsigned long long)value);
	raw_bytes(NULL, mad, w);
}
