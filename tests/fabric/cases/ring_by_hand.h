/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest's end of the rings (channel/abi) by hand, for programs that break the contract on either
 * channel: it never sleeps on a doorbell, it looks. Such a program has its memory and doorbell from
 * elsewhere, fills in the first part of struct hand, and may write where it likes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/abi/chan_ring.h"

struct hand {
	struct chan_ring_page *page; /* of `slots` in each direction; see hand_begin() */
	uint32_t slots;
	void (*bell)(struct hand *hand);
	/* Nothing has moved: waits about a millisecond. false: the session is over, or this lasts too long. */
	bool (*look)(struct hand *hand, unsigned int looks);

	struct chan_slot *out, *in;
	uint32_t produced, consumed;
	uint64_t cookie;
};

/* What the first part says; rings as new. */
void hand_begin(struct hand *h);

/* --- slots: of client 1, its agent 0 --- */

struct chan_slot slot_of(uint8_t kind);
struct chan_slot hello_slot(uint32_t magic, uint16_t version);

/* PerfMgt Get PortCounters to `lid`: never merged and never kept by the gateway. */
struct chan_slot request_slot(uint32_t tid, uint16_t lid);

/* --- both ways --- */

/* Waits for room; false: the session is over. Rings only while it waits. */
bool hand_put(struct hand *h, const struct chan_slot *slot);
bool hand_take(struct hand *h, struct chan_slot *ret);

/* Puts, rings, and waits for the slot with its cookie, which it sets. */
bool hand_call(struct hand *h, struct chan_slot *slot, struct chan_slot *ret);

/* Hello, a client, an agent that only sends. */
bool hand_hello(struct hand *h);

/* The session answers: what it says of the port. */
bool hand_port(struct hand *h, struct chan_port_info *ret);
