/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Printing and comparing policies. Argument: docs/examples/policy.conf.
 */
#include <glib.h>

#include "policy/policy_diff.h"
#include "policy/policy_file.h"
#include "policy/policy_print.h"
#define TEST_OWN_MAIN
#include "tests/unit/test.h"

#define GATEWAY "[gateway]\nport = mlx5_0/1\n"
#define GATEWAY_PRINTED                                                                 \
	"[gateway]\nport = mlx5_0/1\ncm-route = service;address;gid\npath-cache-ttl = " \
	"300\nsmp-cache-ms = 2000\n\n"                                                  \
	"[limits]\noutstanding = 128\nmad-rate = 0\njoins = 256\nconnections = 4096\n"

static const char *example_path;

static struct policy *parse(const char *text)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("p.conf", text, strlen(text), &errors);

	assert_non_null(policy);
	return policy;
}

TEST(a_policy_prints_what_was_said_and_the_defaults_of_all)
{
	static const struct {
		const char *text, *printed;
	} table[] = {
		{GATEWAY, GATEWAY_PRINTED},
		{GATEWAY "[guest b]\n[guest a]\n", GATEWAY_PRINTED "\n[guest a]\n\n[guest b]\n"},
		/* Printed, though it is the default. */
		{GATEWAY "[guest a]\naccess=none\nlisten=none\nconnect=any\ngid=shared\n"
			 "multicast=any\njoins=256\n",
		 GATEWAY_PRINTED "\n[guest a]\naccess = none\nlisten = none\nconnect = any\n"
				 "gid = shared\nmulticast = any\njoins = 256\n"},
		{GATEWAY "[guest a]\npkeys=0x1;0xffff\nlisten=0x1000000000000048;tcp:7;0x10a0005;"
			 "0x01060009-0x106000b;0x106ffff-0x1070000\nmap=udp:5>ib:1\n"
			 "address=FD00:0::1;10.1.2.3\ngid=2:c903:a0:b0c1\nmulticast=ff12::1\n",
		 GATEWAY_PRINTED
		 "\n[guest a]\npkeys = 0x0001;0xffff\nlisten = tcp:7;tcp:9-11;"
		 "0x000000000106ffff-0x0000000001070000;0x00000000010a0005;0x1000000000000048\n"
		 "map = udp:5>ib:1\naddress = fd00::1;10.1.2.3\ngid = 0x0002c90300a0b0c1\n"
		 "multicast = ff12::1/128\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		struct policy *policy = parse(table[i].text);
		g_autofree char *printed = policy_print(policy);

		assert_string_equal(printed, table[i].printed);
		policy_free(policy);
	}
}

TEST(what_is_printed_parses_to_the_same)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_load(example_path, &errors), *again;
	g_autofree char *once = NULL, *twice = NULL;

	assert_non_null(policy);
	once = policy_print(policy);
	again = parse(once);
	twice = policy_print(again);
	assert_string_equal(once, twice);
	assert_int_equal(policy_diff(policy, again, NULL, NULL), 0);
	policy_free(policy);
	policy_free(again);
}

TEST(a_rule_is_shown_with_its_place_and_value)
{
	static const struct {
		enum policy_key key;
		const char *shown;
	} table[] = {
		{POLICY_KEY_SECTION, "p.conf:5: [guest a]"},
		{POLICY_KEY_ACCESS, "p.conf:6: access = fabric"},
		{POLICY_KEY_CONNECT, "p.conf:5: [guest a]: connect is not given: any"},
		{POLICY_KEY_PKEYS,
		 "p.conf:5: [guest a]: pkeys is not given: the port's default partition"},
		{POLICY_KEY_JOINS, "p.conf:4: joins = 5"},
		{POLICY_KEY_MAD_RATE, "p.conf:7: mad-rate = 9"},
		{POLICY_KEY_OUTSTANDING, "p.conf:5: [guest a]: outstanding is not given: 128"},
	};
	struct policy *policy = parse(GATEWAY "[limits]\njoins = 5\n[guest a]\naccess = fabric\n"
					      "mad-rate = 9\n");
	g_autofree char *none = policy_rule_print(policy, NULL, POLICY_KEY_ACCESS);

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *shown = policy_rule_print(policy, policy->guest[0], table[i].key);

		assert_string_equal(shown, table[i].shown);
	}
	assert_string_equal(none, "p.conf");
	policy_free(policy);
}

static void collect(void *ctx, const char *guest, const char *line)
{
	g_string_append_printf(ctx, "%s|%s\n", guest != NULL ? guest : "", line);
}

static void expect_diff(const char *before_text, const char *after_text, const char *changes)
{
	struct policy *before = parse(before_text), *after = parse(after_text);
	g_autoptr(GString) output = g_string_new(NULL);
	size_t lines = 0;

	assert_int_equal(policy_diff(before, before, collect, output), 0);
	assert_string_equal(output->str, "");
	for (const char *p = changes; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(policy_diff(before, after, collect, output), lines);
	assert_string_equal(output->str, changes);
	policy_free(before);
	policy_free(after);
}

TEST(a_reload_names_what_changes_for_whom)
{
	expect_diff(GATEWAY "[guest alpha]\naccess = fabric\n[guest old]\n",
		    GATEWAY "[guest alpha]\naccess = port\n[guest new]\n",
		    "alpha|guest alpha: access fabric -> port\nnew|guest new: added\n"
		    "old|guest old: removed\n");
	expect_diff(GATEWAY, "[gateway]\nport=mlx5_0/1;mlx5_0/2\npath-cache-ttl=60\ncm-route=gid\n",
		    "|gateway: port mlx5_0/1 -> mlx5_0/1;mlx5_0/2\n"
		    "|gateway: cm-route service;address;gid -> gid\n"
		    "|gateway: path-cache-ttl 300 -> 60\n");
	expect_diff(GATEWAY "[guest a]\n[guest b]\njoins=7\n",
		    GATEWAY "[limits]\njoins=5\n[guest a]\n[guest b]\njoins=7\n",
		    "|limits: joins 256 -> 5\na|guest a: joins 256 -> 5\n");
	expect_diff(GATEWAY "[guest a]\nlisten=tcp:1\n",
		    GATEWAY
		    "[guest a]\nlisten=tcp:1-2\nmap=tcp:9>tcp:1\naddress=10.0.0.1\ngid=alias\n"
		    "pkeys=0x8001\nconnect=none\nmulticast=none\n",
		    "a|guest a: pkeys the port's default partition -> 0x8001\n"
		    "a|guest a: listen tcp:1 -> tcp:1-2\na|guest a: connect any -> none\n"
		    "a|guest a: map none -> tcp:9>tcp:1\na|guest a: address none -> 10.0.0.1\n"
		    "a|guest a: gid shared -> alias\na|guest a: multicast any -> none\n");
}

TEST(order_comments_and_spelling_are_no_change)
{
	expect_diff(
		GATEWAY "[guest a]\nlisten = tcp:1;udp:2\n[guest b]\n",
		"[guest b]\njoins = 256\n# now\n[guest a]\nlisten = 0x1110002;0x1060001\n" GATEWAY,
		"");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	example_path = argv[1];
	return test_run(NULL, NULL);
}
