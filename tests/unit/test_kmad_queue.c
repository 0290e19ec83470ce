/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What waits for the link: one that is full, takes only so many requests, or goes down. */
#include <errno.h>

#include "tests/unit/kmad_fixture.h"

static void a_full_link_delays_and_keeps_the_order(void **state)
{
	struct fixture b;
	unsigned int i;

	fixture_open_perf(&b, &fixture_kernel_like);
	b.room = 2;
	for (i = 0; i < 6; i++)
		fixture_asks(&b, i, 1000, 0);
	assert_int_equal(b.sent_count, 2);
	/* The link is tried again soon. */
	assert_true(kmad_deadline(b.k).ms <= b.now.ms + 10);
	fixture_pass(&b, 500);
	b.room = 1;
	fixture_answer(&b, &b.sent[0]);
	assert_int_equal(b.sent_count, 3);
	b.room = 100;
	fixture_pass(&b, 20);
	assert_int_equal(b.sent_count, 6);
	for (i = 0; i < 6; i++)
		assert_int_equal(wire_mad_tid(b.sent[i].mad) & 0xff, i);
	/* Time begins when the link took it. */
	fixture_expect_mad(&b, b.file);
	fixture_pass(&b, 490);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_expect_nothing(&b, b.file);
	fixture_pass(&b, 520);
	for (i = 0; i < 4; i++)
		fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

static void a_link_that_stays_full_ends_what_waits(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_kernel_like);
	b.room = 0;
	fixture_asks(&b, 1, 1000, 1);
	assert_int_equal(fixture_sends(&b, WIRE_METHOD_GET_RESP, 2, 0, 0), 0);
	fixture_pass(&b, 31000);
	fixture_expect_nothing(&b, b.file);
	fixture_pass(&b, 1100);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_expect_nothing(&b, b.file);
	assert_int_equal(b.sent_count, 0);
	assert_int_equal(kmad_deadline(b.k).ms, MONO_NEVER.ms);
	fixture_close(&b);
}

static void no_more_requests_are_outstanding_than_the_link_wants(void **state)
{
	struct kmad_params params = fixture_gateway_like;
	struct fixture b;
	unsigned int i;

	params.max_outstanding = 2;
	fixture_open_perf(&b, &params);
	for (i = 0; i < 4; i++)
		fixture_asks(&b, i, 1000, 0);
	assert_int_equal(b.sent_count, 2);
	/* Answers are not held up, nor do they hold up, with a time-out (libibmad's) or without. */
	for (i = 0; i < 4; i++)
		assert_int_equal(fixture_sends(&b, WIRE_METHOD_GET_RESP, 96 + i, i * 100, 0), 0);
	assert_int_equal(b.sent_count, 6);
	fixture_answer(&b, &b.sent[1]);
	assert_int_equal(b.sent_count, 7);
	fixture_expect_mad(&b, b.file);
	/* What has a time-out comes back to its sender when that is over. */
	for (i = 1; i < 4; i++) {
		fixture_pass(&b, 99);
		fixture_expect_nothing(&b, b.file);
		fixture_pass(&b, 1);
		fixture_expect_failure(&b, b.file, ETIMEDOUT);
	}
	fixture_pass(&b, 1200);
	assert_int_equal(b.sent_count, 8);
	fixture_pass(&b, 5000);
	for (i = 0; i < 3; i++)
		fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

static void a_request_that_has_not_left_cannot_be_answered(void **state)
{
	struct fixture b;
	uint8_t mad[256];

	fixture_open_perf(&b, &fixture_kernel_like);
	b.room = 0;
	fixture_asks(&b, 1, 1000, 1);
	fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, b.tid);
	fixture_arrive(&b, FIXTURE_LID, mad);
	fixture_expect_nothing(&b, b.file);
	b.room = 1;
	fixture_pass(&b, 10);
	fixture_answer(&b, fixture_next_sent(&b));
	fixture_expect_mad(&b, b.file);
	fixture_close(&b);
}

static void when_the_link_goes_down_all_requests_end(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_gateway_like);
	fixture_asks(&b, 1, 100, 9);
	b.room = 0;
	fixture_asks(&b, 2, 100, 9);
	assert_int_equal(fixture_sends(&b, WIRE_METHOD_GET_RESP, 3, 0, 0), 0);
	kmad_fail_all(b.k, EIO);
	kmad_check(b.k);
	fixture_expect_failure(&b, b.file, EIO);
	fixture_expect_failure(&b, b.file, EIO);
	fixture_expect_nothing(&b, b.file);
	b.room = 10;
	fixture_pass(&b, 5000);
	assert_int_equal(b.sent_count, 1);
	fixture_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_link_delays_and_keeps_the_order),
		cmocka_unit_test(a_link_that_stays_full_ends_what_waits),
		cmocka_unit_test(no_more_requests_are_outstanding_than_the_link_wants),
		cmocka_unit_test(a_request_that_has_not_left_cannot_be_answered),
		cmocka_unit_test(when_the_link_goes_down_all_requests_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
