/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The exact errors of invalid guest sections: every error names file, line and key. */
#include "tests/unit/test.h"
#include "tests/unit/policy_errors_fixture.h"

TEST(names_of_guests_are_checked)
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

TEST(service_ids_are_checked)
{
#define AT "p.conf:4: key 'listen' of [guest a]: "
	static const struct bad_file files[] = {
		{GATEWAY "[guest a]\nlisten = any\n",
		 AT "'any' is not allowed: name the service ids"},
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

TEST(a_map_is_one_to_one)
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
		 AT "'tcp:500-509>tcp:1-9': the two ranges differ in length"},
		{GUEST "map = tcp:500>tcp:1;tcp:500>tcp:2\n",
		 AT "not one to one: on the wire, 'tcp:500' is given twice"},
		{GUEST "map = tcp:500-501>tcp:1-2;tcp:501-502>tcp:11-12\n",
		 AT "not one to one: on the wire, 'tcp:501-502' overlaps 'tcp:500-501'"},
		{GUEST "map = tcp:500>tcp:1;tcp:501>tcp:1\n",
		 AT "not one to one: in the guest, 'tcp:1' is given twice"},
		{GUEST "map = tcp:50>tcp:60\n",
		 AT "not one to one: on the wire, 'tcp:50' also reaches the guest without the "
		    "map (line 4)"},
	};

	expect_all(files, G_N_ELEMENTS(files));
#undef AT
#undef GUEST
}

TEST(addresses_gids_groups_and_pkeys_are_checked)
{
	static const char one_host[] = "not the address of one host";
	static const char guid[] = "expected shared, alias, or a GUID (0x and up to 16 hex digits)";
	static const char bits[] = "the prefix has 8 to 128 bits";
	static const char pkey[] = "expected a P_Key: 0x and up to four hex digits";
	const struct {
		const char *key, *value, *what;
	} rows[] = {
		{"access", "Fabric", "expected none, port, fabric or admin"},
		{"address", "10.0.0", "not an IP address"},
		{"address", "0.0.0.0", one_host},
		{"address", "::", one_host},
		{"address", "ff02::1", one_host},
		{"address", "::ffff:10.0.0.1", "an IPv4 address in an IPv6 one: write it as IPv4"},
		{"address", "224.0.0.1", one_host},
		{"address", "10.0.0.1/24", "not an IP address"},
		{"address", "fd00::1%eth0", "not an IP address"},
		{"gid", "own", guid},
		{"gid", "0x0", "0 is not a GUID"},
		{"gid", "1:2:3:12345", guid},
		{"multicast", "fe80::/16", "not a multicast GID: those start with ff"},
		{"multicast", "ff12::/7", bits},
		{"multicast", "ff12::/129", bits},
		{"multicast", "ff12:1::/16", "bits are set after the prefix"},
		{"multicast", "ff12", "expected MGID/bits"},
		{"multicast", "ff12::/16/2", "expected MGID/bits"},
		{"multicast", "ff12::/", bits},
		{"pkeys", "any", pkey},
		{"pkeys", "0x8000", "the low 15 bits are 0, which is no partition"},
		{"pkeys", "0x0", "the low 15 bits are 0, which is no partition"},
		{"pkeys", "0x12345", pkey},
		{"pkeys", "32769", pkey},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text =
			g_strdup_printf(GATEWAY "[guest a]\n%s = %s\n", rows[i].key, rows[i].value);
		g_autofree char *error =
			g_strdup_printf("p.conf:4: key '%s' of [guest a]: '%s': %s", rows[i].key,
					rows[i].value, rows[i].what);

		expect_all(&(struct bad_file){text, error}, 1);
	}
}

TEST(each_bad_value_of_a_list_is_said)
{
#define AT "p.conf:4: key 'multicast' of [guest a]: "
	static const struct bad_file files[] = {
		{GATEWAY "[guest a]\nmulticast = ff12;ff12::/16;ff12::/7\n",
		 AT "'ff12': expected MGID/bits\n" AT "'ff12::/7': the prefix has 8 to 128 bits"},
		{GATEWAY "[guest a]\nmulticast = ff12:1::/32;ff12::/16\n",
		 AT "'ff12:1::/32' is part of 'ff12::/16'"},
	};

	expect_all(files, G_N_ELEMENTS(files));
#undef AT
}

TEST(what_only_one_guest_can_have_names_both_lines)
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

TEST(services_that_nothing_tells_apart_name_both_lines)
{
#define TOO(id, guest, line)                                                                    \
	"'" id "' belongs to [guest " guest "] too (line " line "), and no later criterion of " \
	"cm-route distinguishes the two"
	static const struct bad_file files[] = {
		{GATEWAY "[guest b]\nlisten = tcp:1-5\n[guest a]\nlisten = tcp:5-9\n",
		 "p.conf:6: key 'listen' of [guest a]: " TOO("tcp:5", "b", "4")},
		/* Only one has an address. */
		{GATEWAY "[guest a]\nlisten = tcp:1\naddress = 10.0.0.1\n[guest b]\nlisten "
			 "= tcp:1\n",
		 "p.conf:7: key 'listen' of [guest b]: " TOO("tcp:1", "a", "4")},
		/* The address would, but cm-route does not use it. */
		{GATEWAY "cm-route = service;gid\n[guest a]\nlisten = tcp:1\naddress = 10.0.0.1\n"
			 "[guest b]\nlisten = tcp:1\naddress = 10.0.0.2\n",
		 "p.conf:8: key 'listen' of [guest b]: " TOO("tcp:1", "a", "5")},
		{GATEWAY "cm-route = service;address\n[guest a]\nlisten = tcp:1\ngid = alias\n"
			 "[guest b]\nlisten = tcp:1\ngid = 0x2\n",
		 "p.conf:8: key 'listen' of [guest b]: " TOO("tcp:1", "a", "5")},
		/* Through a map. */
		{GATEWAY "[guest a]\nmap = tcp:80>tcp:8080\n[guest b]\nlisten = tcp:80\n",
		 "p.conf:6: key 'listen' of [guest b]: " TOO("tcp:80", "a", "4")},
		{GATEWAY "[guest a]\nmap = tcp:80>tcp:8080\n[guest b]\nmap = tcp:79-80>tcp:1-2\n",
		 "p.conf:6: key 'map' of [guest b]: " TOO("tcp:80", "a", "4")},
		/* Before, after and between the ids that a map replaces. */
		{GATEWAY "[guest a]\nlisten = tcp:1-9\nmap = tcp:90>tcp:4;tcp:91>tcp:6\n"
			 "[guest b]\nlisten = tcp:4;tcp:6;tcp:9\n[guest c]\nlisten = tcp:5\n"
			 "[guest d]\nlisten = tcp:3\n",
		 "p.conf:7: key 'listen' of [guest b]: " TOO(
			 "tcp:9", "a", "4") "\np.conf:9: key 'listen' of [guest "
					    "c]: " TOO("tcp:5", "a", "4") "\np.conf:11: key "
									  "'listen' of [guest "
									  "d]: " TOO("tcp:3", "a",
										     "4")},
		/* Every pair, whatever their number, and each once. */
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

TEST(all_errors_of_a_file_are_said_in_the_order_of_its_lines)
{
	static const struct bad_file files[] = {
		{"[gateway]\nports = a/1\n[guest b]\naccess = all\nlisten = tcp:1;x\n[limits]\n"
		 "joins = many\n[guest a]\nlisten = tcp:1\n",
		 "p.conf:1: key 'port' of [gateway]: missing: name the port to serve as CA/number\n"
		 "p.conf:2: key 'ports' of [gateway]: unknown key; did you mean 'port'?\n"
		 "p.conf:4: key 'access' of [guest b]: 'all': expected none, port, fabric or "
		 "admin\n"
		 "p.conf:5: key 'listen' of [guest b]: 'x': expected SPACE:PORT[-PORT] or "
		 "0xID[-0xID] with up to 16 digits\n"
		 "p.conf:7: key 'joins' of [limits]: 'many': expected a number from 0 to 16383\n"
		 "p.conf:9: key 'listen' of [guest a]: " TOO("tcp:1", "b", "5")},
	};

	expect_all(files, G_N_ELEMENTS(files));
}
