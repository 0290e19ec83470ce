/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests and answers through a kmad: TIDs, matching, time-outs, retries, a full link. */
#include <errno.h>

#include "tests/unit/test_kmad_bed.h"

static const struct kmad_params kernel_like = {.seed = 7};
static const struct kmad_params gateway_like = {.seed = 7, .link_times_out = true, .grace_ms = 500};

static void an_answer_reaches_the_file_that_asked(void **state)
{
	struct bed b;
	struct chan_slot *sent;
	struct kmad_msg *msg;
	uint8_t mad[256];
	int f0, f1, a0, a1;

	bed_open(&b, &kernel_like);
	f0 = bed_open_file(&b);
	f1 = bed_open_file(&b);
	a0 = bed_register(&b, f0, 0x81, 1, 0, 0);
	a1 = bed_register(&b, f1, 0x81, 1, 0, 0);
	bed_mad(mad, 0x81, 1, WIRE_METHOD_GET, 0xaaaaaaaa00000005);
	assert_int_equal(bed_post(&b, f0, a0, 0xffff, mad, 256, 100, 3), 0);
	assert_int_equal(wire_mad_tid(mad) & 0xffffffff, 5);
	assert_int_not_equal(wire_mad_tid(mad) >> 32, 0xaaaaaaaa);
	bed_mad(mad, 0x81, 1, WIRE_METHOD_GET, 5);
	assert_int_equal(bed_post(&b, f1, a1, 0xffff, mad, 256, 100, 3), 0);

	sent = bed_next_sent(&b);
	assert_int_equal(sent->client, f0);
	assert_int_equal(sent->agent, a0);
	assert_int_equal(sent->timeout_ms, 100);
	assert_int_equal(sent->retries, 0);
	sent = bed_next_sent(&b);
	assert_int_equal(sent->client, f1);
	assert_memory_equal(sent->mad, mad, 256);
	bed_answer(&b, sent);
	bed_expect_nothing(&b, f0);
	msg = bed_read(&b, (unsigned int)f1);
	assert_non_null(msg);
	assert_int_equal(msg->len, 256);
	assert_int_equal(msg->status, 0);
	assert_int_equal(msg->agent, a1);
	assert_int_equal(msg->addr.lid, 0xffff);
	free(msg);
	bed_answer(&b, &b.sent[0]);
	bed_expect(&b, f0, 0, 256);
	bed_pass(&b, 10000);
	bed_expect_nothing(&b, f0);
	assert_null(bed_next_sent(&b));
	bed_close(&b);
}

static void a_request_is_retried_and_then_comes_back_with_etimedout(void **state)
{
	struct bed b;
	struct kmad_msg *msg;
	uint8_t mad[256];
	int f, a, i;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_SA, 2, 1, 0);
	bed_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 2), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(b.sent_count, i + 1);
		assert_memory_equal(b.sent[i].mad, mad, 256);
		bed_pass(&b, 99);
		assert_int_equal(b.sent_count, i + 1);
		bed_expect_nothing(&b, f);
		bed_pass(&b, 1);
	}
	msg = bed_read(&b, (unsigned int)f);
	assert_non_null(msg);
	assert_int_equal(msg->status, ETIMEDOUT);
	assert_int_equal(msg->len, 24);
	assert_memory_equal(msg->data, mad, 24);
	assert_int_equal(msg->agent, a);
	assert_int_equal(msg->timeout_ms, 100);
	assert_int_equal(msg->retries, 2);
	assert_int_equal(msg->addr.lid, 4);
	free(msg);
	assert_int_equal(b.sent_count, 3);
	bed_answer(&b, &b.sent[0]);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void the_retry_of_a_request_may_be_answered(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 2), 0);
	bed_pass(&b, 150);
	assert_int_equal(b.sent_count, 2);
	bed_answer(&b, &b.sent[1]);
	bed_expect(&b, f, 0, 256);
	bed_answer(&b, &b.sent[0]);
	bed_pass(&b, 1000);
	bed_expect_nothing(&b, f);
	assert_int_equal(b.sent_count, 2);
	bed_close(&b);
}

static void a_link_that_times_out_gets_one_send_and_says_when_it_is_over(void **state)
{
	struct bed b;
	struct chan_slot done;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 2), 0);
	assert_int_equal(b.sent[0].timeout_ms, 100);
	assert_int_equal(b.sent[0].retries, 2);
	bed_pass(&b, 350);
	assert_int_equal(b.sent_count, 1);
	bed_expect_nothing(&b, f);
	done = b.sent[0];
	done.kind = CHAN_KIND_SEND_DONE;
	done.status = ETIMEDOUT;
	kmad_receive(b.k, &done, b.now);
	kmad_check(b.k);
	bed_expect(&b, f, ETIMEDOUT, 24);
	kmad_receive(b.k, &done, b.now);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void a_silent_link_that_should_time_out_has_a_backstop(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 2), 0);
	bed_pass(&b, 799);
	bed_expect_nothing(&b, f);
	bed_pass(&b, 1);
	bed_expect(&b, f, ETIMEDOUT, 24);
	assert_int_equal(b.sent_count, 1);
	bed_close(&b);
}

static void a_request_is_overdue_from_its_own_end_until_the_link_tells(void **state)
{
	struct chan_slot done;
	uint8_t mad[256];
	struct bed b;
	int f, other, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	other = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 2), 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 10);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 700, 0), 0);
	done = b.sent[0];
	bed_pass(&b, 299);
	assert_false(kmad_is_overdue(b.k, (unsigned int)f, b.now));
	bed_pass(&b, 1);
	assert_true(kmad_is_overdue(b.k, (unsigned int)f, b.now));
	assert_false(kmad_is_overdue(b.k, (unsigned int)other, b.now));
	done.kind = CHAN_KIND_SEND_DONE;
	done.status = ETIMEDOUT;
	kmad_receive(b.k, &done, b.now);
	bed_expect(&b, f, ETIMEDOUT, 24);
	/* the second has time left; of its end the link says nothing at all */
	assert_false(kmad_is_overdue(b.k, (unsigned int)f, b.now));
	bed_pass(&b, 899);
	assert_true(kmad_is_overdue(b.k, (unsigned int)f, b.now));
	bed_expect_nothing(&b, f);
	bed_pass(&b, 1);
	assert_false(kmad_is_overdue(b.k, (unsigned int)f, b.now));
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_close(&b);
}

static void a_link_that_leaves_time_to_us_is_never_overdue(void **state)
{
	uint8_t mad[256];
	struct bed b;
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), 0);
	assert_false(kmad_is_overdue(b.k, (unsigned int)f, mono_add(b.now, 100)));
	bed_close(&b);
}

static void a_duplicate_live_tid_is_refused(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a, a2;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	a2 = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), 0);
	assert_int_equal(bed_post(&b, f, a, 5, mad, 256, 100, 0), -EINVAL);
	/* another agent has another upper half */
	assert_int_equal(bed_post(&b, f, a2, 4, mad, 256, 100, 0), 0);
	bed_answer(&b, &b.sent[0]);
	bed_expect(&b, f, 0, 256);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), 0);
	bed_close(&b);
}

static void an_answer_of_another_class_tid_or_grh_is_dropped(void **state)
{
	struct bed b;
	struct chan_slot slot;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), 0);
	mad[3] = WIRE_METHOD_GET_RESP;
	mad[1] = WIRE_CLASS_SA;
	bed_arrive(&b, 4, mad);
	mad[1] = WIRE_CLASS_PERF;
	wire_mad_set_tid(mad, wire_mad_tid(mad) + 1);
	bed_arrive(&b, 4, mad);
	wire_mad_set_tid(mad, wire_mad_tid(mad) - 1);
	mad[0] = 2;
	bed_arrive(&b, 4, mad);
	mad[0] = 1;
	memset(&slot, 0, sizeof(slot));
	slot.kind = CHAN_KIND_RECV;
	slot.addr.grh_present = 1;
	memcpy(slot.mad, mad, 256);
	kmad_receive(b.k, &slot, b.now);
	bed_expect_nothing(&b, f);
	bed_arrive(&b, 4, mad);
	bed_expect(&b, f, 0, 256);
	bed_close(&b);
}

static void a_response_does_not_answer_a_response(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0xff);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, 9);
	put_be32(mad + 8, 8); /* the agent's */
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), 0);
	bed_arrive(&b, 4, mad);
	bed_expect_nothing(&b, f);
	/* Its kind from another place is another transaction, from the same place a duplicate. */
	assert_int_equal(bed_post(&b, f, a, 5, mad, 256, 100, 0), 0);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), -EINVAL);
	bed_pass(&b, 100);
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_close(&b);
}

static void a_send_without_timeout_leaves_nothing_behind(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_SA, 2, 0, 0);
	bed_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_RESP, 0x1234567800000009);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 0, 3), 0);
	assert_int_equal(wire_mad_tid(mad), 0x1234567800000009);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 0, 3), 0);
	assert_int_equal(b.sent_count, 2);
	bed_pass(&b, 100000);
	assert_int_equal(b.sent_count, 2);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void lengths_are_judged_as_by_the_kernel(void **state)
{
	static const struct {
		uint8_t mgmt_class, rmpp, active;
		size_t len;
		int ret;
	} rows[] = {
		{WIRE_CLASS_PERF, 0, 0, 256, 0},
		{WIRE_CLASS_PERF, 0, 0, 36, 0},
		{WIRE_CLASS_PERF, 0, 0, 35, -EINVAL},
		{WIRE_CLASS_PERF, 0, 0, 257, -EINVAL},
		{WIRE_CLASS_SA, 1, 0, 56, 0},
		{WIRE_CLASS_SA, 1, 0, 55, -EINVAL},
		{WIRE_CLASS_SA, 1, 0, 257, -EINVAL},
		{WIRE_CLASS_SA, 1, 1, 257, 0},
		{WIRE_CLASS_SA, 0, 1, 257, -EINVAL},
		{WIRE_CLASS_SA, 0, 1, 256, 0},
		{WIRE_CLASS_DEV_MGT, 0, 0, 63, -EINVAL},
		{WIRE_CLASS_DEV_MGT, 0, 0, 64, 0},
		{WIRE_CLASS_OPENIB_PING, 1, 0, 39, -EINVAL},
	};
	struct bed b;
	uint8_t mad[512];
	size_t i;
	int f, a;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bed_open(&b, &kernel_like);
		f = bed_open_file(&b);
		a = bed_register(&b, f, rows[i].mgmt_class, 1, rows[i].rmpp, 0);
		assert_int_equal(a, 0);
		memset(mad, 0, sizeof(mad));
		bed_mad(mad, rows[i].mgmt_class, 1, WIRE_METHOD_GET, 9);
		mad[26] = rows[i].active;
		assert_int_equal(bed_post(&b, f, a, 4, mad, rows[i].len, 100, 0), rows[i].ret);
		assert_int_equal(b.sent_count, rows[i].ret == 0);
		bed_close(&b);
	}
}

static void a_missing_agent_and_a_wrong_class_are_errors(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_SA, 2, 1, 0);
	bed_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET, 9);
	assert_int_equal(bed_post(&b, f, 5, 4, mad, 256, 100, 0), -EIO);
	assert_int_equal(bed_post(&b, f, 32, 4, mad, 256, 100, 0), -EINVAL);
	mad[1] = WIRE_CLASS_PERF;
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), -EINVAL);
	b.link_error = -ENODEV;
	mad[1] = WIRE_CLASS_SA;
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 0), -ENODEV);
	bed_pass(&b, 1000);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void a_full_link_delays_and_keeps_the_order(void **state)
{
	struct bed b;
	uint8_t mad[256];
	unsigned int i;
	int f, a;

	bed_open(&b, &kernel_like);
	b.room = 2;
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	for (i = 0; i < 6; i++) {
		bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, i);
		assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 1000, 0), 0);
	}
	assert_int_equal(b.sent_count, 2);
	/* The link is tried again soon. */
	assert_true(kmad_deadline(b.k).ms <= b.now.ms + 10);
	bed_pass(&b, 500);
	b.room = 1;
	bed_answer(&b, &b.sent[0]);
	assert_int_equal(b.sent_count, 3);
	b.room = 100;
	bed_pass(&b, 20);
	assert_int_equal(b.sent_count, 6);
	for (i = 0; i < 6; i++)
		assert_int_equal(wire_mad_tid(b.sent[i].mad) & 0xff, i);
	/* Time begins when the link took it. */
	bed_expect(&b, f, 0, 256);
	bed_pass(&b, 490);
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_expect_nothing(&b, f);
	bed_pass(&b, 520);
	for (i = 0; i < 4; i++)
		bed_expect(&b, f, ETIMEDOUT, 24);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void a_link_that_stays_full_ends_what_waits(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	b.room = 0;
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 1);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 1000, 1), 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, 2);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 0, 0), 0);
	bed_pass(&b, 31000);
	bed_expect_nothing(&b, f);
	bed_pass(&b, 1100);
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_expect_nothing(&b, f);
	assert_int_equal(b.sent_count, 0);
	assert_int_equal(kmad_deadline(b.k).ms, MONO_NEVER.ms);
	bed_close(&b);
}

static void no_more_requests_are_outstanding_than_the_link_wants(void **state)
{
	struct kmad_params params = gateway_like;
	struct bed b;
	uint8_t mad[256];
	unsigned int i;
	int f, a;

	params.max_outstanding = 2;
	bed_open(&b, &params);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	for (i = 0; i < 4; i++) {
		bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, i);
		assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 1000, 0), 0);
	}
	assert_int_equal(b.sent_count, 2);
	/* What needs no answer is not held up. */
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, 99);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 0, 0), 0);
	assert_int_equal(b.sent_count, 3);
	bed_answer(&b, &b.sent[1]);
	assert_int_equal(b.sent_count, 4);
	bed_pass(&b, 1500);
	assert_int_equal(b.sent_count, 5);
	bed_pass(&b, 5000);
	for (i = 0; i < 4; i++)
		bed_expect(&b, f, i ? ETIMEDOUT : 0, i ? 24 : 256);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void a_request_that_has_not_left_cannot_be_answered(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	b.room = 0;
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 1);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 1000, 1), 0);
	mad[3] = WIRE_METHOD_GET_RESP;
	bed_arrive(&b, 4, mad);
	bed_expect_nothing(&b, f);
	b.room = 1;
	bed_pass(&b, 10);
	bed_answer(&b, bed_next_sent(&b));
	bed_expect(&b, f, 0, 256);
	bed_close(&b);
}

static void closing_and_unregistering_cancel_silently(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, g, a, c;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	g = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	c = bed_register(&b, g, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 1);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 9), 0);
	assert_int_equal(bed_post(&b, g, c, 4, mad, 256, 100, 9), 0);
	assert_int_equal(kmad_unregister(b.k, (unsigned int)f, (unsigned int)a), 0);
	assert_int_equal(kmad_unregister(b.k, (unsigned int)f, (unsigned int)a), -EINVAL);
	kmad_file_close(b.k, (unsigned int)g);
	kmad_check(b.k);
	bed_answer(&b, &b.sent[0]);
	bed_answer(&b, &b.sent[1]);
	bed_pass(&b, 5000);
	assert_int_equal(b.sent_count, 2);
	bed_expect_nothing(&b, f);
	bed_expect_nothing(&b, g);
	/* The number is free again, the upper half of the TID is another one. */
	assert_int_equal(bed_open_file(&b), g);
	c = bed_register(&b, g, WIRE_CLASS_PERF, 1, 0, 0);
	assert_int_equal(bed_post(&b, g, c, 4, mad, 256, 100, 9), 0);
	assert_int_not_equal(wire_mad_tid(mad) >> 32, wire_mad_tid(b.sent[0].mad) >> 32);
	assert_int_not_equal(wire_mad_tid(mad) >> 32, wire_mad_tid(b.sent[1].mad) >> 32);
	bed_close(&b);
}

static void when_the_link_goes_down_all_requests_end(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_PERF, 1, 0, 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 1);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 9), 0);
	b.room = 0;
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 2);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 100, 9), 0);
	bed_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, 3);
	assert_int_equal(bed_post(&b, f, a, 4, mad, 256, 0, 0), 0);
	kmad_fail_all(b.k, EIO);
	kmad_check(b.k);
	bed_expect(&b, f, EIO, 24);
	bed_expect(&b, f, EIO, 24);
	bed_expect_nothing(&b, f);
	b.room = 10;
	bed_pass(&b, 5000);
	assert_int_equal(b.sent_count, 1);
	bed_close(&b);
}

static void twenty_thousand_requests_at_once_end_in_their_time(void **state)
{
	struct bed b;
	struct kmad_msg *msg;
	uint8_t mad[256];
	unsigned int i, n = 20000, answered = 0, timed_out = 0;
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, 0x81, 1, 0, 0);
	for (i = 0; i < n; i++) {
		struct chan_addr addr = {.lid = 0xffff};

		bed_mad(mad, 0x81, 1, WIRE_METHOD_GET, i);
		assert_int_equal(kmad_send(b.k, (unsigned int)f, (unsigned int)a, &addr, mad, 256,
					   200, 2, b.now),
				 0);
	}
	for (i = 0; i < n; i += 2) {
		struct chan_slot slot = b.sent[n - 1 - i];

		slot.kind = CHAN_KIND_RECV;
		slot.mad[3] = WIRE_METHOD_GET_RESP;
		kmad_receive(b.k, &slot, b.now);
	}
	bed_pass(&b, 600);
	assert_int_equal(b.sent_count, n + n);
	while ((msg = bed_read(&b, (unsigned int)f))) {
		answered += msg->status == 0;
		timed_out += msg->status == ETIMEDOUT;
		free(msg);
	}
	assert_int_equal(answered, n / 2);
	assert_int_equal(timed_out, n / 2);
	bed_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_reaches_the_file_that_asked),
		cmocka_unit_test(a_request_is_retried_and_then_comes_back_with_etimedout),
		cmocka_unit_test(the_retry_of_a_request_may_be_answered),
		cmocka_unit_test(a_link_that_times_out_gets_one_send_and_says_when_it_is_over),
		cmocka_unit_test(a_silent_link_that_should_time_out_has_a_backstop),
		cmocka_unit_test(a_request_is_overdue_from_its_own_end_until_the_link_tells),
		cmocka_unit_test(a_link_that_leaves_time_to_us_is_never_overdue),
		cmocka_unit_test(a_duplicate_live_tid_is_refused),
		cmocka_unit_test(an_answer_of_another_class_tid_or_grh_is_dropped),
		cmocka_unit_test(a_response_does_not_answer_a_response),
		cmocka_unit_test(a_send_without_timeout_leaves_nothing_behind),
		cmocka_unit_test(lengths_are_judged_as_by_the_kernel),
		cmocka_unit_test(a_missing_agent_and_a_wrong_class_are_errors),
		cmocka_unit_test(a_full_link_delays_and_keeps_the_order),
		cmocka_unit_test(a_link_that_stays_full_ends_what_waits),
		cmocka_unit_test(no_more_requests_are_outstanding_than_the_link_wants),
		cmocka_unit_test(a_request_that_has_not_left_cannot_be_answered),
		cmocka_unit_test(closing_and_unregistering_cancel_silently),
		cmocka_unit_test(when_the_link_goes_down_all_requests_end),
		cmocka_unit_test(twenty_thousand_requests_at_once_end_in_their_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
