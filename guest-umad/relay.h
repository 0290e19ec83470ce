/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The switch in a guest between processes, each with its own session on the local channel, and the upstream
 * sessions to gateways, one for each device. Pure: it reads no clock and no descriptor; it writes slots in
 * place through relay_ops, so a MAD is copied once.
 *
 * It changes these fields of a slot: the client's number becomes one that is unique in the upstream
 * session, and back; the port's index is counted over all devices; the cookie of a control message is
 * replaced and restored. It answers HELLO itself. MADs, their TIDs and their cookies are not changed.
 *
 * It guarantees, whatever a process does: the upstream session carries only what a correct guest could send
 * (the gateway closes a session after a violation, and all processes share it); a process receives only
 * answers to its own clients and what they registered for; when a process ends, its clients are closed
 * upstream, and a number is reused only after the gateway confirmed that, so no late answer reaches another
 * client. No process and no user can use all requests of the gateway's quota, and no user but root all
 * sessions, clients, control messages, tables, or all that the gateway charges the guest for
 * (base/share.h).
 *
 * relay_new() allocates everything: later calls cannot fail for lack of memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"
#include "channel/abi/chan_slot.h"
#include "guest-umad/times.h"

#define RELAY_PROCESSES 256
#define RELAY_UPSTREAMS 16
#define RELAY_PORTS 16 /* of all upstreams; the library's limit */
#define RELAY_CLIENTS 256 /* of one upstream: client numbers are below this */
#define RELAY_AGENTS 32 /* of one client: agent numbers are below this */

struct relay;

/*
 * Where slots go. place: a free slot of that ring, NULL when it is full (or broken); it is filled
 * completely, not read, and committed at once.
 */
struct relay_ops {
	struct chan_slot *(*up_place)(void *ctx, unsigned int up);
	void (*up_commit)(void *ctx, unsigned int up);
	struct chan_slot *(*down_place)(void *ctx, unsigned int process);
	void (*down_commit)(void *ctx, unsigned int process);
};

struct relay_params {
	const struct relay_ops *ops;
	void *ctx;
	uint64_t seed; /* where cookies start */
};

enum relay_verdict {
	RELAY_DONE, /* passed on, answered, or dropped and counted */
	RELAY_WAIT, /* not taken: offer the same slot again later, and do not read that process until then */
	RELAY_BROKEN, /* a violation of the protocol: close that session, see relay_reason() */
};

struct relay_counters {
	uint64_t up, down; /* slots passed on */
	uint64_t lost_ring_full; /* a process does not read its answers */
	uint64_t drop_gone; /* the addressed client has ended */
	uint64_t drop_unknown; /* replies that match no control message */
	uint64_t expired; /* control messages without a reply */
};

/* NULL without memory. */
struct relay *relay_new(const struct relay_params *params);
void relay_free(struct relay *r);

/* --- processes --- */

/*
 * A number below RELAY_PROCESSES; -ENODEV while no upstream is ready, -ENFILE if all are in use, -EUSERS if
 * this user has used up its share. User 0 is root.
 */
int relay_process_new(struct relay *r, uint32_t uid);

/* The process has ended, or its session was closed. relay_own() closes its clients upstream. */
void relay_process_gone(struct relay *r, unsigned int process, struct mono_ms now);

/* A slot that the process sent, in private memory. */
enum relay_verdict relay_from_process(struct relay *r, unsigned int process,
				      const struct chan_slot *slot, struct mono_ms now);

/* True if the process used an upstream that was lost: close its session. */
bool relay_process_must_close(const struct relay *r, unsigned int process);

/* --- upstreams, numbered by the caller from 0 --- */

/* A new upstream session; relay_own() sends its HELLO. */
void relay_upstream_new(struct relay *r, unsigned int up, struct mono_ms now);

/* The upstream session has ended. */
void relay_upstream_lost(struct relay *r, unsigned int up);

/* A slot that the gateway sent, in private memory. DONE or BROKEN. */
enum relay_verdict relay_from_upstream(struct relay *r, unsigned int up,
				       const struct chan_slot *slot, struct mono_ms now);

/*
 * Puts the relay's own messages into the upstream's ring. True: the ring is full and there are more; call again
 * when it has room.
 */
bool relay_own(struct relay *r, unsigned int up, struct mono_ms now);

/* Whether the upstream has answered HELLO; whether any upstream has, so that processes may connect. */
bool relay_upstream_ready(const struct relay *r, unsigned int up);
bool relay_ready(const struct relay *r);

/* Its ports, when it is ready. */
unsigned int relay_upstream_ports(const struct relay *r, unsigned int up);

/* --- both --- */

/* When to call relay_tick() at the latest, and then relay_own() for all. */
struct mono_ms relay_deadline(const struct relay *r);

/* Returns a mask of the upstreams that have not answered HELLO in time: close their sessions. */
uint32_t relay_tick(struct relay *r, struct mono_ms now);

/* The reason of the last RELAY_BROKEN, as text. */
const char *relay_reason(const struct relay *r);

const struct relay_counters *relay_counters(const struct relay *r);

/* Asserts the invariants. For tests. */
void relay_check(const struct relay *r);
