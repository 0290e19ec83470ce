/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The relay's HELLO to both sides, and the ports that processes are told of. */
#include "tests/unit/relay_assert.h"

static struct chan_hello_reply hello(struct bed *bed)
{
	struct chan_hello ask = {.magic = CHAN_ABI_MAGIC, .version_max = 9};
	struct chan_slot slot = message(CHAN_KIND_HELLO, 0, 0);
	struct chan_hello_reply reply;
	int p = relay_process_new(bed->relay, 0);

	assert_true(p >= 0);
	memcpy(slot.mad, &ask, sizeof(ask));
	assert_int_equal(bed_says(bed, (unsigned int)p, &slot), RELAY_DONE);
	assert_true(bed_given(bed, (unsigned int)p, &slot));
	memcpy(&reply, slot.mad, sizeof(reply));
	relay_process_gone(bed->relay, (unsigned int)p);
	return reply;
}

static void hello_is_answered_with_the_ports_of_all_devices(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
	assert_int_equal(hello(bed).ports, 1);
	bed_ready(bed, 3, 2);
	assert_int_equal(hello(bed).ports, 3);
	assert_int_equal(hello(bed).magic, CHAN_ABI_MAGIC);
	assert_int_equal(hello(bed).version, CHAN_ABI_VERSION);
	assert_int_equal(hello(bed).outstanding, 96);
}

static void no_process_is_welcome_before_a_gateway_has_answered(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(relay_process_new(bed->relay, 0), -ENODEV);
	bed_up(bed, 0, 1);
	assert_int_equal(relay_process_new(bed->relay, 0), -ENODEV);
	relay_own(bed->relay, 0, bed->now);
	assert_int_equal(relay_process_new(bed->relay, 0), -ENODEV);
	bed_settle(bed);
	assert_int_equal(relay_process_new(bed->relay, 0), 0);
}

static void a_process_of_another_version_is_not_served(void **state)
{
	struct bed *bed = *state;
	const struct chan_hello bad[] = {
		{.magic = 1, .version_max = 9},
		{.magic = CHAN_ABI_MAGIC, .version_min = 2, .version_max = 9},
		{.magic = CHAN_ABI_MAGIC, .version_min = 0, .version_max = 0},
	};

	bed_ready(bed, 0, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct chan_slot slot = message(CHAN_KIND_HELLO, 0, 0);
		int p = relay_process_new(bed->relay, 0);

		memcpy(slot.mad, &bad[i], sizeof(bad[i]));
		assert_int_equal(bed_says(bed, (unsigned int)p, &slot), RELAY_BROKEN);
		assert_non_null(strstr(relay_reason(bed->relay), "version"));
	}
}

static void a_gateway_of_another_version_is_not_used(void **state)
{
	struct bed *bed = *state;

	bed_up(bed, 0, 1);
	bed->gateway[0].version = 2;
	relay_own(bed->relay, 0, bed->now);
	bed_gateway_runs(bed, 0, BED_ALL);
	assert_false(bed_relay_takes(bed, 0, BED_ALL));
	assert_non_null(strstr(relay_reason(bed->relay), "version"));
	bed_lost(bed, 0);
	bed_ready(bed, 0, 1);
}

static void a_gateway_without_a_port_is_not_used(void **state)
{
	struct bed *bed = *state;

	bed_up(bed, 0, 1);
	bed->gateway[0].ports = 0;
	relay_own(bed->relay, 0, bed->now);
	bed->gateway[0].ports = 1; /* for the bed's own check of the slot */
	bed->gateway[0].lose = 1;
	bed_gateway_runs(bed, 0, BED_ALL);
	assert_false(relay_ready(bed->relay));
	assert_int_equal(bed_passes(bed, RELAY_CONTROL_MS - 1), 0);
	assert_int_equal(bed_passes(bed, 1), 1);
}

static void more_ports_than_a_guest_can_have_are_cut(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 10);
	bed_ready(bed, 1, 10);
	assert_int_equal(relay_upstream_ports(bed->relay, 1), 6);
	assert_int_equal(hello(bed).ports, RELAY_PORTS);
	bed_up(bed, 2, 1);
	relay_own(bed->relay, 2, bed->now);
	bed_gateway_runs(bed, 2, BED_ALL);
	assert_false(bed_relay_takes(bed, 2, BED_ALL));
}

/* What it says instead of a good HELLO_REPLY. */
static void greets(struct bed *bed, uint32_t status, uint32_t magic, bool is_used)
{
	struct chan_hello_reply reply = {
		.magic = magic, .version = CHAN_ABI_VERSION, .ports = 1, .outstanding = 128};
	struct chan_slot slot;

	bed_up(bed, 0, 1);
	assert_false(relay_own(bed->relay, 0, bed->now));
	slot = gateway_gets(bed, 0);
	slot.kind = CHAN_KIND_HELLO_REPLY;
	slot.status = status;
	memcpy(slot.mad, &reply, sizeof(reply));
	bed_push(bed, 0, &slot);
	assert_int_equal(bed_relay_takes(bed, 0, 1), is_used);
	assert_int_equal(relay_ready(bed->relay), is_used);
	bed_lost(bed, 0);
}

static void a_gateway_that_greets_wrongly_is_not_used(void **state)
{
	greets(*state, 0, CHAN_ABI_MAGIC, true);
	greets(*state, EPROTO, CHAN_ABI_MAGIC, false);
	greets(*state, 0, CHAN_ABI_MAGIC + 1, false);
}

static void what_may_be_in_flight_is_what_the_smallest_device_takes(void **state)
{
	struct bed *bed = *state;

	bed_up(bed, 0, 1);
	bed->gateway[0].outstanding = 0; /* it does not say */
	bed_settle(bed);
	assert_int_equal(hello(bed).outstanding, 96);
	bed_up(bed, 1, 1);
	bed->gateway[1].outstanding = 16;
	bed_settle(bed);
	assert_int_equal(hello(bed).outstanding, 12);
	bed_ready(bed, 2, 1); /* which takes more again */
	assert_int_equal(hello(bed).outstanding, 12);
	bed_lost(bed, 0);
	bed_ready(bed, 0, 1);
	assert_int_equal(hello(bed).outstanding, 12);
}

/* Where a quarter would be one or none, nothing is kept back. */
static void a_tiny_gateway_is_shared_whole(void **state)
{
	static const struct {
		uint32_t outstanding, told;
	} rows[] = {{1, 1}, {7, 7}, {8, 6}, {9, 7}};
	struct bed *bed = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bed_up(bed, 0, 1);
		bed->gateway[0].outstanding = rows[i].outstanding;
		bed_settle(bed);
		assert_int_equal(hello(bed).outstanding, rows[i].told);
		bed_lost(bed, 0);
	}
}

static void a_gateway_whose_ring_takes_no_hello_is_silent(void **state)
{
	struct bed *bed = *state;

	bed_up(bed, 3, 1);
	bed->gateway[3].in.room = 0;
	assert_true(relay_own(bed->relay, 3, bed->now));
	assert_true(relay_deadline(bed->relay).ms == bed->now.ms + RELAY_CONTROL_MS);
	assert_int_equal(bed_passes(bed, RELAY_CONTROL_MS - 1), 0);
	assert_int_equal(bed_passes(bed, 1), 1 << 3);
	bed_lost(bed, 3);
	assert_true(relay_deadline(bed->relay).ms == MONO_NEVER.ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(hello_is_answered_with_the_ports_of_all_devices),
		T(no_process_is_welcome_before_a_gateway_has_answered),
		T(a_process_of_another_version_is_not_served),
		T(a_gateway_of_another_version_is_not_used),
		T(a_gateway_without_a_port_is_not_used),
		T(more_ports_than_a_guest_can_have_are_cut),
		T(a_gateway_that_greets_wrongly_is_not_used),
		T(what_may_be_in_flight_is_what_the_smallest_device_takes),
		T(a_tiny_gateway_is_shared_whole),
		T(a_gateway_whose_ring_takes_no_hello_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
