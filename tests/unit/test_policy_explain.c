/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * REQUEST words, and the answers that the policy alone gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "policy/policy_explain.h"
#include "policy/policy_file.h"
#include "wire/mad.h"
#include "wire/path_record.h"
#include "wire/sa.h"

static const char policy_text[] = "[gateway]\n"
				  "port = mlx5_0/1\n"
				  "[guest alpha]\n"
				  "access = fabric\n"
				  "pkeys = 0xffff;0x0001\n"
				  "listen = tcp:4096-5119\n"
				  "connect = tcp:2049;udp:1-9\n"
				  "map = tcp:12049>tcp:2049\n"
				  "address = 10.1.0.11\n"
				  "multicast = ff12:401b::/32\n"
				  "[guest beta]\n"
				  "listen = tcp:4096\n"
				  "address = 10.1.0.12\n"
				  "gid = alias\n"
				  "[guest gamma]\n"
				  "listen = tcp:4096\n"
				  "gid = 0x11\n"
				  "[guest delta]\n"
				  "listen = tcp:4096\n"
				  "gid = 0x12\n";

static char *parse_words(const char *line, struct policy_request *request)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	return policy_request_parse((int)g_strv_length(words), (const char *const *)words, request);
}

/* "answer|rule|reason" */
static char *explain(const char *guest, const char *line)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("p", policy_text, strlen(policy_text), &errors);
	struct policy_explanation explanation;
	struct policy_request request;
	char *said;

	assert_non_null(policy);
	assert_null(parse_words(line, &request));
	policy_explain(policy, guest, &request, &explanation);
	said = g_strdup_printf("%s|%s|%s", policy_answer_name(explanation.answer),
			       explanation.rule_text, explanation.reason);
	policy_explanation_fini(&explanation);
	policy_free(policy);
	return said;
}

struct asked {
	const char *guest, *words, *answer;
};

static void expect_all(const struct asked *asked, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		g_autofree char *said = explain(asked[i].guest, asked[i].words);

		assert_string_equal(said, asked[i].answer);
	}
}

static void an_answer_names_the_rule_and_says_why(void **state)
{
	static const struct asked asked[] = {
		{"alpha", "attach", "allowed|p:3: [guest alpha]|the guest has a section"},
		{"nobody", "attach",
		 "refused|p|there is no section [guest nobody]: it may not attach"},
		{"nobody", "smp get NodeInfo",
		 "refused|p|there is no section [guest nobody]: it may not attach"},
		{"alpha", "listen tcp:4096",
		 "allowed|p:6: listen = tcp:4096-5119|'listen' grants tcp:4096"},
		{"alpha", "listen tcp:5000-5200",
		 "refused|p:6: listen = tcp:4096-5119|'listen' does not grant tcp:5120"},
		{"alpha", "listen tcp:2049",
		 "allowed|p:8: map = tcp:12049>tcp:2049|'map' shows tcp:2049 on the wire as "
		 "tcp:12049"},
		{"alpha", "connect tcp:2049",
		 "allowed|p:7: connect = tcp:2049;udp:1-9|'connect' grants tcp:2049"},
		{"alpha", "connect 0x1110000-0x1110005",
		 "refused|p:7: connect = tcp:2049;udp:1-9|'connect' does not grant udp:0"},
		{"beta", "connect tcp:1",
		 "allowed|p:11: [guest beta]: connect is not given: any|'connect' grants tcp:1"},
		{"alpha", "join ff12:401b:ffff::ffff:ffff",
		 "allowed|p:10: multicast = ff12:401b::/32|'multicast' grants the group "
		 "ff12:401b:ffff::ffff:ffff"},
		{"alpha", "join ff12:601b::1",
		 "refused|p:10: multicast = ff12:401b::/32|'multicast' does not grant the group "
		 "ff12:601b::1"},
		{"alpha", "pkey 0x7fff",
		 "allowed|p:5: pkeys = 0xffff;0x0001|'pkeys' grants 0x7fff"},
		{"alpha", "pkey 0x8001",
		 "refused|p:5: pkeys = 0xffff;0x0001|'pkeys' grants limited membership alone, "
		 "0x8001 "
		 "is full"},
		{"alpha", "pkey 0x8002",
		 "refused|p:5: pkeys = 0xffff;0x0001|'pkeys' does not grant 0x8002"},
		{"beta", "pkey 0x8002",
		 "refused|p:11: [guest beta]: pkeys is not given: the port's default "
		 "partition|without 'pkeys' it is the port's default partition alone (taken to be "
		 "0xffff)"},
		{"alpha", "perf set", "admit|p:4: access = fabric|decided by the grade fabric"},
		{"beta", "SMP GET nodeinfo LID 7",
		 "admit|p:11: [guest beta]: access is not given: none|decided by the grade none"},
	};

	expect_all(asked, G_N_ELEMENTS(asked));
}

static void an_incoming_req_is_narrowed_down_to_one_guest(void **state)
{
	static const struct asked asked[] = {
		/* Alone after the service id, mapped: no other criterion is asked. */
		{"alpha", "req tcp:12049 address 10.9.9.9",
		 "allowed|p:8: map = tcp:12049>tcp:2049|a REQ for tcp:12049 is this guest's, as "
		 "tcp:2049 (decided by service)"},
		{"alpha", "req tcp:2049",
		 "refused|p:6: listen = tcp:4096-5119|the guest does not listen on tcp:2049"},
		{"alpha", "req tcp:4096",
		 "refused|p:6: listen = tcp:4096-5119|a REQ for tcp:4096 that carries no more "
		 "could "
		 "be for any of [guest alpha], [guest beta], [guest delta], [guest gamma]"},
		{"beta", "req tcp:4096 address 10.1.0.12",
		 "allowed|p:12: listen = tcp:4096|a REQ for tcp:4096 is this guest's, as tcp:4096 "
		 "(decided by address)"},
		{"beta", "req tcp:4096 address 10.1.0.11",
		 "refused|p:13: address = 10.1.0.12|a REQ for tcp:4096 is that of [guest alpha] "
		 "(decided by address)"},
		/* Nobody has this address: those that have none are left, and then the GID. */
		{"gamma", "req tcp:4096 address 10.1.0.13",
		 "refused|p:16: listen = tcp:4096|a REQ for tcp:4096 that carries no more could be "
		 "for any of [guest delta], [guest gamma]"},
		{"delta", "req tcp:4096 address 10.1.0.13 gid 0x12",
		 "allowed|p:19: listen = tcp:4096|a REQ for tcp:4096 is this guest's, as tcp:4096 "
		 "(decided by gid)"},
		{"beta", "req tcp:4096 gid alias",
		 "allowed|p:12: listen = tcp:4096|a REQ for tcp:4096 is this guest's, as tcp:4096 "
		 "(decided by gid)"},
		{"beta", "req tcp:4096 gid shared",
		 "refused|p:14: gid = alias|a REQ for tcp:4096 is that of [guest alpha] (decided "
		 "by "
		 "gid)"},
		{"gamma", "req tcp:4096 gid 0x11",
		 "allowed|p:16: listen = tcp:4096|a REQ for tcp:4096 is this guest's, as tcp:4096 "
		 "(decided by gid)"},
		{"gamma", "req tcp:4096 gid 0x13",
		 "refused|p:17: gid = 0x0000000000000011|a REQ for tcp:4096 that carries this is "
		 "nobody's (decided by gid)"},
	};

	expect_all(asked, G_N_ELEMENTS(asked));
}

static void words_that_are_no_request_are_told_apart(void **state)
{
	static const struct {
		const char *words, *bad;
	} table[] = {
		{"fly",
		 "'fly': expected attach, smp, perf, sa, vendor, mad, listen, connect, join, "
		 "pkey or req"},
		{"attach now", "'now': expected nothing more"},
		{"smp", "expected get or set"},
		{"smp put NodeInfo", "'put': expected get or set"},
		{"smp get", "expected an SMP attribute, as NodeInfo or 0x0011"},
		{"smp get 0x10000", "'0x10000': expected an SMP attribute, as NodeInfo or 0x0011"},
		{"smp get NodeInfo lid", "expected a LID from 1 to 49151"},
		{"smp get NodeInfo lid 0", "'0': expected a LID from 1 to 49151"},
		{"smp get NodeInfo lid 0xc000", "'0xc000': expected a LID from 1 to 49151"},
		{"smp get NodeInfo dr 1,2", "'1,2': expected a directed route: 0,PORT,PORT,..."},
		{"smp get NodeInfo dr 0,1,,2", "'': expected a port of the route from 1 to 254"},
		{"sa get", "expected an SA attribute, as PathRecord or 0x0035"},
		{"vendor pong", "'pong': expected ping or sysstat"},
		{"mad 0x100", "'0x100': expected a management class, as 0x04"},
		{"mad 4 0x81 1", "'0x81': expected a method, as 0x01"},
		{"listen", "expected a service id, as tcp:2049 or 0x0000000001060801"},
		{"listen tcp:x", "'tcp:x': expected PORT or PORT-PORT after the port space"},
		{"join fe80::1", "'fe80::1': expected an MGID, as ff12:401b:ffff::ffff:ffff"},
		{"pkey 1", "'1': expected a P_Key, as 0x8001"},
		{"req tcp:1-2", "a REQ is for one service id"},
		{"req tcp:1 address", "expected the IP address it is for"},
		{"req tcp:1 gid x", "'x': expected shared, alias or a GUID"},
		{"req tcp:1 lid 7", "'lid': expected nothing more"},
	};
	struct policy_request request;
	g_autofree char *none = policy_request_parse(0, NULL, &request);

	assert_string_equal(none, "expected attach, smp, perf, sa, vendor, mad, listen, connect, "
				  "join, pkey or req");
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *bad = parse_words(table[i].words, &request);

		assert_non_null(bad);
		assert_string_equal(bad, table[i].bad);
	}
}

static void request_words_become_the_mad_they_stand_for(void **state)
{
	static const struct {
		const char *words;
		uint8_t mgmt_class, method;
		uint16_t attribute, dlid;
	} table[] = {
		{"smp get NodeInfo", 0x81, 0x01, 0x0011, 0xffff},
		{"smp set PortInfo lid 9", 0x01, 0x02, 0x0015, 9},
		{"smp get portinfo dr 0,3,1", 0x81, 0x01, 0x0015, 0xffff},
		{"perf get", 0x04, 0x01, 0x0012, 5},
		{"perf set lid 9", 0x04, 0x02, 0x0012, 9},
		{"perf get PortCountersExtended lid 9", 0x04, 0x01, 0x001d, 9},
		{"sa get PathRecord", 0x03, 0x01, 0x0035, 2},
		{"sa gettable NodeRecord", 0x03, 0x12, 0x0011, 2},
		{"sa delete 0x38", 0x03, 0x15, 0x0038, 2},
		{"vendor ping lid 8", 0x32, 0x01, 0, 8},
		{"mad 0x21 2 0x12 lid 4", 0x21, 0x02, 0x0012, 4},
	};
	static const struct policy_request_port port = {5, 2, 0xfe80000000000000, 0x1234};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		struct policy_request request;
		uint8_t mad[WIRE_MAD_BYTES];
		uint16_t dlid = 0;

		assert_null(parse_words(table[i].words, &request));
		assert_int_equal(request.kind, POLICY_REQUEST_MAD);
		policy_request_build(&request.mad, &port, mad, &dlid);
		assert_int_equal(wire_mad_class(mad), table[i].mgmt_class);
		assert_int_equal(wire_mad_method(mad), table[i].method);
		assert_int_equal(wire_mad_attribute(mad), table[i].attribute);
		assert_int_equal(dlid, table[i].dlid);
	}
}

static void a_route_and_the_guests_own_source_are_in_the_mad(void **state)
{
	static const struct policy_request_port port = {5, 2, 0xfe80000000000000, 0x1234};
	struct policy_request request;
	struct wire_path_record path;
	uint8_t mad[WIRE_MAD_BYTES];
	uint16_t dlid;

	assert_null(parse_words("smp get NodeInfo dr 0,3,1", &request));
	policy_request_build(&request.mad, &port, mad, &dlid);
	assert_int_equal(mad[7], 2);
	assert_memory_equal(mad + 128, "\0\3\1\0", 4);
	assert_null(parse_words("smp get NodeInfo dr 0", &request));
	assert_int_equal(request.mad.target, POLICY_TARGET_OWN_PORT);

	assert_null(parse_words("sa get PathRecord", &request));
	policy_request_build(&request.mad, &port, mad, &dlid);
	assert_true(wire_sa_comp_mask(mad) & WIRE_PATH_COMP_SGID);
	assert_int_equal(wire_path_record_decode((struct span){wire_sa_data(mad), 64}, &path), 0);
	assert_memory_equal(path.sgid, "\376\200\0\0\0\0\0\0\0\0\0\0\0\0\22\64", 16);

	assert_null(parse_words("vendor ping", &request));
	policy_request_build(&request.mad, &port, mad, &dlid);
	assert_int_not_equal(dlid, port.lid);
	assert_memory_equal(mad + 37, "\0\x14\5", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_names_the_rule_and_says_why),
		cmocka_unit_test(an_incoming_req_is_narrowed_down_to_one_guest),
		cmocka_unit_test(words_that_are_no_request_are_told_apart),
		cmocka_unit_test(request_words_become_the_mad_they_stand_for),
		cmocka_unit_test(a_route_and_the_guests_own_source_are_in_the_mad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
