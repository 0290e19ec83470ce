/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ring as a front-end sees it (channel/abi/chan_ring.h), by hand: it never sleeps on the
 * doorbell, it looks (front.h).
 */
#include "tests/xen/front.h"

#include <string.h>

#include "base/bytes.h"

enum { LIVE_CLIENT = 1, LIVE_AGENT = 0, LOOK_EVERY = 50 };

struct chan_slot slot_of(uint8_t kind)
{
	return (struct chan_slot){.kind = kind, .client = LIVE_CLIENT, .agent = LIVE_AGENT};
}

struct chan_slot hello_slot(uint32_t magic, uint16_t version)
{
	struct chan_hello hello = {.magic = magic, .version_min = version, .version_max = version};
	struct chan_slot slot = slot_of(CHAN_KIND_HELLO);

	memcpy(slot.mad, &hello, sizeof(hello));
	return slot;
}

struct chan_slot request_slot(uint32_t tid, uint16_t lid)
{
	struct chan_slot slot = slot_of(CHAN_KIND_SEND);

	slot.timeout_ms = 2000;
	slot.cookie = tid;
	slot.addr.lid = lid;
	slot.addr.qpn = 1;
	slot.addr.qkey = 0x80010000;
	slot.mad[0] = 1;
	slot.mad[1] = 4;
	slot.mad[2] = 1;
	slot.mad[3] = 1;
	put_be32(slot.mad + 12, tid);
	put_be16(slot.mad + 16, 0x12);
	slot.mad[65] = 1;
	return slot;
}

/* Now and then only: xenstored is not asked for every look. */
static bool still_connected(struct front *f, unsigned int look)
{
	return look % LOOK_EVERY != LOOK_EVERY - 1 || back_state(f) == CONNECTED;
}

bool front_put(struct front *f, const struct chan_slot *slot)
{
	unsigned int looks = 0;

	while (f->produced - __atomic_load_n(&f->page->to_host.consumed, __ATOMIC_ACQUIRE) >=
	       FRONT_SLOTS) {
		front_ring_bell(f);
		breathe();
		if (!still_connected(f, looks++) || looks > FRONT_WAIT_MS)
			return false;
	}
	f->out[f->produced % FRONT_SLOTS] = *slot;
	__atomic_store_n(&f->page->to_host.produced, ++f->produced, __ATOMIC_RELEASE);
	return true;
}

bool front_take(struct front *f, struct chan_slot *ret)
{
	if (f->consumed == __atomic_load_n(&f->page->to_guest.produced, __ATOMIC_ACQUIRE))
		return false;
	*ret = f->in[f->consumed % FRONT_SLOTS];
	__atomic_store_n(&f->page->to_guest.consumed, ++f->consumed, __ATOMIC_RELEASE);
	return true;
}

bool front_call(struct front *f, struct chan_slot *slot, struct chan_slot *ret)
{
	/* Cookies of calls and those of requests (their TIDs) never meet. */
	slot->cookie = (uint64_t)1 << 63 | ++f->cookie;
	if (!front_put(f, slot))
		return false;
	front_ring_bell(f);
	for (unsigned int looks = 0; looks < FRONT_WAIT_MS; looks++) {
		while (front_take(f, ret))
			if (ret->cookie == slot->cookie)
				return true;
		if (!still_connected(f, looks))
			return false;
		breathe();
	}
	return false;
}

bool front_greet(struct front *f)
{
	struct chan_slot hello = hello_slot(CHAN_ABI_MAGIC, CHAN_ABI_VERSION);
	struct chan_slot open = slot_of(CHAN_KIND_CLIENT_OPEN);
	struct chan_slot agent = slot_of(CHAN_KIND_REGISTER), reply;
	struct chan_register what = {.mgmt_class = 4, .mgmt_class_version = 1};

	memcpy(agent.mad, &what, sizeof(what));
	return front_call(f, &hello, &reply) && !reply.status && front_call(f, &open, &reply) &&
	       !reply.status && front_call(f, &agent, &reply) && !reply.status;
}

static bool port_query(struct front *f, struct chan_port_info *ret)
{
	struct chan_slot query = slot_of(CHAN_KIND_PORT_QUERY), reply;

	if (!front_call(f, &query, &reply) || reply.kind != CHAN_KIND_PORT_REPLY || reply.status)
		return false;
	memcpy(ret, reply.mad, sizeof(*ret));
	return true;
}

uint16_t front_own_lid(struct front *f)
{
	struct chan_port_info info;

	return port_query(f, &info) ? info.base_lid : 0;
}

bool front_lives(struct front *f)
{
	struct chan_port_info info;

	return back_state(f) == CONNECTED && port_query(f, &info);
}
