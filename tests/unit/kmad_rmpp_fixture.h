/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bench for RMPP: MADs with any RMPP header, and an SA client that waits for a table. */
#pragma once

#include <errno.h>

#include "tests/unit/kmad_fixture.h"

#define SA_LID 1

/* What a MAD of the test is. */
struct piece {
	uint8_t type, flags, status, version;
	uint32_t segment, length;
};

/* An SA MAD with this RMPP header; its data are the number of the segment. */
static inline void rmpp_mad(uint8_t *mad, uint8_t method, uint64_t tid, const struct piece *p)
{
	fixture_mad(mad, WIRE_CLASS_SA, 2, method, tid);
	mad[24] = p->version ? p->version : 1;
	mad[25] = p->type;
	mad[26] = WIRE_RMPP_ACTIVE | p->flags;
	mad[27] = p->status;
	put_be32(mad + 28, p->segment);
	put_be32(mad + 32, p->length);
	memset(mad + 56, (int)p->segment, 200);
}

/* ... arrives from this LID in the test's transaction. */
static inline void arrives(struct fixture *b, uint16_t lid, uint8_t method, const struct piece *p)
{
	uint8_t mad[256];

	rmpp_mad(mad, method, b->tid, p);
	fixture_arrive(b, lid, mad);
}

/* A whole message for the SA or from it: each segment's data are its number. */
static inline void rmpp_message(uint8_t *mad, uint8_t method, uint64_t tid, uint32_t segments)
{
	fixture_mad(mad, WIRE_CLASS_SA, 2, method, tid);
	mad[24] = 1;
	mad[26] = WIRE_RMPP_ACTIVE;
	for (uint32_t n = 0; n < segments; n++)
		memset(mad + 56 + n * 200, (int)n + 1, 200);
}

/* A bench with one SA client; it asks for a table; both. */
static inline void fixture_open_sa_client(struct fixture *b, const struct kmad_params *params)
{
	fixture_open_agent(b, params, WIRE_CLASS_SA, 2, 1, 0);
}

static inline void ask_table(struct fixture *b, uint32_t timeout_ms, uint32_t retries)
{
	uint8_t mad[256];

	fixture_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_TABLE, 77);
	assert_int_equal(fixture_post(b, b->file, b->agent, SA_LID, mad, 256, timeout_ms, retries),
			 0);
	b->tid = wire_mad_tid(mad);
	assert_non_null(fixture_next_sent(b));
}

static inline void ask_with(struct fixture *b, const struct kmad_params *params,
			    uint32_t timeout_ms, uint32_t retries)
{
	fixture_open_sa_client(b, params);
	ask_table(b, timeout_ms, retries);
}

static inline void ask(struct fixture *b)
{
	ask_with(b, &fixture_kernel_like, 1000, 0);
}

static inline void data(struct fixture *b, uint32_t segment, uint8_t flags, uint32_t length)
{
	struct piece p = {WIRE_RMPP_DATA, flags, 0, 1, segment, length};

	arrives(b, SA_LID, WIRE_METHOD_GET_TABLE | 0x80, &p);
}

/* The kmad says something of its own: an ACK, a STOP or an ABORT. */
static inline void expect_reply(struct fixture *b, uint8_t method, uint8_t type, uint8_t status,
				uint32_t segment, uint32_t window)
{
	struct chan_slot *sent = fixture_next_sent(b);

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

static inline void expect_ack(struct fixture *b, uint32_t segment, uint32_t window)
{
	expect_reply(b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_ACK, 0, segment, window);
}

static inline void expect_abort(struct fixture *b, uint8_t status)
{
	expect_reply(b, WIRE_METHOD_GET_TABLE, WIRE_RMPP_ABORT, status, 0, 0);
}

/* Of a message that the kmad sends, exactly these segments go now. */
static inline void expect_segments(struct fixture *b, uint32_t first, uint32_t last)
{
	struct chan_slot *sent;
	uint32_t n;

	for (n = first; n <= last; n++) {
		sent = fixture_next_sent(b);
		assert_non_null(sent);
		assert_int_equal(sent->mad[25], WIRE_RMPP_DATA);
		assert_int_equal(get_be32(sent->mad + 28), n);
		assert_int_equal(sent->mad[56], n);
		assert_int_equal(sent->mad[255], n);
	}
	fixture_expect_silence(b);
}

/* The client got a whole table whose segments are in order. */
static inline void expect_table(struct fixture *b, uint32_t segments, size_t len)
{
	struct kmad_msg *msg = fixture_read(b, b->file);
	uint32_t n;

	assert_non_null(msg);
	assert_int_equal(msg->status, 0);
	assert_int_equal(msg->len, len);
	assert_int_equal(wire_mad_tid(msg->data), b->tid);
	for (n = 1; n <= segments && 56 + (size_t)n * 200 <= len; n++) {
		assert_int_equal(msg->data[56 + (n - 1) * 200], (uint8_t)n);
		assert_int_equal(msg->data[56 + n * 200 - 1], (uint8_t)n);
	}
	free(msg);
}
