/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A link that is lost and comes back: what was asked is asked again, and no time ran out meanwhile. */
#include "tests/unit/kmad_rmpp_fixture.h"

/* From now on it is away; what it was given before is forgotten. */
static void lose(struct fixture *b)
{
	b->room = 0;
	kmad_link_lost(b->k, b->now);
	kmad_check(b->k);
	b->seen = b->sent_count;
}

static void come_back(struct fixture *b)
{
	b->room = UINT32_MAX;
	kmad_tick(b->k, b->now);
	kmad_check(b->k);
}

/* For four and a half seconds: four times one, and the grace. */
static void asks(struct fixture *b, uint32_t tid)
{
	fixture_asks(b, tid, 1000, 3);
}

/* It goes to the link as it was asked, and is answered. */
static void is_asked_again(struct fixture *b, uint32_t tid)
{
	struct chan_slot *sent = fixture_next_sent(b);

	assert_non_null(sent);
	assert_int_equal((uint32_t)wire_mad_tid(sent->mad), tid);
	assert_int_equal(sent->timeout_ms, 1000);
	assert_int_equal(sent->retries, 3);
	fixture_answer(b, sent);
	fixture_expect_mad(b, b->file);
}

static void what_was_asked_is_asked_again_in_order(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_gateway_like);
	for (uint32_t tid = 1; tid <= 3; tid++)
		asks(&b, tid);
	fixture_answer(&b, &b.sent[1]);
	fixture_expect_mad(&b, b.file);
	lose(&b);
	asks(&b, 4);
	come_back(&b);
	is_asked_again(&b, 1);
	is_asked_again(&b, 3);
	is_asked_again(&b, 4);
	fixture_expect_silence(&b);
	fixture_pass(&b, 100000);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

/* However little of a request's time was left. */
static void time_stands_still_while_the_link_is_away(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_gateway_like);
	asks(&b, 1);
	fixture_pass(&b, 4499);
	lose(&b);
	fixture_pass(&b, 20000);
	assert_false(kmad_is_overdue(b.k, (unsigned int)b.file, b.now));
	fixture_expect_nothing(&b, b.file);
	come_back(&b);
	assert_non_null(fixture_next_sent(&b));
	fixture_pass(&b, 4499);
	fixture_expect_nothing(&b, b.file);
	fixture_pass(&b, 1);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

static void every_retry_is_there_again(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_kernel_like);
	asks(&b, 1);
	fixture_pass(&b, 3500);
	lose(&b);
	come_back(&b);
	fixture_pass(&b, 10000);
	for (int i = 0; i < 4; i++)
		assert_non_null(fixture_next_sent(&b));
	fixture_expect_silence(&b);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_close(&b);
}

/* Half a table of the old link and half of the new one make none. */
static void a_table_that_was_coming_is_asked_for_anew(void **state)
{
	struct fixture b;
	struct chan_slot *sent;

	ask_with(&b, &fixture_gateway_like, 1000, 0);
	data(&b, 1, WIRE_RMPP_FIRST, 3 * 220);
	data(&b, 2, 0, 0);
	lose(&b);
	fixture_pass(&b, 20000);
	come_back(&b);
	sent = fixture_next_sent(&b);
	assert_non_null(sent);
	assert_true(wire_mad_tid(sent->mad) == b.tid);
	data(&b, 3, WIRE_RMPP_LAST, 220);
	fixture_expect_nothing(&b, b.file);
	data(&b, 1, WIRE_RMPP_FIRST, 3 * 220);
	data(&b, 2, 0, 0);
	fixture_expect_nothing(&b, b.file);
	data(&b, 3, WIRE_RMPP_LAST, 220);
	expect_table(&b, 3, 56 + 3 * 200);
	fixture_close(&b);
}

static void what_was_to_be_acknowledged_is_not_any_more(void **state)
{
	struct fixture b;

	ask_with(&b, &fixture_gateway_like, 1000, 0);
	b.room = 0;
	data(&b, 1, WIRE_RMPP_FIRST | WIRE_RMPP_LAST, 220);
	expect_table(&b, 1, 56 + 200);
	lose(&b);
	come_back(&b);
	fixture_expect_silence(&b);
	fixture_close(&b);
}

static void a_long_message_is_sent_from_its_start(void **state)
{
	static const struct piece ack = {WIRE_RMPP_ACK, 0, 0, 1, 1, 4};
	uint8_t mad[56 + 5 * 200];
	struct fixture b;

	fixture_open_sa_client(&b, &fixture_gateway_like);
	rmpp_message(mad, WIRE_METHOD_GET_MULTI, 77, 5);
	assert_int_equal(fixture_post(&b, b.file, b.agent, SA_LID, mad, sizeof(mad), 1000, 2), 0);
	b.tid = wire_mad_tid(mad);
	expect_segments(&b, 1, 1);
	arrives(&b, SA_LID, WIRE_METHOD_GET_MULTI | 0x80, &ack);
	expect_segments(&b, 2, 4);
	lose(&b);
	come_back(&b);
	expect_segments(&b, 1, 1);
	fixture_close(&b);
}

/* The SM of a guest answers: that went or it did not, nobody waits for it here. */
static void what_expects_no_answer_is_not_sent_again(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_gateway_like);
	assert_int_equal(fixture_sends(&b, WIRE_METHOD_GET_RESP, 1, 0, 0), 0);
	lose(&b);
	come_back(&b);
	fixture_expect_silence(&b);
	fixture_close(&b);
}

static void a_link_that_stays_away_ends_everything(void **state)
{
	struct fixture b;

	fixture_open_perf(&b, &fixture_gateway_like);
	asks(&b, 1);
	lose(&b);
	asks(&b, 2);
	lose(&b); /* and another that came and went */
	kmad_fail_all(b.k, ETIMEDOUT);
	kmad_check(b.k);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	fixture_expect_failure(&b, b.file, ETIMEDOUT);
	come_back(&b);
	fixture_expect_silence(&b);
	fixture_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_asked_is_asked_again_in_order),
		cmocka_unit_test(time_stands_still_while_the_link_is_away),
		cmocka_unit_test(every_retry_is_there_again),
		cmocka_unit_test(a_table_that_was_coming_is_asked_for_anew),
		cmocka_unit_test(what_was_to_be_acknowledged_is_not_any_more),
		cmocka_unit_test(a_long_message_is_sent_from_its_start),
		cmocka_unit_test(what_expects_no_answer_is_not_sent_again),
		cmocka_unit_test(a_link_that_stays_away_ends_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
