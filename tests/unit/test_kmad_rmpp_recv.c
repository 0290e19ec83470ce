/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Receiving by RMPP as the kernel does it, and every deviation of a sender. */
#include "tests/unit/test_kmad_rmpp_bed.h"

static void segments_out_of_order_are_put_in_order(void **state)
{
	struct asking s;

	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	data(&s, 4, WIRE_RMPP_LAST, 220);
	data(&s, 3, 0, 0);
	expect_silence(&s.b);
	data(&s, 2, 0, 0);
	expect_ack(&s, 4, 65);
	expect_table(&s, 4, 56 + 800);
	bed_close(&s.b);
}

static void repeated_segments_are_acknowledged_again_or_ignored(void **state)
{
	struct asking s;

	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	data(&s, 2, 0, 0);
	data(&s, 2, 0, 0);
	data(&s, 4, 0, 0);
	data(&s, 4, 0, 0);
	expect_silence(&s.b);
	data(&s, 0, 0, 0);
	expect_ack(&s, 2, 65);
	data(&s, 3, 0, 0);
	data(&s, 5, WIRE_RMPP_LAST, 21);
	expect_ack(&s, 5, 65);
	expect_table(&s, 4, 56 + 801);
	bed_close(&s.b);
}

static void a_segment_that_is_kept_is_not_replaced_and_stops_no_clock_again(void **state)
{
	static const struct piece other = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 3, 20};
	struct asking s;
	uint8_t mad[256];
	uint32_t n;

	for (n = 0; n < 2; n++) {
		ask(&s);
		data(&s, 1, WIRE_RMPP_FIRST, 0);
		expect_ack(&s, 1, 65);
		data(&s, 3, 0, 0);
		if (n)
			data(&s, 2, 0, 0);
		bed_pass(&s.b, 6000);
		rmpp_mad(mad, WIRE_METHOD_GET_TABLE | 0x80, s.tid, &other);
		memset(mad + 56, 0xee, 200);
		bed_arrive(&s.b, 1, mad);
		if (!n)
			data(&s, 2, 0, 0);
		data(&s, 4, WIRE_RMPP_LAST, 220);
		expect_ack(&s, 4, 65);
		expect_table(&s, 4, 56 + 800);
		bed_close(&s.b);
	}
	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	data(&s, 3, 0, 0);
	bed_pass(&s.b, 6000);
	data(&s, 3, 0, 0);
	bed_pass(&s.b, 4000);
	expect_abort(&s, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG);
	bed_expect(&s.b, s.file, ETIMEDOUT, 24);
	bed_close(&s.b);
}

static void a_full_window_is_acknowledged_and_what_is_beyond_is_dropped(void **state)
{
	struct asking s;
	uint32_t n;

	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	data(&s, 66, 0, 0);
	data(&s, UINT32_MAX, 0, 0);
	for (n = 2; n < 65; n++)
		data(&s, n, 0, 0);
	expect_silence(&s.b);
	data(&s, 65, 0, 0);
	expect_ack(&s, 65, 129);
	data(&s, 67, WIRE_RMPP_LAST, 220);
	expect_silence(&s.b);
	data(&s, 66, 0, 0);
	expect_ack(&s, 67, 129);
	expect_table(&s, 67, 56 + 67 * 200);
	bed_close(&s.b);
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
	struct asking s;
	uint32_t n;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(&s);
		for (n = 1; n <= rows[i].segments; n++)
			data(&s, n,
			     (n == 1 ? WIRE_RMPP_FIRST : 0) |
				     (n == rows[i].segments ? WIRE_RMPP_LAST : 0),
			     rows[i].length);
		expect_table(&s, rows[i].segments, rows[i].len);
		bed_close(&s.b);
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
	struct asking s;
	uint8_t mad[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(&s);
		rmpp_mad(mad, WIRE_METHOD_GET_TABLE | 0x80, s.tid, &rows[i].piece);
		bed_arrive(&s.b, 1, mad);
		expect_abort(&s, rows[i].status);
		expect_silence(&s.b);
		bed_expect_nothing(&s.b, s.file);
		/* The request is still alive. */
		data(&s, 1, WIRE_RMPP_FIRST | WIRE_RMPP_LAST, 220);
		expect_ack(&s, 1, 1);
		expect_table(&s, 1, 256);
		bed_close(&s.b);
	}
}

static void an_answer_that_nobody_asked_for_is_dropped(void **state)
{
	struct asking s;

	ask(&s);
	s.tid++;
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	s.tid += 1ull << 40;
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_silence(&s.b);
	s.tid -= 1 + (1ull << 40);
	data(&s, 2, 0, 0);
	data(&s, 3, WIRE_RMPP_LAST, 0);
	expect_silence(&s.b);
	bed_pass(&s.b, 1000);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_silence(&s.b);
	bed_expect(&s.b, s.file, ETIMEDOUT, 24);
	bed_close(&s.b);
}

static void the_last_segment_of_a_finished_table_is_acknowledged_for_ten_seconds(void **state)
{
	struct asking s;

	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&s, 1, 65);
	expect_ack(&s, 2, 65);
	expect_table(&s, 2, 456);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&s, 2, 65);
	bed_pass(&s.b, 9999);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&s, 2, 65);
	bed_pass(&s.b, 1);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	expect_silence(&s.b);
	bed_expect_nothing(&s.b, s.file);
	bed_close(&s.b);
}

static void the_same_tid_may_ask_again_at_once(void **state)
{
	struct asking s;
	uint8_t mad[256];

	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST | WIRE_RMPP_LAST, 220);
	expect_ack(&s, 1, 1);
	expect_table(&s, 1, 256);
	bed_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_TABLE, 77);
	assert_int_equal(bed_post(&s.b, s.file, s.agent, 1, mad, 256, 1000, 0), 0);
	assert_non_null(bed_next_sent(&s.b));
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	expect_ack(&s, 2, 65);
	expect_table(&s, 2, 456);
	bed_close(&s.b);
}

static void a_request_does_not_time_out_while_its_answer_is_coming(void **state)
{
	struct asking s;
	uint32_t n;

	ask_with(&s, &kernel_like, 100, 3);
	bed_pass(&s.b, 90);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	for (n = 2; n < 50; n++) {
		bed_pass(&s.b, 5000);
		data(&s, n, 0, 0);
	}
	data(&s, n, WIRE_RMPP_LAST, 220);
	expect_ack(&s, n, 65);
	expect_silence(&s.b);
	expect_table(&s, n, 56 + (size_t)n * 200);
	bed_close(&s.b);
}

static void an_answer_that_stops_coming_is_aborted_and_asked_for_again(void **state)
{
	struct asking s;

	ask_with(&s, &kernel_like, 100, 1);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	bed_pass(&s.b, 5000);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	bed_pass(&s.b, 4999);
	expect_silence(&s.b);
	bed_pass(&s.b, 1);
	expect_abort(&s, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG);
	assert_int_equal(bed_next_sent(&s.b)->mad[3], WIRE_METHOD_GET_TABLE);
	bed_expect_nothing(&s.b, s.file);
	bed_pass(&s.b, 100);
	bed_expect(&s.b, s.file, ETIMEDOUT, 24);
	expect_silence(&s.b);
	bed_close(&s.b);
}

static void the_senders_abort_ends_the_transfer_and_the_request_goes_on(void **state)
{
	static const struct piece abort = {WIRE_RMPP_ABORT, 0, 126, 1, 0, 0};
	struct asking s;
	uint8_t mad[256];

	ask_with(&s, &kernel_like, 100, 0);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	expect_ack(&s, 1, 65);
	rmpp_mad(mad, WIRE_METHOD_GET_TABLE | 0x80, s.tid, &abort);
	bed_arrive(&s.b, 1, mad);
	expect_silence(&s.b);
	bed_expect_nothing(&s.b, s.file);
	bed_pass(&s.b, 100);
	bed_expect(&s.b, s.file, ETIMEDOUT, 24);
	bed_close(&s.b);
}

static void a_table_beyond_the_bound_is_stopped(void **state)
{
	struct kmad_params params = {.seed = 7, .max_transfer_bytes = 1000};
	struct asking s;

	ask_with(&s, &params, 1000, 3);
	data(&s, 1, WIRE_RMPP_FIRST, 0x7fffffff);
	expect_ack(&s, 1, 65);
	data(&s, 2, 0, 0);
	data(&s, 3, 0, 0);
	data(&s, 4, 0, 0);
	expect_silence(&s.b);
	data(&s, 5, 0, 0);
	expect_reply(&s.b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_STOP, 1, 0, 0);
	bed_expect(&s.b, s.file, ETIMEDOUT, 24);
	bed_close(&s.b);
}

static void too_many_transfers_wait_for_their_senders_to_try_again(void **state)
{
	struct kmad_params params = {.seed = 7, .max_transfers = 2};
	static const struct piece first = {WIRE_RMPP_DATA, WIRE_RMPP_FIRST, 0, 1, 1, 0};
	static const struct piece last = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, 2, 220};
	struct bed b;
	uint8_t mad[256];
	int f;

	bed_open(&b, &params);
	f = bed_open_file(&b);
	bed_register(&b, f, WIRE_CLASS_SA, 2, 1, 0xffffffff);
	rmpp_mad(mad, WIRE_METHOD_REPORT, 5, &first);
	bed_arrive(&b, 4, mad);
	bed_arrive(&b, 5, mad);
	bed_arrive(&b, 6, mad);
	expect_reply(&b, 0x86, WIRE_RMPP_ACK, 0, 1, 65);
	expect_reply(&b, 0x86, WIRE_RMPP_ACK, 0, 1, 65);
	expect_silence(&b);
	rmpp_mad(mad, WIRE_METHOD_REPORT, 5, &last);
	bed_arrive(&b, 4, mad);
	expect_reply(&b, 0x86, WIRE_RMPP_ACK, 0, 2, 65);
	bed_expect(&b, f, 0, 456);
	rmpp_mad(mad, WIRE_METHOD_REPORT, 5, &first);
	bed_arrive(&b, 6, mad);
	expect_reply(&b, 0x86, WIRE_RMPP_ACK, 0, 1, 65);
	/* And an unasked one that stops coming ends after 40 s. */
	bed_pass(&b, 39999);
	expect_silence(&b);
	bed_pass(&b, 1);
	expect_reply(&b, 0x86, WIRE_RMPP_ABORT, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG, 0, 0);
	expect_reply(&b, 0x86, WIRE_RMPP_ABORT, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG, 0, 0);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void acks_wait_for_a_full_link(void **state)
{
	struct asking s;

	ask(&s);
	s.b.room = 0;
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	expect_silence(&s.b);
	expect_table(&s, 2, 456);
	s.b.room = 10;
	bed_pass(&s.b, 10);
	expect_ack(&s, 1, 65);
	expect_ack(&s, 2, 65);
	expect_silence(&s.b);
	bed_close(&s.b);
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
	struct bed b;
	uint8_t mad[256];
	uint64_t tid;
	int f, a, user;

	for (user = 0; user < 2; user++) {
		reg.rmpp_version = (uint8_t)user;
		reg.user_rmpp = user;
		bed_open(&b, &kernel_like);
		f = bed_open_file(&b);
		a = kmad_register(b.k, (unsigned int)f, &reg);
		assert_int_equal(a, 0);
		bed_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_TABLE, 77);
		assert_int_equal(bed_post(&b, f, a, 1, mad, 256, 1000, 0), 0);
		tid = wire_mad_tid(mad);
		bed_next_sent(&b);
		rmpp_mad(mad, WIRE_METHOD_GET_TABLE | 0x80, tid, &first);
		bed_arrive(&b, 1, mad);
		bed_expect(&b, f, 0, 256);
		/* The request is answered, later segments come all the same. */
		rmpp_mad(mad, WIRE_METHOD_GET_TABLE | 0x80, tid, &last);
		bed_arrive(&b, 1, mad);
		bed_expect(&b, f, 0, 256);
		rmpp_mad(mad, WIRE_METHOD_GET_TABLE, tid, &ack);
		assert_int_equal(bed_post(&b, f, a, 1, mad, 256, 0, 0), 0);
		assert_int_equal(bed_post(&b, f, a, 1, mad, 256, 0, 0), 0);
		assert_memory_equal(bed_next_sent(&b)->mad, mad, 256);
		bed_next_sent(&b);
		expect_silence(&b);
		bed_close(&b);
	}
}

static void cancelled_agents_leave_no_transfer(void **state)
{
	struct asking s;

	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	assert_int_equal(kmad_unregister(s.b.k, (unsigned int)s.file, (unsigned int)s.agent), 0);
	kmad_check(s.b.k);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	bed_pass(&s.b, 60000);
	bed_expect_nothing(&s.b, s.file);
	bed_close(&s.b);

	ask(&s);
	data(&s, 1, WIRE_RMPP_FIRST, 0);
	kmad_fail_all(s.b.k, ENODEV);
	kmad_check(s.b.k);
	bed_expect(&s.b, s.file, ENODEV, 24);
	data(&s, 2, WIRE_RMPP_LAST, 220);
	bed_expect_nothing(&s.b, s.file);
	bed_close(&s.b);
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
