/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A relay between queues instead of rings, and gateways that check the protocol: whatever would make the
 * real gateway close a session is an assertion here. For the tests of relay.h and its fuzz target.
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
	uint32_t room; /* at most FIXTURE_ROOM; less: full earlier */
};

struct fixture_client {
	bool open;
	uint32_t agents;
	uint32_t requests; /* without an answer */
};

struct fixture_gateway {
	bool here; /* the relay knows the gateway */
	bool hello;
	unsigned int ports;
	uint32_t outstanding;
	uint16_t version;
	uint32_t open_status; /* of the next CLIENT_OPENs */
	uint32_t issm_status;
	uint32_t query_status; /* of replies about ports and P_Keys */
	uint32_t lose; /* number of replies to lose */
	uint16_t issm; /* ports on which IsSM is set */
	struct fixture_client client[RELAY_CLIENTS];
	struct fixture_ring in; /* the relay produces */
	struct fixture_ring out; /* the relay consumes */
	uint64_t handled;
};

struct fixture {
	struct relay *relay;
	struct mono_ms now;
	uint32_t uid; /* user of the next processes */
	struct fixture_gateway gateway[RELAY_UPSTREAMS];
	struct fixture_ring process[RELAY_PROCESSES]; /* answers */
};

struct fixture *fixture_new(uint64_t seed);
void fixture_free(struct fixture *fixture);

/* A gateway with so many ports; HELLO is not sent yet. */
void fixture_up(struct fixture *fixture, unsigned int up, unsigned int ports);
/* The same, with HELLO. */
void fixture_ready(struct fixture *fixture, unsigned int up, unsigned int ports);
void fixture_lost(struct fixture *fixture, unsigned int up);

/* The gateway takes at most so many slots and answers those that are not MADs. Number taken. */
uint32_t fixture_gateway_runs(struct fixture *fixture, unsigned int up, uint32_t most);
/* The relay takes at most so many of its answers. False: it reports a violation by the gateway. */
bool fixture_relay_takes(struct fixture *fixture, unsigned int up, uint32_t most);
/* All of it, until no slot is left. */
void fixture_settle(struct fixture *fixture);

/* The gateway sends this slot. False: its ring is full. */
bool fixture_push(struct fixture *fixture, unsigned int up, const struct chan_slot *slot);

/* Time passes; the relay ticks. The mask of upstreams without a HELLO reply. */
uint32_t fixture_passes(struct fixture *fixture, uint64_t ms);

/* The next slot of this process; false: none. */
bool fixture_given(struct fixture *fixture, unsigned int process, struct chan_slot *ret);

/* The number of a new process that has sent HELLO. */
unsigned int fixture_process(struct fixture *fixture);
enum relay_verdict fixture_says(struct fixture *fixture, unsigned int process,
				const struct chan_slot *slot);

/* Clients that the gateway has open. */
unsigned int fixture_clients(const struct fixture *fixture, unsigned int up);

bool fixture_ring_put(struct fixture_ring *ring, const struct chan_slot *slot);
bool fixture_ring_take(struct fixture_ring *ring, struct chan_slot *ret);
