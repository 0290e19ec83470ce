/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The decisions of policy.h on literal structs, without the parser. */
#include "policy/policy.h"
#include "policy/quota.h"
#include "tests/unit/test.h"

TEST(a_guest_is_found_by_its_whole_name_and_a_uuid_in_whatever_case)
{
	char folded[] = "1F2504E0-4F89-41D3-9A0C-0305E82C3301", kept[] = "Alpha";
	struct policy_guest uuid = {.name = folded}, a = {.name = "alpha"}, b = {.name = "b"};
	struct policy_guest *guests[] = {&uuid, &a, &b};
	struct policy policy = {.guest_count = 3, .guest = guests}, empty = {0};
	static const char *const nobody[] = {"",
					     "alph",
					     "alphaa",
					     "Alpha",
					     "c",
					     "1F2504E0-4F89-41D3-9A0C-0305E82C330G",
					     "1F2504E0+4F89-41D3-9A0C-0305E82C3301"};

	policy_guest_name_fold(folded);
	assert_string_equal(folded, "1f2504e0-4f89-41d3-9a0c-0305e82c3301");
	policy_guest_name_fold(kept); /* a name is not changed */
	assert_string_equal(kept, "Alpha");
	assert_ptr_equal(policy_find(&policy, "1F2504E0-4F89-41d3-9A0C-0305E82C3301"), &uuid);
	assert_ptr_equal(policy_find(&policy, "alpha"), &a);
	assert_ptr_equal(policy_find(&policy, "b"), &b);
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		assert_null(policy_find(&policy, nobody[i]));
	assert_null(policy_find(&empty, "alpha"));
}

TEST(a_partition_is_granted_as_full_or_limited_member)
{
	static uint16_t keys[] = {0xffff, 0x0001};
	static const struct policy_guest named = {.pkey_count = 2, .pkey = keys},
					 any = {.pkeys_any = true};
	static const struct {
		const struct policy_guest *guest;
		uint16_t asked, of_port;
		bool allowed;
	} rows[] = {
		{&named, 0xffff, 0x8123, true},
		{&named, 0x7fff, 0x8123, true},
		{&named, 0x0001, 0x8123, true},
		{&named, 0x8001, 0x8123, false},
		{&named, 0x8123, 0x8123, false},
		{&named, 0x0002, 0x8123, false},
		/* only the port's default partition */
		{&any, 0xffff, 0xffff, true},
		{&any, 0x7fff, 0xffff, true},
		{&any, 0x8001, 0xffff, false},
		{&any, 0xffff, 0x7fff, false},
		{&any, 0x7fff, 0x7fff, true},
		/* a port without a partition grants none */
		{&any, 0x8000, 0x0000, false},
		{&any, 0x0000, 0x0000, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(policy_pkey_allowed(rows[i].guest, rows[i].asked, rows[i].of_port),
				 rows[i].allowed);
}

TEST(a_service_is_found_in_its_range_and_at_both_ends)
{
	struct policy_service_range ranges[] = {
		{5, 5}, {10, 20}, {21, 30}, {UINT64_MAX - 1, UINT64_MAX}};
	struct policy_services services = {.count = 4, .range = ranges};
	static const uint64_t in[] = {5, 10, 15, 20, 21, 30, UINT64_MAX - 1, UINT64_MAX};
	static const uint64_t out[] = {0, 4, 6, 9, 31, UINT64_MAX - 2};

	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_true(policy_services_contain(&services, in[i]));
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		assert_false(policy_services_contain(&services, out[i]));
	services = (struct policy_services){.any = true};
	assert_true(policy_services_contain(&services, 77));
	services.any = false;
	assert_false(policy_services_contain(&services, 77));
}

TEST(a_mapped_service_is_reached_by_its_number_on_the_wire_alone)
{
	struct policy_service_range listen[] = {{100, 199}};
	struct policy_map maps[] = {{{1000, 1009}, 100}, {{2000, 2000}, 7}};
	struct policy_guest guest = {
		.listen = {.count = 1, .range = listen}, .map_count = 2, .map = maps};
	uint64_t id = 0;

	assert_true(policy_service_to_guest(&guest, 1003, &id));
	assert_int_equal(id, 103);
	assert_true(policy_service_to_guest(&guest, 150, &id));
	assert_int_equal(id, 150);
	/* 103 is 1003 on the wire, and not itself. */
	assert_false(policy_service_to_guest(&guest, 103, &id));
	/* map grants listening: 7 is not in listen. */
	assert_true(policy_service_to_guest(&guest, 2000, &id));
	assert_int_equal(id, 7);
	assert_true(policy_listen_allowed(&guest, 7));
	assert_false(policy_listen_allowed(&guest, 8));
	assert_false(policy_service_to_guest(&guest, 200, &id));
	assert_false(policy_service_to_guest(&guest, 1010, &id));
}

TEST(both_directions_of_a_map_agree)
{
	struct policy_service_range listen[] = {{100, 199}};
	struct policy_map maps[] = {{{150, 150}, 160}, {{160, 160}, 150}, {{1000, 1009}, 100}};
	struct policy_guest guest = {
		.listen = {.count = 1, .range = listen}, .map_count = 3, .map = maps};

	for (uint64_t own = 0; own < 1200; own++) {
		uint64_t wire = 0, back = 0;

		assert_int_equal(policy_service_to_wire(&guest, own, &wire),
				 policy_listen_allowed(&guest, own));
		if (!policy_listen_allowed(&guest, own))
			continue;
		assert_true(policy_service_to_guest(&guest, wire, &back));
		assert_int_equal(back, own);
	}
}

TEST(a_group_is_granted_by_its_prefix)
{
	struct policy_mgid prefixes[] = {
		{{0xff, 0x12, 0x40, 0x1b}, 32}, {{0xff, 0x15, 0x80}, 17}, {{0xff, 0x1e}, 128}};
	struct policy_guest guest = {.mgid_count = 3, .mgid = prefixes};
	static const struct {
		uint8_t mgid[16];
		bool allowed;
	} rows[] = {
		{{0xff, 0x12, 0x40, 0x1b, 0xff, 0xff}, true},
		{{0xff, 0x12, 0x40, 0x1a}, false},
		{{0xff, 0x15, 0xff, 1}, true},
		{{0xff, 0x15, 0x7f, 1}, false},
		{{0xff, 0x1e}, true},
		{{0xff, 0x1e, [15] = 1}, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(policy_multicast_allowed(&guest, rows[i].mgid), rows[i].allowed);
	guest.multicast_any = true;
	assert_true(policy_multicast_allowed(&guest, rows[5].mgid));
}

TEST(an_address_is_owned_by_version_and_bytes)
{
	struct policy_address own[] = {{4, {[12] = 10, 1, 0, 11}}};
	struct policy_guest guest = {.address_count = 1, .address = own};
	struct policy_address ask = own[0];

	assert_true(policy_address_owned(&guest, &ask));
	ask.ip_version = 6;
	assert_false(policy_address_owned(&guest, &ask));
	ask = own[0];
	ask.bytes[15] = 12;
	assert_false(policy_address_owned(&guest, &ask));
}

TEST(a_rule_is_the_key_then_the_limits_then_the_section)
{
	struct policy_guest guest = {.name = "alpha", .section = "guest alpha"};
	struct policy policy = {.file = "p.conf"};
	struct policy_rule rule;

	guest.line[POLICY_KEY_SECTION] = 9;
	guest.line[POLICY_KEY_ACCESS] = 12;
	policy.limits_line[POLICY_KEY_JOINS] = 3;
	rule = policy_rule(&policy, &guest, POLICY_KEY_ACCESS);
	assert_string_equal(rule.file, "p.conf");
	assert_int_equal(rule.line, 12);
	assert_string_equal(rule.key, "access");
	rule = policy_rule(&policy, &guest, POLICY_KEY_JOINS);
	assert_int_equal(rule.line, 3);
	assert_string_equal(rule.key, "joins");
	guest.line[POLICY_KEY_JOINS] = 15;
	assert_int_equal(policy_rule(&policy, &guest, POLICY_KEY_JOINS).line, 15);
	rule = policy_rule(&policy, &guest, POLICY_KEY_LISTEN);
	assert_int_equal(rule.line, 9);
	assert_string_equal(rule.key, "guest alpha");
	rule = policy_rule(&policy, NULL, POLICY_KEY_ACCESS);
	assert_string_equal(rule.file, "p.conf");
	assert_int_equal(rule.line, 0);
	assert_null(rule.key);
}

TEST(names_are_fit_for_a_file_and_told_from_uuids_by_their_form)
{
	static const struct {
		const char *name;
		bool ok, is_uuid;
	} rows[] = {
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a10", true, true},
		{"3E2F0B3C-5F4A-4F52-9A4E-0C5F3C1C7A10", true, true},
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a1", true, false},
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a101", true, false},
		{"3e2f0b3c5f4a4f529a4e0c5f3c1c7a10", true, false},
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a1g", true, false},
		{"3e2f0b3c_5f4a-4f52-9a4e-0c5f3c1c7a10", true, false},
		{"A.b_c-9", true, false},
		{"_", true, false},
		{"", false, false},
		{".", false, false},
		{"..", false, false},
		{".hidden", false, false},
		{"-rf", false, false},
		{"a/b", false, false},
		{"a b", false, false},
		{"caf\303\251", false, false},
	};
	char name[POLICY_GUEST_NAME_MAX + 2];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(policy_guest_name_ok(rows[i].name), rows[i].ok);
		assert_int_equal(policy_guest_name_is_uuid(rows[i].name), rows[i].is_uuid);
	}
	memset(name, 'x', sizeof(name));
	name[POLICY_GUEST_NAME_MAX + 1] = '\0';
	assert_false(policy_guest_name_ok(name));
	name[POLICY_GUEST_NAME_MAX] = '\0';
	assert_true(policy_guest_name_ok(name));
}

TEST(every_quota_has_a_field_of_its_own_and_the_defaults_of_the_table)
{
	struct policy_limits limits = policy_limits_default();

	assert_int_equal(limits.outstanding, 128);
	assert_int_equal(limits.mad_rate, 0);
	assert_int_equal(limits.joins, 256);
	assert_int_equal(limits.connections, 4096);
	for (uint32_t i = 0; i < POLICY_QUOTAS; i++) {
		assert_true(policy_quotas[i].deflt <= policy_quotas[i].ceiling);
		policy_limit_set(&limits, &policy_quotas[i], i + 1);
	}
	for (uint32_t i = 0; i < POLICY_QUOTAS; i++)
		assert_int_equal(policy_limit_get(&limits, &policy_quotas[i]), i + 1);
	assert_int_equal(limits.outstanding + limits.mad_rate + limits.joins + limits.connections,
			 1 + 2 + 3 + 4);
}
