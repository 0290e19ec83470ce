/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Valid policy files, and their policies. Invalid ones: test_policy_errors.c. Argument:
 * docs/man/ibgate-policy.5.
 */
#include <glib.h>

#include "policy/policy_file.h"
#include "policy/policy_keys.h"
#define TEST_OWN_MAIN
#include "tests/unit/test.h"

#define GATEWAY "[gateway]\nport = mlx5_0/1\n"

static const char *man_path;

static struct policy *parse_bytes(const char *text, size_t len)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("p.conf", text, len, &errors);

	for (guint i = 0; errors != NULL && i < errors->len; i++)
		print_error("%s\n", ((struct policy_error *)errors->pdata[i])->text);
	assert_null(errors);
	assert_non_null(policy);
	return policy;
}

static struct policy *parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

TEST(a_file_that_names_only_the_port_has_the_defaults)
{
	struct policy *policy = parse(GATEWAY "[guest alpha]\n");
	const struct policy_guest *guest = policy_find(policy, "alpha");

	assert_string_equal(policy->file, "p.conf");
	assert_int_equal(policy->port_count, 1);
	assert_string_equal(policy->port[0].ca_name, "mlx5_0");
	assert_int_equal(policy->port[0].port_num, 1);
	assert_int_equal(policy->cm_route_count, 3);
	assert_int_equal(policy->cm_route[0], POLICY_CM_SERVICE);
	assert_int_equal(policy->cm_route[1], POLICY_CM_ADDRESS);
	assert_int_equal(policy->cm_route[2], POLICY_CM_GID);
	assert_int_equal(policy->path_cache_ttl_s, 300);
	assert_int_equal(guest->grade, POLICY_GRADE_NONE);
	assert_true(guest->pkeys_any && guest->connect.any && guest->multicast_any);
	assert_false(guest->listen.any);
	assert_int_equal(guest->listen.count, 0);
	assert_int_equal(guest->gid_kind, POLICY_GID_SHARED);
	assert_int_equal(guest->limits.outstanding, 128);
	assert_int_equal(guest->limits.joins, 256);
	assert_int_equal(guest->line[POLICY_KEY_SECTION], 3);
	assert_int_equal(guest->line[POLICY_KEY_ACCESS], 0);
	policy_free(policy);
}

TEST(every_key_is_read_and_knows_its_line)
{
	struct policy *policy = parse("[gateway]\n"
				      "port = mlx5_0/1;ibsim-1/2\n"
				      "cm-route = service;gid\n"
				      "path-cache-ttl = 0\n"
				      "[limits]\n"
				      "outstanding = 7\n"
				      "[guest alpha]\n"
				      "access = fabric\n"
				      "pkeys = 0xffff;0x8001\n"
				      "listen = tcp:4096-5119;0x1130000-0x11300ff\n"
				      "connect = none\n"
				      "map = tcp:12049>tcp:2049\n"
				      "address = 10.1.0.11;fd00::11\n"
				      "gid = 0x0002c90300a0b0c1\n"
				      "multicast = ff12:401b::/32\n"
				      "joins = 32\n");
	const struct policy_guest *guest = policy_find(policy, "alpha");

	assert_int_equal(policy->port_count, 2);
	assert_string_equal(policy->port[1].ca_name, "ibsim-1");
	assert_int_equal(policy->port[1].port_num, 2);
	assert_int_equal(policy->cm_route_count, 2);
	assert_int_equal(policy->cm_route[1], POLICY_CM_GID);
	assert_int_equal(policy->path_cache_ttl_s, 0);
	assert_int_equal(policy->limits_line[POLICY_KEY_OUTSTANDING], 6);
	assert_int_equal(guest->grade, POLICY_GRADE_FABRIC);
	assert_int_equal(guest->pkey_count, 2);
	assert_int_equal(guest->pkey[1], 0x8001);
	assert_int_equal(guest->listen.count, 2);
	assert_int_equal(guest->listen.range[0].first, 0x1061000);
	assert_int_equal(guest->listen.range[0].last, 0x10613ff);
	assert_int_equal(guest->listen.range[1].first, 0x1130000);
	assert_int_equal(guest->listen.range[1].last, 0x11300ff);
	assert_false(guest->connect.any);
	assert_int_equal(guest->connect.count, 0);
	assert_int_equal(guest->map[0].wire.first, 0x1060000 + 12049);
	assert_int_equal(guest->map[0].guest_first, 0x1060000 + 2049);
	assert_int_equal(guest->address[0].ip_version, 4);
	assert_memory_equal(guest->address[0].bytes, "\0\0\0\0\0\0\0\0\0\0\0\0\n\1\0\v", 16);
	assert_int_equal(guest->address[1].ip_version, 6);
	assert_memory_equal(guest->address[1].bytes, "\375\0\0\0\0\0\0\0\0\0\0\0\0\0\0\21", 16);
	assert_int_equal(guest->gid_kind, POLICY_GID_GUID);
	assert_int_equal(guest->gid_guid, 0x0002c90300a0b0c1);
	assert_int_equal(guest->mgid[0].bits, 32);
	assert_int_equal(guest->limits.outstanding, 7);
	assert_int_equal(guest->limits.joins, 32);
	for (int i = 0; i < 8; i++)
		assert_int_equal(guest->line[POLICY_KEY_ACCESS + i], 8 + i);
	assert_int_equal(guest->line[POLICY_KEY_JOINS], 16);
	policy_free(policy);
}

TEST(each_port_space_has_its_service_ids)
{
	static const struct {
		const char *text;
		uint64_t first;
	} spaces[] = {
		{"sdp:1", 0x10001},	  {"ipoib:1", 0x20001}, {"tcp:1", 0x1060001},
		{"udp:65535", 0x111ffff}, {"ib:0", 0x13f0000},	{"0xFfffFfffFfffFfff", UINT64_MAX},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(spaces); i++) {
		g_autofree char *text =
			g_strdup_printf(GATEWAY "[guest a]\nlisten = %s\n", spaces[i].text);
		struct policy *policy = parse(text);

		assert_int_equal(policy->guest[0]->listen.range[0].first, spaces[i].first);
		assert_int_equal(policy->guest[0]->listen.range[0].last, spaces[i].first);
		policy_free(policy);
	}
}

TEST(limits_hold_for_guests_that_stand_before_them)
{
	struct policy *policy = parse("[guest b]\njoins = 9\n[guest a]\n" GATEWAY
				      "[limits]\njoins = 5\noutstanding = 0\n");

	assert_int_equal(policy_find(policy, "a")->limits.joins, 5);
	assert_int_equal(policy_find(policy, "b")->limits.joins, 9);
	assert_int_equal(policy_find(policy, "b")->limits.outstanding, 0);
	policy_free(policy);
}

TEST(the_text_may_come_from_any_editor)
{
	static const char *const same[] = {
		"[gateway]\nport = mlx5_0/1\n[guest a]\naccess = port\n",
		"[gateway]\r\nport = mlx5_0/1\r\n[guest a]\r\naccess = port\r\n",
		"\xef\xbb\xbf[gateway]\nport = mlx5_0/1\n[guest a]\naccess = port",
		"#\n\n  [gateway]  \n\tport=mlx5_0/1;  \n\n[guest a]\n#caf\303\251\n access=port",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
		struct policy *policy = parse(same[i]);

		assert_string_equal(policy->port[0].ca_name, "mlx5_0");
		assert_int_equal(policy->port_count, 1);
		assert_int_equal(policy_find(policy, "a")->grade, POLICY_GRADE_PORT);
		policy_free(policy);
	}
}

TEST(a_list_may_have_blanks_and_end_with_a_semicolon)
{
	struct policy *policy = parse(GATEWAY "[guest a]\nlisten = tcp:9 ; tcp:1-3 ;\n"
					      "map = tcp:50 > tcp:60\n");
	const struct policy_guest *guest = policy->guest[0];

	/* Sorted, whatever the order in the file. */
	assert_int_equal(guest->listen.count, 2);
	assert_int_equal(guest->listen.range[0].first, 0x1060001);
	assert_int_equal(guest->listen.range[1].first, 0x1060009);
	assert_int_equal(guest->map_count, 1);
	policy_free(policy);
}

/* What guests may share, and which criterion of cm-route distinguishes them. */
TEST(guests_may_share_services_that_a_later_criterion_tells_apart)
{
	static const char *const good[] = {
		"[guest a]\nlisten=tcp:1\naddress=::1\n[guest b]\nlisten=tcp:1\naddress=::2\n",
		"[guest a]\nlisten=tcp:1\n[guest b]\nlisten=tcp:1\ngid=alias\n",
		"[guest a]\nlisten=tcp:1\ngid=alias\n[guest b]\nlisten=tcp:1\ngid=alias\n",
		"[guest a]\nlisten=tcp:1\ngid=0x1\n[guest b]\nlisten=tcp:1\ngid=0x2\n",
		/* On the wire they do not overlap. */
		"[guest a]\nlisten=tcp:1\nmap=tcp:2>tcp:1\n[guest b]\nlisten=tcp:1\n",
		"[guest a]\nlisten=tcp:1-9\nmap=tcp:50-51>tcp:4-5\n[guest b]\nlisten=tcp:4-5\n",
		/* Exchanged within one guest. */
		"[guest a]\nlisten=tcp:1-9\nmap=tcp:1>tcp:2;tcp:2>tcp:1\n",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *text = g_strconcat(GATEWAY, good[i], NULL);

		policy_free(parse(text));
	}
}

TEST(a_thousand_guests_may_share_their_ports_by_address)
{
	g_autoptr(GString) text = g_string_new(GATEWAY);
	struct policy *policy;

	for (int i = 0; i < 1000; i++)
		g_string_append_printf(text,
				       "[guest g%d]\nlisten=tcp:0-65535\naddress=10.0.%d.%d\n", i,
				       i / 200, i % 200 + 1);
	policy = parse_bytes(text->str, text->len);
	assert_int_equal(policy->guest_count, 1000);
	assert_non_null(policy_find(policy, "g777"));
	policy_free(policy);
}

/* The man page contains every key, and the default and maximum of every quota. */
TEST(the_man_page_tells_what_the_tables_say)
{
	g_autofree char *man = NULL;

	assert_true(g_file_get_contents(man_path, &man, NULL, NULL));
	for (size_t i = 0; i < POLICY_GATEWAY_KEYS; i++) {
		g_autofree char *key = g_strdup_printf(".It Cm %s\n", policy_gateway_keys[i].name);

		assert_non_null(strstr(man, key));
	}
	for (size_t i = 0; i < POLICY_GUEST_KEYS; i++) {
		g_autofree char *key =
			g_strdup_printf(".It Cm %s\n", policy_key_name(policy_guest_keys[i].key));

		assert_non_null(strstr(man, key));
	}
	for (size_t i = 0; i < POLICY_QUOTAS; i++) {
		const struct policy_quota *quota = &policy_quotas[i];
		g_autofree char *row = g_strdup_printf(".It Cm %s Ta %u Ta %u Ta %s\n",
						       policy_key_name(quota->key), quota->deflt,
						       quota->ceiling, quota->meaning);

		if (strstr(man, row) == NULL)
			print_error("missing in the man page: %s", row);
		assert_non_null(strstr(man, row));
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	man_path = argv[1];
	return test_run(NULL, NULL);
}
