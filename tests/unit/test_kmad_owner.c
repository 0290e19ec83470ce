/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Registration, and which agent gets unsolicited MADs, as in ib_register_mad_agent and find_mad_agent. */
#include "tests/unit/test.h"
#include "tests/unit/kmad_fixture.h"

TEST(registrations_are_judged_as_by_the_kernel)
{
	static const struct {
		struct kmad_reg reg;
		int ret;
	} rows[] = {
		/* sends only */
		{{.mgmt_class = 0}, 0},
		{{.mgmt_class = 0, .rmpp_version = 1}, 0},
		{{.mgmt_class = 0, .user_rmpp = true}, -EINVAL},
		{{.mgmt_class = 0x03, .mgmt_class_version = 2}, 0},
		{{.mgmt_class = 0x03, .mgmt_class_version = 0x82}, 0},
		{{.mgmt_class = 0x03, .mgmt_class_version = 0x83}, -EINVAL},
		{{.mgmt_class = 0x03, .mgmt_class_version = 2, .rmpp_version = 1}, 0},
		{{.mgmt_class = 0x03, .mgmt_class_version = 2, .rmpp_version = 2}, -EINVAL},
		{{.mgmt_class = 0x03, .rmpp_version = 1, .user_rmpp = true}, 0},
		{{.mgmt_class = 0x04, .rmpp_version = 1}, -EINVAL},
		{{.mgmt_class = 0x06, .rmpp_version = 1}, 0},
		/* QP0 for SMPs, QP1 for all others */
		{{.mgmt_class = 0x01, .qp0 = true}, 0},
		{{.mgmt_class = 0x01}, -EINVAL},
		{{.mgmt_class = 0x81, .qp0 = true}, 0},
		{{.mgmt_class = 0x81}, -EINVAL},
		{{.mgmt_class = 0x04, .qp0 = true}, -EINVAL},
		/* beyond the class table */
		{{.mgmt_class = 0x4f, .oui = {0, 0, 1}}, 0},
		{{.mgmt_class = 0x50}, -EINVAL},
		{{.mgmt_class = 0x82}, -EINVAL},
		/* vendor range 2 needs an OUI */
		{{.mgmt_class = 0x30}, -EINVAL},
		{{.mgmt_class = 0x32, .oui = {0x00, 0x14, 0x05}, .rmpp_version = 1}, 0},
		{{.mgmt_class = 0x09}, 0},
	};
	struct fixture b;
	size_t i;
	int f;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_open(&b, &fixture_kernel_like);
		f = fixture_open_file(&b);
		assert_int_equal(fixture_register_as(&b, f, &rows[i].reg), rows[i].ret);
		fixture_close(&b);
	}
}

TEST(a_method_of_a_class_has_one_owner)
{
	static const struct {
		struct kmad_reg reg;
		int ret; /* beside an owner of SA version 2 methods 1 and 2, and of one vendor OUI */
	} rows[] = {
		{{.mgmt_class = 0x03, .mgmt_class_version = 2, .method_mask = {0x2}}, -EINVAL},
		{{.mgmt_class = 0x03, .mgmt_class_version = 2, .method_mask = {0x8 | 0x4}},
		 -EINVAL},
		{{.mgmt_class = 0x03, .mgmt_class_version = 2, .method_mask = {0x8}}, 0},
		{{.mgmt_class = 0x03, .mgmt_class_version = 2, .method_mask = {0, 0, 0, 2}}, 0},
		{{.mgmt_class = 0x03, .mgmt_class_version = 2}, 0},
		{{.mgmt_class = 0x03, .mgmt_class_version = 1, .method_mask = {0x2}}, 0},
		{{.mgmt_class = 0x04, .mgmt_class_version = 2, .method_mask = {0x2}}, 0},
		{{.mgmt_class = 0x33,
		  .mgmt_class_version = 1,
		  .oui = {0, 1, 2},
		  .method_mask = {0x2}},
		 -EINVAL},
		{{.mgmt_class = 0x33,
		  .mgmt_class_version = 1,
		  .oui = {0, 1, 3},
		  .method_mask = {0x2}},
		 0},
	};
	static const struct kmad_reg sa = {
		.mgmt_class = 0x03, .mgmt_class_version = 2, .method_mask = {0x6}};
	static const struct kmad_reg vendor = {.mgmt_class = 0x33,
					       .mgmt_class_version = 1,
					       .oui = {0, 1, 2},
					       .method_mask = {0xe}};
	struct fixture b;
	int f, g;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_open(&b, &fixture_kernel_like);
		f = fixture_open_file(&b);
		g = fixture_open_file(&b);
		assert_int_equal(fixture_register_as(&b, f, &sa), 0);
		assert_int_equal(fixture_register_as(&b, f, &vendor), 1);
		ret = fixture_register_as(&b, g, &rows[i].reg);
		assert_int_equal(ret, rows[i].ret);
		/* What was refused is available once its owner is gone. */
		kmad_file_close(b.k, (unsigned int)f);
		if (ret < 0)
			assert_int_equal(fixture_register_as(&b, g, &rows[i].reg), 0);
		fixture_close(&b);
	}
}

TEST(lid_routed_and_directed_smps_are_two_classes)
{
	struct fixture b;
	uint8_t mad[256];
	int f;

	fixture_open(&b, &fixture_kernel_like);
	f = fixture_open_file(&b);
	assert_int_equal(fixture_register(&b, f, 0x01, 1, 0, 1u << 5), 0);
	assert_int_equal(fixture_register(&b, f, 0x81, 1, 0, 1u << 1), 1);
	fixture_mad(mad, 0x01, 1, WIRE_METHOD_TRAP, 3);
	fixture_arrive(&b, 9, mad);
	fixture_expect_mad(&b, f);
	fixture_mad(mad, 0x81, 1, WIRE_METHOD_TRAP, 3);
	fixture_arrive(&b, 9, mad);
	fixture_expect_nothing(&b, f);
	fixture_mad(mad, 0x81, 1, WIRE_METHOD_GET, 3);
	fixture_arrive(&b, 9, mad);
	fixture_expect_mad(&b, f);
	fixture_close(&b);
}

TEST(unsolicited_mads_go_to_the_owner_of_their_method)
{
	struct fixture b;
	struct kmad_msg *msg;
	uint8_t mad[256];
	int f, g, i;

	fixture_open(&b, &fixture_kernel_like);
	f = fixture_open_file(&b);
	g = fixture_open_file(&b);
	fixture_register(&b, f, 0x04, 1, 0, 0);
	assert_int_equal(fixture_register(&b, f, 0x03, 2, 0, 1u << 6), 1);
	assert_int_equal(fixture_register(&b, g, 0x03, 2, 0, 1u << 2 | 1u << 1), 0);
	for (i = 0; i < 0x80; i++) {
		fixture_mad(mad, 0x03, 2, (uint8_t)i, 3);
		fixture_arrive(&b, 9, mad);
		if (i == 6) {
			msg = fixture_read(&b, f);
			assert_non_null(msg);
			assert_int_equal(msg->agent, 1);
			assert_int_equal(msg->addr.lid, 9);
			assert_memory_equal(msg->data, mad, 256);
			free(msg);
		} else if (i == 1 || i == 2) {
			fixture_expect_mad(&b, g);
		}
		fixture_expect_nothing(&b, f);
		fixture_expect_nothing(&b, g);
	}
	fixture_mad(mad, 0x03, 1, 1, 3);
	fixture_arrive(&b, 9, mad);
	fixture_mad(mad, 0x04, 2, 1, 3);
	fixture_arrive(&b, 9, mad);
	fixture_mad(mad, 0x50, 0xff, 1, 3);
	fixture_arrive(&b, 9, mad);
	fixture_expect_nothing(&b, g);
	fixture_close(&b);
}

TEST(vendor_mads_go_to_the_owner_of_their_oui)
{
	struct kmad_reg reg = {.mgmt_class = 0x32,
			       .mgmt_class_version = 1,
			       .oui = {0, 0x14, 0x05},
			       .method_mask = {0x2}};
	struct fixture b;
	uint8_t mad[256];
	int f, g;

	fixture_open(&b, &fixture_kernel_like);
	f = fixture_open_file(&b);
	g = fixture_open_file(&b);
	assert_int_equal(fixture_register_as(&b, f, &reg), 0);
	reg.oui[2] = 6;
	assert_int_equal(fixture_register_as(&b, g, &reg), 0);
	fixture_mad(mad, 0x32, 1, WIRE_METHOD_GET, 3);
	fixture_arrive(&b, 9, mad);
	memcpy(mad + 37, (uint8_t[]){0, 0x14, 0x05}, 3);
	fixture_arrive(&b, 9, mad);
	fixture_expect_mad(&b, f);
	fixture_expect_nothing(&b, f);
	fixture_expect_nothing(&b, g);
	mad[39] = 6;
	fixture_arrive(&b, 9, mad);
	fixture_expect_mad(&b, g);
	fixture_expect_nothing(&b, f);
	fixture_close(&b);
}

TEST(a_vendor_class_has_eight_ouis)
{
	struct kmad_reg reg = {.mgmt_class = 0x32, .mgmt_class_version = 1, .method_mask = {0x2}};
	struct fixture b;
	int f, i;

	fixture_open(&b, &fixture_kernel_like);
	f = fixture_open_file(&b);
	for (i = 1; i <= 8; i++) {
		reg.oui[2] = (uint8_t)i;
		assert_int_equal(fixture_register_as(&b, f, &reg), i - 1);
	}
	reg.oui[2] = 9;
	assert_int_equal(fixture_register_as(&b, f, &reg), -ENOMEM);
	reg.mgmt_class = 0x33;
	assert_int_equal(fixture_register_as(&b, f, &reg), 8);
	reg.mgmt_class = 0x32;
	assert_int_equal(kmad_unregister(b.k, f, 3), 0);
	assert_int_equal(fixture_register_as(&b, f, &reg), 3);
	fixture_close(&b);
}

TEST(a_file_has_32_agents)
{
	struct fixture b;
	int f, i;

	fixture_open(&b, &fixture_kernel_like);
	f = fixture_open_file(&b);
	for (i = 0; i < KMAD_MAX_AGENTS; i++)
		assert_int_equal(fixture_register(&b, f, 0x04, 1, 0, 0), i);
	assert_int_equal(fixture_register(&b, f, 0x04, 1, 0, 0), -ENOMEM);
	assert_int_equal(fixture_unregister(&b, f, 17), 0);
	assert_int_equal(fixture_register(&b, f, 0x04, 1, 0, 0), 17);
	assert_int_equal(fixture_unregister(&b, f, 99), -EINVAL);
	fixture_close(&b);
}

TEST(cm_mads_other_than_send_are_dropped_but_for_class_port_info)
{
	struct fixture b;
	uint8_t mad[256];
	int f;

	fixture_open(&b, &fixture_kernel_like);
	f = fixture_open_file(&b);
	fixture_register(&b, f, WIRE_CLASS_CM, 2, 0, 0xffffffff);
	fixture_mad(mad, WIRE_CLASS_CM, 2, WIRE_METHOD_GET, 3);
	put_be16(mad + 16, 0x10);
	fixture_arrive(&b, 9, mad);
	fixture_expect_nothing(&b, f);
	put_be16(mad + 16, 1);
	fixture_arrive(&b, 9, mad);
	fixture_expect_mad(&b, f);
	mad[3] = WIRE_METHOD_SEND;
	put_be16(mad + 16, 0x10);
	fixture_arrive(&b, 9, mad);
	fixture_expect_mad(&b, f);
	fixture_close(&b);
}

TEST(the_upper_half_of_the_tid_never_is_zero_or_has_its_top_byte_set)
{
	struct kmad_params params = {.seed = 0xfffffffd};
	struct fixture b;
	uint8_t mad[256];
	uint32_t hi;
	int f, i;

	fixture_open(&b, &params);
	f = fixture_open_file(&b);
	for (i = 0; i < 8; i++) {
		assert_int_equal(fixture_register(&b, f, 0x04, 1, 0, 0), i);
		fixture_mad(mad, 0x04, 1, WIRE_METHOD_GET, 3);
		assert_int_equal(fixture_post(&b, f, i, 1, mad, 256, 100, 0), 0);
		hi = (uint32_t)(wire_mad_tid(mad) >> 32);
		assert_int_not_equal(hi, 0);
		assert_int_equal(hi >> 24, 0);
	}
	fixture_close(&b);
}
