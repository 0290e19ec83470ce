/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decisions of policy.h over literal structs: no parser is needed to know them right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/policy.h"
#include "policy/quota.h"

static void a_uuid_is_one_guest_in_whatever_case(void **state)
{
	char name[] = "1F2504E0-4F89-41D3-9A0C-0305E82C3301", other[] = "Alpha";
	struct policy_guest a = {.name = name};
	struct policy_guest *guests[] = {&a};
	struct policy policy = {.guest_count = 1, .guest = guests};

	policy_guest_name_fold(name);
	assert_string_equal(name, "1f2504e0-4f89-41d3-9a0c-0305e82c3301");
	assert_ptr_equal(policy_find(&policy, "1F2504E0-4F89-41d3-9A0C-0305E82C3301"), &a);
	assert_ptr_equal(policy_find(&policy, name), &a);
	assert_null(policy_find(&policy, "1F2504E0-4F89-41D3-9A0C-0305E82C330G"));
	assert_null(policy_find(&policy, "1F2504E0+4F89-41D3-9A0C-0305E82C3301"));
	/* a name is what it is */
	policy_guest_name_fold(other);
	assert_string_equal(other, "Alpha");
}

static void a_guest_without_a_section_is_not_found(void **state)
{
	struct policy_guest a = {.name = "alpha"}, b = {.name = "beta"}, c = {.name = "c"};
	struct policy_guest *guests[] = {&a, &b, &c};
	struct policy policy = {.guest_count = 3, .guest = guests};

	assert_ptr_equal(policy_find(&policy, "alpha"), &a);
	assert_ptr_equal(policy_find(&policy, "beta"), &b);
	assert_ptr_equal(policy_find(&policy, "c"), &c);
	assert_null(policy_find(&policy, ""));
	assert_null(policy_find(&policy, "alph"));
	assert_null(policy_find(&policy, "alphaa"));
	assert_null(policy_find(&policy, "d"));
	policy.guest_count = 0;
	assert_null(policy_find(&policy, "alpha"));
}

static void a_limited_member_may_not_use_the_full_pkey(void **state)
{
	uint16_t keys[] = {0xffff, 0x0001};
	struct policy_guest guest = {.pkey_count = 2, .pkey = keys};

	assert_true(policy_pkey_allowed(&guest, 0xffff, 0x8123));
	assert_true(policy_pkey_allowed(&guest, 0x7fff, 0x8123));
	assert_true(policy_pkey_allowed(&guest, 0x0001, 0x8123));
	assert_false(policy_pkey_allowed(&guest, 0x8001, 0x8123));
	assert_false(policy_pkey_allowed(&guest, 0x8123, 0x8123));
	assert_false(policy_pkey_allowed(&guest, 0x0002, 0x8123));
}

static void without_pkeys_the_default_partition_is_all(void **state)
{
	struct policy_guest guest = {.pkeys_any = true};

	assert_true(policy_pkey_allowed(&guest, 0xffff, 0xffff));
	assert_true(policy_pkey_allowed(&guest, 0x7fff, 0xffff));
	assert_false(policy_pkey_allowed(&guest, 0x8001, 0xffff));
	assert_false(policy_pkey_allowed(&guest, 0xffff, 0x7fff));
	assert_true(policy_pkey_allowed(&guest, 0x7fff, 0x7fff));
	/* A port that has no partition yet grants none. */
	assert_false(policy_pkey_allowed(&guest, 0x8000, 0x0000));
	assert_false(policy_pkey_allowed(&guest, 0x0000, 0x0000));
}

static void a_service_is_found_in_its_range_and_at_both_ends(void **state)
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

static void a_mapped_service_is_reached_by_its_number_on_the_wire_alone(void **state)
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
	/* 103 is seen as 1003 and not as itself. */
	assert_false(policy_service_to_guest(&guest, 103, &id));
	/* map grants listening: 7 is not in listen. */
	assert_true(policy_service_to_guest(&guest, 2000, &id));
	assert_int_equal(id, 7);
	assert_true(policy_listen_allowed(&guest, 7));
	assert_false(policy_listen_allowed(&guest, 8));
	assert_false(policy_service_to_guest(&guest, 200, &id));
	assert_false(policy_service_to_guest(&guest, 1010, &id));
}

static void both_directions_of_a_map_agree(void **state)
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

static void a_group_is_granted_by_its_prefix(void **state)
{
	struct policy_mgid prefixes[] = {
		{{0xff, 0x12, 0x40, 0x1b}, 32}, {{0xff, 0x15, 0x80}, 17}, {{0xff, 0x1e}, 128}};
	struct policy_guest guest = {.mgid_count = 3, .mgid = prefixes};
	uint8_t mgid[16] = {0xff, 0x12, 0x40, 0x1b, 0xff, 0xff};

	assert_true(policy_multicast_allowed(&guest, mgid));
	mgid[3] = 0x1a;
	assert_false(policy_multicast_allowed(&guest, mgid));
	memcpy(mgid, (const uint8_t[]){0xff, 0x15, 0xff, 1}, 4);
	assert_true(policy_multicast_allowed(&guest, mgid));
	mgid[2] = 0x7f;
	assert_false(policy_multicast_allowed(&guest, mgid));
	memset(mgid, 0, 16);
	memcpy(mgid, (const uint8_t[]){0xff, 0x1e}, 2);
	assert_true(policy_multicast_allowed(&guest, mgid));
	mgid[15] = 1;
	assert_false(policy_multicast_allowed(&guest, mgid));
	guest.multicast_any = true;
	assert_true(policy_multicast_allowed(&guest, mgid));
}

static void an_address_is_owned_by_version_and_bytes(void **state)
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

static void a_rule_is_the_key_then_the_limits_then_the_section(void **state)
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

static void a_uuid_is_told_from_a_name_by_its_form(void **state)
{
	static const struct {
		const char *name;
		bool is_uuid;
	} rows[] = {
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a10", true},
		{"3E2F0B3C-5F4A-4F52-9A4E-0C5F3C1C7A10", true},
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a1", false},
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a101", false},
		{"3e2f0b3c5f4a4f529a4e0c5f3c1c7a10", false},
		{"3e2f0b3c-5f4a-4f52-9a4e-0c5f3c1c7a1g", false},
		{"3e2f0b3c_5f4a-4f52-9a4e-0c5f3c1c7a10", false},
		{"", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(policy_guest_name_is_uuid(rows[i].name), rows[i].is_uuid);
}

static void a_guest_name_is_fit_for_a_file_name(void **state)
{
	char name[POLICY_GUEST_NAME_MAX + 2];

	assert_true(policy_guest_name_ok("alpha"));
	assert_true(policy_guest_name_ok("A.b_c-9"));
	assert_true(policy_guest_name_ok("_"));
	assert_false(policy_guest_name_ok(""));
	assert_false(policy_guest_name_ok("."));
	assert_false(policy_guest_name_ok(".."));
	assert_false(policy_guest_name_ok(".hidden"));
	assert_false(policy_guest_name_ok("-rf"));
	assert_false(policy_guest_name_ok("a/b"));
	assert_false(policy_guest_name_ok("a b"));
	assert_false(policy_guest_name_ok("caf\303\251"));
	memset(name, 'x', sizeof(name));
	name[POLICY_GUEST_NAME_MAX] = '\0';
	assert_true(policy_guest_name_ok(name));
	name[POLICY_GUEST_NAME_MAX] = 'x';
	name[POLICY_GUEST_NAME_MAX + 1] = '\0';
	assert_false(policy_guest_name_ok(name));
}

static void every_quota_has_a_field_of_its_own_and_the_defaults_of_the_table(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uuid_is_one_guest_in_whatever_case),
		cmocka_unit_test(a_guest_without_a_section_is_not_found),
		cmocka_unit_test(a_limited_member_may_not_use_the_full_pkey),
		cmocka_unit_test(without_pkeys_the_default_partition_is_all),
		cmocka_unit_test(a_service_is_found_in_its_range_and_at_both_ends),
		cmocka_unit_test(a_mapped_service_is_reached_by_its_number_on_the_wire_alone),
		cmocka_unit_test(both_directions_of_a_map_agree),
		cmocka_unit_test(a_group_is_granted_by_its_prefix),
		cmocka_unit_test(an_address_is_owned_by_version_and_bytes),
		cmocka_unit_test(a_rule_is_the_key_then_the_limits_then_the_section),
		cmocka_unit_test(a_guest_name_is_fit_for_a_file_name),
		cmocka_unit_test(a_uuid_is_told_from_a_name_by_its_form),
		cmocka_unit_test(every_quota_has_a_field_of_its_own_and_the_defaults_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
