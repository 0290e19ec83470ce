/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kmad on a bench: a link that records what it is given and can be full, files that keep what
 * they get, a clock that the test moves. The invariants are checked after every step.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guest-umad/kmad.h"
#include "wire/mad.h"
#include "wire/rmpp.h"

#define BED_SENT 70000
#define BED_FILES 8

struct bed {
	struct kmad *k;
	struct mono_ms now;
	struct chan_slot *sent; /* what the link has taken */
	unsigned int sent_count;
	unsigned int seen; /* bed_next_sent() is here */
	unsigned int room; /* slots that the link takes until it is full */
	int link_error; /* what the link says instead */
	struct kmad_msg *inbox[BED_FILES];
	struct kmad_msg **inbox_end[BED_FILES];
};

static inline int bed_send(void *ctx, const struct chan_slot *slot)
{
	struct bed *b = ctx;

	if (b->link_error)
		return b->link_error;
	if (!b->room)
		return -11; /* EAGAIN */
	b->room--;
	assert_int_equal(slot->kind, CHAN_KIND_SEND);
	assert_true(b->sent_count < BED_SENT);
	b->sent[b->sent_count++] = *slot;
	return 0;
}

static inline void bed_deliver(void *ctx, unsigned int file, struct kmad_msg *msg)
{
	struct bed *b = ctx;

	assert_true(file < BED_FILES);
	msg->next = NULL;
	*b->inbox_end[file] = msg;
	b->inbox_end[file] = &msg->next;
}

static inline void bed_open(struct bed *b, const struct kmad_params *params)
{
	static const struct kmad_ops ops = {bed_send, bed_deliver};
	struct kmad_params p = *params;
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->now.ms = 1000000;
	b->room = UINT32_MAX;
	b->sent = calloc(BED_SENT, sizeof(*b->sent));
	assert_non_null(b->sent);
	for (i = 0; i < BED_FILES; i++)
		b->inbox_end[i] = &b->inbox[i];
	p.ops = &ops;
	p.ctx = b;
	if (!p.seed)
		p.seed = 7;
	b->k = kmad_new(&p);
	assert_non_null(b->k);
}

/* The oldest message of a file, or NULL; the caller frees it. */
static inline struct kmad_msg *bed_read(struct bed *b, unsigned int file)
{
	struct kmad_msg *msg = b->inbox[file];

	if (!msg)
		return NULL;
	b->inbox[file] = msg->next;
	if (!b->inbox[file])
		b->inbox_end[file] = &b->inbox[file];
	return msg;
}

static inline void bed_close(struct bed *b)
{
	unsigned int i;

	kmad_check(b->k);
	kmad_free(b->k);
	for (i = 0; i < BED_FILES; i++)
		while (b->inbox[i])
			free(bed_read(b, i));
	free(b->sent);
}

/* The next slot that the link got, or NULL. */
static inline struct chan_slot *bed_next_sent(struct bed *b)
{
	return b->seen < b->sent_count ? &b->sent[b->seen++] : NULL;
}

/* Moves the clock step by step, as a poll loop with kmad_deadline() does. */
static inline void bed_pass(struct bed *b, uint64_t ms)
{
	struct mono_ms end = mono_add(b->now, ms);
	struct mono_ms due;

	for (;;) {
		due = kmad_deadline(b->k);
		if (mono_before(end, due))
			break;
		if (mono_before(b->now, due))
			b->now = due;
		else
			b->now.ms++;
		if (mono_before(end, b->now))
			break;
		kmad_tick(b->k, b->now);
		kmad_check(b->k);
	}
	b->now = end;
	kmad_tick(b->k, b->now);
	kmad_check(b->k);
}

static inline int bed_open_file(struct bed *b)
{
	int file = kmad_file_open(b->k);

	assert_true(file >= 0 && file < BED_FILES);
	return file;
}

static inline int bed_register(struct bed *b, int file, uint8_t mgmt_class, uint8_t version,
			       uint8_t rmpp, uint32_t methods)
{
	struct kmad_reg reg = {.mgmt_class = mgmt_class,
			       .mgmt_class_version = version,
			       .rmpp_version = rmpp,
			       .method_mask = {methods},
			       .qp0 = mgmt_class == 0x01 || mgmt_class == 0x81};
	int agent;

	if (wire_class_has_oui(mgmt_class))
		reg.oui[2] = 0x37;
	agent = kmad_register(b->k, (unsigned int)file, &reg);
	kmad_check(b->k);
	return agent;
}

/* The header of a MAD of 256 zero bytes otherwise. */
static inline void bed_mad(uint8_t *mad, uint8_t mgmt_class, uint8_t version, uint8_t method,
			   uint64_t tid)
{
	memset(mad, 0, 256);
	mad[0] = 1;
	mad[1] = mgmt_class;
	mad[2] = version;
	mad[3] = method;
	wire_mad_set_tid(mad, tid);
}

static inline int bed_post(struct bed *b, int file, int agent, uint16_t lid, uint8_t *mad,
			   size_t len, uint32_t timeout_ms, uint32_t retries)
{
	struct chan_addr addr = {.qpn = 1, .qkey = 0x80010000, .lid = lid};
	int ret;

	ret = kmad_send(b->k, (unsigned int)file, (unsigned int)agent, &addr, mad, len, timeout_ms,
			retries, b->now);
	kmad_check(b->k);
	return ret;
}

/* A MAD from this LID. */
static inline void bed_arrive(struct bed *b, uint16_t lid, const uint8_t *mad)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV, .addr = {.qpn = 1, .lid = lid}};

	memcpy(slot.mad, mad, 256);
	kmad_receive(b->k, &slot, b->now);
	kmad_check(b->k);
}

/* What was sent comes back as its answer. */
static inline void bed_answer(struct bed *b, const struct chan_slot *sent)
{
	uint8_t mad[256];

	memcpy(mad, sent->mad, 256);
	mad[3] = (uint8_t)(mad[3] == WIRE_METHOD_SET ? WIRE_METHOD_GET_RESP : mad[3] | 0x80);
	bed_arrive(b, sent->addr.lid, mad);
}

/* The file has a message with this status and length; it is consumed. */
static inline void bed_expect(struct bed *b, int file, uint32_t status, size_t len)
{
	struct kmad_msg *msg = bed_read(b, (unsigned int)file);

	assert_non_null(msg);
	assert_int_equal(msg->status, status);
	assert_int_equal(msg->len, len);
	free(msg);
}

static inline void bed_expect_nothing(struct bed *b, int file)
{
	assert_null(b->inbox[file]);
}
