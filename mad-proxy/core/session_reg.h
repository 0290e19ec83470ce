/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The registrations of a session for unsolicited MADs.
 *
 * Ownership survives a restart: for SESSION_REG_GRACE_MS after a restart only the guest that owned a class and
 * method may register it.
 */
#pragma once

#include "mad-proxy/core/registry.h"
#include "mad-proxy/core/session.h"

#define MAX_REGS 64 /* per guest */

/*
 * What a registration costs, and the end of it: system calls in which the kernel waits for its own work, and two
 * records of state. So many at once, then one every so often; the others wait, and who ends one that waits
 * has cost nothing. All of a guest's are made within the time that the guest's library waits for a reply.
 */
#define SESSION_REG_BURST MAX_REGS
#define SESSION_REG_INTERVAL_MS 50

#define SESSION_REG_GRACE_MS 30000

struct session_reg {
	struct reg reg;
	struct session_reg *next; /* of the session */
	TAILQ_ENTRY(session_reg) in_waiting;
	bool waiting; /* in the guest's line, unknown to the registry */
	struct session *s;
	uint16_t client;
	uint16_t agent;
	uint64_t cookie; /* of the REGISTER that is not answered yet */
	uint8_t key[PROXY_STATE_KEY_MAX]; /* of its record */
	size_t key_len;
};

/* 0: the reply comes later. Otherwise a positive errno, already audited, with which the caller replies. */
int session_reg_add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		    const struct chan_register *what);
/* Makes those of a guest that waited and whose turn it is; its regs_timer. */
void session_regs_due(struct proxy_core *core, struct timer *timer);
/* Those of a client, or of one agent of it (-1: all). */
void session_regs_end(struct proxy_core *core, struct session *s, unsigned int client, int agent);
/* Ends all registrations of a session. keep: keeps their records, because the gateway stops. */
void session_regs_end_all(struct proxy_core *core, struct session *s, bool keep);
/* Ends the registrations that the guest's grade no longer allows. */
void session_regs_recheck(struct proxy_core *core, struct session *s);

/* Audits a registration; `refused` AUDIT_REASON_NONE: it was allowed. */
void session_reg_audit(struct proxy_core *core, struct session *s, unsigned int port,
		       const struct chan_register *what, enum audit_reason refused);

/* A stored record, after a restart. */
void session_reg_restored(struct proxy_core *core, const struct proxy_state *state);
void session_regs_fini(struct proxy_core *core);
