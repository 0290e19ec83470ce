/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gateway as a pure machine: events in, effects out. It reads no clock, no descriptor, no
 * randomness beyond its seed, and never logs. One thread. Tables are sized when a guest attaches;
 * no MAD allocates.
 *
 * Ownership: pointers in an event are borrowed for the call. Pointers in an effect are valid until
 * the next proxy_step(). The shell carries out effects in order.
 */
#pragma once

#include "base/mono.h"
#include "mad-proxy/core/counters.h"
#include "mad-proxy/core/effect.h"
#include "mad-proxy/core/event.h"
#include "mad-proxy/core/params.h"

struct proxy_core;

/* NULL: no memory. */
struct proxy_core *proxy_core_new(const struct proxy_params *params);
void proxy_core_free(struct proxy_core *core);

/* Advances the machine by one event. `effects` is emptied first. Never fails. */
void proxy_step(struct proxy_core *core, const struct proxy_event *event, struct mono_ms now,
		struct proxy_effects *effects);

/*
 * Whether this SEND, the next in the session's ring, may be taken now. False: it is over a quota; leave
 * the ring alone until PROXY_FX_RESUME.
 */
bool proxy_may_read(struct proxy_core *core, struct session_id session,
		    const struct chan_slot *slot, struct mono_ms now);

/*
 * After proxy_may_read() was false: the session may be read again within a millisecond, whatever its guest
 * does. So one that hung up waits for it, while one that is over a quota ends.
 */
bool proxy_is_held_shortly(const struct proxy_core *core, struct session_id session);

/*
 * How much of its guest's turn a slot takes; a MAD counts 1. Control slots that cost the gateway or the kernel
 * more count more.
 */
unsigned int proxy_slot_cost(const struct chan_slot *slot);

/* Requests on the wire that wait for an answer, of all guests. */
size_t proxy_in_flight(const struct proxy_core *core);

/* The shell calls this when an answer ring was full; the lost push is counted. */
void proxy_push_lost(struct proxy_core *core, struct session_id session);

/* Adds to a counter of the shell: to that of the guest, if the core knows it, and to the total. */
void proxy_count_for(struct proxy_core *core, const char *guest, enum proxy_counter c, uint64_t n);

/* When PROXY_EV_TICK is due; MONO_NEVER when nothing waits. */
struct mono_ms proxy_deadline(const struct proxy_core *core);

/* --- views for the control tool --- */

struct proxy_session_view {
	struct session_id session;
	const char *guest;
	enum policy_grade grade;
	uint32_t clients;
	uint32_t agents;
	uint32_t outstanding;
	int port; /* that it is bound to, -1: all */
	struct mono_ms since;
	const uint64_t *counter; /* PROXY_COUNTERS of them */
};

/* Calls `each` for every live session. */
void proxy_each_session(const struct proxy_core *core,
			void (*each)(void *ctx, const struct proxy_session_view *view), void *ctx);

/* Counters of a guest's ended sessions, PROXY_COUNTERS elements; NULL: the guest never attached. */
const uint64_t *proxy_guest_past(const struct proxy_core *core, const char *guest);

/* Totals, also of ended sessions and of events without a session: PROXY_COUNTERS elements. */
const uint64_t *proxy_totals(const struct proxy_core *core);

/* Asserts every invariant; tests call it after each event. */
void proxy_check(const struct proxy_core *core);
