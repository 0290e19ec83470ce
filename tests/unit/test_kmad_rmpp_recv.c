/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Receiving by RMPP as the kernel does it, and every deviation of a sender. Statuses: wire/rmpp.h. */
#include "tests/unit/kmad_script.h"

#define ANSWER (WIRE_METHOD_GET_TABLE | 0x80)

static const struct kmad_params thousand_bytes = {.seed = 7, .max_transfer_bytes = 1000};
static const struct kmad_params two_transfers = {.seed = 7, .max_transfers = 2};

#define NAMED(name, text)                           \
	{                                           \
#name, SCRIPT_SA_CLIENT, NULL, text \
	}
/* A table was requested; its first segment was received. */
#define ASKED "query 1000 0, "
#define BEGUN ASKED "seg 1 F, acks 1 65, "
/* A table of one segment, or of three, with this length has so many bytes. */
#define ONE(length, bytes) \
	NAMED(the_length_is_the_kernels, ASKED "seg 1 FL " #length ", table 1 " #bytes)
#define THREE(length, bytes)             \
	NAMED(the_length_is_the_kernels, \
	      BEGUN "seg 2 0, seg 3 L " #length ", acks 3 65, table 3 " #bytes)
/* The kmad answers with an ABORT of this status, and the request continues. */
#define ABORTED(piece, status)                                      \
	NAMED(what_cannot_be_is_answered_with_an_abort, ASKED piece \
	      ", aborts " #status ", silence, nothing, seg 1 FL 220, acks 1 1, table 1 256")

static const struct script scripts[] = {
	NAMED(segments_out_of_order_are_put_in_order,
	      BEGUN "seg 4 L 220, seg 3, silence, seg 2, acks 4 65, table 4 856"),
	NAMED(repeated_segments_are_acknowledged_again_or_ignored,
	      BEGUN "seg 1 F, acks 1 65, seg 2, seg 2, seg 4, seg 4, silence, seg 0, acks 2 65, "
		    "seg 3, seg 5 L 21, acks 5 65, table 4 857"),
	NAMED(a_segment_that_is_kept_is_not_replaced,
	      BEGUN "seg 3, pass 6000, other 3, seg 2, seg 4 L 220, acks 4 65, table 4 856"),
	NAMED(nor_is_one_that_was_in_its_turn,
	      BEGUN "seg 3, seg 2, pass 6000, other 3, seg 4 L 220, acks 4 65, table 4 856"),
	NAMED(and_it_stops_no_clock_again, BEGUN "seg 3, pass 6000, seg 3, pass 4000, aborts 118, "
						 "failure ETIMEDOUT"),
	NAMED(a_full_window_is_acknowledged_and_what_is_beyond_is_dropped,
	      BEGUN "seg 66, seg 4294967295, segs 2 64, silence, seg 65, acks 65 129, "
		    "seg 67 L 220, silence, seg 66, acks 67 129, table 67 13456"),
	ONE(220, 256),
	ONE(20, 56),
	ONE(21, 57),
	ONE(0, 36),
	ONE(221, 256),
	ONE(0xffffffff, 256),
	ONE(0x80000000, 256),
	NAMED(the_length_is_the_kernels, BEGUN "seg 2 L 0, acks 2 65, table 2 236"),
	THREE(220, 656),
	THREE(20, 456),
	THREE(0, 436),
	THREE(300, 656),
	ABORTED("rmpp DATA 0 1 0", 120),
	ABORTED("rmpp DATA 0 2 0 F", 120),
	ABORTED("rmpp DATA 1 1 0 F", 124),
	ABORTED("rmpp DATA 0 1 0 2 F", 125),
	ABORTED("rmpp 9 0 1 0 F", 121),
	ABORTED("rmpp ACK 1 1 1", 124),
	ABORTED("rmpp ACK 0 2 1", 122),
	ABORTED("rmpp STOP 2 0 0", 124),
	ABORTED("rmpp ABORT 117 0 0", 124),
	ABORTED("rmpp ABORT 128 0 0", 124),
	NAMED(an_answer_that_nobody_asked_for_is_dropped,
	      ASKED "tid 1, seg 1 F, tid 0x10000000000, seg 1 F, silence, tid -0x10000000001, "
		    "seg 2, seg 3 L, silence, pass 1000, seg 1 F, silence, failure ETIMEDOUT"),
	NAMED(the_last_segment_of_a_finished_table_is_acknowledged_for_ten_seconds,
	      BEGUN "seg 2 L 220, acks 2 65, table 2 456, seg 2 L 220, acks 2 65, "
		    "pass 9999, seg 2 L 220, acks 2 65, pass 1, seg 2 L 220, silence, nothing"),
	NAMED(the_same_tid_may_ask_again_at_once, ASKED
	      "seg 1 FL 220, acks 1 1, table 1 256, " BEGUN "seg 2 L 220, acks 2 65, table 2 456"),
	NAMED(a_request_does_not_time_out_while_its_answer_is_coming,
	      "query 100 3, pass 90, seg 1 F, acks 1 65, pass 5000, seg 2, pass 5000, seg 3, "
	      "pass 5000, seg 4, pass 5000, seg 5, pass 5000, seg 6, pass 5000, seg 7, pass 5000, "
	      "seg 8, pass 5000, seg 9, pass 5000, seg 10, pass 5000, seg 11, seg 12 L 220, "
	      "acks 12 65, silence, table 12 2456"),
	NAMED(an_answer_that_stops_coming_is_aborted_and_asked_for_again,
	      "query 100 1, seg 1 F, acks 1 65, pass 5000, seg 1 F, acks 1 65, pass 4999, silence, "
	      "pass 1, aborts 118, asks, nothing, pass 100, failure ETIMEDOUT, silence"),
	NAMED(the_senders_abort_ends_the_transfer_and_the_request_goes_on,
	      "query 100 0, seg 1 F, acks 1 65, rmpp ABORT 126 0 0, silence, nothing, pass 100, "
	      "failure ETIMEDOUT"),
	{"a_table_beyond_the_bound_is_stopped", SCRIPT_SA_CLIENT, &thousand_bytes,
	 "query 1000 3, seg 1 F 0x7fffffff, acks 1 65, segs 2 4, silence, seg 5, stops, "
	 "failure ETIMEDOUT"},
	/* and an unsolicited one without further segments ends after 40 s */
	{"too_many_transfers_wait_for_their_senders_to_try_again", SCRIPT_SA, &two_transfers,
	 "tid 5, method 6, seg 1 F, lid 5, seg 1 F, lid 6, seg 1 F, acks 1 65, acks 1 65, silence, "
	 "lid 4, seg 2 L 220, acks 2 65, message 456, lid 6, seg 1 F, acks 1 65, "
	 "pass 39999, silence, pass 1, aborts 118, aborts 118, nothing"},
	NAMED(acks_wait_for_a_full_link,
	      ASKED "room 0, seg 1 F, seg 2 L 220, silence, table 2 456, room 10, pass 10, "
		    "acks 1 65, acks 2 65, silence"),
	NAMED(a_cancelled_agent_leaves_no_transfer,
	      ASKED "seg 1 F, unregister, seg 2 L 220, pass 60000, nothing"),
	NAMED(nor_does_a_link_that_failed,
	      ASKED "seg 1 F, fail ENODEV, failure ENODEV, seg 2 L 220, nothing"),
};

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
		/* The request is answered, but later segments arrive. */
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

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(agents_without_kernel_rmpp_get_every_segment),
	};

	return scripts_run(scripts, sizeof(scripts) / sizeof(scripts[0]), others, 1);
}
