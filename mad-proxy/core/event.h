/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The core's input. Pointers are borrowed for the call. */
#pragma once

#include "base/ids.h"
#include "channel/abi/chan_slot.h"
#include "mad-proxy/core/audit.h"
#include "mad-proxy/core/state.h"
#include "policy/policy.h"

#define PROXY_MAX_PORTS 16
#define PROXY_MAX_PKEYS 128

/* The attributes of a port; the guests' view is derived from them. */
struct proxy_port_attr {
	struct chan_port_info info; /* as dom0 sees it; info.pkeys counts pkey[] */
	uint16_t pkey[PROXY_MAX_PKEYS];
};

/* A MAD that a port read. */
struct proxy_port_mad {
	unsigned int port;
	uint32_t token; /* of the registration that received it; 0: the gateway's own agents */
	uint32_t status; /* errno of a returned send, else 0 */
	struct chan_addr addr; /* the sender; of a returned send: its destination */
	const uint8_t *mad; /* 256 bytes */
};

enum proxy_event_kind {
	/* A guest connected and was identified. Answered by PROXY_FX_ATTACHED or PROXY_FX_REJECTED. */
	PROXY_EV_ATTACH,
	/* The channel of a session was closed. */
	PROXY_EV_DETACH,
	/*
	 * One slot of a guest, copied out of the ring. A slot with a MAD (CHAN_KIND_SEND) only after
	 * proxy_may_read() returned true.
	 */
	PROXY_EV_SLOT,
	/* A MAD read from the port: an answer, a request, or a send returned with a status. */
	PROXY_EV_PORT_MAD,
	/* The result of a PROXY_FX_PORT_REGISTER. */
	PROXY_EV_REGISTERED,
	/* The attributes of a port are known or have changed. */
	PROXY_EV_PORT_ATTR,
	/* An event of a port, which guests must get. */
	PROXY_EV_PORT_EVENT,
	/* proxy_deadline() has passed. */
	PROXY_EV_TICK,
	/* Another policy is in force. The old one may be freed after the step. */
	PROXY_EV_POLICY,
	/* A stored record, after a restart. All of them come before any other event except PORT_ATTR. */
	PROXY_EV_STATE,
	/* There are no more records. */
	PROXY_EV_STATE_END,
	/* The gateway stops: write the records that are only counted so far. */
	PROXY_EV_STOP,
};

struct proxy_event {
	enum proxy_event_kind kind;
	union {
		struct {
			const char *guest; /* name */
			int port; /* the session's only port, as its port 0; -1: all */
		} attach;
		struct {
			struct session_id session;
			enum audit_reason reason;
		} detach;
		struct {
			struct session_id session;
			const struct chan_slot *slot;
		} slot;
		struct proxy_port_mad port_mad;
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
		struct proxy_state state;
	};
};
