/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hostile slots into a kmad: the input is a list of operations of 48 bytes each. Most are received MADs
 * whose headers match what is in progress (TIDs of requests, transfers); the others are calls of a process.
 * Asserts kmad_check() after every operation, the limit on message length, and that everything ends once
 * the files are closed.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-umad/kmad.h"
#include "wire/mad.h"
#include "wire/rmpp.h"

#define OP_BYTES 48
#define TIDS 16
#define MAX_BYTES 20000
#define CLASSES 6

struct box {
	struct kmad *k;
	struct mono_ms now;
	bool file[2];
	uint64_t tid[TIDS]; /* seen on the link, of requests and answers */
	uint64_t cookie[TIDS];
	unsigned int seen;
	uint8_t full; /* of 256 sends, those refused as full */
	uint8_t count;
};

static int box_send(void *ctx, const struct chan_slot *slot)
{
	struct box *x = ctx;

	assert(slot->kind == CHAN_KIND_SEND);
	assert(slot->client < 2);
	if (++x->count < x->full)
		return -EAGAIN;
	x->tid[x->seen % TIDS] = wire_mad_tid(slot->mad);
	x->cookie[x->seen++ % TIDS] = slot->cookie;
	return 0;
}

static void box_deliver(void *ctx, unsigned int file, struct kmad_msg *msg)
{
	static volatile unsigned int odd;
	struct box *x = ctx;
	size_t i;

	assert(file < 2 && x->file[file]);
	assert(msg->agent < KMAD_MAX_AGENTS && msg->len <= MAX_BYTES && msg->len >= 24);
	/* Every byte is readable (ASan) and initialized (MSan, valgrind). */
	for (i = 0; i < msg->len; i++)
		if (msg->data[i] & 1)
			odd = odd + 1;
	free(msg);
}

static const uint8_t classes[CLASSES] = {0x03, 0x81, 0x04, 0x32, 0x06, 0x07};

/* Bytes 2-5: the header; from 8: the MAD from byte 16 on, including the RMPP header. */
static void op_mad(const struct box *x, const uint8_t *op, uint8_t *mad)
{
	memset(mad, op[7], 256);
	mad[0] = 1;
	mad[1] = op[2] < 250 ? classes[op[2] % CLASSES] : op[2];
	mad[2] = mad[1] == 0x03 ? 2 : 1;
	mad[3] = op[3];
	wire_mad_set_tid(mad, op[4] < 200 ? x->tid[op[4] % TIDS] : op[4]);
	memcpy(mad + 16, op + 8, 32);
	if (op[5] & 1) {
		/* A plausible RMPP header. */
		mad[24] = 1;
		mad[25] = (uint8_t)(1 + op[16] % 4);
		mad[26] |= WIRE_RMPP_ACTIVE;
		mad[27] = op[5] & 2 ? op[19] : 0;
		put_be32(mad + 28, op[20] % 80);
		put_be32(mad + 32, op[24]);
		if (op[20] % 80 == 1)
			mad[26] |= WIRE_RMPP_FIRST;
	}
	if (mad[1] == 0x32)
		memcpy(mad + 37, "\1\2\3", 3);
}

static void op_receive(struct box *x, const uint8_t *op)
{
	struct chan_slot slot;

	memset(&slot, op[6], sizeof(slot));
	slot.kind = op[6] < 200 ? CHAN_KIND_RECV : op[6] < 240 ? CHAN_KIND_SEND_DONE : op[6];
	slot.cookie = op[4] < 200 ? x->cookie[op[4] % TIDS] : op[4];
	slot.addr.lid = op[6] & 3;
	slot.addr.grh_present = op[6] % 16 == 0;
	op_mad(x, op, slot.mad);
	kmad_receive(x->k, &slot, x->now);
}

static void op_send(struct box *x, const uint8_t *op)
{
	struct chan_addr addr = {.lid = op[6] & 3, .grh_present = op[6] % 16 == 0};
	uint8_t mad[4096];
	size_t len = op[5] & 4 ? (size_t)op[8] * 16 : 256;

	memset(mad, op[8], sizeof(mad));
	op_mad(x, op, mad);
	if (x->file[op[1] & 1])
		kmad_send(x->k, op[1] & 1, op[9] % 34, &addr, mad, len, op[10] * 10u, op[11] % 5,
			  x->now);
}

static void op_register(struct box *x, const uint8_t *op)
{
	struct kmad_reg reg = {.mgmt_class = classes[op[2] % CLASSES],
			       .rmpp_version = op[3] & 1,
			       .user_rmpp = op[3] & 2,
			       .oui = {1, 2, 3},
			       .qp0 = classes[op[2] % CLASSES] == 0x81};

	reg.mgmt_class_version = reg.mgmt_class == 0x03 ? 2 : 1;
	memcpy(reg.method_mask, op + 8, sizeof(reg.method_mask));
	if (x->file[op[1] & 1])
		kmad_register(x->k, op[1] & 1, &reg);
}

static void op_file(struct box *x, const uint8_t *op)
{
	unsigned int f = op[1] & 1;

	if (op[2] & 1) {
		kmad_fail_all(x->k, EIO);
	} else if (x->file[f] && op[2] & 2) {
		kmad_unregister(x->k, f, op[3] % 34);
	} else if (x->file[f]) {
		kmad_file_close(x->k, f);
		x->file[f] = false;
	} else {
		/* The lowest free number. */
		f = (unsigned int)kmad_file_open(x->k);
		assert(f < 2 && !x->file[f]);
		x->file[f] = true;
	}
}

static void op_run(struct box *x, const uint8_t *op)
{
	switch (op[0] % 16) {
	case 0:
		op_file(x, op);
		break;
	case 1:
		op_register(x, op);
		break;
	case 2:
	case 3:
	case 4:
		op_send(x, op);
		break;
	case 5:
		x->now.ms += op[2] * 64u;
		kmad_tick(x->k, x->now);
		break;
	case 6:
		x->full = op[2];
		break;
	default:
		op_receive(x, op);
		break;
	}
	kmad_check(x->k);
}

/* Without files everything has ended. */
static void box_close(struct box *x)
{
	unsigned int f;

	for (f = 0; f < 2; f++)
		if (x->file[f])
			kmad_file_close(x->k, f);
	x->full = 0;
	kmad_tick(x->k, x->now);
	assert(kmad_deadline(x->k).ms == MONO_NEVER.ms);
	kmad_free(x->k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kmad_ops ops = {box_send, box_deliver};
	struct box x = {.now = {1000}};
	struct kmad_params params = {.ops = &ops,
				     .ctx = &x,
				     .seed = 4,
				     .link_times_out = size & 1,
				     .grace_ms = 100,
				     .max_outstanding = size & 2 ? 4 : 0,
				     .max_transfers = 3,
				     .max_transfer_bytes = MAX_BYTES};
	static const uint8_t open[OP_BYTES];
	uint8_t reg[OP_BYTES] = {1, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff};

	x.k = kmad_new(&params);
	if (!x.k)
		return 0;
	op_run(&x, open);
	op_run(&x, reg);
	for (; size >= OP_BYTES; data += OP_BYTES, size -= OP_BYTES)
		op_run(&x, data);
	box_close(&x);
	return 0;
}
