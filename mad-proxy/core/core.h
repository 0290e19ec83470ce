/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gateway as a pure machine: events in, effects out. It reads no clock, no descriptor, no
 * randomness beyond its seed, and never logs. One thread. Tables are sized when a guest attaches;
 * no MAD allocates.
 *
 * Ownership: pointers in an event are borrowed for the call. Pointers in an effect stay good until
 * the next proxy_step(); effects are to be carried out in order.
 */
#pragma once

#include "base/ids.h"
#include "base/mono.h"
#include "channel/abi/chan_slot.h"
#include "mad-proxy/core/audit.h"
#include "mad-proxy/core/counters.h"
#include "policy/policy.h"

#define PROXY_MAX_PORTS 16
#define PROXY_MAX_PKEYS 128
#define PROXY_MAX_EFFECTS 2048

struct proxy_core;

struct proxy_params {
	uint32_t seed;
	unsigned int ports; /* 1 .. PROXY_MAX_PORTS, numbered from 0 */
	unsigned int max_sessions; /* of all guests together */
	unsigned int max_sessions_per_guest; /* of one; 0: as many as there are */
	uint32_t
		smp_cache_ms; /* how long an answer to an SMP or PerfMgt Get may be reused; 0 off */
	const struct policy *policy; /* outlives the core, or until PROXY_EV_POLICY */
};

/* What the gateway knows of a port; the guests' view is derived from it. */
struct proxy_port_attr {
	struct chan_port_info info; /* as dom0 sees it; info.pkeys counts pkey[] */
	uint16_t pkey[PROXY_MAX_PKEYS];
};

enum proxy_event_kind {
	/* A guest connected and was identified. Answered by PROXY_FX_ATTACHED or PROXY_FX_REJECTED. */
	PROXY_EV_ATTACH,
	/* The channel of a session is gone. */
	PROXY_EV_DETACH,
	/*
	 * One slot of a guest, copied out of the ring. One that carries a MAD (CHAN_KIND_SEND) only
	 * after proxy_may_read() said yes.
	 */
	PROXY_EV_SLOT,
	/* A MAD read from the port: an answer, a request, or our own send back with a status. */
	PROXY_EV_PORT_MAD,
	/* Outcome of a PROXY_FX_PORT_REGISTER. */
	PROXY_EV_REGISTERED,
	/* The attributes of a port are known or have changed. */
	PROXY_EV_PORT_ATTR,
	/* Something happened on a port that guests must hear of. */
	PROXY_EV_PORT_EVENT,
	/* proxy_deadline() has passed. */
	PROXY_EV_TICK,
	/* Another policy is in force. The old one may be freed after the step. */
	PROXY_EV_POLICY,
	/* The gateway stops: what is counted and not yet written down is. */
	PROXY_EV_STOP,
};

struct proxy_event {
	enum proxy_event_kind kind;
	union {
		struct {
			const char *guest; /* name */
			int port; /* the one that the session sees, as its port 0; -1: all */
		} attach;
		struct {
			struct session_id session;
			enum audit_reason reason;
		} detach;
		struct {
			struct session_id session;
			const struct chan_slot *slot;
		} slot;
		struct {
			unsigned int port;
			uint32_t token; /* of the registration it came through; 0: our own agents */
			uint32_t status; /* errno of a send that came back, else 0 */
			struct chan_addr addr; /* sender; of a send that came back: where it went */
			const uint8_t *mad; /* 256 bytes */
		} port_mad;
		struct {
			uint32_t token;
			int error; /* 0 or positive errno */
		} registered;
		struct {
			unsigned int port;
			const struct proxy_port_attr *attr;
		} port_attr;
		struct {
			unsigned int port;
			enum chan_port_event event;
		} port_event;
		struct {
			const struct policy *policy;
		} policy;
	};
};

enum proxy_effect_kind {
	PROXY_FX_ATTACHED,
	PROXY_FX_REJECTED,
	/* Close this session's channel; the core has forgotten it already (no DETACH needed). */
	PROXY_FX_CLOSE,
	/* The session may be read again (proxy_may_read() had said no). */
	PROXY_FX_RESUME,
	/* Put a slot into the session's answer ring; when it is full: proxy_push_lost(). */
	PROXY_FX_PUSH,
	/* Send on the port. timeout_ms 0: nothing will answer. Never retried by the port. */
	PROXY_FX_SEND,
	/* Register an unsolicited class and methods on the port; answer with PROXY_EV_REGISTERED. */
	PROXY_FX_PORT_REGISTER,
	PROXY_FX_PORT_UNREGISTER,
	PROXY_FX_SET_ISSM,
	/* Write this down. */
	PROXY_FX_AUDIT,
};

struct proxy_push {
	struct session_id session;
	uint8_t kind; /* enum chan_kind */
	uint16_t port;
	uint16_t client;
	uint16_t agent;
	uint32_t status;
	uint64_t cookie;
	struct chan_addr addr;
	const uint8_t *mad; /* 256 bytes */
	bool tid_set; /* write `tid` over the MAD's own */
	uint64_t tid;
};

struct proxy_send {
	unsigned int port;
	uint32_t timeout_ms;
	struct chan_addr addr;
	const uint8_t *mad; /* 256 bytes, complete */
};

struct proxy_effect {
	enum proxy_effect_kind kind;
	union {
		struct session_id session; /* ATTACHED, RESUME */
		struct {
			struct session_id session;
			enum audit_reason reason;
		} close;
		struct proxy_push push;
		struct proxy_send send;
		struct {
			unsigned int port;
			uint32_t token;
			struct chan_register what;
		} reg; /* PORT_REGISTER; PORT_UNREGISTER uses port and token */
		struct {
			unsigned int port;
			bool on;
		} issm;
		struct audit_record audit;
	};
};

struct proxy_effects {
	size_t count;
	struct proxy_effect *fx; /* PROXY_MAX_EFFECTS of them */
};

/* NULL only when memory is short at start. */
struct proxy_core *proxy_core_new(const struct proxy_params *params);
void proxy_core_free(struct proxy_core *core);

/* Advances the machine by one event. `effects` is emptied first. Never fails. */
void proxy_step(struct proxy_core *core, const struct proxy_event *event, struct mono_ms now,
		struct proxy_effects *effects);

/*
 * Whether a slot may be taken from this session's ring now. False: it is over a quota; leave the
 * ring alone until PROXY_FX_RESUME.
 */
bool proxy_may_read(struct proxy_core *core, struct session_id session, struct mono_ms now);

/* Requests on the wire that wait for an answer, of all guests. */
size_t proxy_in_flight(const struct proxy_core *core);

/* The answer ring was full: the push is that guest's loss, and is counted. */
void proxy_push_lost(struct proxy_core *core, struct session_id session);

/* The shell counts something of its own, for a guest if it is known here, and in total. */
void proxy_count_for(struct proxy_core *core, const char *guest, enum proxy_counter c, uint64_t n);

/* When PROXY_EV_TICK is due; MONO_NEVER when nothing waits. */
struct mono_ms proxy_deadline(const struct proxy_core *core);

/* --- what ibgate shows --- */

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

/* Counters of a guest's sessions that ended, PROXY_COUNTERS of them; NULL: it never attached. */
const uint64_t *proxy_guest_past(const struct proxy_core *core, const char *guest);

/* Totals over all sessions, living and gone, and what belongs to none: PROXY_COUNTERS of them. */
const uint64_t *proxy_totals(const struct proxy_core *core);

/* Asserts every invariant; tests call it after each event. */
void proxy_check(const struct proxy_core *core);
