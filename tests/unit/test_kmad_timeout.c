/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Time-outs and retries: the kmad's own, and those of a link that has them. */
#include <errno.h>

#include "tests/unit/kmad_fixture.h"

static void a_request_is_retried_and_then_comes_back_with_etimedout(void **state)
{
	struct fixture b;
	struct kmad_msg *msg;
	uint8_t mad[256];
	int i;

	fixture_open_perf(&b, &fixture_kernel_like);
	fixture_asks(&b, 9, 100, 2);
	fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, b.tid);
	for (i = 0; i < 3; i++) {
		assert_int_equal(b.sent_count, i + 1);
		assert_memory_equal(b.sent[i].mad, mad, 256);
		fixture_pass(&b, 99);
		assert_int_equal(b.sent_count, i + 1);
		fixture_expect_nothing(&b, b.file);
		fixture_pass(&b, 1);
	}
	msg = fixture_read(&b, b.file);
	assert_non_null(msg);
	assert_int_equal(msg->status, ETIMEDOUT);
	assert_int_equal(msg->len, 24);
	assert_memory_equal(msg->data, mad, 24);
	assert_int_equal(msg->agent, b.agent);
	assert_int_equal(msg->timeout_ms, 100);
	assert_int_equal(msg->retries, 2);
	assert_int_equal(msg->addr.lid, FIXTURE_LID);
	free(msg);
	assert_int_equal(b.sent_count, 3);
	fixture_answer(&b, &b.sent[0]);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

static void the_retry_of_a_request_may_be_answered(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_kernel_like);
	fixture_asks(&b, 9, 100, 2);
	fixture_pass(&b, 150);
	assert_int_equal(b.sent_count, 2);
	fixture_answer(&b, &b.sent[1]);
	fixture_expect_mad(&b, b.file);
	fixture_answer(&b, &b.sent[0]);
	fixture_pass(&b, 1000);
	fixture_expect_nothing(&b, b.file);
	assert_int_equal(b.sent_count, 2);
	fixture_close(&b);
}

static void a_link_that_times_out_gets_one_send_and_says_when_it_is_over(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_gateway_like);
	fixture_asks(&b, 9, 100, 2);
	assert_int_equal(b.sent[0].timeout_ms, 100);
	assert_int_equal(b.sent[0].retries, 2);
	fixture_pass(&b, 350);
	assert_int_equal(b.sent_count, 1);
	fixture_expect_nothing(&b, b.file);
	fixture_send_done(&b, &b.sent[0], ETIMEDOUT);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_send_done(&b, &b.sent[0], ETIMEDOUT);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

static void a_silent_link_that_should_time_out_has_a_backstop(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_gateway_like);
	fixture_asks(&b, 9, 100, 2);
	fixture_pass(&b, 799);
	fixture_expect_nothing(&b, b.file);
	fixture_pass(&b, 1);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	assert_int_equal(b.sent_count, 1);
	fixture_close(&b);
}

static bool is_overdue(const struct fixture *b, int file)
{
	return kmad_is_overdue(b->k, (unsigned int)file, b->now);
}

static void a_request_is_overdue_from_its_own_end_until_the_link_tells(void **state)
{
	struct fixture b;
	int other;

	fixture_open_perf(&b, &fixture_gateway_like);
	other = fixture_open_file(&b);
	fixture_asks(&b, 9, 100, 2);
	fixture_asks(&b, 10, 700, 0);
	fixture_pass(&b, 299);
	assert_false(is_overdue(&b, b.file));
	fixture_pass(&b, 1);
	assert_true(is_overdue(&b, b.file));
	assert_false(is_overdue(&b, other));
	fixture_send_done(&b, &b.sent[0], ETIMEDOUT);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	/* the second has time left; of its end the link says nothing at all */
	assert_false(is_overdue(&b, b.file));
	fixture_pass(&b, 899);
	assert_true(is_overdue(&b, b.file));
	fixture_expect_nothing(&b, b.file);
	fixture_pass(&b, 1);
	assert_false(is_overdue(&b, b.file));
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

static void a_link_that_leaves_time_to_us_is_never_overdue(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_kernel_like);
	fixture_asks(&b, 9, 100, 0);
	b.now = mono_add(b.now, 100);
	assert_false(is_overdue(&b, b.file));
	fixture_close(&b);
}

/* Without kmad_check() after each: it looks at all of them. */
static void twenty_thousand_requests_at_once_end_in_their_time(void **state)
{
	const struct chan_addr addr = {.lid = FIXTURE_LID};
	struct fixture b;
	struct kmad_msg *msg;
	uint8_t mad[256];
	unsigned int i, n = 20000, answered = 0, timed_out = 0;

	fixture_open_perf(&b, &fixture_kernel_like);
	for (i = 0; i < n; i++) {
		fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, i);
		assert_int_equal(kmad_send(b.k, 0, 0, &addr, mad, 256, 200, 2, b.now), 0);
	}
	for (i = 0; i < n; i += 2) {
		struct chan_slot slot = b.sent[n - 1 - i];

		slot.kind = CHAN_KIND_RECV;
		slot.mad[3] = WIRE_METHOD_GET_RESP;
		kmad_receive(b.k, &slot, b.now);
	}
	fixture_pass(&b, 600);
	assert_int_equal(b.sent_count, n + n);
	while ((msg = fixture_read(&b, b.file))) {
		answered += msg->status == 0;
		timed_out += msg->status == ETIMEDOUT;
		free(msg);
	}
	assert_int_equal(answered, n / 2);
	assert_int_equal(timed_out, n / 2);
	fixture_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_retried_and_then_comes_back_with_etimedout),
		cmocka_unit_test(the_retry_of_a_request_may_be_answered),
		cmocka_unit_test(a_link_that_times_out_gets_one_send_and_says_when_it_is_over),
		cmocka_unit_test(a_silent_link_that_should_time_out_has_a_backstop),
		cmocka_unit_test(a_request_is_overdue_from_its_own_end_until_the_link_tells),
		cmocka_unit_test(a_link_that_leaves_time_to_us_is_never_overdue),
		cmocka_unit_test(twenty_thousand_requests_at_once_end_in_their_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
