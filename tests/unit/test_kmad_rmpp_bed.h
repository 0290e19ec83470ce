/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bench for RMPP: MADs with any RMPP header, and an SA client that waits for a table. */
#pragma once

#include <errno.h>

#include "tests/unit/test_kmad_bed.h"

static const struct kmad_params kernel_like = {.seed = 7};

/* What a MAD of the test is. */
struct piece {
	uint8_t type, flags, status, version;
	uint32_t segment, length;
};

/* An SA MAD with this RMPP header; its data are the number of the segment. */
static inline void rmpp_mad(uint8_t *mad, uint8_t method, uint64_t tid, const struct piece *p)
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

static inline void ask_with(struct asking *s, const struct kmad_params *params, uint32_t timeout_ms,
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

static inline void ask(struct asking *s)
{
	ask_with(s, &kernel_like, 1000, 0);
}

static inline void data(struct asking *s, uint32_t segment, uint8_t flags, uint32_t length)
{
	uint8_t mad[256];
	struct piece p = {WIRE_RMPP_DATA, flags, 0, 1, segment, length};

	rmpp_mad(mad, WIRE_METHOD_GET_TABLE | 0x80, s->tid, &p);
	bed_arrive(&s->b, 1, mad);
}

static inline void expect_reply(struct bed *b, uint8_t method, uint8_t type, uint8_t status,
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

static inline void expect_ack(struct asking *s, uint32_t segment, uint32_t window)
{
	expect_reply(&s->b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_ACK, 0, segment, window);
}

static inline void expect_abort(struct asking *s, uint8_t status)
{
	expect_reply(&s->b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_ABORT, status, 0, 0);
}

static inline void expect_silence(struct bed *b)
{
	assert_null(bed_next_sent(b));
}

/* The client got a whole table whose segments are in order. */
static inline void expect_table(struct asking *s, uint32_t segments, size_t len)
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
