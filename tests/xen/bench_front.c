/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests per second between a front-end and the real gateway: this program owns the device, as a kernel
 * would (the guest's ibguestd is stopped). The gateway answers NodeInfo of the own port from its cache, so
 * the fabric is not involved.
 *
 * usage: bench_front IN_FLIGHT COUNT	in the guest
 * prints: REQUESTS_PER_SECOND DOORBELLS_RUNG
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "channel/xen.h"
#include "tests/bench/echo.h"
#include "tests/patience.h"
#include "tests/xen/front.h"

struct bench {
	struct front front;
	struct chan *chan;
	uint64_t cookie;
	uint32_t tid;
	uint16_t lid;
};

static int slot_wait(struct bench *b, struct chan_slot *slot)
{
	struct pollfd p = {.fd = chan_bell(b->chan), .events = POLLIN};
	int rc;

	while ((rc = chan_take(b->chan, slot)) == 0) {
		rc = chan_sleep_ok(b->chan);
		if (rc == 1 && poll(&p, 1, TEST_PATIENCE_MS) <= 0)
			return -ETIMEDOUT;
		if (rc < 0)
			break;
	}
	return rc < 0 ? rc : 0;
}

/* A control message and its reply. */
static int call(struct bench *b, struct chan_slot *slot)
{
	const uint8_t reply = (uint8_t)(slot->kind + 1);
	int err;

	slot->cookie = ++b->cookie;
	if (chan_put(b->chan, slot) != 1)
		return -ENOBUFS;
	chan_kick(b->chan);
	do
		err = slot_wait(b, slot);
	while (!err && (slot->kind != reply || slot->cookie != b->cookie));
	return err ? err : -(int)slot->status;
}

static int hello(struct bench *b)
{
	struct chan_slot hello = hello_slot(CHAN_ABI_MAGIC, CHAN_ABI_VERSION);
	struct chan_slot open = slot_of(CHAN_KIND_CLIENT_OPEN);
	struct chan_slot agent = slot_of(CHAN_KIND_REGISTER);
	struct chan_slot query = slot_of(CHAN_KIND_PORT_QUERY);
	const struct chan_register what = {.mgmt_class = 1, .mgmt_class_version = 1};
	struct chan_port_info info;
	int err;

	memcpy(agent.mad, &what, sizeof(what));
	err = call(b, &hello);
	if (!err)
		err = call(b, &open);
	if (!err)
		err = call(b, &agent);
	if (!err)
		err = call(b, &query);
	memcpy(&info, query.mad, sizeof(info));
	b->lid = info.base_lid;
	return err;
}

static int connect_device(struct bench *b)
{
	struct front *f = &b->front;
	uint32_t port;
	int err;

	front_init(f, 0);
	if (!front_restart(f))
		return -ENODEV;
	err = chan_xen_guest_new(f->back_id, FRONT_SLOTS, &b->chan, f->ref, &port);
	if (err)
		return err;
	f->port = (int)port;
	front_publish(f);
	front_state(f, INITIALISED);
	if (!back_wait(f, ONE_OF(CONNECTED) | ONE_OF(CLOSED)) || back_state(f) != CONNECTED)
		return -ECONNREFUSED;
	front_state(f, CONNECTED);
	return hello(b);
}

/* Closed in order; the channel owns the port. */
static void disconnect_device(struct bench *b)
{
	front_state(&b->front, CLOSING);
	back_wait(&b->front, ONE_OF(CLOSING) | ONE_OF(CLOSED));
	front_state(&b->front, CLOSED);
	back_wait(&b->front, ONE_OF(CLOSED));
	chan_free(b->chan);
	b->front.port = -1;
	front_fini(&b->front);
}

/* False: the ring is full. */
static bool request_put(struct bench *b)
{
	struct chan_slot *slot;

	if (chan_reserve(b->chan, &slot) != 1)
		return false;
	*slot = slot_of(CHAN_KIND_SEND);
	slot->timeout_ms = 2000;
	slot->cookie = ++b->tid;
	slot->addr.lid = b->lid;
	slot->mad[0] = 1;
	slot->mad[1] = 1;
	slot->mad[2] = 1;
	slot->mad[3] = 1;
	put_be32(slot->mad + 12, b->tid);
	put_be16(slot->mad + 16, 0x11);
	chan_commit(b->chan);
	return true;
}

static int run(struct bench *b, uint64_t in_flight, uint64_t count)
{
	uint64_t sent = 0, received = 0;
	struct chan_slot slot;
	int err;

	while (received < count) {
		while (sent < count && sent - received < in_flight && request_put(b))
			sent++;
		chan_kick(b->chan);
		err = slot_wait(b, &slot);
		if (err)
			return err;
		if (slot.kind == CHAN_KIND_RECV && !get_be16(slot.mad + 4))
			received++;
		else if (slot.kind == CHAN_KIND_RECV || slot.kind == CHAN_KIND_SEND_DONE)
			return -EPROTO;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	uint64_t count;
	double start;
	int err;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_front IN_FLIGHT COUNT\n");
		return 2;
	}
	count = strtoull(argv[2], NULL, 0);
	err = connect_device(&b);
	if (!err)
		err = run(&b, 1, 1);
	if (!err) {
		b.chan->rung = 0;
		start = echo_seconds();
		err = run(&b, strtoull(argv[1], NULL, 0), count);
	}
	if (!err)
		printf("%.0f %" PRIu64 "\n", (double)count / (echo_seconds() - start),
		       b.chan->rung);
	else
		fprintf(stderr, "bench_front: %s\n", strerror(-err));
	if (b.chan)
		disconnect_device(&b);
	return err != 0;
}
