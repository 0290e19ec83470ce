/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending by RMPP as the kernel does it, and every deviation of a receiver. */
#include "tests/unit/kmad_rmpp_fixture.h"

#define CLIENT_LID 4

/* A bench with an SA, and one that sends a table of this many segments. */
static void open_sa(struct fixture *b)
{
	fixture_open_agent(b, &fixture_kernel_like, WIRE_CLASS_SA, 2, 1, 0xffffffff);
}

static void answer_with(struct fixture *b, uint32_t segments, uint32_t retries)
{
	size_t len = 56 + segments * 200;
	uint8_t *mad = malloc(len);

	assert_non_null(mad);
	open_sa(b);
	b->tid = 0x1234500000006789;
	rmpp_message(mad, WIRE_METHOD_GET_TABLE | 0x80, b->tid, segments);
	assert_int_equal(fixture_post(b, b->file, b->agent, CLIENT_LID, mad, len, 0, retries), 0);
	free(mad);
}

static void reply(struct fixture *b, uint8_t type, uint8_t status, uint32_t segment,
		  uint32_t window)
{
	struct piece p = {type, 0, status, 1, segment, window};

	arrives(b, CLIENT_LID, WIRE_METHOD_GET_TABLE, &p);
}

static void a_table_leaves_in_windows_and_ends_with_its_last_ack(void **state)
{
	struct fixture b;

	answer_with(&b, 10, 3);
	expect_segments(&b, 1, 1);
	reply(&b, WIRE_RMPP_ACK, 0, 1, 4);
	expect_segments(&b, 2, 4);
	reply(&b, WIRE_RMPP_ACK, 0, 3, 4);
	reply(&b, WIRE_RMPP_ACK, 0, 1, 4);
	reply(&b, WIRE_RMPP_ACK, 0, 3, 3);
	fixture_expect_silence(&b);
	reply(&b, WIRE_RMPP_ACK, 0, 4, 100);
	expect_segments(&b, 5, 10);
	reply(&b, WIRE_RMPP_ACK, 0, 10, 100);
	fixture_expect_silence(&b);
	fixture_pass(&b, 10000);
	fixture_expect_silence(&b);
	fixture_expect_nothing(&b, b.file);
	assert_int_equal(kmad_deadline(b.k).ms, MONO_NEVER.ms);
	fixture_close(&b);
}

static void what_is_not_acknowledged_is_sent_again_every_two_seconds(void **state)
{
	struct fixture b;
	int i;

	answer_with(&b, 5, 2);
	expect_segments(&b, 1, 1);
	reply(&b, WIRE_RMPP_ACK, 0, 1, 4);
	expect_segments(&b, 2, 4);
	for (i = 0; i < 2; i++) {
		fixture_pass(&b, 1999);
		fixture_expect_silence(&b);
		fixture_pass(&b, 1);
		expect_segments(&b, 2, 4);
	}
	/* Progress gives all retries again. */
	reply(&b, WIRE_RMPP_ACK, 0, 3, 4);
	for (i = 0; i < 2; i++) {
		fixture_pass(&b, 2000);
		expect_segments(&b, 4, 4);
	}
	fixture_pass(&b, 2000);
	fixture_expect_silence(&b);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
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
	struct fixture b;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		answer_with(&b, 10, 3);
		reply(&b, WIRE_RMPP_ACK, 0, 1, 4);
		expect_segments(&b, 1, 4);
		reply(&b, rows[i].type, rows[i].status, rows[i].segment, rows[i].window);
		if (rows[i].abort)
			expect_reply(&b, WIRE_METHOD_GET_TABLE | 0x80, WIRE_RMPP_ABORT,
				     rows[i].abort, 0, 0);
		fixture_pass(&b, 20000);
		fixture_expect_silence(&b);
		fixture_expect_nothing(&b, b.file);
		fixture_close(&b);
	}
}

static void an_ack_from_elsewhere_is_not_ours(void **state)
{
	static const struct piece ack = {WIRE_RMPP_ACK, 0, 0, 1, 1, 4};
	struct fixture b;

	answer_with(&b, 10, 3);
	expect_segments(&b, 1, 1);
	arrives(&b, CLIENT_LID + 1, WIRE_METHOD_GET_TABLE, &ack);
	b.tid++;
	arrives(&b, CLIENT_LID, WIRE_METHOD_GET_TABLE, &ack);
	fixture_expect_silence(&b);
	fixture_close(&b);
}

static void a_window_that_meets_a_full_link_goes_on_where_it_was(void **state)
{
	struct fixture b;

	answer_with(&b, 10, 3);
	expect_segments(&b, 1, 1);
	b.room = 2;
	reply(&b, WIRE_RMPP_ACK, 0, 1, 8);
	expect_segments(&b, 2, 3);
	b.room = 3;
	fixture_pass(&b, 10);
	expect_segments(&b, 4, 6);
	b.room = 100;
	fixture_pass(&b, 10);
	expect_segments(&b, 7, 8);
	reply(&b, WIRE_RMPP_ACK, 0, 8, 20);
	expect_segments(&b, 9, 10);
	b.room = 0;
	fixture_pass(&b, 2000);
	/* The last ACK was on its way all the time. */
	reply(&b, WIRE_RMPP_ACK, 0, 10, 20);
	b.room = 100;
	fixture_pass(&b, 20000);
	fixture_expect_silence(&b);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

/* A double-sided transfer: a long GetMulti, its ACK, our ACK of segment 0, a long answer. */
static void a_request_may_be_long_and_so_may_its_answer(void **state)
{
	static const struct piece ack1 = {WIRE_RMPP_ACK, 0, 0, 1, 1, 65};
	static const struct piece ack3 = {WIRE_RMPP_ACK, 0, 0, 1, 3, 65};
	static const struct piece first = {WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0};
	static const struct piece last = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220};
	const uint8_t resp = WIRE_METHOD_GET_MULTI | 0x80;
	uint8_t request[56 + 600];
	struct fixture b;

	fixture_open_sa_client(&b, &fixture_kernel_like);
	rmpp_message(request, WIRE_METHOD_GET_MULTI, 77, 3);
	assert_int_equal(
		fixture_post(&b, b.file, b.agent, SA_LID, request, sizeof(request), 500, 1), 0);
	b.tid = wire_mad_tid(request);
	expect_segments(&b, 1, 1);
	assert_int_equal(fixture_post(&b, b.file, b.agent, SA_LID, request, sizeof(request), 500,
				      1),
			 -EINVAL);
	/* The time-out of the request is shorter than that of an ACK. */
	fixture_pass(&b, 500);
	expect_segments(&b, 1, 1);
	arrives(&b, SA_LID, resp, &ack1);
	expect_segments(&b, 2, 3);
	arrives(&b, SA_LID, resp, &ack3);
	expect_reply(&b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 0, 1);
	arrives(&b, SA_LID, resp, &ack3);
	expect_reply(&b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 0, 1);
	arrives(&b, SA_LID, resp, &first);
	arrives(&b, SA_LID, resp, &last);
	expect_reply(&b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 1, 65);
	expect_reply(&b, WIRE_METHOD_GET_MULTI, WIRE_RMPP_ACK, 0, 2, 65);
	expect_table(&b, 2, 456);
	fixture_close(&b);
}

/* And the other side of it. */
static void a_long_request_opens_the_window_of_its_answer(void **state)
{
	static const struct piece first = {WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0};
	static const struct piece last = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220};
	static const struct piece ack0 = {WIRE_RMPP_ACK, 0, 0, 1, 0, 3};
	const uint8_t resp = WIRE_METHOD_GET_MULTI | 0x80;
	uint8_t answer[56 + 1000];
	struct fixture b;

	open_sa(&b);
	b.tid = 0x4200000001;
	arrives(&b, CLIENT_LID, WIRE_METHOD_GET_MULTI, &first);
	arrives(&b, CLIENT_LID, WIRE_METHOD_GET_MULTI, &last);
	expect_reply(&b, resp, WIRE_RMPP_ACK, 0, 1, 65);
	expect_reply(&b, resp, WIRE_RMPP_ACK, 0, 2, 65);
	expect_table(&b, 2, 456);
	arrives(&b, CLIENT_LID, WIRE_METHOD_GET_MULTI, &ack0);
	rmpp_message(answer, resp, b.tid, 5);
	assert_int_equal(
		fixture_post(&b, b.file, b.agent, CLIENT_LID, answer, sizeof(answer), 0, 1), 0);
	expect_segments(&b, 1, 3);
	fixture_close(&b);
}

/* As ib_mad matches: by TID, class and place. MultiPathRecord is answered by PathRecords, for one. */
static void an_answer_may_have_another_method_and_attribute(void **state)
{
	static const uint8_t rows[][2] = {{0x13, 0x92}, {0x14, 0x94}, {0x15, 0x92}, {0x02, 0x81}};
	static const struct piece piece[] = {
		{WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0},
		{WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220},
	};
	uint8_t request[256];
	struct fixture b;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_open_sa_client(&b, &fixture_gateway_like);
		fixture_mad(request, WIRE_CLASS_SA, 2, rows[i][0], 77);
		request[17] = 0x3a; /* the answer has attribute 0 */
		assert_int_equal(fixture_post(&b, b.file, b.agent, SA_LID, request, 256, 500, 0),
				 0);
		b.tid = wire_mad_tid(request);
		arrives(&b, SA_LID, rows[i][1], &piece[0]);
		arrives(&b, SA_LID, rows[i][1], &piece[1]);
		expect_table(&b, 2, 456);
		fixture_close(&b);
	}
}

/* Whoever waits for nothing (timeout_ms 0) waits for the ACKs still. */
static void a_refusal_or_the_links_word_ends_a_message_that_is_being_sent(void **state)
{
	enum { FIRST_SENT, WINDOW_SENT, LINK_FULL, STAGES };
	enum { PLAIN, SEGMENT, LINK, REFUSALS };
	static const struct piece ack = {WIRE_RMPP_ACK, 0, 0, 1, 1, 8};
	static const struct piece only = {
		WIRE_RMPP_DATA, WIRE_RMPP_FIRST | WIRE_RMPP_LAST, 0, 1, 1, 20};
	const uint8_t resp = WIRE_METHOD_GET_MULTI | 0x80;
	uint8_t request[56 + 20 * 200], refusal[256];
	unsigned int seen;
	struct fixture b;

	for (int i = 0; i < 2 * STAGES * REFUSALS; i++) {
		const int stage = i / 2 % STAGES, kind = i / 2 / STAGES;
		const uint32_t timeout_ms = i % 2 ? 5000 : 0;

		fixture_open_sa_client(&b, &fixture_gateway_like);
		rmpp_message(request, WIRE_METHOD_GET_MULTI, 77, 20);
		assert_int_equal(fixture_post(&b, b.file, b.agent, SA_LID, request, sizeof(request),
					      timeout_ms, 3),
				 0);
		b.tid = wire_mad_tid(request);
		b.room = stage == LINK_FULL ? 2 : UINT32_MAX;
		if (stage > FIRST_SENT)
			arrives(&b, SA_LID, resp, &ack);
		fixture_mad(refusal, WIRE_CLASS_SA, 2, resp, b.tid);
		refusal[4] = 7; /* request denied */
		seen = b.sent_count;
		if (kind == PLAIN)
			fixture_arrive(&b, SA_LID, refusal);
		else if (kind == SEGMENT)
			arrives(&b, SA_LID, resp, &only);
		else
			fixture_send_done(&b, &b.sent[0], EAGAIN);
		if (kind == LINK)
			fixture_expect_failure(&b, b.file, EAGAIN);
		else
			fixture_expect(&b, b.file, kind == PLAIN ? 256 : 56);
		b.room = UINT32_MAX;
		fixture_pass(&b, 60000);
		fixture_expect_nothing(&b, b.file);
		/* nothing more goes but the ACK of a refusal that is a segment */
		assert_int_equal(b.sent_count - seen, kind == SEGMENT);
		assert_int_equal(kmad_deadline(b.k).ms, MONO_NEVER.ms);
		fixture_close(&b);
	}
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
		cmocka_unit_test(an_answer_may_have_another_method_and_attribute),
		cmocka_unit_test(a_refusal_or_the_links_word_ends_a_message_that_is_being_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
