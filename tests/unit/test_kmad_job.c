/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests and answers through a kmad: what is sent, what answers it, what ends it silently. */
#include "tests/unit/test.h"
#include "tests/unit/kmad_fixture.h"

TEST(an_answer_reaches_the_file_that_asked)
{
	struct fixture b;
	struct chan_slot *sent;
	struct kmad_msg *msg;
	uint8_t mad[256];
	int f0, f1, a0, a1;

	fixture_open(&b, &fixture_kernel_like);
	f0 = fixture_open_file(&b);
	f1 = fixture_open_file(&b);
	a0 = fixture_register(&b, f0, 0x81, 1, 0, 0);
	a1 = fixture_register(&b, f1, 0x81, 1, 0, 0);
	fixture_mad(mad, 0x81, 1, WIRE_METHOD_GET, 0xaaaaaaaa00000005);
	assert_int_equal(fixture_post(&b, f0, a0, 0xffff, mad, 256, 100, 3), 0);
	assert_int_equal(wire_mad_tid(mad) & 0xffffffff, 5);
	assert_int_not_equal(wire_mad_tid(mad) >> 32, 0xaaaaaaaa);
	fixture_mad(mad, 0x81, 1, WIRE_METHOD_GET, 5);
	assert_int_equal(fixture_post(&b, f1, a1, 0xffff, mad, 256, 100, 3), 0);

	sent = fixture_next_sent(&b);
	assert_int_equal(sent->client, f0);
	assert_int_equal(sent->agent, a0);
	assert_int_equal(sent->timeout_ms, 100);
	assert_int_equal(sent->retries, 0);
	sent = fixture_next_sent(&b);
	assert_int_equal(sent->client, f1);
	assert_memory_equal(sent->mad, mad, 256);
	fixture_answer(&b, sent);
	fixture_expect_nothing(&b, f0);
	msg = fixture_read(&b, f1);
	assert_non_null(msg);
	assert_int_equal(msg->len, 256);
	assert_int_equal(msg->status, 0);
	assert_int_equal(msg->agent, a1);
	assert_int_equal(msg->addr.lid, 0xffff);
	free(msg);
	fixture_answer(&b, &b.sent[0]);
	fixture_expect_mad(&b, f0);
	fixture_pass(&b, 10000);
	fixture_expect_nothing(&b, f0);
	fixture_expect_silence(&b);
	fixture_close(&b);
}

TEST(a_duplicate_live_tid_is_refused)
{
	struct fixture b;
	uint8_t mad[256];
	int other;

	fixture_open_perf(&b, &fixture_kernel_like);
	other = fixture_register(&b, b.file, WIRE_CLASS_PERF, 1, 0, 0);
	fixture_asks(&b, 9, 100, 0);
	fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 9);
	assert_int_equal(fixture_post(&b, b.file, b.agent, FIXTURE_LID + 1, mad, 256, 100, 0),
			 -EINVAL);
	/* another agent has another upper half */
	assert_int_equal(fixture_post(&b, b.file, other, FIXTURE_LID, mad, 256, 100, 0), 0);
	fixture_answer(&b, &b.sent[0]);
	fixture_expect_mad(&b, b.file);
	fixture_asks(&b, 9, 100, 0);
	fixture_close(&b);
}

TEST(an_answer_of_another_class_tid_or_grh_is_dropped)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV, .addr = {.grh_present = 1}};
	struct fixture b;
	uint8_t mad[256];

	fixture_open_perf(&b, &fixture_kernel_like);
	fixture_asks(&b, 9, 100, 0);
	fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, b.tid);
	mad[1] = WIRE_CLASS_SA;
	fixture_arrive(&b, FIXTURE_LID, mad);
	mad[1] = WIRE_CLASS_PERF;
	wire_mad_set_tid(mad, b.tid + 1);
	fixture_arrive(&b, FIXTURE_LID, mad);
	wire_mad_set_tid(mad, b.tid);
	mad[0] = 2;
	fixture_arrive(&b, FIXTURE_LID, mad);
	mad[0] = 1;
	memcpy(slot.mad, mad, 256);
	kmad_receive(b.k, &slot, b.now);
	fixture_expect_nothing(&b, b.file);
	fixture_arrive(&b, FIXTURE_LID, mad);
	fixture_expect_mad(&b, b.file);
	fixture_close(&b);
}

TEST(a_response_does_not_answer_a_response)
{
	struct fixture b;
	uint8_t mad[256];

	fixture_open_agent(&b, &fixture_kernel_like, WIRE_CLASS_PERF, 1, 0, 0xff);
	fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, 9);
	put_be32(mad + 8, 8); /* the agent's */
	assert_int_equal(fixture_post(&b, b.file, b.agent, FIXTURE_LID, mad, 256, 100, 0), 0);
	fixture_arrive(&b, FIXTURE_LID, mad);
	fixture_expect_nothing(&b, b.file);
	/* The same from another LID is another transaction, from the same LID a duplicate. */
	assert_int_equal(fixture_post(&b, b.file, b.agent, FIXTURE_LID + 1, mad, 256, 100, 0), 0);
	assert_int_equal(fixture_post(&b, b.file, b.agent, FIXTURE_LID, mad, 256, 100, 0), -EINVAL);
	fixture_pass(&b, 100);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

TEST(a_send_without_timeout_leaves_nothing_behind)
{
	struct fixture b;
	const uint64_t tid = 0x1234567800000009;
	uint8_t mad[256];

	fixture_open_perf(&b, &fixture_kernel_like);
	fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET_RESP, tid);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fixture_post(&b, b.file, b.agent, FIXTURE_LID, mad, 256, 0, 3), 0);
		assert_int_equal(wire_mad_tid(mad), tid);
	}
	assert_int_equal(b.sent_count, 2);
	fixture_pass(&b, 100000);
	assert_int_equal(b.sent_count, 2);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

TEST(lengths_are_judged_as_by_the_kernel)
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
	struct fixture b;
	uint8_t mad[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_open_agent(&b, &fixture_kernel_like, rows[i].mgmt_class, 1, rows[i].rmpp,
				   0);
		memset(mad, 0, sizeof(mad));
		fixture_mad(mad, rows[i].mgmt_class, 1, WIRE_METHOD_GET, 9);
		mad[26] = rows[i].active;
		assert_int_equal(fixture_post(&b, b.file, b.agent, FIXTURE_LID, mad, rows[i].len,
					      100, 0),
				 rows[i].ret);
		assert_int_equal(b.sent_count, rows[i].ret == 0);
		fixture_close(&b);
	}
}

TEST(a_missing_agent_and_a_wrong_class_are_errors)
{
	struct fixture b;
	uint8_t mad[256];

	fixture_open_agent(&b, &fixture_kernel_like, WIRE_CLASS_SA, 2, 1, 0);
	fixture_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET, 9);
	assert_int_equal(fixture_post(&b, b.file, 5, 4, mad, 256, 100, 0), -EIO);
	assert_int_equal(fixture_post(&b, b.file, 32, 4, mad, 256, 100, 0), -EINVAL);
	mad[1] = WIRE_CLASS_PERF;
	assert_int_equal(fixture_post(&b, b.file, b.agent, 4, mad, 256, 100, 0), -EINVAL);
	b.link_error = -ENODEV;
	assert_int_equal(fixture_sends(&b, WIRE_METHOD_GET, 9, 100, 0), -ENODEV);
	fixture_pass(&b, 1000);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

TEST(closing_and_unregistering_cancel_silently)
{
	struct fixture b;
	uint8_t mad[256];
	int g, c;

	fixture_open_perf(&b, &fixture_kernel_like);
	g = fixture_open_file(&b);
	c = fixture_register(&b, g, WIRE_CLASS_PERF, 1, 0, 0);
	fixture_asks(&b, 1, 100, 9);
	fixture_mad(mad, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET, 1);
	assert_int_equal(fixture_post(&b, g, c, FIXTURE_LID, mad, 256, 100, 9), 0);
	assert_int_equal(fixture_unregister(&b, b.file, b.agent), 0);
	assert_int_equal(fixture_unregister(&b, b.file, b.agent), -EINVAL);
	kmad_file_close(b.k, (unsigned int)g);
	kmad_check(b.k);
	fixture_answer(&b, &b.sent[0]);
	fixture_answer(&b, &b.sent[1]);
	fixture_pass(&b, 5000);
	assert_int_equal(b.sent_count, 2);
	fixture_expect_nothing(&b, b.file);
	fixture_expect_nothing(&b, g);
	/* The number is free again, the upper half of the TID is new. */
	assert_int_equal(fixture_open_file(&b), g);
	c = fixture_register(&b, g, WIRE_CLASS_PERF, 1, 0, 0);
	assert_int_equal(fixture_post(&b, g, c, FIXTURE_LID, mad, 256, 100, 9), 0);
	assert_int_not_equal(wire_mad_tid(mad) >> 32, wire_mad_tid(b.sent[0].mad) >> 32);
	assert_int_not_equal(wire_mad_tid(mad) >> 32, wire_mad_tid(b.sent[1].mad) >> 32);
	fixture_close(&b);
}
