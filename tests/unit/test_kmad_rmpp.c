/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RMPP as the kernel does it: byte by byte against captures, and every deviation of a peer. */
#include <errno.h>

#include "tests/unit/test_kmad_bed.h"
#include "tests/unit/wire_vectors.h"

static const struct kmad_params kernel_like = {.seed = 7};

/* What a MAD of the test is. */
struct piece {
	uint8_t type, flags, status, version;
	uint32_t segment, length;
};

/* An SA MAD with this RMPP header; its data are the number of the segment. */
static void rmpp_mad(uint8_t *mad, uint8_t method, uint64_t tid, const struct piece *p)
{
	bed_mad(mad, WIRE_CLASS_SA, 2, method, tid);
	mad[24] = p->version ? p->version : 1;
	mad[25] = p->type;
	mad[26] = WIRE_RMPP_ACTIVE | p->flags;
	mad[27] = p->status;
	put_be32(mad + 28, p->segment);
	put_be32(mad + 32, p->length);
	memset(mad + 56, (int)p->segment, 200);
}

/* A bench with one SA client that waits for a table, and what it waits for. */
struct asking {
	struct bed b;
	int file, agent;
	uint64_t tid;
};

static void ask_with(struct asking *s, const struct kmad_params *params, uint32_t timeout_ms,
		     uint32_t retries)
{
	uint8_t mad[256];

	bed_open(&s->b, params);
	s->file = bed_open_file(&s->b);
	s->agent = bed_register(&s->b, s->file, WIRE_CLASS_SA, 2, 1, 0);
	bed_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_TABLE, 77);
	assert_int_equal(bed_post(&s->b, s->file, s->agent, 1, mad, 256, timeout_ms, retries), 0);
	s->tid = wire_mad_tid(mad);
	assert_non_null(bed_next_sent(&s->b));
}

static void ask(struct asking *s)
{
	ask_with(s, &kernel_like, 1000, 0);
}

static void data(struct asking *s, uint32_t segment, uint8_t flags, uint32_t length)
{
	uint8_t mad[256];
	struct piece p = {WIRE_RMPP_DATA, flags, 0, 1, segment, length};

	rmpp_mad(mad, WIRE_METHOD_GET_TABLE | 0x80, s->tid, &p);
	bed_arrive(&s->b, 1, mad);
}

static void expect_reply(struct bed *b, uint8_t method, uint8_t type, uint8_t status,
			 uint32_t segment, uint32_t window)
{
	struct chan_slot *sent = bed_next_sent(b);

	assert_non_null(sent);
	assert_int_equal(sent->mad[3], method);
	assert_int_equal(sent->mad[25], type);
	assert_int_equal(sent->mad[26] & 7, WIRE_RMPP_ACTIVE);
	assert_int_equal(sent->mad[27], status);
	assert_int_equal(get_be32(sent->mad + 28), segment);
	assert_int_equal(get_be32(sent->mad + 32), window);
	assert_int_equal(sent->timeout_ms, 0);
	assert_int_equal(sent->cookie, 0);
}

static void expect_ack(struct asking *s, uint32_t segment, uint32_t window)
{
	expect_reply(&s->b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_ACK, 0, segment, window);
}

static void expect_abort(struct asking *s, uint8_t status)
{
	expect_reply(&s->b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_ABORT, status, 0, 0);
}

static void expect_silence(struct bed *b)
{
	assert_null(bed_next_sent(b));
}

/* The client got a whole table whose segments are in order. */
static void expect_table(struct asking *s, uint32_t segments, size_t len)
{
	struct kmad_msg *msg = bed_read(&s->b, (unsigned int)s->file);
	uint32_t n;

	assert_non_null(msg);
	assert_int_equal(msg->status, 0);
	assert_int_equal(msg->len, len);
	assert_int_equal(wire_mad_tid(msg->data), s->tid);
	for (n = 1; n <= segments && 56 + (size_t)n * 200 <= len; n++) {
		assert_int_equal(msg->data[56 + (n - 1) * 200], (uint8_t)n);
		assert_int_equal(msg->data[56 + n * 200 - 1], (uint8_t)n);
	}
	free(msg);
}

/* Replays the MADs of one transaction as its requester. Returns the message that it got. */
static struct kmad_msg *replay_requester(const struct vector_mad *v, size_t count)
{
	struct kmad_params params = {.seed = (uint32_t)(wire_mad_tid(v->mad) >> 32) - 1};
	struct bed b;
	struct kmad_msg *msg;
	struct chan_slot *sent;
	uint8_t mad[256];
	size_t i;
	int f, a;

	bed_open(&b, &params);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_SA, 2, 1, 0);
	memcpy(mad, v[0].mad, 256);
	memset(mad + 8, 0xee, 4);
	assert_int_equal(bed_post(&b, f, a, v[0].dlid, mad, 256, 1000, 3), 0);
	for (i = 0; i < count; i++) {
		if (v[i].slid != v[0].slid) {
			bed_arrive(&b, v[i].slid, v[i].mad);
			continue;
		}
		sent = bed_next_sent(&b);
		assert_non_null(sent);
		assert_memory_equal(sent->mad, v[i].mad, 256);
		assert_int_equal(sent->addr.lid, v[i].dlid);
		assert_int_equal(sent->addr.qkey, v[i].qkey);
	}
	assert_null(bed_next_sent(&b));
	msg = bed_read(&b, (unsigned int)f);
	assert_non_null(msg);
	assert_int_equal(msg->status, 0);
	bed_close(&b);
	return msg;
}

/* Replays them as the SA, which answers with this message. */
static void replay_responder(const struct vector_mad *v, size_t count, struct kmad_msg *answer)
{
	struct bed b;
	struct chan_slot *sent;
	size_t i;
	int f, a;

	bed_open(&b, &kernel_like);
	f = bed_open_file(&b);
	a = bed_register(&b, f, WIRE_CLASS_SA, 2, 1, 0xffffffff);
	bed_arrive(&b, v[0].slid, v[0].mad);
	bed_expect(&b, f, 0, 256);
	assert_int_equal(bed_post(&b, f, a, v[0].slid, answer->data, answer->len, 0, 3), 0);
	for (i = 1; i < count; i++) {
		if (v[i].slid == v[0].slid) {
			bed_arrive(&b, v[i].slid, v[i].mad);
			continue;
		}
		sent = bed_next_sent(&b);
		assert_non_null(sent);
		assert_memory_equal(sent->mad, v[i].mad, 256);
	}
	assert_null(bed_next_sent(&b));
	bed_pass(&b, 60000);
	assert_null(bed_next_sent(&b));
	bed_expect_nothing(&b, f);
	bed_close(&b);
}

static void captured_tables_are_received_and_sent_as_by_the_kernel(void **state)
{
	struct vectors all = vectors_load();
	struct kmad_msg *msg;
	size_t i, end, tables = 0;

	for (i = 0; i < all.len; i = end) {
		for (end = i + 1; end < all.len; end++)
			if (wire_mad_tid(all.mads[end].mad) != wire_mad_tid(all.mads[i].mad) ||
			    strcmp(all.mads[end].file, all.mads[i].file))
				break;
		if (strncmp(all.mads[i].file, "39-", 3) ||
		    wire_mad_class(all.mads[i].mad) != WIRE_CLASS_SA ||
		    wire_mad_is_response(all.mads[i].mad))
			continue;
		msg = replay_requester(&all.mads[i], end - i);
		if (wire_rmpp_active(all.mads[i + 1].mad))
			replay_responder(&all.mads[i], end - i, msg);
		tables++;
		free(msg);
	}
	assert_true(tables > 5);
	vectors_free(&all);
}

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

static void vendor_and_device_classes_have_their_own_data_offset(void **state)
{
	static const struct {
		uint8_t mgmt_class;
		uint32_t offset;
	} rows[] = {{WIRE_CLASS_SA, 56},
		    {WIRE_CLASS_DEV_MGT, 64},
		    {0x10, 64},
		    {0x12, 64},
		    {WIRE_CLASS_OPENIB_PING, 40}};
	uint8_t message[2000], mad[256];
	struct bed b;
	struct kmad_msg *msg;
	size_t i, n, at, len = 1234;
	int f, a, c;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* One agent sends, another of the same kmad receives. */
		bed_open(&b, &kernel_like);
		f = bed_open_file(&b);
		a = bed_register(&b, f, rows[i].mgmt_class, 1, 1, 0);
		c = bed_register(&b, f, rows[i].mgmt_class, 1, 1, 0xffffffff);
		assert_int_equal(c, 1);
		for (n = 0; n < len; n++)
			message[n] = (uint8_t)(n * 7);
		bed_mad(message, rows[i].mgmt_class, 1, WIRE_METHOD_SEND, 5);
		for (n = 40; n < len; n++)
			message[n] = (uint8_t)(n * 7);
		memcpy(message + 37, (uint8_t[]){0, 0, 0x37}, 3);
		message[26] = WIRE_RMPP_ACTIVE;
		assert_int_equal(bed_post(&b, f, a, 4, message, len, 0, 3), 0);
		/* All that is sent comes back in: segments to one, ACKs to the other. */
		for (n = 0; n < b.sent_count; n++) {
			memcpy(mad, b.sent[n].mad, 256);
			bed_arrive(&b, 4, mad);
		}
		msg = bed_read(&b, (unsigned int)f);
		assert_non_null(msg);
		assert_int_equal(msg->agent, c);
		assert_int_equal(msg->len, len);
		assert_memory_equal(msg->data, message, 24);
		at = rows[i].offset;
		assert_memory_equal(msg->data + at, message + at, len - at);
		assert_memory_equal(msg->data + 36, message + 36, at - 36);
		free(msg);
		bed_pass(&b, 60000);
		bed_expect_nothing(&b, f);
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
		cmocka_unit_test(captured_tables_are_received_and_sent_as_by_the_kernel),
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
		cmocka_unit_test(a_table_leaves_in_windows_and_ends_with_its_last_ack),
		cmocka_unit_test(what_is_not_acknowledged_is_sent_again_every_two_seconds),
		cmocka_unit_test(impossible_acks_abort_the_table),
		cmocka_unit_test(an_ack_from_elsewhere_is_not_ours),
		cmocka_unit_test(a_window_that_meets_a_full_link_goes_on_where_it_was),
		cmocka_unit_test(a_request_may_be_long_and_so_may_its_answer),
		cmocka_unit_test(a_long_request_opens_the_window_of_its_answer),
		cmocka_unit_test(vendor_and_device_classes_have_their_own_data_offset),
		cmocka_unit_test(cancelled_agents_leave_no_transfer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
