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

#define FIXTURE_ROOM 64 /* slots of a ring */
#define FIXTURE_ALL UINT32_MAX

struct fixture_ring {
	struct chan_slot slot[FIXTURE_ROOM];
	uint32_t first, end;
	uint32_t room; /* at most FIXTURE_ROOM; less makes it full earlier */
};

struct fixture_client {
	bool open;
	uint32_t agents;
	uint32_t requests; /* that wait for an answer */
};

struct fixture_gateway {
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
	struct fixture_client client[RELAY_CLIENTS];
	struct fixture_ring in; /* the relay puts */
	struct fixture_ring out; /* the relay takes */
	uint64_t handled;
};

struct fixture {
	struct relay *relay;
	struct mono_ms now;
	uint32_t uid; /* whose processes come next */
	struct fixture_gateway gateway[RELAY_UPSTREAMS];
	struct fixture_ring process[RELAY_PROCESSES]; /* answers */
};

struct fixture *fixture_new(uint64_t seed);
void fixture_free(struct fixture *fixture);

/* A gateway comes, with so many ports; HELLO is not said yet. */
void fixture_up(struct fixture *fixture, unsigned int up, unsigned int ports);
/* ... and it is. */
void fixture_ready(struct fixture *fixture, unsigned int up, unsigned int ports);
void fixture_lost(struct fixture *fixture, unsigned int up);

/* The gateway takes at most so many slots and answers those that are not MADs. Number taken. */
uint32_t fixture_gateway_runs(struct fixture *fixture, unsigned int up, uint32_t most);
/* The relay takes at most so many of its answers. False: it says that the gateway is no good. */
bool fixture_relay_takes(struct fixture *fixture, unsigned int up, uint32_t most);
/* All of it, until nothing moves. */
void fixture_settle(struct fixture *fixture);

/* The gateway sends this. False: its ring is full. */
bool fixture_push(struct fixture *fixture, unsigned int up, const struct chan_slot *slot);

/* Time passes; the relay ticks. The mask of silent upstreams. */
uint32_t fixture_passes(struct fixture *fixture, uint64_t ms);

/* The next slot that this process was given; false: none. */
bool fixture_given(struct fixture *fixture, unsigned int process, struct chan_slot *ret);

/* A process that said HELLO; its number. */
unsigned int fixture_process(struct fixture *fixture);
enum relay_verdict fixture_says(struct fixture *fixture, unsigned int process,
				const struct chan_slot *slot);

/* Clients that the gateway has open. */
unsigned int fixture_clients(const struct fixture *fixture, unsigned int up);

bool fixture_ring_put(struct fixture_ring *ring, const struct chan_slot *slot);
bool fixture_ring_take(struct fixture_ring *ring, struct chan_slot *ret);
