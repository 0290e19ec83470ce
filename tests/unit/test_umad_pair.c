/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Adapters as pairs of an SMI and a GSI, as observed with rdma-core 65 on a sysfs of the same ports. */
#include "guest-umad/umad_pair.h"
#include "tests/unit/test.h"
#include "tests/unit/umad_fixture.h"

enum { DOWN = 1, ACTIVE = 4, NO_SMI = 1 << 10, CA = 1, SWITCH = 2 };

#define PORT(name, number, guid, mask, up, type)                                                 \
	{                                                                                        \
		.ca_name = (name), .port_num = (number), .port_guid = (guid), .capmask = (mask), \
		.state = (up), .node_type = (type)                                               \
	}

/* A planarized port as its driver presents it, an ordinary adapter of two ports, one without an SMI. */
static const struct chan_port_info mixed[] = {
	PORT("p_gsi", 1, 0x10, NO_SMI, ACTIVE, CA), PORT("smi", 1, 0x10, 0, ACTIVE, CA),
	PORT("two", 1, 0x20, 0, DOWN, CA),	    PORT("two", 2, 0x21, 0, ACTIVE, CA),
	PORT("alone", 1, 0x30, NO_SMI, ACTIVE, CA), PORT("zero", 0, 0x40, 0, ACTIVE, SWITCH),
	PORT("down", 1, 0x50, 0, DOWN, CA),
};

static void give(const struct chan_port_info *ports, unsigned int n)
{
	fake.given = ports;
	fake.given_count = n;
}

static void assert_pair(const struct umad_ca_pair *p, const char *smi, const char *gsi)
{
	assert_string_equal(p->smi_name, smi);
	assert_string_equal(p->gsi_name, gsi);
}

TEST_F(adapters_of_one_port_guid_are_a_pair_and_others_are_both)
{
	struct umad_ca_pair p[8];

	give(mixed, sizeof(mixed) / sizeof(mixed[0]));
	assert_int_equal(umad_get_smi_gsi_pairs(p, 8), 5);
	assert_pair(&p[0], "", "alone");
	assert_pair(&p[1], "down", "down");
	assert_pair(&p[2], "smi", "p_gsi");
	assert_pair(&p[3], "two", "two");
	assert_pair(&p[4], "zero", "zero");
	assert_pair(&p[5], "", "");
	assert_int_equal(umad_get_smi_gsi_pairs(p, 1), 1);
	assert_pair(&p[0], "", "alone");
}

TEST_F(a_pair_is_found_by_name_port_and_whether_it_takes_smps)
{
	static const struct {
		const char *name;
		uint8_t port;
		bool smi;
		int result;
		const char *smi_name;
		uint32_t smi_port;
		const char *gsi_name;
		uint32_t gsi_port;
	} rows[] = {
		{NULL, 0, true, 0, "smi", 1, "p_gsi", 1},
		{NULL, 0, false, 0, "", 1, "alone", 1},
		{"alone", 0, true, -ENODEV, NULL, 0, NULL, 0},
		{"alone", 1, false, 0, "", 1, "alone", 1},
		{"smi", 0, true, 0, "smi", 1, "p_gsi", 1},
		{"p_gsi", 1, true, 0, "smi", 1, "p_gsi", 1},
		{"two", 0, true, 0, "two", 2, "two", 2},
		{"two", 1, true, 0, "two", 1, "two", 1},
		{"two", 3, true, -ENODEV, NULL, 0, NULL, 0},
		{"two", 200, true, -ENODEV, NULL, 0, NULL, 0},
		{NULL, 2, true, 0, "two", 2, "two", 2},
		{"zero", 0, true, 0, "zero", 0, "zero", 0},
		{"down", 0, true, 0, "down", 1, "down", 1},
		{"none", 0, true, -ENODEV, NULL, 0, NULL, 0},
	};
	struct umad_ca_pair p;

	give(mixed, sizeof(mixed) / sizeof(mixed[0]));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(umad_get_smi_gsi_pair_by_ca_name(rows[i].name, rows[i].port, &p,
								  rows[i].smi),
				 rows[i].result);
		if (rows[i].result)
			continue;
		assert_pair(&p, rows[i].smi_name, rows[i].gsi_name);
		assert_int_equal(p.smi_preferred_port, rows[i].smi_port);
		assert_int_equal(p.gsi_preferred_port, rows[i].gsi_port);
	}
	assert_int_equal(umad_get_smi_gsi_pair_by_ca_name(NULL, 0, NULL, 0), -1);
}

TEST_F(without_an_adapter_the_pair_is_empty)
{
	struct umad_ca_pair p;

	fake.absent = true;
	assert_int_equal(umad_get_smi_gsi_pairs(&p, 1), 0);
	assert_int_equal(umad_get_smi_gsi_pair_by_ca_name(NULL, 0, &p, 1), 0);
	assert_pair(&p, "", "");
}

/* The port of a file is seen in what it sends. */
TEST_F(the_port_that_takes_smps_is_opened_when_it_is_asked_for)
{
	static const struct chan_port_info ports[] = {
		PORT("a_gsi", 1, 0x10, NO_SMI, ACTIVE, CA),
		PORT("b_smi", 1, 0x10, 0, ACTIVE, CA),
	};
	int opened[3];

	give(ports, 2);
	opened[0] = umad_open_port(NULL, 0);
	opened[1] = umad_open_smi_port(NULL, 0);
	opened[2] = umad_open_smi_port("a_gsi", 1); /* naming both gets them */
	for (unsigned int i = 0; i < 3; i++) {
		assert_true(opened[i] >= 0);
		assert_int_equal(get_send(opened[i], open_agent(opened[i], WIRE_CLASS_PERF), 1, 0),
				 0);
		assert_int_equal(fake.note[i].port, i == 1);
	}
	assert_int_equal(umad_open_smi_port("a_gsi", 0), -ENODEV);
	for (unsigned int i = 0; i < 3; i++)
		umad_close_port(opened[i]);
}
