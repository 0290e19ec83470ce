/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time-outs and retries: the kmad's own, and those of a link that has them. What waits for a link that is
 * full, limits requests, or is lost.
 */
#include "tests/unit/kmad_script.h"

static const struct kmad_params few = {
	.seed = 7, .link_times_out = true, .grace_ms = 500, .max_outstanding = 2};
static const struct kmad_params kernel_like_with_grace = {.seed = 7, .grace_ms = 500};

#define TIMED_OUT "nothing, pass 1, failure ETIMEDOUT, "

static const struct script scripts[] = {
	{"the_retry_of_a_request_may_be_answered", SCRIPT_PERF, &fixture_kernel_like,
	 "get 9 100 2, pass 150, sent 2, answer 1, mad, answer 0, pass 1000, nothing, sent 2"},
	{"a_link_that_times_out_gets_one_send_and_says_when_it_is_over", SCRIPT_PERF,
	 &fixture_gateway_like,
	 "get 9 100 2, asks 9 100 2, pass 350, silence, nothing, done 0 ETIMEDOUT, "
	 "failure ETIMEDOUT, done 0 ETIMEDOUT, nothing"},
	{"a_table_may_stand_in_the_gateways_line_before_its_time_begins", SCRIPT_SA_CLIENT,
	 &fixture_gateway_like,
	 "query 1000 0, pass 999, in-time, pass 1, overdue, pass 30499, nothing, pass 1, "
	 "failure ETIMEDOUT"},
	{"a_silent_link_that_should_time_out_has_a_backstop", SCRIPT_PERF, &fixture_gateway_like,
	 "get 9 100 2, pass 799, " TIMED_OUT "sent 1"},
	{"a_link_that_leaves_time_to_us_is_never_overdue", SCRIPT_PERF, &kernel_like_with_grace,
	 "get 9 100 0, pass 99, in-time"},
	/* time begins when the link took it */
	{"a_full_link_delays_and_keeps_the_order", SCRIPT_PERF, &fixture_kernel_like,
	 "room 2, get 0 1000 0, get 1 1000 0, get 2 1000 0, get 3 1000 0, get 4 1000 0, "
	 "get 5 1000 0, sent 2, pass 500, room 1, answer 0, mad, sent 3, room 100, pass 10, "
	 "asks 0, asks 1, asks 2, asks 3, asks 4, asks 5, silence, pass 489, " TIMED_OUT
	 "pass 499, " TIMED_OUT "pass 9, " TIMED_OUT
	 "failure ETIMEDOUT, failure ETIMEDOUT, nothing, over"},
	{"a_link_that_stays_full_ends_what_waits", SCRIPT_PERF, &fixture_kernel_like,
	 "room 0, get 1 1000 1, reply 2 0, pass 31000, nothing, pass 1100, failure ETIMEDOUT, "
	 "nothing, sent 0, over"},
	/*
	 * Answers are neither delayed nor delay requests, with a time-out (libibmad's) or without; after
	 * their time-out they return to the sender, as in mad.c.
	 */
	{"no_more_requests_are_outstanding_than_the_link_wants", SCRIPT_PERF, &few,
	 "get 0 1000 0, get 1 1000 0, get 2 1000 0, get 3 1000 0, sent 2, "
	 "reply 96 0, reply 97 100, reply 98 200, reply 99 300, sent 6, answer 1, mad, sent 7, "
	 "pass 99, " TIMED_OUT "pass 99, " TIMED_OUT "pass 99, " TIMED_OUT
	 "pass 1200, sent 8, pass 5000, failure ETIMEDOUT, failure ETIMEDOUT, failure ETIMEDOUT, "
	 "nothing"},
	{"a_request_that_has_not_left_cannot_be_answered", SCRIPT_PERF, &fixture_kernel_like,
	 "room 0, get 1 1000 1, method 0x81, plain, nothing, room 1, pass 10, plain, mad"},
	{"when_the_link_goes_down_all_requests_end", SCRIPT_PERF, &fixture_gateway_like,
	 "get 1 100 9, room 0, get 2 100 9, reply 3 0, fail EIO, failure EIO, failure EIO, "
	 "nothing, room 10, pass 5000, sent 1"},
};

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

static void a_request_is_overdue_from_its_own_end_until_the_link_tells(void **state)
{
	struct fixture b;
	unsigned int other;

	fixture_open_perf(&b, &fixture_gateway_like);
	other = (unsigned int)fixture_open_file(&b);
	script_go_on(&b, SCRIPT_PERF,
		     "get 9 100 2, get 10 700 0, pass 299, in-time, pass 1, overdue");
	assert_false(kmad_is_overdue(b.k, other, b.now));
	/* the second has time left; the link never reports its end */
	script_go_on(&b, SCRIPT_PERF,
		     "done 0 ETIMEDOUT, failure ETIMEDOUT, in-time, pass 899, overdue, " TIMED_OUT
		     "in-time");
	fixture_close(&b);
}

/* Without kmad_check() after each, which checks all of them. */
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
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_request_is_retried_and_then_comes_back_with_etimedout),
		cmocka_unit_test(a_request_is_overdue_from_its_own_end_until_the_link_tells),
		cmocka_unit_test(twenty_thousand_requests_at_once_end_in_their_time),
	};

	return scripts_run(scripts, sizeof(scripts) / sizeof(scripts[0]), others,
			   sizeof(others) / sizeof(others[0]));
}
