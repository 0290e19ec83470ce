/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/fabric/cases/ring_by_hand.h"

#include <string.h>

#include "base/bytes.h"

enum { LIVE_CLIENT = 1, LIVE_AGENT = 0 };

void hand_begin(struct hand *h)
{
	h->out = (struct chan_slot *)((char *)h->page + CHAN_RING_PAGE_BYTES);
	h->in = h->out + h->slots;
	h->produced = h->consumed = 0;
}

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

bool hand_put(struct hand *h, const struct chan_slot *slot)
{
	unsigned int looks = 0;

	while (h->produced - __atomic_load_n(&h->page->to_host.consumed, __ATOMIC_ACQUIRE) >=
	       h->slots) {
		h->bell(h);
		if (!h->look(h, looks++))
			return false;
	}
	h->out[h->produced & (h->slots - 1)] = *slot;
	__atomic_store_n(&h->page->to_host.produced, ++h->produced, __ATOMIC_RELEASE);
	return true;
}

bool hand_take(struct hand *h, struct chan_slot *ret)
{
	if (h->consumed == __atomic_load_n(&h->page->to_guest.produced, __ATOMIC_ACQUIRE))
		return false;
	*ret = h->in[h->consumed & (h->slots - 1)];
	__atomic_store_n(&h->page->to_guest.consumed, ++h->consumed, __ATOMIC_RELEASE);
	return true;
}

bool hand_call(struct hand *h, struct chan_slot *slot, struct chan_slot *ret)
{
	unsigned int looks = 0;

	/* Cookies of calls differ from those of requests (their TIDs). */
	slot->cookie = (uint64_t)1 << 63 | ++h->cookie;
	if (!hand_put(h, slot))
		return false;
	h->bell(h);
	do
		while (hand_take(h, ret))
			if (ret->cookie == slot->cookie)
				return true;
	while (h->look(h, looks++));
	return false;
}

bool hand_hello(struct hand *h)
{
	struct chan_slot hello = hello_slot(CHAN_ABI_MAGIC, CHAN_ABI_VERSION);
	struct chan_slot open = slot_of(CHAN_KIND_CLIENT_OPEN);
	struct chan_slot agent = slot_of(CHAN_KIND_REGISTER), reply;
	struct chan_register what = {.mgmt_class = 4, .mgmt_class_version = 1};

	memcpy(agent.mad, &what, sizeof(what));
	return hand_call(h, &hello, &reply) && !reply.status && hand_call(h, &open, &reply) &&
	       !reply.status && hand_call(h, &agent, &reply) && !reply.status;
}

bool hand_port(struct hand *h, struct chan_port_info *ret)
{
	struct chan_slot query = slot_of(CHAN_KIND_PORT_QUERY), reply;

	if (!hand_call(h, &query, &reply) || reply.kind != CHAN_KIND_PORT_REPLY || reply.status)
		return false;
	memcpy(ret, reply.mad, sizeof(*ret));
	return true;
}
