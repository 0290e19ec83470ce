/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The core's decisions. Pointers are valid until the next proxy_step(). The shell carries them out in order. */
#pragma once

#include "base/ids.h"
#include "channel/abi/chan_slot.h"
#include "mad-proxy/core/audit.h"
#include "mad-proxy/core/state.h"

#define PROXY_MAX_EFFECTS 2048

enum proxy_effect_kind {
	PROXY_FX_ATTACHED,
	PROXY_FX_REJECTED,
	/* Close this session's channel. The core has removed the session already: no PROXY_EV_DETACH. */
	PROXY_FX_CLOSE,
	/* The session's ring may be read again (proxy_may_read() had returned false). */
	PROXY_FX_RESUME,
	/* Put a slot into the session's answer ring; if it is full, call proxy_push_lost(). */
	PROXY_FX_PUSH,
	/* Send on the port. timeout_ms 0: no answer is expected. The port makes no retries. */
	PROXY_FX_SEND,
	/* Register an unsolicited class and methods on the port; answer with PROXY_EV_REGISTERED. */
	PROXY_FX_PORT_REGISTER,
	PROXY_FX_PORT_UNREGISTER,
	PROXY_FX_SET_ISSM,
	/* Write this record. */
	PROXY_FX_AUDIT,
	/* Store this record, replacing one of the same kind and key; or remove the record. */
	PROXY_FX_STATE_PUT,
	PROXY_FX_STATE_REMOVE,
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
	bool tid_set; /* replace the MAD's TID by `tid` */
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
		struct proxy_state state;
	};
};

struct proxy_effects {
	size_t count;
	struct proxy_effect *fx; /* PROXY_MAX_EFFECTS elements */
};
