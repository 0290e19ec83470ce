/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A relay between queues that stand for rings, and gateways that hold it to the contract: whatever
 * would make the real gateway close a session is an assertion here. For the tests of relay.h and its
 * fuzz target.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "guest-umad/relay.h"

#define BED_ROOM 64 /* slots of a ring */
#define BED_ALL UINT32_MAX

struct bed_ring {
	struct chan_slot slot[BED_ROOM];
	uint32_t first, end;
	uint32_t room; /* at most BED_ROOM; less makes it full earlier */
};

struct bed_client {
	bool open;
	uint32_t agents;
	uint32_t requests; /* that wait for an answer */
};

struct bed_gateway {
	bool here; /* the relay knows of it */
	bool hello;
	unsigned int ports;
	uint32_t outstanding;
	uint16_t version;
	uint32_t open_status; /* of the next CLIENT_OPENs */
	uint32_t issm_status;
	uint32_t query_status; /* of ports and P_Keys */
	uint32_t lose; /* replies to lose */
	uint16_t issm; /* ports on which it is up */
	struct bed_client client[RELAY_CLIENTS];
	struct bed_ring in; /* the relay puts */
	struct bed_ring out; /* the relay takes */
	uint64_t handled;
};

struct bed {
	struct relay *relay;
	struct mono_ms now;
	uint32_t uid; /* whose processes come next */
	struct bed_gateway gateway[RELAY_UPSTREAMS];
	struct bed_ring process[RELAY_PROCESSES]; /* answers */
};

struct bed *bed_new(uint64_t seed);
void bed_free(struct bed *bed);

/* A gateway comes, with so many ports; HELLO is not said yet. */
void bed_up(struct bed *bed, unsigned int up, unsigned int ports);
/* ... and it is. */
void bed_ready(struct bed *bed, unsigned int up, unsigned int ports);
void bed_lost(struct bed *bed, unsigned int up);

/* The gateway takes at most so many slots and answers those that are not MADs. Number taken. */
uint32_t bed_gateway_runs(struct bed *bed, unsigned int up, uint32_t most);
/* The relay takes at most so many of its answers. False: it says that the gateway is no good. */
bool bed_relay_takes(struct bed *bed, unsigned int up, uint32_t most);
/* All of it, until nothing moves. */
void bed_settle(struct bed *bed);

/* The gateway sends this. False: its ring is full. */
bool bed_push(struct bed *bed, unsigned int up, const struct chan_slot *slot);

/* Time passes; the relay ticks. The mask of silent upstreams. */
uint32_t bed_passes(struct bed *bed, uint64_t ms);

/* The next slot that this process was given; false: none. */
bool bed_given(struct bed *bed, unsigned int process, struct chan_slot *ret);

/* A process that said HELLO; its number. */
unsigned int bed_process(struct bed *bed);
enum relay_verdict bed_says(struct bed *bed, unsigned int process, const struct chan_slot *slot);

/* Clients that the gateway has open. */
unsigned int bed_clients(const struct bed *bed, unsigned int up);

bool bed_ring_put(struct bed_ring *ring, const struct chan_slot *slot);
bool bed_ring_take(struct bed_ring *ring, struct chan_slot *ret);
