/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session's registrations for unsolicited MADs, the port's and the guest's in one. */
#pragma once

#include "mad-proxy/core/registry.h"
#include "mad-proxy/core/session.h"

#define MAX_REGS 64 /* per guest */

struct session_reg {
	struct reg reg;
	struct session_reg *next; /* of the session */
	struct session *s;
	uint16_t client;
	uint16_t agent;
	uint64_t cookie; /* of the REGISTER that waits */
};

/* 0: the reply comes later. Or a positive errno, audited, for the caller to reply. */
int session_reg_add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		    const struct chan_register *what);
/* Those of a client, or of one agent of it; client or agent -1: all. */
void session_regs_end(struct proxy_core *core, struct session *s, int client, int agent);
/* Those that the guest's grade no longer allows are taken back. */
void session_regs_recheck(struct proxy_core *core, struct session *s);

/* A verdict over a registration; `refused` AUDIT_REASON_NONE: it was allowed. */
void session_reg_audit(struct proxy_core *core, struct session *s, unsigned int port,
		       const struct chan_register *what, enum audit_reason refused);
