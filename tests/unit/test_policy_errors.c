/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is wrong with bad policy files, word by word: every error names file, line and key, and all
 * errors of a file are said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "policy/policy_file.h"

#define GATEWAY "[gateway]\nport = mlx5_0/1\n"

struct bad_file {
	const char *text;
	const char *errors; /* one a line */
};

static char *errors_of(const char *text, size_t len)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("p.conf", text, len, &errors);
	GString *said = g_string_new(NULL);

	if (policy != NULL) {
		policy_free(policy);
		assert_null(errors);
		return g_string_free(said, FALSE);
	}
	assert_non_null(errors);
	assert_true(errors->len > 0);
	for (guint i = 0; i < errors->len; i++) {
		const struct policy_error *error = errors->pdata[i];

		g_string_append_printf(said, "%s%s", i > 0 ? "\n" : "", error->text);
	}
	g_ptr_array_unref(errors);
	return g_string_free(said, FALSE);
}

static void expect_all(const struct bad_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		g_autofree char *said = errors_of(files[i].text, strlen(files[i].text));

		assert_string_equal(said, files[i].errors);
	}
}

static void text_that_is_no_policy_file_is_named_by_line(void **state)
{
	static const struct bad_file files[] = {
		{"", "p.conf:1: key 'port' of [gateway]: missing: which port to serve, CA/number"},
		{"# nothing\n[gateway]\n",
		 "p.conf:2: key 'port' of [gateway]: missing: which port to serve, CA/number"},
		{"port = a/1\n" GATEWAY, "p.conf:1: key 'port' stands before any section"},
		{GATEWAY "nonsense\n", "p.conf:3: [gateway]: 'nonsense' is no section, no "
				       "'key = value' and no comment"},
		{"\"\x1b]\n" GATEWAY, "p.conf:1: '\"\\033]' is no section, no 'key = value' and "
				      "no comment"},
		{GATEWAY "[guest a\naccess = port\n",
		 "p.conf:3: '[guest a': the section line has no ']'"},
		{GATEWAY "[guest a] # alpha\n",
		 "p.conf:3: '[guest a] # alpha': something follows the ']'"},
		{GATEWAY "[guest [a]\n",
		 "p.conf:3: [guest [a]: illegal character in the name of a section"},
		{GATEWAY "Encoding = latin1\n",
		 "p.conf:3: key 'Encoding' of [gateway]: unknown key"},
		{GATEWAY "[]\nx = 1\n", "p.conf:3: the section has no name"},
		{GATEWAY "[Guest a]\nx = 1\n",
		 "p.conf:3: [Guest a]: unknown section (gateway, limits, guest NAME)"},
		{GATEWAY "= 1\n", "p.conf:3: key '' of [gateway]: unknown key"},
		{GATEWAY "listen[de] = 1\n",
		 "p.conf:3: key 'listen[de]' of [gateway]: unknown key"},
		{GATEWAY "# caf\xe9\n[guest a]\n", "p.conf:3: not UTF-8"},
		{GATEWAY "[guest \xff]\naccess = nobody\n[guest b]\nacess = port\n",
		 "p.conf:3: not UTF-8\np.conf:6: key 'acess' of [guest b]: unknown key"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void a_nul_byte_is_named_by_line(void **state)
{
	static const char text[] = GATEWAY "[guest a]\nacc\0ess = port\n[guest\0]\nx = y\n";
	g_autofree char *said = errors_of(text, sizeof(text) - 1);

	assert_string_equal(said, "p.conf:4: a NUL byte in the line\n"
				  "p.conf:5: a NUL byte in the line");
}

static void what_is_given_twice_names_both_lines(void **state)
{
	static const struct bad_file files[] = {
		{GATEWAY "port = mlx5_1/1\n",
		 "p.conf:3: key 'port' of [gateway]: given twice, first on line 2"},
		{GATEWAY "[guest a]\naccess = port\n[limits]\n[guest a]\naccess = none\nx = 1\n",
		 "p.conf:6: [guest a]: section given twice, first on line 3\n"
		 "p.conf:7: key 'access' of [guest a]: given twice, first on line 4\n"
		 "p.conf:8: key 'x' of [guest a]: unknown key"},
		{"[gateway]\nport = a/1;b/1;a/1\ncm-route = gid;service;gid\n",
		 "p.conf:2: key 'port' of [gateway]: 'a/1' is given twice\n"
		 "p.conf:3: key 'cm-route' of [gateway]: 'gid' is given twice"},
		{GATEWAY "[guest a]\npkeys = 0xffff;0x8001;0x0001\naddress = fd00::1;fd00:0::1\n",
		 "p.conf:4: key 'pkeys' of [guest a]: '0x0001' is given twice\n"
		 "p.conf:5: key 'address' of [guest a]: 'fd00:0::1' is given twice"},
		{GATEWAY
		 "[guest a]\nlisten = tcp:5;tcp:7;0x1060005\nmulticast = ff12::/16;ff12::/16\n",
		 "p.conf:4: key 'listen' of [guest a]: 'tcp:5' is given twice\n"
		 "p.conf:5: key 'multicast' of [guest a]: 'ff12::/16' is given twice"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void keys_of_the_gateway_are_checked(void **state)
{
	static const struct bad_file files[] = {
		{"[gateway]\nport = mlx5_0\n",
		 "p.conf:2: key 'port' of [gateway]: 'mlx5_0': expected CA/number"},
		{"[gateway]\nport =\n", "p.conf:2: key 'port' of [gateway]: has no value"},
		{"[gateway]\nport = ;\n",
		 "p.conf:2: key 'port' of [gateway]: item 1 of the list is empty"},
		{"[gateway]\nport = a/1;;b/1\n",
		 "p.conf:2: key 'port' of [gateway]: item 2 of the list is empty"},
		{"[gateway]\nport = a/0;a/255;a/1 x;/1;../1;aaaaaaaaaabbbbbbbbbb/1\n",
		 "p.conf:2: key 'port' of [gateway]: 'a/0': ports are numbered from 1 to 254\n"
		 "p.conf:2: key 'port' of [gateway]: 'a/255': ports are numbered from 1 to 254\n"
		 "p.conf:2: key 'port' of [gateway]: 'a/1 x': expected CA/number\n"
		 "p.conf:2: key 'port' of [gateway]: '/1': the name of a CA has 1 to 19 "
		 "characters\n"
		 "p.conf:2: key 'port' of [gateway]: '../1': illegal character in the name of the "
		 "CA\n"
		 "p.conf:2: key 'port' of [gateway]: 'aaaaaaaaaabbbbbbbbbb/1': the name of a CA "
		 "has "
		 "1 to 19 characters"},
		{GATEWAY "cm-route = service,gid\n", "p.conf:3: key 'cm-route' of [gateway]: "
						     "'service,gid': expected service, address or "
						     "gid"},
		{GATEWAY "path-cache-ttl = 86401\n",
		 "p.conf:3: key 'path-cache-ttl' of [gateway]: 86401 is more than 86400"},
		{GATEWAY "path-cache-ttl = -1\n",
		 "p.conf:3: key 'path-cache-ttl' of [gateway]: '-1': expected a number"},
		{GATEWAY "path-cache-ttl = 5 # seconds\n",
		 "p.conf:3: key 'path-cache-ttl' of [gateway]: '5 # seconds': expected a number"},
		{"[gateway]\nport = "
		 "a/1;a/2;a/3;a/4;a/5;a/6;a/7;a/8;a/9;a/10;a/11;a/12;a/13;a/14;a/15;a/16;a/17\n",
		 "p.conf:2: key 'port' of [gateway]: 17 ports; at most 16 are served"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void limits_are_numbers_up_to_their_ceiling(void **state)
{
	static const struct bad_file files[] = {
		{GATEWAY "[limits]\noutstanding = 131073\njoins = 99999999999999999999\n",
		 "p.conf:4: key 'outstanding' of [limits]: 131073 is more than 131072\n"
		 "p.conf:5: key 'joins' of [limits]: '99999999999999999999': expected a number"},
		{GATEWAY "[limits]\nmad_rate = 1\nmad-rate = 0x10\naccess = port\n",
		 "p.conf:4: key 'mad_rate' of [limits]: unknown key\n"
		 "p.conf:5: key 'mad-rate' of [limits]: '0x10': expected a number\n"
		 "p.conf:6: key 'access' of [limits]: unknown key"},
		{GATEWAY "[guest a]\nconnections = lots\n",
		 "p.conf:4: key 'connections' of [guest a]: 'lots': expected a number"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void names_of_guests_are_checked(void **state)
{
#define NAME_RULE "a guest's name has 1 to 64 of A-Z a-z 0-9 . _ - and does not start with . or -"
	static const struct bad_file files[] = {
		{GATEWAY "[guest]\n", "p.conf:3: [guest]: " NAME_RULE},
		{GATEWAY "[guest ]\n", "p.conf:3: [guest ]: " NAME_RULE},
		{GATEWAY "[guest  a]\n", "p.conf:3: [guest  a]: " NAME_RULE},
		{GATEWAY "[guest ../etc]\naccess = root\n",
		 "p.conf:3: [guest ../etc]: " NAME_RULE "\n"
		 "p.conf:4: key 'access' of [guest ../etc]: 'root': expected none, port, fabric or "
		 "admin"},
		{GATEWAY "[guest .]\n[guest -x]\n",
		 "p.conf:3: [guest .]: " NAME_RULE "\np.conf:4: [guest -x]: " NAME_RULE},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void service_ids_are_checked(void **state)
{
#define AT "p.conf:4: key 'listen' of [guest a]: "
	static const struct bad_file files[] = {
		{GATEWAY "[guest a]\nlisten = any\n",
		 AT "'any': a guest listens on service ids that are named"},
		{GATEWAY "[guest a]\nlisten = none;tcp:1\n",
		 AT "'none': expected SPACE:PORT[-PORT] or 0xID[-0xID] with up to 16 digits"},
		{GATEWAY "[guest a]\nlisten = tcp:65536;udp:1-99999\n",
		 AT "'tcp:65536': ports go from 0 to 65535\n" AT
		    "'udp:1-99999': ports go from 0 to 65535"},
		{GATEWAY "[guest a]\nlisten = tcp:9-8;0x2-0x1\n",
		 AT "'tcp:9-8': the range ends before it starts\n" AT
		    "'0x2-0x1': the range ends before it starts"},
		{GATEWAY "[guest a]\nlisten = sctp:1;:1\n",
		 AT "'sctp:1': unknown port space (tcp, udp, ipoib, ib, sdp)\n" AT
		    "':1': unknown port space (tcp, udp, ipoib, ib, sdp)"},
		{GATEWAY "[guest a]\nlisten = tcp:;tcp:0x10;tcp:1-;tcp:-1;tcp:1-2-3;tcp:1x\n",
		 AT "'tcp:': expected PORT or PORT-PORT after the port space\n" AT
		    "'tcp:0x10': expected PORT or PORT-PORT after the port space\n" AT
		    "'tcp:1-': expected PORT or PORT-PORT after the port space\n" AT
		    "'tcp:-1': expected PORT or PORT-PORT after the port space\n" AT
		    "'tcp:1-2-3': expected PORT or PORT-PORT after the port space\n" AT
		    "'tcp:1x': expected PORT or PORT-PORT after the port space"},
		{GATEWAY "[guest a]\nlisten = 2049;0x;0x12345678123456789\n",
		 AT "'2049': expected SPACE:PORT[-PORT] or 0xID[-0xID] with up to 16 digits\n" AT
		    "'0x': expected SPACE:PORT[-PORT] or 0xID[-0xID] with up to 16 digits\n" AT
		    "'0x12345678123456789': expected SPACE:PORT[-PORT] or 0xID[-0xID] with up to "
		    "16 digits"},
		{GATEWAY
		 "[guest a]\nlisten = tcp:5-9;tcp:1-5;tcp:20;0x0000000001060000-0x1060063\n",
		 AT "'tcp:1-5' overlaps 'tcp:0-99'\n" AT "'tcp:5-9' overlaps 'tcp:0-99'\n" AT
		    "'tcp:20' overlaps 'tcp:0-99'"},
		{GATEWAY "[guest a]\nconnect = tcp:1;any\n",
		 "p.conf:4: key 'connect' of [guest a]: 'any': expected SPACE:PORT[-PORT] or "
		 "0xID[-0xID] with up to 16 digits"},
	};

	expect_all(files, G_N_ELEMENTS(files));
#undef AT
}

static void a_map_is_one_to_one(void **state)
{
#define AT "p.conf:5: key 'map' of [guest a]: "
#define GUEST GATEWAY "[guest a]\nlisten = tcp:1-99\n"
	static const struct bad_file files[] = {
		{GUEST "map = tcp:500;tcp:1>tcp:2>tcp:3;>;tcp:500>2\n",
		 AT "'tcp:500': expected WIRE>GUEST\n" AT
		    "'tcp:1>tcp:2>tcp:3': expected WIRE>GUEST\n" AT
		    "'>': expected SPACE:PORT[-PORT] or 0xID[-0xID] with up to 16 digits\n" AT
		    "'tcp:500>2': expected SPACE:PORT[-PORT] or 0xID[-0xID] with up to 16 digits"},
		{GUEST "map = tcp:500-509>tcp:1-9\n",
		 AT "'tcp:500-509>tcp:1-9': the two sides are not of the same length"},
		{GUEST "map = tcp:500>tcp:1;tcp:500>tcp:2\n",
		 AT "not one to one: on the wire, 'tcp:500' is given twice"},
		{GUEST "map = tcp:500-501>tcp:1-2;tcp:501-502>tcp:11-12\n",
		 AT "not one to one: on the wire, 'tcp:501-502' overlaps 'tcp:500-501'"},
		{GUEST "map = tcp:500>tcp:1;tcp:501>tcp:1\n",
		 AT "not one to one: in the guest, 'tcp:1' is given twice"},
		{GUEST "map = tcp:50>tcp:60\n",
		 AT "not one to one: on the wire, 'tcp:50' is what the guest listens on by that "
		    "number too (line 4)"},
	};

	expect_all(files, G_N_ELEMENTS(files));
#undef AT
#undef GUEST
}

static void addresses_gids_groups_and_pkeys_are_checked(void **state)
{
#define AT(key) "p.conf:4: key '" key "' of [guest a]: "
	static const struct bad_file files[] = {
		{GATEWAY "[guest a]\naccess = Fabric\n",
		 AT("access") "'Fabric': expected none, port, fabric or admin"},
		{GATEWAY "[guest a]\naddress = 10.0.0;0.0.0.0;::;ff02::1;::ffff:10.0.0.1;224.0.0.1;"
			 "10.0.0.1/24;fd00::1%eth0\n",
		 AT("address") "'10.0.0': not an IP address\n" AT(
			 "address") "'0.0.0.0': "
				    "not the "
				    "address of "
				    "one "
				    "host\n" AT(
					    "addre"
					    "ss") "'::':"
						  " "
						  "not "
						  "the "
						  "addre"
						  "ss "
						  "of "
						  "one "
						  "host"
						  "\n" AT("address") "'ff02::1': not the address "
								     "of one host\n" AT(
									     "address") "'::ffff:"
											"10.0.0.1':"
											" an IPv4 "
											"address "
											"in an "
											"IPv6 one: "
											"write it "
											"as "
											"IPv4\n" AT(
												"ad"
												"dr"
												"es"
												"s") "'224.0.0.1': not the address "
												     "of one host\n" AT("address") "'10.0.0.1/24': not an IP address\n" AT(
													     "address") "'fd00::1%eth0': not an IP address"},
		{GATEWAY "[guest a]\ngid = own\n",
		 AT("gid") "'own': expected shared, alias, or a GUID (0x and up to 16 hex "
			   "digits)"},
		{GATEWAY "[guest a]\ngid = 0x0\n", AT("gid") "'0x0': 0 is no GUID"},
		{GATEWAY "[guest a]\ngid = 1:2:3:12345\n",
		 AT("gid") "'1:2:3:12345': expected shared, alias, or a GUID (0x and up to "
			   "16 hex "
			   "digits)"},
		{GATEWAY "[guest a]\nmulticast = fe80::/16;ff12::/7;ff12::/129;ff12:1::/16;ff12;"
			 "ff12::/16/2;ff12::/\n",
		 AT("multicast") "'fe80::/16': not a multicast GID: those start with "
				 "ff\n" AT(
					 "mult"
					 "icas"
					 "t") "'ff12::/7': the prefix has 8 to 128 "
					      "bits\n" AT(
						      "multicast") "'"
								   "ff12::/129': the "
								   "prefix has 8 to "
								   "128 bits\n" AT(
									   "multicas"
									   "t") "'ff1"
										"2:1:"
										":/"
										"16'"
										": "
										"bits"
										" are"
										" set"
										" aft"
										"er "
										"the "
										"pref"
										"ix"
										"\n" AT("multicas"
											"t") "'ff"
											     "12'"
											     ": "
											     "exp"
											     "ect"
											     "ed "
											     "MGI"
											     "D/"
											     "bit"
											     "s"
											     "\n" AT("m"
												     "u"
												     "l"
												     "t"
												     "i"
												     "c"
												     "a"
												     "s"
												     "t") "'ff12::/16/2': expected MGID/bits\n" AT("multicast") "'ff12::/': the prefix has 8 to 128 bits"},
		{GATEWAY "[guest a]\nmulticast = ff12:1::/32;ff12::/16\n",
		 AT("multicast") "'ff12:1::/32' is part of 'ff12::/16'"},
		{GATEWAY "[guest a]\npkeys = any;0x8000;0x0;0x12345;32769\n",
		 AT("pkeys") "'any': expected a P_Key: 0x and up to four hex digits\n" AT("pkeys") "'0x8000': names no partition\n" AT(
			 "pkeys") "'0x0': names no "
				  "partition\n" AT(
					  "pkeys") "'0x12345': expected a P_Key: 0x and up "
						   "to four "
						   "hex digits\n" AT("pkeys") "'32769': expected a "
									      "P_Key: 0x "
									      "and up to four "
									      "hex digits"},
	};

	expect_all(files, G_N_ELEMENTS(files));
#undef AT
}

static void what_only_one_guest_can_have_names_both_lines(void **state)
{
	static const struct bad_file files[] = {
		{GATEWAY "[guest b]\ngid = 0x11\naddress = 10.0.0.1\n"
			 "[guest a]\ngid = 0:0:0:11\naddress = 10.0.0.2;10.0.0.1\n",
		 "p.conf:7: key 'gid' of [guest a]: '0x0000000000000011' belongs to [guest b] too "
		 "(line 4)\n"
		 "p.conf:8: key 'address' of [guest a]: '10.0.0.1' belongs to [guest b] too (line "
		 "5)"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void services_that_nothing_tells_apart_name_both_lines(void **state)
{
#define TOO(id, guest, line)                                                                    \
	"'" id "' belongs to [guest " guest "] too (line " line "), and no later criterion of " \
	"cm-route tells the two apart"
	static const struct bad_file files[] = {
		{GATEWAY "[guest b]\nlisten = tcp:1-5\n[guest a]\nlisten = tcp:5-9\n",
		 "p.conf:6: key 'listen' of [guest a]: " TOO("tcp:5", "b", "4")},
		/* Only one has an address. */
		{GATEWAY "[guest a]\nlisten = tcp:1\naddress = 10.0.0.1\n[guest b]\nlisten "
			 "= tcp:1\n",
		 "p.conf:7: key 'listen' of [guest b]: " TOO("tcp:1", "a", "4")},
		/* It would, but cm-route does not look. */
		{GATEWAY "cm-route = service;gid\n[guest a]\nlisten = tcp:1\naddress = 10.0.0.1\n"
			 "[guest b]\nlisten = tcp:1\naddress = 10.0.0.2\n",
		 "p.conf:8: key 'listen' of [guest b]: " TOO("tcp:1", "a", "5")},
		{GATEWAY "cm-route = service;address\n[guest a]\nlisten = tcp:1\ngid = alias\n"
			 "[guest b]\nlisten = tcp:1\ngid = 0x2\n",
		 "p.conf:8: key 'listen' of [guest b]: " TOO("tcp:1", "a", "5")},
		/* By way of a map. */
		{GATEWAY "[guest a]\nmap = tcp:80>tcp:8080\n[guest b]\nlisten = tcp:80\n",
		 "p.conf:6: key 'listen' of [guest b]: " TOO("tcp:80", "a", "4")},
		{GATEWAY "[guest a]\nmap = tcp:80>tcp:8080\n[guest b]\nmap = tcp:79-80>tcp:1-2\n",
		 "p.conf:6: key 'map' of [guest b]: " TOO("tcp:80", "a", "4")},
		/* Before, after and between what a map takes away. */
		{GATEWAY "[guest a]\nlisten = tcp:1-9\nmap = tcp:90>tcp:4;tcp:91>tcp:6\n"
			 "[guest b]\nlisten = tcp:4;tcp:6;tcp:9\n[guest c]\nlisten = tcp:5\n"
			 "[guest d]\nlisten = tcp:3\n",
		 "p.conf:7: key 'listen' of [guest b]: " TOO(
			 "tcp:9", "a", "4") "\np.conf:9: key 'listen' of [guest "
					    "c]: " TOO("tcp:5", "a", "4") "\np.conf:11: key "
									  "'listen' of [guest "
									  "d]: " TOO("tcp:3", "a",
										     "4")},
		/* Every pair, however many, and each once. */
		{GATEWAY "[guest a]\nlisten = tcp:1;tcp:3\n[guest b]\nlisten = tcp:1;tcp:3\n"
			 "[guest c]\nlisten = tcp:0-9\n",
		 "p.conf:6: key 'listen' of [guest b]: " TOO(
			 "tcp:1", "a", "4") "\np.conf:8: key 'listen' of [guest "
					    "c]: " TOO("tcp:1", "a",
						       "4") "\np."
							    "conf:8: key "
							    "'listen' of "
							    "[guest c]: " TOO("tcp:1", "b", "6")},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void all_errors_of_a_file_are_said_in_the_order_of_its_lines(void **state)
{
	static const struct bad_file files[] = {
		{"[gateway]\nports = a/1\n[guest b]\naccess = all\nlisten = tcp:1;x\n[limits]\n"
		 "joins = many\n[guest a]\nlisten = tcp:1\n",
		 "p.conf:1: key 'port' of [gateway]: missing: which port to serve, CA/number\n"
		 "p.conf:2: key 'ports' of [gateway]: unknown key\n"
		 "p.conf:4: key 'access' of [guest b]: 'all': expected none, port, fabric or "
		 "admin\n"
		 "p.conf:5: key 'listen' of [guest b]: 'x': expected SPACE:PORT[-PORT] or "
		 "0xID[-0xID] with up to 16 digits\n"
		 "p.conf:7: key 'joins' of [limits]: 'many': expected a number\n"
		 "p.conf:9: key 'listen' of [guest a]: " TOO("tcp:1", "b", "5")},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

static void a_file_of_more_than_a_mebibyte_is_refused(void **state)
{
	g_autofree char *text = g_malloc(POLICY_FILE_MAX_BYTES + 2);
	g_autofree char *said = NULL;

	memset(text, '#', POLICY_FILE_MAX_BYTES + 1);
	said = errors_of(text, POLICY_FILE_MAX_BYTES + 1);
	assert_string_equal(said, "p.conf: larger than 1048576 bytes");
}

static void a_file_that_cannot_be_read_is_an_error_without_a_line(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("policy-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "none.conf", NULL);
	g_autofree char *none =
		g_strconcat(path, ": cannot be read: No such file or directory", NULL);
	g_autofree char *folder = g_strconcat(dir, ": cannot be read: Is a directory", NULL);
	GPtrArray *errors = NULL;

	assert_null(policy_load(path, &errors));
	assert_string_equal(((struct policy_error *)errors->pdata[0])->text, none);
	g_ptr_array_unref(errors);
	assert_null(policy_load(dir, &errors));
	assert_int_equal(errors->len, 1);
	assert_string_equal(((struct policy_error *)errors->pdata[0])->text, folder);
	g_ptr_array_unref(errors);
	assert_return_code(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_no_policy_file_is_named_by_line),
		cmocka_unit_test(a_nul_byte_is_named_by_line),
		cmocka_unit_test(what_is_given_twice_names_both_lines),
		cmocka_unit_test(keys_of_the_gateway_are_checked),
		cmocka_unit_test(limits_are_numbers_up_to_their_ceiling),
		cmocka_unit_test(names_of_guests_are_checked),
		cmocka_unit_test(service_ids_are_checked),
		cmocka_unit_test(a_map_is_one_to_one),
		cmocka_unit_test(addresses_gids_groups_and_pkeys_are_checked),
		cmocka_unit_test(what_only_one_guest_can_have_names_both_lines),
		cmocka_unit_test(services_that_nothing_tells_apart_name_both_lines),
		cmocka_unit_test(all_errors_of_a_file_are_said_in_the_order_of_its_lines),
		cmocka_unit_test(a_file_of_more_than_a_mebibyte_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_is_an_error_without_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
