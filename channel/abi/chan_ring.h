/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest/host ABI: the layout of the shared memory of one session.
 *
 *	offset	what
 *	0	struct chan_ring_page, padded to CHAN_RING_PAGE_BYTES
 *	4096	slots of the ring guest to host, `slots` of struct chan_slot
 *	4096 + slots * 320	slots of the ring host to guest, as many
 *
 * and zeros up to a whole page: 21 pages for the default of 128 slots. Initially all of it is zero
 * except the first four words, which the side that owns the memory (local: the gateway; xen: the
 * front-end) sets. The gateway determines the number of slots (local: struct chan_welcome; xen: a
 * key); neither side uses the copy in this page.
 *
 * Indices are free-running 32-bit numbers; slot number = index & (slots - 1). A ring is empty when
 * produced == consumed and full when produced - consumed == slots. Each word has exactly one
 * writer, and the words of the two writers are on separate cache lines. A reader copies a word
 * once and validates the copy; it keeps its own indices in private memory and never reads them back.
 *
 * Notifications (a doorbell: eventfd, socket or event channel) are suppressed with event indices,
 * as in Xen's ring.h:
 *
 *	data_event   The consumer wants the doorbell when `produced` reaches this.
 *	space_event  The producer wants the doorbell when `consumed` reaches this.
 *
 * A side that moves an index from `old` to `new` rings if the event is one of old + 1 .. new:
 * (uint32_t)(new - event) < (uint32_t)(new - old). An event that has been passed has no effect any more,
 * so one arming causes at most one doorbell, and a side that is awake (does not arm) gets none.
 * When the index wraps around past a stale event, one spurious doorbell rings; this is allowed.
 *
 * No wake-up is lost. To sleep, the consumer (C) stores data_event = consumed + 1, executes a full
 * fence Fc, then loads `produced`, and sleeps only if it equals its consumed index c. The producer
 * (P) stores `produced`, executes a full fence Fp, then loads data_event, over the range since its
 * previous check. Let Fp be the fence of P's first check with new >= c + 1; by being the first, it
 * has old <= c. Fences are totally ordered. If Fp came before Fc, then C's load after Fc returned
 * new or later, and C does not sleep. Otherwise P's load after Fp returns C's store (nothing later
 * was stored, C sleeps), c + 1 lies in old + 1 .. new, and P rings. The same holds for space with
 * the roles exchanged. The proof needs that P checks after publishing and before it sleeps itself:
 * chan_sleep_ok() does so.
 *
 * Included by the kernel front-end as well: stdint types only, no libc, no functions.
 */
#pragma once

#include "chan_slot.h"

#define CHAN_RING_MAGIC 0x52495649u /* "IVIR" */
#define CHAN_RING_VERSION 1

#define CHAN_RING_PAGE_BYTES 4096
#define CHAN_RING_LINE_BYTES 64
#define CHAN_SLOT_BYTES 320

/* A power of two between these. */
#define CHAN_RING_SLOTS_MIN 2
#define CHAN_RING_SLOTS_MAX 4096
#define CHAN_RING_SLOTS_DEFAULT 128

/* One direction. The first line is written by its producer, the second by its consumer. */
struct chan_ring_ctl {
	uint32_t produced;
	uint32_t space_event;
	uint8_t producer_pad[CHAN_RING_LINE_BYTES - 8];
	uint32_t consumed;
	uint32_t data_event;
	uint8_t consumer_pad[CHAN_RING_LINE_BYTES - 8];
};

struct chan_ring_page {
	uint32_t magic; /* CHAN_RING_MAGIC */
	uint32_t version; /* CHAN_RING_VERSION */
	uint32_t slots; /* of each ring */
	uint32_t slot_bytes; /* CHAN_SLOT_BYTES */
	uint8_t pad[CHAN_RING_LINE_BYTES - 16];
	struct chan_ring_ctl to_host;
	struct chan_ring_ctl to_guest;
};

/* Bytes of the whole mapping, for a permitted number of slots. */
#define CHAN_RING_MAP_BYTES(slots)                                                          \
	((CHAN_RING_PAGE_BYTES + 2u * (slots)*CHAN_SLOT_BYTES + CHAN_RING_PAGE_BYTES - 1) & \
	 ~(CHAN_RING_PAGE_BYTES - 1u))

/*
 * Substrate local: what the gateway sends first on the unix socket, with two descriptors: the
 * sealed memory and the eventfd that the guest writes. Afterwards each message of the gateway is a
 * doorbell (its content means nothing), and any message of the guest ends the session.
 */
struct chan_welcome {
	uint32_t magic; /* CHAN_RING_MAGIC */
	uint32_t version; /* CHAN_RING_VERSION */
	uint32_t slots;
	uint32_t slot_bytes;
	uint32_t map_bytes;
	uint32_t reserved[3];
};
