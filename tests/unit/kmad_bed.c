/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/kmad_bed.h"

#include <errno.h>

#define HEAD_BYTES 24 /* of a request that failed, the kernel gives back the MAD header */

const struct kmad_params bed_kernel_like = {.seed = 7};
const struct kmad_params bed_gateway_like = {.seed = 7, .link_times_out = true, .grace_ms = 500};

/* --- kmad_ops --- */

static int take(void *ctx, const struct chan_slot *slot)
{
	struct bed *b = ctx;

	if (b->link_error)
		return b->link_error;
	if (!b->room)
		return -EAGAIN;
	b->room--;
	assert_int_equal(slot->kind, CHAN_KIND_SEND);
	assert_true(b->sent_count < BED_SENT);
	b->sent[b->sent_count++] = *slot;
	return 0;
}

static void deliver(void *ctx, unsigned int file, struct kmad_msg *msg)
{
	struct bed *b = ctx;

	assert_true(file < BED_FILES);
	STAILQ_INSERT_TAIL(&b->inbox[file], msg, in_queue);
}

/* --- its life --- */

void bed_open(struct bed *b, const struct kmad_params *params)
{
	static const struct kmad_ops ops = {take, deliver};
	struct kmad_params p = *params;
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->now.ms = 1000000;
	b->room = UINT32_MAX;
	b->sent = calloc(BED_SENT, sizeof(*b->sent));
	assert_non_null(b->sent);
	for (i = 0; i < BED_FILES; i++)
		STAILQ_INIT(&b->inbox[i]);
	p.ops = &ops;
	p.ctx = b;
	b->k = kmad_new(&p);
	assert_non_null(b->k);
}

void bed_close(struct bed *b)
{
	int i;

	kmad_check(b->k);
	kmad_free(b->k);
	for (i = 0; i < BED_FILES; i++)
		while (!STAILQ_EMPTY(&b->inbox[i]))
			free(bed_read(b, i));
	free(b->sent);
}

int bed_open_file(struct bed *b)
{
	int file = kmad_file_open(b->k);

	assert_true(file >= 0 && file < BED_FILES);
	return file;
}

int bed_register_as(struct bed *b, int file, const struct kmad_reg *reg)
{
	int agent = kmad_register(b->k, (unsigned int)file, reg);

	kmad_check(b->k);
	return agent;
}

static struct kmad_reg reg_of(uint8_t mgmt_class, uint8_t version, uint8_t rmpp, uint32_t methods)
{
	struct kmad_reg reg = {.mgmt_class = mgmt_class,
			       .mgmt_class_version = version,
			       .rmpp_version = rmpp,
			       .method_mask = {methods},
			       .qp0 = mgmt_class == WIRE_CLASS_SUBN_LID ||
				      mgmt_class == WIRE_CLASS_SUBN_DR};

	if (wire_class_has_oui(mgmt_class))
		reg.oui[2] = 0x37;
	return reg;
}

int bed_register(struct bed *b, int file, uint8_t mgmt_class, uint8_t version, uint8_t rmpp,
		 uint32_t methods)
{
	struct kmad_reg reg = reg_of(mgmt_class, version, rmpp, methods);

	return bed_register_as(b, file, &reg);
}

int bed_unregister(struct bed *b, int file, int agent)
{
	int ret = kmad_unregister(b->k, (unsigned int)file, (unsigned int)agent);

	kmad_check(b->k);
	return ret;
}

void bed_open_agent(struct bed *b, const struct kmad_params *params, uint8_t mgmt_class,
		    uint8_t version, uint8_t rmpp, uint32_t methods)
{
	bed_open(b, params);
	b->file = bed_open_file(b);
	b->reg = reg_of(mgmt_class, version, rmpp, methods);
	b->agent = bed_register_as(b, b->file, &b->reg);
	assert_int_equal(b->agent, 0);
}

void bed_open_perf(struct bed *b, const struct kmad_params *params)
{
	bed_open_agent(b, params, WIRE_CLASS_PERF, 1, 0, 0);
}

void bed_pass(struct bed *b, uint64_t ms)
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

/* --- what a process does --- */

void bed_mad(uint8_t *mad, uint8_t mgmt_class, uint8_t version, uint8_t method, uint64_t tid)
{
	memset(mad, 0, 256);
	mad[0] = 1;
	mad[1] = mgmt_class;
	mad[2] = version;
	mad[3] = method;
	wire_mad_set_tid(mad, tid);
}

int bed_post(struct bed *b, int file, int agent, uint16_t lid, uint8_t *mad, size_t len,
	     uint32_t timeout_ms, uint32_t retries)
{
	struct chan_addr addr = {.qpn = 1, .qkey = 0x80010000, .lid = lid};
	int ret;

	ret = kmad_send(b->k, (unsigned int)file, (unsigned int)agent, &addr, mad, len, timeout_ms,
			retries, b->now);
	kmad_check(b->k);
	return ret;
}

int bed_sends(struct bed *b, uint8_t method, uint32_t tid, uint32_t timeout_ms, uint32_t retries)
{
	uint8_t mad[256];
	int ret;

	bed_mad(mad, b->reg.mgmt_class, b->reg.mgmt_class_version, method, tid);
	ret = bed_post(b, b->file, b->agent, BED_LID, mad, 256, timeout_ms, retries);
	b->tid = wire_mad_tid(mad);
	return ret;
}

void bed_asks(struct bed *b, uint32_t tid, uint32_t timeout_ms, uint32_t retries)
{
	assert_int_equal(bed_sends(b, WIRE_METHOD_GET, tid, timeout_ms, retries), 0);
}

/* --- the link --- */

struct chan_slot *bed_next_sent(struct bed *b)
{
	return b->seen < b->sent_count ? &b->sent[b->seen++] : NULL;
}

void bed_expect_silence(struct bed *b)
{
	assert_null(bed_next_sent(b));
}

void bed_arrive(struct bed *b, uint16_t lid, const uint8_t *mad)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV, .addr = {.qpn = 1, .lid = lid}};

	memcpy(slot.mad, mad, 256);
	kmad_receive(b->k, &slot, b->now);
	kmad_check(b->k);
}

void bed_answer(struct bed *b, const struct chan_slot *sent)
{
	uint8_t mad[256];

	memcpy(mad, sent->mad, 256);
	mad[3] = (uint8_t)(mad[3] == WIRE_METHOD_SET ? WIRE_METHOD_GET_RESP : mad[3] | 0x80);
	bed_arrive(b, sent->addr.lid, mad);
}

void bed_send_done(struct bed *b, const struct chan_slot *sent, uint32_t status)
{
	struct chan_slot done = *sent;

	done.kind = CHAN_KIND_SEND_DONE;
	done.status = status;
	kmad_receive(b->k, &done, b->now);
	kmad_check(b->k);
}

/* --- what a file gets --- */

struct kmad_msg *bed_read(struct bed *b, int file)
{
	struct kmad_msg *msg = STAILQ_FIRST(&b->inbox[file]);

	if (msg)
		STAILQ_REMOVE_HEAD(&b->inbox[file], in_queue);
	return msg;
}

static void expect(struct bed *b, int file, uint32_t status, size_t len)
{
	struct kmad_msg *msg = bed_read(b, file);

	assert_non_null(msg);
	assert_int_equal(msg->status, status);
	assert_int_equal(msg->len, len);
	free(msg);
}

void bed_expect(struct bed *b, int file, size_t len)
{
	expect(b, file, 0, len);
}

void bed_expect_mad(struct bed *b, int file)
{
	expect(b, file, 0, 256);
}

void bed_expect_failure(struct bed *b, int file, uint32_t status)
{
	expect(b, file, status, HEAD_BYTES);
}

void bed_expect_nothing(struct bed *b, int file)
{
	assert_true(STAILQ_EMPTY(&b->inbox[file]));
}
