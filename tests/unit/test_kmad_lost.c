/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A link that is lost and comes back: what was asked is asked again, and no time ran out meanwhile. */
#include "tests/unit/test_kmad_rmpp_bed.h"

static const struct kmad_params gateway_like = {.seed = 7, .link_times_out = true, .grace_ms = 500};

/* From now on it is away; what it was given before is forgotten. */
static void lose(struct bed *b)
{
	b->room = 0;
	kmad_link_lost(b->k, b->now);
	kmad_check(b->k);
	b->seen = b->sent_count;
}

static void come_back(struct bed *b)
{
	b->room = UINT32_MAX;
	kmad_tick(b->k, b->now);
	kmad_check(b->k);
}

static void get(struct bed *b, int file, int agent, uint32_t tid)
{
	uint8_t mad[256];

	bed_mad(mad, 0x81, 1, WIRE_METHOD_GET, tid);
	assert_int_equal(bed_post(b, file, agent, 5, mad, 256, 1000, 3), 0);
}

static void expect_sent(struct bed *b, uint32_t tid)
{
	struct chan_slot *sent = bed_next_sent(b);

	assert_non_null(sent);
	assert_int_equal((uint32_t)wire_mad_tid(sent->mad), tid);
	assert_int_equal(sent->timeout_ms, 1000);
	assert_int_equal(sent->retries, 3);
	bed_answer(b, sent);
}

static void what_was_asked_is_asked_again_in_order(void **state)
{
	struct bed b;
	int f, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, 0x81, 1, 0, 0);
	for (uint32_t tid = 1; tid <= 3; tid++)
		get(&b, f, a, tid);
	bed_answer(&b, &b.sent[1]);
	bed_expect(&b, f, 0, 256);
	lose(&b);
	get(&b, f, a, 4);
	come_back(&b);
	expect_sent(&b, 1);
	expect_sent(&b, 3);
	expect_sent(&b, 4);
	expect_silence(&b);
	for (int i = 0; i < 3; i++)
		bed_expect(&b, f, 0, 256);
	bed_pass(&b, 100000);
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

/* However little of a request's time was left. */
static void time_stands_still_while_the_link_is_away(void **state)
{
	struct bed b;
	int f, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, 0x81, 1, 0, 0);
	get(&b, f, a, 1);
	bed_pass(&b, 4499);
	lose(&b);
	bed_pass(&b, 20000);
	assert_false(kmad_is_overdue(b.k, (unsigned int)f, b.now));
	bed_expect_nothing(&b, f);
	come_back(&b);
	assert_non_null(bed_next_sent(&b));
	bed_pass(&b, 4499);
	bed_expect_nothing(&b, f);
	bed_pass(&b, 1);
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_close(&b);
}

static void every_retry_is_there_again(void **state)
{
	struct bed b;
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, 0x81, 1, 0, 0);
	get(&b, f, a, 1);
	bed_pass(&b, 3500);
	lose(&b);
	come_back(&b);
	bed_pass(&b, 10000);
	for (int i = 0; i < 4; i++)
		assert_non_null(bed_next_sent(&b));
	expect_silence(&b);
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_close(&b);
}

/* Half a table of the old link and half of the new one make none. */
static void a_table_that_was_coming_is_asked_for_anew(void **state)
{
	struct asking s;
	struct chan_slot *sent;

	ask_with(&s, &gateway_like, 1000, 0);
	data(&s, 1, WIRE_RMPP_FIRST, 3 * 220);
	data(&s, 2, 0, 0);
	lose(&s.b);
	bed_pass(&s.b, 20000);
	come_back(&s.b);
	sent = bed_next_sent(&s.b);
	assert_non_null(sent);
	assert_true(wire_mad_tid(sent->mad) == s.tid);
	data(&s, 3, WIRE_RMPP_LAST, 220);
	bed_expect_nothing(&s.b, s.file);
	data(&s, 1, WIRE_RMPP_FIRST, 3 * 220);
	data(&s, 2, 0, 0);
	bed_expect_nothing(&s.b, s.file);
	data(&s, 3, WIRE_RMPP_LAST, 220);
	expect_table(&s, 3, 56 + 3 * 200);
	bed_close(&s.b);
}

static void what_was_to_be_acknowledged_is_not_any_more(void **state)
{
	struct asking s;

	ask_with(&s, &gateway_like, 1000, 0);
	s.b.room = 0;
	data(&s, 1, WIRE_RMPP_FIRST | WIRE_RMPP_LAST, 220);
	expect_table(&s, 1, 56 + 200);
	lose(&s.b);
	come_back(&s.b);
	expect_silence(&s.b);
	bed_close(&s.b);
}

static void a_long_message_is_sent_from_its_start(void **state)
{
	struct asking s;
	uint8_t mad[56 + 5 * 200];
	struct piece ack = {WIRE_RMPP_ACK, 0, 0, 1, 2, 4};
	uint8_t answer[256];

	bed_open(&s.b, &gateway_like);
	s.file = bed_open_file(&s.b);
	s.agent = bed_register(&s.b, s.file, WIRE_CLASS_SA, 2, 1, 0);
	memset(mad, 0, sizeof(mad));
	bed_mad(mad, WIRE_CLASS_SA, 2, 0x14, 77); /* GetMulti */
	wire_rmpp_set_flags(mad, WIRE_RMPP_ACTIVE);
	mad[24] = 1;
	assert_int_equal(bed_post(&s.b, s.file, s.agent, 1, mad, sizeof(mad), 1000, 2), 0);
	s.tid = wire_mad_tid(mad);
	assert_int_equal(get_be32(bed_next_sent(&s.b)->mad + 28), 1);
	rmpp_mad(answer, 0x14 | 0x80, s.tid, &ack);
	put_be32(answer + 28, 1);
	bed_arrive(&s.b, 1, answer);
	assert_int_equal(get_be32(bed_next_sent(&s.b)->mad + 28), 2);
	lose(&s.b);
	come_back(&s.b);
	assert_int_equal(get_be32(bed_next_sent(&s.b)->mad + 28), 1);
	expect_silence(&s.b);
	bed_close(&s.b);
}

/* The SM of a guest answers: that went or it did not, nobody waits for it here. */
static void what_expects_no_answer_is_not_sent_again(void **state)
{
	struct bed b;
	uint8_t mad[256];
	int f, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, 0x81, 1, 0, 0);
	bed_mad(mad, 0x81, 1, WIRE_METHOD_GET_RESP, 1);
	assert_int_equal(bed_post(&b, f, a, 5, mad, 256, 0, 0), 0);
	lose(&b);
	come_back(&b);
	expect_silence(&b);
	bed_close(&b);
}

static void a_link_that_stays_away_ends_everything(void **state)
{
	struct bed b;
	int f, a;

	bed_open(&b, &gateway_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, 0x81, 1, 0, 0);
	get(&b, f, a, 1);
	lose(&b);
	get(&b, f, a, 2);
	lose(&b); /* and another that came and went */
	kmad_fail_all(b.k, ETIMEDOUT);
	kmad_check(b.k);
	bed_expect(&b, f, ETIMEDOUT, 24);
	bed_expect(&b, f, ETIMEDOUT, 24);
	come_back(&b);
	expect_silence(&b);
	bed_close(&b);
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
