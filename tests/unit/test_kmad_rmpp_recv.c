/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Receiving by RMPP as the kernel does it, and every deviation of a sender. */
#include "tests/unit/kmad_rmpp_fixture.h"

#define ANSWER (WIRE_METHOD_GET_TABLE | 0x80)
#define REPORT_ACK 0x86 /* the method of what answers a Report */

/* A table is asked for, and the first of its segments is there. */
static void first_has_come(struct fixture *b)
{
	ask(b);
	data(b, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(b, 1, 65);
}

static void segments_out_of_order_are_put_in_order(void **state)
{
	struct fixture b;

	first_has_come(&b);
	data(&b, 4, WIRE_RMPP_LAST, 220);
	data(&b, 3, 0, 0);
	fixture_expect_silence(&b);
	data(&b, 2, 0, 0);
	expect_ack(&b, 4, 65);
	expect_table(&b, 4, 56 + 800);
	fixture_close(&b);
}

static void repeated_segments_are_acknowledged_again_or_ignored(void **state)
{
	struct fixture b;

	first_has_come(&b);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&b, 1, 65);
	data(&b, 2, 0, 0);
	data(&b, 2, 0, 0);
	data(&b, 4, 0, 0);
	data(&b, 4, 0, 0);
	fixture_expect_silence(&b);
	data(&b, 0, 0, 0);
	expect_ack(&b, 2, 65);
	data(&b, 3, 0, 0);
	data(&b, 5, WIRE_RMPP_LAST, 21);
	expect_ack(&b, 5, 65);
	expect_table(&b, 4, 56 + 801);
	fixture_close(&b);
}

static void a_segment_that_is_kept_is_not_replaced_and_stops_no_clock_again(void **state)
{
	static const struct piece other = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 3, 20};
	struct fixture b;
	uint8_t mad[256];
	uint32_t n;

	for (n = 0; n < 2; n++) {
		first_has_come(&b);
		data(&b, 3, 0, 0);
		if (n)
			data(&b, 2, 0, 0);
		fixture_pass(&b, 6000);
		rmpp_mad(mad, ANSWER, b.tid, &other);
		memset(mad + 56, 0xee, 200);
		fixture_arrive(&b, SA_LID, mad);
		if (!n)
			data(&b, 2, 0, 0);
		data(&b, 4, WIRE_RMPP_LAST, 220);
		expect_ack(&b, 4, 65);
		expect_table(&b, 4, 56 + 800);
		fixture_close(&b);
	}
	first_has_come(&b);
	data(&b, 3, 0, 0);
	fixture_pass(&b, 6000);
	data(&b, 3, 0, 0);
	fixture_pass(&b, 4000);
	expect_abort(&b, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

static void a_full_window_is_acknowledged_and_what_is_beyond_is_dropped(void **state)
{
	struct fixture b;
	uint32_t n;

	first_has_come(&b);
	data(&b, 66, 0, 0);
	data(&b, UINT32_MAX, 0, 0);
	for (n = 2; n < 65; n++)
		data(&b, n, 0, 0);
	fixture_expect_silence(&b);
	data(&b, 65, 0, 0);
	expect_ack(&b, 65, 129);
	data(&b, 67, WIRE_RMPP_LAST, 220);
	fixture_expect_silence(&b);
	data(&b, 66, 0, 0);
	expect_ack(&b, 67, 129);
	expect_table(&b, 67, 56 + 67 * 200);
	fixture_close(&b);
}

static void the_length_is_the_kernels(void **state)
{
	static const struct {
		uint32_t segments, length;
		size_t len;
	} rows[] = {
		{1, 220, 256}, {1, 20, 56},	     {1, 21, 57},	   {1, 0, 36},
		{1, 221, 256}, {1, 0xffffffff, 256}, {1, 0x80000000, 256}, {3, 220, 656},
		{3, 20, 456},  {3, 0, 436},	     {2, 0, 236},	   {3, 300, 656},
	};
	struct fixture b;
	uint32_t n;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(&b);
		for (n = 1; n <= rows[i].segments; n++)
			data(&b, n,
			     (n == 1 ? WIRE_RMPP_FIRST : 0) |
				     (n == rows[i].segments ? WIRE_RMPP_LAST : 0),
			     rows[i].length);
		expect_table(&b, rows[i].segments, rows[i].len);
		fixture_close(&b);
	}
}

static void what_cannot_be_is_answered_with_an_abort(void **state)
{
	static const struct {
		struct piece piece;
		uint8_t status;
	} rows[] = {
		{{WIRE_RMPP_DATA, 0, 0, 1, 1, 0}, WIRE_RMPP_STATUS_BAD_FIRST},
		{{WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 2, 0}, WIRE_RMPP_STATUS_BAD_FIRST},
		{{WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 1, 1, 1, 0}, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
		{{WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 2, 1, 0}, WIRE_RMPP_STATUS_BAD_VERSION},
		{{9, WIRE_RMPP_FIRST, 0, 1, 1, 0}, WIRE_RMPP_STATUS_BAD_TYPE},
		{{WIRE_RMPP_ACK, 0, 1, 1, 1, 1}, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
		{{WIRE_RMPP_ACK, 0, 0, 1, 2, 1}, WIRE_RMPP_STATUS_WINDOW_TOO_SMALL},
		{{WIRE_RMPP_STOP, 0, 2, 1, 0, 0}, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
		{{WIRE_RMPP_ABORT, 0, 117, 1, 0, 0}, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
		{{WIRE_RMPP_ABORT, 0, 128, 1, 0, 0}, WIRE_RMPP_STATUS_ILLEGAL_STATUS},
	};
	struct fixture b;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(&b);
		arrives(&b, SA_LID, ANSWER, &rows[i].piece);
		expect_abort(&b, rows[i].status);
		fixture_expect_silence(&b);
		fixture_expect_nothing(&b, b.file);
		/* The request is still alive. */
		data(&b, 1, WIRE_RMPP_FIRST | WIRE_RMPP_LAST, 220);
		expect_ack(&b, 1, 1);
		expect_table(&b, 1, 256);
		fixture_close(&b);
	}
}

static void an_answer_that_nobody_asked_for_is_dropped(void **state)
{
	struct fixture b;

	ask(&b);
	b.tid++;
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	b.tid += 1ull << 40;
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	fixture_expect_silence(&b);
	b.tid -= 1 + (1ull << 40);
	data(&b, 2, 0, 0);
	data(&b, 3, WIRE_RMPP_LAST, 0);
	fixture_expect_silence(&b);
	fixture_pass(&b, 1000);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	fixture_expect_silence(&b);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

static void the_last_segment_of_a_finished_table_is_acknowledged_for_ten_seconds(void **state)
{
	struct fixture b;

	ask(&b);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&b, 1, 65);
	expect_ack(&b, 2, 65);
	expect_table(&b, 2, 456);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&b, 2, 65);
	fixture_pass(&b, 9999);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&b, 2, 65);
	fixture_pass(&b, 1);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	fixture_expect_silence(&b);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

static void the_same_tid_may_ask_again_at_once(void **state)
{
	struct fixture b;

	ask(&b);
	data(&b, 1, WIRE_RMPP_FIRST | WIRE_RMPP_LAST, 220);
	expect_ack(&b, 1, 1);
	expect_table(&b, 1, 256);
	ask_table(&b, 1000, 0);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&b, 1, 65);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&b, 2, 65);
	expect_table(&b, 2, 456);
	fixture_close(&b);
}

static void a_request_does_not_time_out_while_its_answer_is_coming(void **state)
{
	struct fixture b;
	uint32_t n;

	ask_with(&b, &fixture_kernel_like, 100, 3);
	fixture_pass(&b, 90);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&b, 1, 65);
	for (n = 2; n < 50; n++) {
		fixture_pass(&b, 5000);
		data(&b, n, 0, 0);
	}
	data(&b, n, WIRE_RMPP_LAST, 220);
	expect_ack(&b, n, 65);
	fixture_expect_silence(&b);
	expect_table(&b, n, 56 + (size_t)n * 200);
	fixture_close(&b);
}

static void an_answer_that_stops_coming_is_aborted_and_asked_for_again(void **state)
{
	struct fixture b;

	ask_with(&b, &fixture_kernel_like, 100, 1);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&b, 1, 65);
	fixture_pass(&b, 5000);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&b, 1, 65);
	fixture_pass(&b, 4999);
	fixture_expect_silence(&b);
	fixture_pass(&b, 1);
	expect_abort(&b, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG);
	assert_int_equal(fixture_next_sent(&b)->mad[3], WIRE_METHOD_GET_TABLE);
	fixture_expect_nothing(&b, b.file);
	fixture_pass(&b, 100);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_expect_silence(&b);
	fixture_close(&b);
}

static void the_senders_abort_ends_the_transfer_and_the_request_goes_on(void **state)
{
	static const struct piece abort = {WIRE_RMPP_ABORT, 0, 126, 1, 0, 0};
	struct fixture b;

	ask_with(&b, &fixture_kernel_like, 100, 0);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&b, 1, 65);
	arrives(&b, SA_LID, ANSWER, &abort);
	fixture_expect_silence(&b);
	fixture_expect_nothing(&b, b.file);
	fixture_pass(&b, 100);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

static void a_table_beyond_the_bound_is_stopped(void **state)
{
	struct kmad_params params = {.seed = 7, .max_transfer_bytes = 1000};
	struct fixture b;

	ask_with(&b, &params, 1000, 3);
	data(&b, 1, WIRE_RMPP_FIRST, 0x7fffffff);
	expect_ack(&b, 1, 65);
	data(&b, 2, 0, 0);
	data(&b, 3, 0, 0);
	data(&b, 4, 0, 0);
	fixture_expect_silence(&b);
	data(&b, 5, 0, 0);
	expect_reply(&b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_STOP, 1, 0, 0);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

static void too_many_transfers_wait_for_their_senders_to_try_again(void **state)
{
	struct kmad_params params = {.seed = 7, .max_transfers = 2};
	static const struct piece first = {WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0};
	static const struct piece last = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220};
	struct fixture b;

	fixture_open_agent(&b, &params, WIRE_CLASS_SA, 2, 1, 0xffffffff);
	b.tid = 5;
	for (uint16_t lid = 4; lid <= 6; lid++)
		arrives(&b, lid, WIRE_METHOD_REPORT, &first);
	expect_reply(&b, REPORT_ACK, WIRE_RMPP_ACK, 0, 1, 65);
	expect_reply(&b, REPORT_ACK, WIRE_RMPP_ACK, 0, 1, 65);
	fixture_expect_silence(&b);
	arrives(&b, 4, WIRE_METHOD_REPORT, &last);
	expect_reply(&b, REPORT_ACK, WIRE_RMPP_ACK, 0, 2, 65);
	fixture_expect(&b, b.file, 456);
	arrives(&b, 6, WIRE_METHOD_REPORT, &first);
	expect_reply(&b, REPORT_ACK, WIRE_RMPP_ACK, 0, 1, 65);
	/* And an unasked one that stops coming ends after 40 s. */
	fixture_pass(&b, 39999);
	fixture_expect_silence(&b);
	fixture_pass(&b, 1);
	expect_reply(&b, REPORT_ACK, WIRE_RMPP_ABORT, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG, 0, 0);
	expect_reply(&b, REPORT_ACK, WIRE_RMPP_ABORT, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG, 0, 0);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

static void acks_wait_for_a_full_link(void **state)
{
	struct fixture b;

	ask(&b);
	b.room = 0;
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	fixture_expect_silence(&b);
	expect_table(&b, 2, 456);
	b.room = 10;
	fixture_pass(&b, 10);
	expect_ack(&b, 1, 65);
	expect_ack(&b, 2, 65);
	fixture_expect_silence(&b);
	fixture_close(&b);
}

static void agents_without_kernel_rmpp_get_every_segment(void **state)
{
	struct kmad_reg reg = {.mgmt_class = WIRE_CLASS_SA,
			       .mgmt_class_version = 2,
			       .rmpp_version = 1,
			       .user_rmpp = true};
	static const struct piece first = {WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0};
	static const struct piece last = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220};
	static const struct piece ack = {WIRE_RMPP_ACK, 0, 0, 1, 1, 65};
	struct fixture b;
	uint8_t mad[256];
	int user;

	for (user = 0; user < 2; user++) {
		reg.rmpp_version = (uint8_t)user;
		reg.user_rmpp = user;
		fixture_open(&b, &fixture_kernel_like);
		b.file = fixture_open_file(&b);
		b.agent = fixture_register_as(&b, b.file, &reg);
		assert_int_equal(b.agent, 0);
		ask_table(&b, 1000, 0);
		arrives(&b, SA_LID, ANSWER, &first);
		fixture_expect_mad(&b, b.file);
		/* The request is answered, later segments come all the same. */
		arrives(&b, SA_LID, ANSWER, &last);
		fixture_expect_mad(&b, b.file);
		rmpp_mad(mad, WIRE_METHOD_GET_TABLE, b.tid, &ack);
		assert_int_equal(fixture_post(&b, b.file, b.agent, SA_LID, mad, 256, 0, 0), 0);
		assert_int_equal(fixture_post(&b, b.file, b.agent, SA_LID, mad, 256, 0, 0), 0);
		assert_memory_equal(fixture_next_sent(&b)->mad, mad, 256);
		fixture_next_sent(&b);
		fixture_expect_silence(&b);
		fixture_close(&b);
	}
}

static void cancelled_agents_leave_no_transfer(void **state)
{
	struct fixture b;

	ask(&b);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	assert_int_equal(fixture_unregister(&b, b.file, b.agent), 0);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	fixture_pass(&b, 60000);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);

	ask(&b);
	data(&b, 1, WIRE_RMPP_FIRST, 0);
	kmad_fail_all(b.k, ENODEV);
	kmad_check(b.k);
	fixture_expect_failure(&b, b.file, ENODEV);
	data(&b, 2, WIRE_RMPP_LAST, 220);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_out_of_order_are_put_in_order),
		cmocka_unit_test(repeated_segments_are_acknowledged_again_or_ignored),
		cmocka_unit_test(a_segment_that_is_kept_is_not_replaced_and_stops_no_clock_again),
		cmocka_unit_test(a_full_window_is_acknowledged_and_what_is_beyond_is_dropped),
		cmocka_unit_test(the_length_is_the_kernels),
		cmocka_unit_test(what_cannot_be_is_answered_with_an_abort),
		cmocka_unit_test(an_answer_that_nobody_asked_for_is_dropped),
		cmocka_unit_test(
			the_last_segment_of_a_finished_table_is_acknowledged_for_ten_seconds),
		cmocka_unit_test(the_same_tid_may_ask_again_at_once),
		cmocka_unit_test(a_request_does_not_time_out_while_its_answer_is_coming),
		cmocka_unit_test(an_answer_that_stops_coming_is_aborted_and_asked_for_again),
		cmocka_unit_test(the_senders_abort_ends_the_transfer_and_the_request_goes_on),
		cmocka_unit_test(a_table_beyond_the_bound_is_stopped),
		cmocka_unit_test(too_many_transfers_wait_for_their_senders_to_try_again),
		cmocka_unit_test(acks_wait_for_a_full_link),
		cmocka_unit_test(agents_without_kernel_rmpp_get_every_segment),
		cmocka_unit_test(cancelled_agents_leave_no_transfer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
