/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending by RMPP as the kernel does it, and every deviation of a receiver. */
#include "tests/unit/test_kmad_rmpp_bed.h"

/* A bench with an SA that sends a table of this many segments to LID 4. */
static void answer_with(struct asking *s, uint32_t segments, uint32_t retries)
{
	uint8_t *mad = calloc(1, 56 + segments * 200);
	uint32_t n;

	assert_non_null(mad);
	bed_open(&s->b, &kernel_like);
	s->file = bed_open_file(&s->b);
	s->agent = bed_register(&s->b, s->file, WIRE_CLASS_SA, 2, 1, 0xffffffff);
	s->tid = 0x1234500000006789;
	bed_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_TABLE | 0x80, s->tid);
	mad[26] = WIRE_RMPP_ACTIVE;
	for (n = 0; n < segments; n++)
		memset(mad + 56 + n * 200, (int)n + 1, 200);
	assert_int_equal(
		bed_post(&s->b, s->file, s->agent, 4, mad, 56 + segments * 200, 0, retries), 0);
	free(mad);
}

static void reply(struct asking *s, uint8_t type, uint8_t status, uint32_t segment, uint32_t window)
{
	struct piece p = {type, 0, status, 1, segment, window};
	uint8_t mad[256];

	rmpp_mad(mad, WIRE_METHOD_GET_TABLE, s->tid, &p);
	bed_arrive(&s->b, 4, mad);
}

static void expect_segments(struct asking *s, uint32_t first, uint32_t last)
{
	struct chan_slot *sent;
	uint32_t n;

	for (n = first; n <= last; n++) {
		sent = bed_next_sent(&s->b);
		assert_non_null(sent);
		assert_int_equal(sent->mad[25], WIRE_RMPP_DATA);
		assert_int_equal(get_be32(sent->mad + 28), n);
		assert_int_equal(sent->mad[56], n);
		assert_int_equal(sent->mad[255], n);
	}
	expect_silence(&s->b);
}

static void a_table_leaves_in_windows_and_ends_with_its_last_ack(void **state)
{
	struct asking s;

	answer_with(&s, 10, 3);
	expect_segments(&s, 1, 1);
	reply(&s, WIRE_RMPP_ACK, 0, 1, 4);
	expect_segments(&s, 2, 4);
	reply(&s, WIRE_RMPP_ACK, 0, 3, 4);
	reply(&s, WIRE_RMPP_ACK, 0, 1, 4);
	reply(&s, WIRE_RMPP_ACK, 0, 3, 3);
	expect_silence(&s.b);
	reply(&s, WIRE_RMPP_ACK, 0, 4, 100);
	expect_segments(&s, 5, 10);
	reply(&s, WIRE_RMPP_ACK, 0, 10, 100);
	expect_silence(&s.b);
	bed_pass(&s.b, 10000);
	expect_silence(&s.b);
	bed_expect_nothing(&s.b, s.file);
	assert_int_equal(kmad_deadline(s.b.k).ms, MONO_NEVER.ms);
	bed_close(&s.b);
}

static void what_is_not_acknowledged_is_sent_again_every_two_seconds(void **state)
{
	struct asking s;
	int i;

	answer_with(&s, 5, 2);
	expect_segments(&s, 1, 1);
	reply(&s, WIRE_RMPP_ACK, 0, 1, 4);
	expect_segments(&s, 2, 4);
	for (i = 0; i < 2; i++) {
		bed_pass(&s.b, 1999);
		expect_silence(&s.b);
		bed_pass(&s.b, 1);
		expect_segments(&s, 2, 4);
	}
	/* Progress gives all retries again. */
	reply(&s, WIRE_RMPP_ACK, 0, 3, 4);
	for (i = 0; i < 2; i++) {
		bed_pass(&s.b, 2000);
		expect_segments(&s, 4, 4);
	}
	bed_pass(&s.b, 2000);
	expect_silence(&s.b);
	bed_expect(&s.b, s.file, ETIMEDOUT, 24);
	bed_close(&s.b);
}

static void impossible_acks_abort_the_table(void **state)
{
	static const struct {
		uint8_t type, status;
		uint32_t segment, window;
		uint8_t abort; /* 0: over without a word */
	} rows[] = {
		{WIRE_RMPP_ACK, 0, 5, 9, WIRE_RMPP_STATUS_SEGMENT_TOO_BIG},
		{WIRE_RMPP_ACK, 0, 99, 99, WIRE_RMPP_STATUS_SEGMENT_TOO_BIG},
		{WIRE_RMPP_ACK, 0, 4, 3, WIRE_RMPP_STATUS_WINDOW_TOO_SMALL},
		{WIRE_RMPP_ACK, 3, 4, 9, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
		{WIRE_RMPP_STOP, 2, 0, 0, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
		{WIRE_RMPP_ABORT, 1, 0, 0, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
		{WIRE_RMPP_STOP, 1, 0, 0, 0},
		{WIRE_RMPP_ABORT, 118, 0, 0, 0},
		{WIRE_RMPP_ABORT, 127, 0, 0, 0},
		{7, 0, 0, 0, WIRE_RMPP_STATUS_BAD_TYPE},
	};
	struct asking s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		answer_with(&s, 10, 3);
		reply(&s, WIRE_RMPP_ACK, 0, 1, 4);
		expect_segments(&s, 1, 4);
		reply(&s, rows[i].type, rows[i].status, rows[i].segment, rows[i].window);
		if (rows[i].abort)
			expect_reply(&s.b, WIRE_METHOD_GET_TABLE | 0x80, WIRE_RMPP_ABORT,
				     rows[i].abort, 0, 0);
		bed_pass(&s.b, 20000);
		expect_silence(&s.b);
		bed_expect_nothing(&s.b, s.file);
		bed_close(&s.b);
	}
}

static void an_ack_from_elsewhere_is_not_ours(void **state)
{
	static const struct piece ack = {WIRE_RMPP_ACK, 0, 0, 1, 1, 4};
	struct asking s;
	uint8_t mad[256];

	answer_with(&s, 10, 3);
	expect_segments(&s, 1, 1);
	rmpp_mad(mad, WIRE_METHOD_GET_TABLE, s.tid, &ack);
	bed_arrive(&s.b, 5, mad);
	rmpp_mad(mad, WIRE_METHOD_GET_TABLE, s.tid + 1, &ack);
	bed_arrive(&s.b, 4, mad);
	expect_silence(&s.b);
	bed_close(&s.b);
}

static void a_window_that_meets_a_full_link_goes_on_where_it_was(void **state)
{
	struct asking s;

	answer_with(&s, 10, 3);
	expect_segments(&s, 1, 1);
	s.b.room = 2;
	reply(&s, WIRE_RMPP_ACK, 0, 1, 8);
	expect_segments(&s, 2, 3);
	s.b.room = 3;
	bed_pass(&s.b, 10);
	expect_segments(&s, 4, 6);
	s.b.room = 100;
	bed_pass(&s.b, 10);
	expect_segments(&s, 7, 8);
	reply(&s, WIRE_RMPP_ACK, 0, 8, 20);
	expect_segments(&s, 9, 10);
	s.b.room = 0;
	bed_pass(&s.b, 2000);
	/* The last ACK was on its way all the time. */
	reply(&s, WIRE_RMPP_ACK, 0, 10, 20);
	s.b.room = 100;
	bed_pass(&s.b, 20000);
	expect_silence(&s.b);
	bed_expect_nothing(&s.b, s.file);
	bed_close(&s.b);
}

/* A double-sided transfer: a long GetMulti, its ACK, our ACK of segment 0, a long answer. */
static void a_request_may_be_long_and_so_may_its_answer(void **state)
{
	static const struct piece ack1 = {WIRE_RMPP_ACK, 0, 0, 1, 1, 65};
	static const struct piece ack3 = {WIRE_RMPP_ACK, 0, 0, 1, 3, 65};
	static const struct piece first = {WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0};
	static const struct piece last = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220};
	uint8_t mad[256], request[56 + 600] = {0};
	const uint8_t resp = WIRE_METHOD_GET_MULTI | 0x80;
	struct asking s;

	bed_open(&s.b, &kernel_like);
	s.file = bed_open_file(&s.b);
	s.agent = bed_register(&s.b, s.file, WIRE_CLASS_SA, 2, 1, 0);
	bed_mad(request, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_MULTI, 77);
	request[26] = WIRE_RMPP_ACTIVE;
	for (int n = 0; n < 3; n++)
		memset(request + 56 + n * 200, n + 1, 200);
	assert_int_equal(bed_post(&s.b, s.file, s.agent, 1, request, sizeof(request), 500, 1), 0);
	s.tid = wire_mad_tid(request);
	expect_segments(&s, 1, 1);
	assert_int_equal(bed_post(&s.b, s.file, s.agent, 1, request, sizeof(request), 500, 1),
			 -EINVAL);
	/* The time-out of the request is shorter than that of an ACK. */
	bed_pass(&s.b, 500);
	expect_segments(&s, 1, 1);
	rmpp_mad(mad, resp, s.tid, &ack1);
	bed_arrive(&s.b, 1, mad);
	expect_segments(&s, 2, 3);
	rmpp_mad(mad, resp, s.tid, &ack3);
	bed_arrive(&s.b, 1, mad);
	expect_reply(&s.b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 0, 1);
	bed_arrive(&s.b, 1, mad);
	expect_reply(&s.b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 0, 1);
	rmpp_mad(mad, resp, s.tid, &first);
	bed_arrive(&s.b, 1, mad);
	rmpp_mad(mad, resp, s.tid, &last);
	bed_arrive(&s.b, 1, mad);
	expect_reply(&s.b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 1, 65);
	expect_reply(&s.b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 2, 65);
	expect_table(&s, 2, 456);
	bed_close(&s.b);
}

/* And the other side of it. */
static void a_long_request_opens_the_window_of_its_answer(void **state)
{
	static const struct piece first = {WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0};
	static const struct piece last = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220};
	static const struct piece ack0 = {WIRE_RMPP_ACK, 0, 0, 1, 0, 3};
	uint8_t mad[256], answer[56 + 1000] = {0};
	struct asking s;

	bed_open(&s.b, &kernel_like);
	s.file = bed_open_file(&s.b);
	s.agent = bed_register(&s.b, s.file, WIRE_CLASS_SA, 2, 1, 0xffffffff);
	s.tid = 0x4200000001;
	rmpp_mad(mad, WIRE_METHOD_GET_MULTI, s.tid, &first);
	bed_arrive(&s.b, 4, mad);
	rmpp_mad(mad, WIRE_METHOD_GET_MULTI, s.tid, &last);
	bed_arrive(&s.b, 4, mad);
	expect_reply(&s.b, WIRE_METHOD_GET_MULTI | 0x80, WIRE_RMPP_ACK, 0, 1, 65);
	expect_reply(&s.b, WIRE_METHOD_GET_MULTI | 0x80, WIRE_RMPP_ACK, 0, 2, 65);
	expect_table(&s, 2, 456);
	rmpp_mad(mad, WIRE_METHOD_GET_MULTI, s.tid, &ack0);
	bed_arrive(&s.b, 4, mad);
	bed_mad(answer, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_MULTI | 0x80, s.tid);
	answer[26] = WIRE_RMPP_ACTIVE;
	for (int n = 0; n < 5; n++)
		memset(answer + 56 + n * 200, n + 1, 200);
	assert_int_equal(bed_post(&s.b, s.file, s.agent, 4, answer, sizeof(answer), 0, 1), 0);
	expect_segments(&s, 1, 3);
	bed_close(&s.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_leaves_in_windows_and_ends_with_its_last_ack),
		cmocka_unit_test(what_is_not_acknowledged_is_sent_again_every_two_seconds),
		cmocka_unit_test(impossible_acks_abort_the_table),
		cmocka_unit_test(an_ack_from_elsewhere_is_not_ours),
		cmocka_unit_test(a_window_that_meets_a_full_link_goes_on_where_it_was),
		cmocka_unit_test(a_request_may_be_long_and_so_may_its_answer),
		cmocka_unit_test(a_long_request_opens_the_window_of_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
