/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The relay's HELLO to both sides, and the ports that processes see. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"

static struct chan_hello_reply hello(struct fixture *fixture)
{
	struct chan_hello ask = {.magic = CHAN_ABI_MAGIC, .version_max = 9};
	struct chan_slot slot = message(CHAN_KIND_HELLO, 0, 0);
	struct chan_hello_reply reply;
	int p = relay_process_new(fixture->relay, 0);

	assert_true(p >= 0);
	memcpy(slot.mad, &ask, sizeof(ask));
	assert_int_equal(fixture_says(fixture, (unsigned int)p, &slot), RELAY_DONE);
	assert_true(fixture_given(fixture, (unsigned int)p, &slot));
	memcpy(&reply, slot.mad, sizeof(reply));
	relay_process_gone(fixture->relay, (unsigned int)p, fixture->now);
	return reply;
}

TEST_READY(hello_is_answered_with_the_ports_of_all_devices, struct fixture *fixture)
{
	assert_int_equal(hello(fixture).ports, 1);
	fixture_ready(fixture, 3, 2);
	assert_int_equal(hello(fixture).ports, 3);
	assert_int_equal(hello(fixture).magic, CHAN_ABI_MAGIC);
	assert_int_equal(hello(fixture).version, CHAN_ABI_VERSION);
	assert_int_equal(hello(fixture).outstanding, 96);
}

TEST_F(no_process_is_welcome_before_a_gateway_has_answered, struct fixture *fixture)
{
	assert_int_equal(relay_process_new(fixture->relay, 0), -ENODEV);
	fixture_up(fixture, 0, 1);
	assert_int_equal(relay_process_new(fixture->relay, 0), -ENODEV);
	relay_own(fixture->relay, 0, fixture->now);
	assert_int_equal(relay_process_new(fixture->relay, 0), -ENODEV);
	fixture_settle(fixture);
	assert_int_equal(relay_process_new(fixture->relay, 0), 0);
}

TEST_READY(a_process_of_another_version_is_not_served, struct fixture *fixture)
{
	const struct chan_hello bad[] = {
		{.magic = 1, .version_max = 9},
		{.magic = CHAN_ABI_MAGIC, .version_min = 2, .version_max = 9},
		{.magic = CHAN_ABI_MAGIC, .version_min = 0, .version_max = 0},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct chan_slot slot = message(CHAN_KIND_HELLO, 0, 0);
		int p = relay_process_new(fixture->relay, 0);

		memcpy(slot.mad, &bad[i], sizeof(bad[i]));
		assert_int_equal(fixture_says(fixture, (unsigned int)p, &slot), RELAY_BROKEN);
		assert_non_null(strstr(relay_reason(fixture->relay), "version"));
	}
}

TEST_F(a_gateway_of_another_version_is_not_used, struct fixture *fixture)
{
	fixture_up(fixture, 0, 1);
	fixture->gateway[0].version = 2;
	relay_own(fixture->relay, 0, fixture->now);
	fixture_gateway_runs(fixture, 0, FIXTURE_ALL);
	assert_false(fixture_relay_takes(fixture, 0, FIXTURE_ALL));
	assert_non_null(strstr(relay_reason(fixture->relay), "version"));
	fixture_lost(fixture, 0);
	fixture_ready(fixture, 0, 1);
}

TEST_F(a_gateway_without_a_port_is_not_used, struct fixture *fixture)
{
	fixture_up(fixture, 0, 1);
	fixture->gateway[0].ports = 0;
	relay_own(fixture->relay, 0, fixture->now);
	fixture->gateway[0].ports = 1; /* for the fixture's own check of the slot */
	fixture->gateway[0].lose = 1;
	fixture_gateway_runs(fixture, 0, FIXTURE_ALL);
	assert_false(relay_ready(fixture->relay));
	assert_int_equal(fixture_passes(fixture, RELAY_CONTROL_MS - 1), 0);
	assert_int_equal(fixture_passes(fixture, 1), 1);
}

TEST_F(more_ports_than_a_guest_can_have_are_cut, struct fixture *fixture)
{
	fixture_ready(fixture, 0, 10);
	fixture_ready(fixture, 1, 10);
	assert_int_equal(relay_upstream_ports(fixture->relay, 1), 6);
	assert_int_equal(hello(fixture).ports, RELAY_PORTS);
	fixture_up(fixture, 2, 1);
	relay_own(fixture->relay, 2, fixture->now);
	fixture_gateway_runs(fixture, 2, FIXTURE_ALL);
	assert_false(fixture_relay_takes(fixture, 2, FIXTURE_ALL));
}

/* A HELLO_REPLY with this content. */
static void hello_is(struct fixture *fixture, uint32_t status, uint32_t magic, bool is_used)
{
	struct chan_hello_reply reply = {
		.magic = magic, .version = CHAN_ABI_VERSION, .ports = 1, .outstanding = 128};
	struct chan_slot slot;

	fixture_up(fixture, 0, 1);
	assert_false(relay_own(fixture->relay, 0, fixture->now));
	slot = gateway_gets(fixture, 0);
	slot.kind = CHAN_KIND_HELLO_REPLY;
	slot.status = status;
	memcpy(slot.mad, &reply, sizeof(reply));
	fixture_push(fixture, 0, &slot);
	assert_int_equal(fixture_relay_takes(fixture, 0, 1), is_used);
	assert_int_equal(relay_ready(fixture->relay), is_used);
	fixture_lost(fixture, 0);
}

TEST_F(a_gateway_with_a_wrong_hello_is_not_used, struct fixture *fixture)
{
	hello_is(fixture, 0, CHAN_ABI_MAGIC, true);
	hello_is(fixture, EPROTO, CHAN_ABI_MAGIC, false);
	hello_is(fixture, 0, CHAN_ABI_MAGIC + 1, false);
}

TEST_F(what_may_be_in_flight_is_what_the_smallest_device_takes, struct fixture *fixture)
{
	fixture_up(fixture, 0, 1);
	fixture->gateway[0].outstanding = 0; /* it has no value */
	fixture_settle(fixture);
	assert_int_equal(hello(fixture).outstanding, 96);
	fixture_up(fixture, 1, 1);
	fixture->gateway[1].outstanding = 16;
	fixture_settle(fixture);
	assert_int_equal(hello(fixture).outstanding, 12);
	fixture_ready(fixture, 2, 1); /* which takes more again */
	assert_int_equal(hello(fixture).outstanding, 12);
	fixture_lost(fixture, 0);
	fixture_ready(fixture, 0, 1);
	assert_int_equal(hello(fixture).outstanding, 12);
}

/* If a quarter would be one or none, nothing is reserved. */
TEST_F(a_tiny_gateway_is_shared_whole, struct fixture *fixture)
{
	static const struct {
		uint32_t outstanding, told;
	} rows[] = {{1, 1}, {7, 7}, {8, 6}, {9, 7}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_up(fixture, 0, 1);
		fixture->gateway[0].outstanding = rows[i].outstanding;
		fixture_settle(fixture);
		assert_int_equal(hello(fixture).outstanding, rows[i].told);
		fixture_lost(fixture, 0);
	}
}

TEST_F(a_gateway_whose_ring_takes_no_hello_is_silent, struct fixture *fixture)
{
	fixture_up(fixture, 3, 1);
	fixture->gateway[3].in.room = 0;
	assert_true(relay_own(fixture->relay, 3, fixture->now));
	assert_true(relay_deadline(fixture->relay).ms == fixture->now.ms + RELAY_CONTROL_MS);
	assert_int_equal(fixture_passes(fixture, RELAY_CONTROL_MS - 1), 0);
	assert_int_equal(fixture_passes(fixture, 1), 1 << 3);
	fixture_lost(fixture, 3);
	assert_true(relay_deadline(fixture->relay).ms == MONO_NEVER.ms);
}
