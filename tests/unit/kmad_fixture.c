/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/kmad_fixture.h"

#include <errno.h>

#define HEAD_BYTES 24 /* the kernel returns only the MAD header of a failed request */

const struct kmad_params fixture_kernel_like = {.seed = 7};
const struct kmad_params fixture_gateway_like = {
	.seed = 7, .link_times_out = true, .grace_ms = 500};

/* --- kmad_ops --- */

static int take(void *ctx, const struct chan_slot *slot)
{
	struct fixture *b = ctx;

	if (b->link_error)
		return b->link_error;
	if (!b->room)
		return -EAGAIN;
	b->room--;
	assert_int_equal(slot->kind, CHAN_KIND_SEND);
	assert_true(b->sent_count < FIXTURE_SENT);
	b->sent[b->sent_count++] = *slot;
	return 0;
}

static void deliver(void *ctx, unsigned int file, struct kmad_msg *msg)
{
	struct fixture *b = ctx;

	assert_true(file < FIXTURE_FILES);
	STAILQ_INSERT_TAIL(&b->inbox[file], msg, in_queue);
}

/* --- setup --- */

void fixture_open(struct fixture *b, const struct kmad_params *params)
{
	static const struct kmad_ops ops = {take, deliver};
	struct kmad_params p = *params;
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->now.ms = 1000000;
	b->room = UINT32_MAX;
	b->sent = calloc(FIXTURE_SENT, sizeof(*b->sent));
	assert_non_null(b->sent);
	for (i = 0; i < FIXTURE_FILES; i++)
		STAILQ_INIT(&b->inbox[i]);
	p.ops = &ops;
	p.ctx = b;
	b->k = kmad_new(&p);
	assert_non_null(b->k);
}

void fixture_close(struct fixture *b)
{
	int i;

	kmad_check(b->k);
	kmad_free(b->k);
	for (i = 0; i < FIXTURE_FILES; i++)
		while (!STAILQ_EMPTY(&b->inbox[i]))
			free(fixture_read(b, i));
	free(b->sent);
}

int fixture_open_file(struct fixture *b)
{
	int file = kmad_file_open(b->k);

	assert_true(file >= 0 && file < FIXTURE_FILES);
	return file;
}

int fixture_register_as(struct fixture *b, int file, const struct kmad_reg *reg)
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

int fixture_register(struct fixture *b, int file, uint8_t mgmt_class, uint8_t version, uint8_t rmpp,
		     uint32_t methods)
{
	struct kmad_reg reg = reg_of(mgmt_class, version, rmpp, methods);

	return fixture_register_as(b, file, &reg);
}

int fixture_unregister(struct fixture *b, int file, int agent)
{
	int ret = kmad_unregister(b->k, (unsigned int)file, (unsigned int)agent);

	kmad_check(b->k);
	return ret;
}

void fixture_open_agent(struct fixture *b, const struct kmad_params *params, uint8_t mgmt_class,
			uint8_t version, uint8_t rmpp, uint32_t methods)
{
	fixture_open(b, params);
	b->file = fixture_open_file(b);
	b->reg = reg_of(mgmt_class, version, rmpp, methods);
	b->agent = fixture_register_as(b, b->file, &b->reg);
	assert_int_equal(b->agent, 0);
}

void fixture_open_perf(struct fixture *b, const struct kmad_params *params)
{
	fixture_open_agent(b, params, WIRE_CLASS_PERF, 1, 0, 0);
}

void fixture_pass(struct fixture *b, uint64_t ms)
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

/* --- calls of a process --- */

void fixture_mad(uint8_t *mad, uint8_t mgmt_class, uint8_t version, uint8_t method, uint64_t tid)
{
	memset(mad, 0, 256);
	mad[0] = 1;
	mad[1] = mgmt_class;
	mad[2] = version;
	mad[3] = method;
	wire_mad_set_tid(mad, tid);
}

int fixture_post(struct fixture *b, int file, int agent, uint16_t lid, uint8_t *mad, size_t len,
		 uint32_t timeout_ms, uint32_t retries)
{
	struct chan_addr addr = {.qpn = 1, .qkey = 0x80010000, .lid = lid};
	int ret;

	ret = kmad_send(b->k, (unsigned int)file, (unsigned int)agent, &addr, mad, len, timeout_ms,
			retries, b->now);
	kmad_check(b->k);
	return ret;
}

int fixture_sends(struct fixture *b, uint8_t method, uint32_t tid, uint32_t timeout_ms,
		  uint32_t retries)
{
	uint8_t mad[256];
	int ret;

	fixture_mad(mad, b->reg.mgmt_class, b->reg.mgmt_class_version, method, tid);
	ret = fixture_post(b, b->file, b->agent, FIXTURE_LID, mad, 256, timeout_ms, retries);
	b->tid = wire_mad_tid(mad);
	return ret;
}

void fixture_asks(struct fixture *b, uint32_t tid, uint32_t timeout_ms, uint32_t retries)
{
	assert_int_equal(fixture_sends(b, WIRE_METHOD_GET, tid, timeout_ms, retries), 0);
}

/* --- the link --- */

struct chan_slot *fixture_next_sent(struct fixture *b)
{
	return b->seen < b->sent_count ? &b->sent[b->seen++] : NULL;
}

void fixture_expect_silence(struct fixture *b)
{
	assert_null(fixture_next_sent(b));
}

void fixture_arrive(struct fixture *b, uint16_t lid, const uint8_t *mad)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV, .addr = {.qpn = 1, .lid = lid}};

	memcpy(slot.mad, mad, 256);
	kmad_receive(b->k, &slot, b->now);
	kmad_check(b->k);
}

void fixture_answer(struct fixture *b, const struct chan_slot *sent)
{
	uint8_t mad[256];

	memcpy(mad, sent->mad, 256);
	mad[3] = (uint8_t)(mad[3] == WIRE_METHOD_SET ? WIRE_METHOD_GET_RESP : mad[3] | 0x80);
	fixture_arrive(b, sent->addr.lid, mad);
}

void fixture_send_done(struct fixture *b, const struct chan_slot *sent, uint32_t status)
{
	struct chan_slot done = *sent;

	done.kind = CHAN_KIND_SEND_DONE;
	done.status = status;
	kmad_receive(b->k, &done, b->now);
	kmad_check(b->k);
}

/* --- messages of a file --- */

struct kmad_msg *fixture_read(struct fixture *b, int file)
{
	struct kmad_msg *msg = STAILQ_FIRST(&b->inbox[file]);

	if (msg)
		STAILQ_REMOVE_HEAD(&b->inbox[file], in_queue);
	return msg;
}

static void expect(struct fixture *b, int file, uint32_t status, size_t len)
{
	struct kmad_msg *msg = fixture_read(b, file);

	assert_non_null(msg);
	assert_int_equal(msg->status, status);
	assert_int_equal(msg->len, len);
	free(msg);
}

void fixture_expect(struct fixture *b, int file, size_t len)
{
	expect(b, file, 0, len);
}

void fixture_expect_mad(struct fixture *b, int file)
{
	expect(b, file, 0, 256);
}

void fixture_expect_failure(struct fixture *b, int file, uint32_t status)
{
	expect(b, file, status, HEAD_BYTES);
}

void fixture_expect_nothing(struct fixture *b, int file)
{
	assert_true(STAILQ_EMPTY(&b->inbox[file]));
}
