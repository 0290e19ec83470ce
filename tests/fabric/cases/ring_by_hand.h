/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest's end of the rings (channel/abi) without the library, for programs that violate the protocol on
 * either channel: it polls and never sleeps on a doorbell. The program provides memory and doorbell, fills
 * in the first part of struct hand, and may write anywhere.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/abi/chan_ring.h"

struct hand {
	struct chan_ring_page *page; /* of `slots` in each direction; see hand_begin() */
	uint32_t slots;
	void (*bell)(struct hand *hand);
	/* Waits about a millisecond. false: the session is over, or the wait is too long. */
	bool (*look)(struct hand *hand, unsigned int looks);

	struct chan_slot *out, *in;
	uint32_t produced, consumed;
	uint64_t cookie;
};

/* Uses the first part; resets the rings. */
void hand_begin(struct hand *h);

/* --- slots: of client 1, its agent 0 --- */

struct chan_slot slot_of(uint8_t kind);
struct chan_slot hello_slot(uint32_t magic, uint16_t version);

/* PerfMgt Get PortCounters to `lid`: never merged or cached by the gateway. */
struct chan_slot request_slot(uint32_t tid, uint16_t lid);

/* --- both directions --- */

/* Waits for room, and rings only while it waits; false: the session is over. */
bool hand_put(struct hand *h, const struct chan_slot *slot);
bool hand_take(struct hand *h, struct chan_slot *ret);

/* Sets the cookie, puts, rings, and waits for the slot with that cookie. */
bool hand_call(struct hand *h, struct chan_slot *slot, struct chan_slot *ret);

/* HELLO, a client, an agent that only sends. */
bool hand_hello(struct hand *h);

/* Reads the port attributes: the session works. */
bool hand_port(struct hand *h, struct chan_port_info *ret);
