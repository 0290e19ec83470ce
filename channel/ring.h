/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two ends of one ring (layout and proof: abi/chan_ring.h). Pure: no libc, no system call;
 * the kernel front-end compiles the same file.
 *
 * Ownership: an end borrows the mapping, which must outlive it. Each end belongs to one thread.
 * Invariants, whatever the other side writes: consumed <= produced <= consumed + size in private
 * indices; every access is inside the slots; no shared word is read twice for one decision.
 */
#pragma once

#include "abi/chan_ring.h"

#ifndef __KERNEL__
#include <stdbool.h>
#endif

enum chan_verdict {
	CHAN_NOTHING, /* consumer: empty; producer: full */
	CHAN_DONE, /* success */
	CHAN_BAD_INDEX, /* the other side's index is invalid: close the session */
};

/* Indices are private copies; `seen` ones are the other side's, already validated. */
struct chan_producer {
	struct chan_ring_ctl *ctl;
	struct chan_slot *slot;
	uint32_t size;
	uint32_t produced;
	uint32_t consumed_seen;
	uint32_t checked; /* `produced` at the last check whether to ring */
};

struct chan_consumer {
	struct chan_ring_ctl *ctl;
	const struct chan_slot *slot;
	uint32_t size;
	uint32_t consumed;
	uint32_t produced_seen;
	uint32_t checked; /* `consumed` at the last check whether to ring */
};

/* True when a ring may have that many slots. */
bool chan_ring_slots_valid(uint32_t slots);

/* Writes the header of a mapping of zeros (the side that owns the memory, once). */
void chan_ring_format(void *map, uint32_t slots);

/* Sets the host's own words to zero, where it does not own the memory; before chan_ring_host(). */
void chan_ring_host_reset(void *map);

/*
 * The ends, on a mapping of CHAN_RING_MAP_BYTES(slots), slots valid, both indices zero:
 * the guest's pair, and the host's.
 */
void chan_ring_guest(void *map, uint32_t slots, struct chan_producer *p, struct chan_consumer *c);
void chan_ring_host(void *map, uint32_t slots, struct chan_producer *p, struct chan_consumer *c);

/*
 * The next free slot, in place: fill it all (it holds an older slot), never read it back, then
 * commit. Reserving again without committing gives the same slot. CHAN_NOTHING: full.
 */
enum chan_verdict chan_producer_reserve(struct chan_producer *p, struct chan_slot **ret_slot);

/* Publishes the reserved slot. */
void chan_producer_commit(struct chan_producer *p);

/*
 * True when the doorbell must be rung for what was committed since the last call. Once per batch,
 * and before sleeping.
 */
bool chan_producer_should_notify(struct chan_producer *p);

/*
 * Asks for a doorbell when `room` slots (1 .. size) are free. True: they are free already, do not
 * wait. Also true for an invalid index, which the next reserve reports.
 */
bool chan_producer_want_room(struct chan_producer *p, uint32_t room);

/*
 * Copies the next slot, reading every byte once, and frees its place. The contents of the copy are
 * unchecked. On CHAN_NOTHING and CHAN_BAD_INDEX *ret_slot is unchanged.
 */
enum chan_verdict chan_consumer_take(struct chan_consumer *c, struct chan_slot *ret_slot);

/* As chan_producer_should_notify(), for a producer that waits for room. */
bool chan_consumer_should_notify(struct chan_consumer *c);

/* Withdraws the request for a doorbell; the producer may still ring if it has decided before. */
void chan_consumer_disarm(struct chan_consumer *c);

/* Whether a take would find a slot or an invalid index. */
bool chan_consumer_peek(const struct chan_consumer *c);

/*
 * Asks for a doorbell at the next slot. CHAN_NOTHING: there is no slot yet and the doorbell will ring,
 * sleep. CHAN_DONE: there is a slot to take. CHAN_BAD_INDEX: the next take will return this.
 */
enum chan_verdict chan_consumer_arm(struct chan_consumer *c);
