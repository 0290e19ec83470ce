/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parses REQUEST words; see policy_request.h. policy_request_mad.c builds their MAD. */
#include "policy/policy_request.h"

#include <arpa/inet.h>
#include <string.h>

#include "policy/policy_errors.h"
#include "policy/policy_service.h"
#include "policy/policy_value.h"
#include "wire/gmp.h"
#include "wire/mad.h"
#include "wire/names.h"
#include "wire/perf.h"
#include "wire/sa.h"
#include "wire/smp.h"

/* A word and its value; tables end with a NULL name. */
struct word {
	const char *name;
	uint16_t value;
};

/* Short names of attributes, beside those of wire/names.h. */
static const struct word smp_attributes[] = {
	{"NodeDesc", WIRE_SMP_NODE_DESCRIPTION},
	{"PKeyTable", WIRE_SMP_PKEY_TABLE},
	{"SL2VL", WIRE_SMP_SL2VL_TABLE},
	{"VLArb", WIRE_SMP_VLARB_TABLE},
	{"LFT", WIRE_SMP_LFT},
	{"RFT", WIRE_SMP_RFT},
	{"MFT", WIRE_SMP_MFT},
	{NULL, 0},
};

static const struct word sa_attributes[] = {
	{"SL2VLRecord", WIRE_SA_SL2VL_RECORD}, {"SwitchRecord", WIRE_SA_SWITCH_RECORD},
	{"LFTRecord", WIRE_SA_LFT_RECORD},     {"RFTRecord", WIRE_SA_RFT_RECORD},
	{"MFTRecord", WIRE_SA_MFT_RECORD},     {"PKeyTableRecord", WIRE_SA_PKEY_TABLE_RECORD},
	{"VLArbRecord", WIRE_SA_VLARB_RECORD}, {NULL, 0},
};

static const struct word get_set[] = {
	{"get", WIRE_METHOD_GET}, {"set", WIRE_METHOD_SET}, {NULL, 0}};

static const struct word sa_methods[] = {
	{"get", WIRE_METHOD_GET},
	{"gettable", WIRE_METHOD_GET_TABLE},
	{"set", WIRE_METHOD_SET},
	{"delete", WIRE_METHOD_DELETE},
	{"report", WIRE_METHOD_REPORT},
	{"getmulti", WIRE_METHOD_GET_MULTI},
	{NULL, 0},
};

static const struct word vendor_classes[] = {
	{"ping", WIRE_CLASS_OPENIB_PING}, {"sysstat", WIRE_CLASS_OPENIB_SYSSTAT}, {NULL, 0}};

/* The words not read yet. */
struct words {
	int left;
	const char *const *next;
};

static const char *word_take(struct words *words)
{
	if (words->left == 0)
		return NULL;
	words->left--;
	return *words->next++;
}

/* Takes the next word if it is `name`. */
static bool word_take_if(struct words *words, const char *name)
{
	if (words->left == 0 || g_ascii_strcasecmp(*words->next, name) != 0)
		return false;
	word_take(words);
	return true;
}

static char *bad_word(const char *word, const char *expected)
{
	g_autofree char *shown = policy_text_escape(word != NULL ? word : "");

	return word == NULL ? g_strdup_printf("expected %s", expected)
			    : g_strdup_printf("'%s': expected %s", shown, expected);
}

/* Decimal or 0x, up to max. */
static bool number(const char *text, uint64_t max, uint64_t *ret_value)
{
	return (policy_decimal_parse(text, ret_value) || policy_hex_parse(text, 16, ret_value)) &&
	       *ret_value <= max;
}

/* A word of the table, or a number. */
static char *word_lookup(struct words *words, const struct word *table, const char *expected,
			 uint64_t max, uint16_t *ret_value)
{
	const char *word = word_take(words);
	uint64_t value;

	if (word == NULL)
		return bad_word(word, expected);
	for (; table != NULL && table->name != NULL; table++) {
		if (g_ascii_strcasecmp(table->name, word) == 0) {
			*ret_value = table->value;
			return NULL;
		}
	}
	if (max == 0 || !number(word, max, &value))
		return bad_word(word, expected);
	*ret_value = (uint16_t)value;
	return NULL;
}

/* An attribute of the class, by name or number. */
static char *parse_attribute(struct words *words, uint8_t mgmt_class, const struct word *more,
			     const char *expected, uint16_t *ret_attribute)
{
	if (words->left > 0 && wire_attribute_find(mgmt_class, *words->next, ret_attribute)) {
		word_take(words);
		return NULL;
	}
	return word_lookup(words, more, expected, 0xffff, ret_attribute);
}

static char *parse_lid(struct words *words, struct policy_request_mad *mad)
{
	const char *word = word_take(words);
	uint64_t lid;

	if (word == NULL || !number(word, 0xbfff, &lid) || lid == 0)
		return bad_word(word, "a LID from 1 to 49151");
	mad->target = POLICY_TARGET_LID;
	mad->lid = (uint16_t)lid;
	return NULL;
}

/* 0,PORT,PORT...: infiniband-diags write a leading 0 that is no hop. */
static char *parse_route(struct words *words, struct policy_request_mad *mad)
{
	const char *word = word_take(words);
	g_auto(GStrv) hop = g_strsplit(word != NULL ? word : "", ",", -1);
	unsigned int count = g_strv_length(hop);
	uint64_t port;

	if (count == 0 || strcmp(hop[0], "0") != 0 || count - 1 > WIRE_SMP_MAX_HOPS)
		return bad_word(word, "a directed route: 0,PORT,PORT,...");
	for (unsigned int i = 1; i < count; i++) {
		if (!policy_decimal_parse(hop[i], &port) || port < 1 || port > 254)
			return bad_word(hop[i], "a port of the route from 1 to 254");
		mad->path[i] = (uint8_t)port;
	}
	mad->mgmt_class = WIRE_CLASS_SUBN_DR;
	mad->target = count == 1 ? POLICY_TARGET_OWN_PORT : POLICY_TARGET_DR;
	mad->hops = (uint8_t)(count - 1);
	return NULL;
}

static char *parse_smp(struct words *words, struct policy_request_mad *mad)
{
	uint16_t method = 0;
	char *bad = word_lookup(words, get_set, "get or set", 0, &method);

	if (bad == NULL)
		bad = parse_attribute(words, WIRE_CLASS_SUBN_LID, smp_attributes,
				      "an SMP attribute, as NodeInfo or 0x0011", &mad->attribute);
	if (bad != NULL)
		return bad;
	mad->method = (uint8_t)method;
	mad->mgmt_class = WIRE_CLASS_SUBN_LID;
	if (word_take_if(words, "lid"))
		return parse_lid(words, mad);
	if (word_take_if(words, "dr"))
		return parse_route(words, mad);
	mad->mgmt_class = WIRE_CLASS_SUBN_DR;
	return NULL;
}

static char *parse_perf(struct words *words, struct policy_request_mad *mad)
{
	uint16_t method = 0;
	char *bad = word_lookup(words, get_set, "get or set", 0, &method);

	if (bad != NULL)
		return bad;
	mad->method = (uint8_t)method;
	mad->mgmt_class = WIRE_CLASS_PERF;
	mad->attribute = WIRE_PERF_PORT_COUNTERS;
	if (words->left > 0 && g_ascii_strcasecmp(*words->next, "lid") != 0)
		bad = parse_attribute(words, WIRE_CLASS_PERF, NULL,
				      "a PerfMgt attribute, as PortCounters or 0x0012",
				      &mad->attribute);
	if (bad == NULL && word_take_if(words, "lid"))
		bad = parse_lid(words, mad);
	return bad;
}

static char *parse_sa(struct words *words, struct policy_request_mad *mad)
{
	uint16_t method = 0;
	char *bad = word_lookup(words, sa_methods, "get, gettable, getmulti, set, delete or report",
				0, &method);

	if (bad == NULL)
		bad = parse_attribute(words, WIRE_CLASS_SA, sa_attributes,
				      "an SA attribute, as PathRecord or 0x0035", &mad->attribute);
	if (bad != NULL)
		return bad;
	mad->method = (uint8_t)method;
	mad->mgmt_class = WIRE_CLASS_SA;
	mad->target = POLICY_TARGET_SM;
	return NULL;
}

static char *parse_vendor(struct words *words, struct policy_request_mad *mad)
{
	uint16_t mgmt_class = 0;
	char *bad = word_lookup(words, vendor_classes, "ping or sysstat", 0, &mgmt_class);

	if (bad != NULL)
		return bad;
	mad->mgmt_class = (uint8_t)mgmt_class;
	mad->method = WIRE_METHOD_GET;
	mad->attribute =
		mgmt_class == WIRE_CLASS_OPENIB_PING ? WIRE_OPENIB_PING : WIRE_OPENIB_SYSSTAT_PING;
	mad->target = POLICY_TARGET_LID;
	return word_take_if(words, "lid") ? parse_lid(words, mad) : NULL;
}

static char *parse_mad(struct words *words, struct policy_request_mad *mad)
{
	uint16_t mgmt_class, method;
	char *bad = word_lookup(words, NULL, "a management class, as 0x04", 0xff, &mgmt_class);

	if (bad == NULL)
		bad = word_lookup(words, NULL, "a method, as 0x01", 0x7f, &method);
	if (bad == NULL)
		bad = word_lookup(words, NULL, "an attribute, as 0x0012", 0xffff, &mad->attribute);
	if (bad != NULL)
		return bad;
	mad->mgmt_class = (uint8_t)mgmt_class;
	mad->method = (uint8_t)method;
	mad->target = mgmt_class == WIRE_CLASS_SA ? POLICY_TARGET_SM : POLICY_TARGET_OWN_PORT;
	return word_take_if(words, "lid") ? parse_lid(words, mad) : NULL;
}

static char *parse_service(struct words *words, struct policy_service_range *ret)
{
	const char *word = word_take(words);
	g_autofree char *bad = NULL;

	if (word == NULL)
		return bad_word(word, "a service id, as tcp:2049 or 0x0000000001060801");
	bad = policy_service_parse(word, ret);
	return bad != NULL ? g_strdup_printf("'%s': %s", word, bad) : NULL;
}

static char *parse_join(struct words *words, uint8_t mgid[16])
{
	const char *word = word_take(words);

	if (word == NULL || inet_pton(AF_INET6, word, mgid) != 1 || mgid[0] != 0xff)
		return bad_word(word, "an MGID, as ff12:401b:ffff::ffff:ffff");
	return NULL;
}

static char *parse_pkey(struct words *words, uint16_t *ret_pkey)
{
	const char *word = word_take(words);
	g_autofree char *bad = policy_pkey_parse(word != NULL ? word : "", ret_pkey);

	return bad != NULL ? bad_word(word, "a P_Key, as 0x8001") : NULL;
}

static char *parse_req_gid(const char *word, struct policy_request *request)
{
	g_autofree char *bad = NULL;

	if (word == NULL)
		return bad_word(word, "shared, alias or a GUID");
	request->req.gid_set = true;
	if (g_ascii_strcasecmp(word, "shared") == 0) {
		request->req.gid_kind = POLICY_GID_SHARED;
	} else if (g_ascii_strcasecmp(word, "alias") == 0) {
		request->req.gid_kind = POLICY_GID_ALIAS;
	} else {
		request->req.gid_kind = POLICY_GID_GUID;
		bad = policy_guid_parse(word, &request->req.gid_guid);
	}
	return bad != NULL ? bad_word(word, "shared, alias or a GUID") : NULL;
}

static char *parse_req(struct words *words, struct policy_request *request)
{
	struct policy_service_range range = {0};
	char *bad = parse_service(words, &range);

	if (bad != NULL)
		return bad;
	if (range.first != range.last)
		return g_strdup("req takes one service id, not a range");
	request->req.service_id = range.first;
	while (bad == NULL && words->left > 0) {
		if (word_take_if(words, "address")) {
			const char *word = word_take(words);
			g_autofree char *not_one = policy_address_parse(word != NULL ? word : "",
									&request->req.address);

			request->req.address_set = true;
			bad = not_one != NULL ? bad_word(word, "the destination IP address") : NULL;
		} else if (word_take_if(words, "gid")) {
			bad = parse_req_gid(word_take(words), request);
		} else {
			break;
		}
	}
	return bad;
}

/* --- the first word --- */

static char *parse_kind(struct words *words, struct policy_request *request)
{
	static const struct {
		const char *name;
		char *(*parse)(struct words *words, struct policy_request_mad *mad);
	} mads[] = {{"smp", parse_smp},
		    {"perf", parse_perf},
		    {"sa", parse_sa},
		    {"vendor", parse_vendor},
		    {"mad", parse_mad}};

	for (size_t i = 0; i < G_N_ELEMENTS(mads); i++) {
		if (word_take_if(words, mads[i].name)) {
			request->kind = POLICY_REQUEST_MAD;
			return mads[i].parse(words, &request->mad);
		}
	}
	if (word_take_if(words, "attach")) {
		request->kind = POLICY_REQUEST_ATTACH;
		return NULL;
	}
	if (word_take_if(words, "listen")) {
		request->kind = POLICY_REQUEST_LISTEN;
		return parse_service(words, &request->service);
	}
	if (word_take_if(words, "connect")) {
		request->kind = POLICY_REQUEST_CONNECT;
		return parse_service(words, &request->service);
	}
	if (word_take_if(words, "join")) {
		request->kind = POLICY_REQUEST_JOIN;
		return parse_join(words, request->mgid);
	}
	if (word_take_if(words, "pkey")) {
		request->kind = POLICY_REQUEST_PKEY;
		return parse_pkey(words, &request->pkey);
	}
	if (word_take_if(words, "req")) {
		request->kind = POLICY_REQUEST_REQ;
		return parse_req(words, request);
	}
	return bad_word(word_take(words),
			"attach, smp, perf, sa, vendor, mad, listen, connect, join, pkey or req");
}

char *policy_request_parse(int count, const char *const *words_in,
			   struct policy_request *ret_request)
{
	struct words words = {count, words_in};
	struct policy_request request;
	char *bad;

	memset(&request, 0, sizeof(request));
	bad = parse_kind(&words, &request);
	if (bad == NULL && words.left > 0)
		bad = bad_word(word_take(&words), "nothing more");
	if (bad == NULL)
		*ret_request = request;
	return bad;
}
