/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sending by RMPP as the kernel does it, and every deviation of a receiver. Statuses: wire/rmpp.h. */
#include <stdio.h>

#include "tests/unit/kmad_script.h"

#define NAMED(name, text)                    \
	{                                    \
#name, SCRIPT_SA, NULL, text \
	}
/* A table of ten segments, four of which were sent. */
#define ENDED(piece, aborts)                                             \
	NAMED(impossible_acks_abort_the_table_and_possible_ends_end_it,  \
	      "send 0x92 10 0 3, ack 1 4, sends 1 4, " piece ", " aborts \
	      "pass 20000, silence, nothing, over")
#define AGAIN "pass 1999, silence, pass 1, sends 2 4, "

static const struct script scripts[] = {
	NAMED(a_table_leaves_in_windows_and_ends_with_its_last_ack,
	      "send 0x92 10 0 3, sends 1 1, ack 1 4, sends 2 4, ack 3 4, ack 1 4, ack 3 3, "
	      "silence, ack 4 100, sends 5 10, ack 10 100, silence, pass 10000, silence, nothing, "
	      "over"),
	/* progress restores all retries */
	NAMED(what_is_not_acknowledged_is_sent_again_every_two_seconds,
	      "send 0x92 5 0 2, sends 1 1, ack 1 4, sends 2 4, " AGAIN AGAIN
	      "ack 3 4, pass 2000, sends 4 4, pass 2000, sends 4 4, pass 2000, silence, "
	      "failure ETIMEDOUT"),
	ENDED("ack 5 9", "aborts 123, "),
	ENDED("ack 99 99", "aborts 123, "),
	ENDED("ack 4 3", "aborts 122, "),
	ENDED("rmpp ACK 3 4 9", "aborts 124, "),
	ENDED("rmpp STOP 2 0 0", "aborts 124, "),
	ENDED("rmpp ABORT 1 0 0", "aborts 124, "),
	ENDED("rmpp STOP 1 0 0", ""),
	ENDED("rmpp ABORT 118 0 0", ""),
	ENDED("rmpp ABORT 127 0 0", ""),
	ENDED("rmpp 7 0 0 0", "aborts 121, "),
	NAMED(an_ack_from_elsewhere_is_not_ours,
	      "send 0x92 10 0 3, sends 1 1, lid 5, ack 1 4, lid 4, tid 1, ack 1 4, silence"),
	/* the last ACK was in transit */
	NAMED(a_window_that_meets_a_full_link_goes_on_where_it_was,
	      "send 0x92 10 0 3, sends 1 1, room 2, ack 1 8, sends 2 3, room 3, pass 10, sends 4 "
	      "6, "
	      "room 100, pass 10, sends 7 8, ack 8 20, sends 9 10, room 0, pass 2000, ack 10 20, "
	      "room 100, pass 20000, silence, nothing"),
	/*
	 * A double-sided transfer: a long GetMulti, its ACK, our ACK of segment 0, a long answer. The
	 * time-out of the request is shorter than that of an ACK.
	 */
	{"a_request_may_be_long_and_so_may_its_answer", SCRIPT_SA_CLIENT, NULL,
	 "method 0x94, send 0x14 3 500 1, sends 1 1, send 0x14 3 500 1 EINVAL, pass 500, sends 1 "
	 "1, "
	 "ack 1 65, sends 2 3, ack 3 65, acks 0 1, ack 3 65, acks 0 1, seg 1 F, seg 2 L 220, "
	 "acks 1 65, acks 2 65, table 2 456"},
	/* and the other side of it */
	NAMED(a_long_request_opens_the_window_of_its_answer,
	      "tid 0x4200000001, method 0x14, seg 1 F, seg 2 L 220, acks 1 65, acks 2 65, "
	      "table 2 456, ack 0 3, send 0x94 5 0 1, sends 1 3"),
};

/* ib_mad matches by TID, class and address. Example: MultiPathRecord is answered by PathRecords. */
static void an_answer_may_have_another_method_and_attribute(void **state)
{
	static const uint8_t rows[][2] = {{0x13, 0x92}, {0x14, 0x94}, {0x15, 0x92}, {0x02, 0x81}};
	uint8_t request[256];
	char text[64];
	struct fixture b;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_open_agent(&b, &fixture_gateway_like, WIRE_CLASS_SA, 2, 1, 0);
		fixture_mad(request, WIRE_CLASS_SA, 2, rows[i][0], 77);
		request[17] = 0x3a; /* the answer has attribute 0 */
		assert_int_equal(fixture_post(&b, b.file, b.agent, SA_LID, request, 256, 500, 0),
				 0);
		b.tid = wire_mad_tid(request);
		snprintf(text, sizeof(text), "method %u, seg 1 F, seg 2 L 220, table 2 456",
			 rows[i][1]);
		script_go_on(&b, SCRIPT_SA_CLIENT, text);
		fixture_close(&b);
	}
}

/* Without an expected answer (timeout_ms 0) it still waits for the ACKs. */
static void a_refusal_or_the_links_word_ends_a_message_that_is_being_sent(void **state)
{
	static const char *const stages[] = {"", "ack 1 8, sends 2 8, ",
					     "room 2, ack 1 8, sends 2 3, "};
	/* nothing more is sent except the ACK of a refusal that is a segment */
	static const char *const ends[][2] = {{"plain, message 256", ""},
					      {"seg 1 FL 20, message 56", "acks 1 1, "},
					      {"done 0 EAGAIN, failure EAGAIN", ""}};
	char text[256];
	struct fixture b;

	for (unsigned int i = 0; i < 3 * 3 * 2; i++) {
		fixture_open_agent(&b, &fixture_gateway_like, WIRE_CLASS_SA, 2, 1, 0);
		snprintf(text, sizeof(text),
			 "method 0x94, send 0x14 20 %u 3, sends 1 1, %s%s, room 4294967295, "
			 "pass 60000, nothing, %ssilence, over",
			 i % 2 * 5000, stages[i / 2 % 3], ends[i / 6][0], ends[i / 6][1]);
		script_go_on(&b, SCRIPT_SA_CLIENT, text);
		fixture_close(&b);
	}
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(an_answer_may_have_another_method_and_attribute),
		cmocka_unit_test(a_refusal_or_the_links_word_ends_a_message_that_is_being_sent),
	};

	return scripts_run(scripts, sizeof(scripts) / sizeof(scripts[0]), others, 2);
}
