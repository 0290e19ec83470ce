/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The exact errors of invalid policy files: every error names file, line and key, and all errors of a file
 * are reported. Guests' sections: test_policy_guest_errors.c.
 */
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/policy_errors_fixture.h"

TEST(text_that_is_no_policy_file_is_named_by_line)
{
	static const struct bad_file files[] = {
		{"",
		 "p.conf:1: key 'port' of [gateway]: missing: name the port to serve as CA/number"},
		{"# nothing\n[gateway]\n",
		 "p.conf:2: key 'port' of [gateway]: missing: name the port to serve as CA/number"},
		{"port = a/1\n" GATEWAY, "p.conf:1: key 'port' is before the first section"},
		{GATEWAY "nonsense\n", "p.conf:3: [gateway]: 'nonsense' is neither a section nor "
				       "'key = value' nor a comment"},
		{"\"\x1b]\n" GATEWAY, "p.conf:1: '\"\\033]' is neither a section nor 'key = value' "
				      "nor a comment"},
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
		 "p.conf:3: [Guest a]: unknown section (gateway, limits, guest NAME); "
		 "did you mean 'guest a'?"},
		{GATEWAY "[gatway]\n",
		 "p.conf:3: [gatway]: unknown section (gateway, limits, guest NAME); did you mean "
		 "'gateway'?"},
		{GATEWAY "[guest 1F2504E0-4F89-41D3-9A0C-0305E82C3301]\n"
			 "[guest 1f2504e0-4f89-41d3-9a0c-0305e82c3301]\n",
		 "p.conf:4: [guest 1f2504e0-4f89-41d3-9a0c-0305e82c3301]: the same guest as on "
		 "line 3"},
		{GATEWAY "= 1\n", "p.conf:3: key '' of [gateway]: unknown key"},
		{GATEWAY "listen[de] = 1\n",
		 "p.conf:3: key 'listen[de]' of [gateway]: unknown key"},
		{GATEWAY "# caf\xe9\n[guest a]\n", "p.conf:3: not UTF-8"},
		{GATEWAY "[guest \xff]\naccess = nobody\n[guest b]\nacess = port\n",
		 "p.conf:3: not UTF-8\np.conf:6: key 'acess' of [guest b]: unknown key; did you "
		 "mean 'access'?"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

TEST(a_nul_byte_is_named_by_line)
{
	static const char text[] = GATEWAY "[guest a]\nacc\0ess = port\n[guest\0]\nx = y\n";
	g_autofree char *output = errors_of(text, sizeof(text) - 1);

	assert_string_equal(output, "p.conf:4: a NUL byte in the line\n"
				    "p.conf:5: a NUL byte in the line");
}

TEST(what_is_given_twice_names_both_lines)
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

TEST(keys_of_the_gateway_are_checked)
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
		 "p.conf:3: key 'path-cache-ttl' of [gateway]: '-1': expected a number from 0 "
		 "to 86400"},
		{GATEWAY "path-cache-ttl = 5 # seconds\n",
		 "p.conf:3: key 'path-cache-ttl' of [gateway]: '5 # seconds': expected a number "
		 "from 0 to 86400"},
		{"[gateway]\nport = "
		 "a/1;a/2;a/3;a/4;a/5;a/6;a/7;a/8;a/9;a/10;a/11;a/12;a/13;a/14;a/15;a/16;a/17\n",
		 "p.conf:2: key 'port' of [gateway]: 17 ports; at most 16 are served"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

TEST(limits_are_numbers_up_to_their_ceiling)
{
	static const struct bad_file files[] = {
		{GATEWAY "[limits]\noutstanding = 131073\njoins = 99999999999999999999\n",
		 "p.conf:4: key 'outstanding' of [limits]: 131073 is more than 131072\n"
		 "p.conf:5: key 'joins' of [limits]: '99999999999999999999': expected a number "
		 "from 0 to 16383"},
		{GATEWAY "[limits]\nmad_rate = 1\nmad-rate = 0x10\naccess = port\n",
		 "p.conf:4: key 'mad_rate' of [limits]: unknown key; did you mean 'mad-rate'?\n"
		 "p.conf:5: key 'mad-rate' of [limits]: '0x10': expected a number from 0 to "
		 "10000000\n"
		 "p.conf:6: key 'access' of [limits]: unknown key; it is a key of [guest NAME]"},
		{GATEWAY "[guest a]\nconnections = lots\n",
		 "p.conf:4: key 'connections' of [guest a]: 'lots': expected a number from 0 to "
		 "1048576"},
	};

	expect_all(files, G_N_ELEMENTS(files));
}

TEST(a_file_of_more_than_a_mebibyte_is_refused)
{
	g_autofree char *text = g_malloc(POLICY_FILE_MAX_BYTES + 2);
	g_autofree char *output = NULL;

	memset(text, '#', POLICY_FILE_MAX_BYTES + 1);
	output = errors_of(text, POLICY_FILE_MAX_BYTES + 1);
	assert_string_equal(output, "p.conf: larger than 1048576 bytes");
}

TEST(a_file_that_cannot_be_read_is_an_error_without_a_line)
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
