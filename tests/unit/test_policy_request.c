/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* REQUEST words, and their MADs. */
#include <glib.h>

#include "policy/policy_request.h"
#include "wire/mad.h"
#include "wire/path_record.h"
#include "wire/sa.h"
#include "tests/unit/test.h"

static char *parse_words(const char *line, struct policy_request *request)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	return policy_request_parse((int)g_strv_length(words), (const char *const *)words, request);
}

TEST(words_that_are_no_request_are_told_apart)
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
		{"req tcp:1-2", "req takes one service id, not a range"},
		{"req tcp:1 address", "expected the destination IP address"},
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

TEST(request_words_become_the_mad_they_stand_for)
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
		{"vendor sysstat lid 8", 0x33, 0x01, 0x10, 8},
		{"join ff12:401b::1", 0x03, 0x02, 0x0038, 2},
		{"connect tcp:2049", 0x07, 0x03, 0x0010, 0x1005},
		{"mad 0x21 2 0x12 lid 4", 0x21, 0x02, 0x0012, 4},
	};
	static const struct policy_request_port port = {5, 2, 0xfe80000000000000, 0x1234};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		struct policy_request request;
		uint8_t mad[WIRE_MAD_BYTES];
		uint16_t dlid = 0;

		assert_null(parse_words(table[i].words, &request));
		policy_request_build(&request, &port, mad, &dlid);
		assert_int_equal(wire_mad_class(mad), table[i].mgmt_class);
		assert_int_equal(wire_mad_method(mad), table[i].method);
		assert_int_equal(wire_mad_attribute(mad), table[i].attribute);
		assert_int_equal(dlid, table[i].dlid);
	}
}

TEST(a_route_and_the_guests_own_source_are_in_the_mad)
{
	static const struct policy_request_port port = {5, 2, 0xfe80000000000000, 0x1234};
	struct policy_request request;
	struct wire_path_record path;
	uint8_t mad[WIRE_MAD_BYTES];
	uint16_t dlid;

	assert_null(parse_words("smp get NodeInfo dr 0,3,1", &request));
	policy_request_build(&request, &port, mad, &dlid);
	assert_int_equal(mad[7], 2);
	assert_memory_equal(mad + 128, "\0\3\1\0", 4);
	assert_null(parse_words("smp get NodeInfo dr 0", &request));
	assert_int_equal(request.mad.target, POLICY_TARGET_OWN_PORT);

	assert_null(parse_words("sa get PathRecord", &request));
	policy_request_build(&request, &port, mad, &dlid);
	assert_true(wire_sa_comp_mask(mad) & WIRE_PATH_COMP_SGID);
	assert_int_equal(wire_path_record_decode((struct span){wire_sa_data(mad), 64}, &path), 0);
	assert_memory_equal(path.sgid, "\376\200\0\0\0\0\0\0\0\0\0\0\0\0\22\64", 16);

	assert_null(parse_words("vendor ping", &request));
	policy_request_build(&request, &port, mad, &dlid);
	assert_int_not_equal(dlid, port.lid);
	assert_memory_equal(mad + 37, "\0\x14\5", 3);
}
