/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A session: one channel of a guest, with its clients. All its memory is allocated at attach. Its end also ends
 * its requests, registrations, IsSM and answers that it owes. It is freed at the next step, because effects of
 * this step may still point to it.
 */
#pragma once

#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/guest.h"
#include "mad-proxy/core/ports.h"

#define MAX_AGENTS 32 /* per client, as the kernel's per file */
#define MAX_OUTSTANDING 4096 /* per session: requests that may wait */

struct inbound_table;
struct session_reg;
struct txns;

struct client {
	bool open;
	uint8_t port;
	uint32_t agents; /* bit per agent number */
};

enum { TODO_EVENTS = 1, TODO_POLICY = 2, TODO_LOST = 4 };

struct session {
	struct session_id id;
	int bound; /* the session's only port, as its port 0; -1: all, by their own numbers */
	struct session *next; /* in sessions->list, or ->freed_later */
	struct session *prev;
	TAILQ_ENTRY(session) in_todo;
	unsigned int todo; /* TODO_*; not 0: it is in sessions->todo */
	uint8_t events[PROXY_MAX_PORTS]; /* bit per enum chan_port_event */
	struct guest *g;
	const struct policy_guest *policy;
	struct mono_ms since;
	bool hello;
	bool dead;
	bool held; /* then it is in g->held */
	enum policy_key held_by; /* or GUEST_HELD_BY_WINDOW */
	bool held_request; /* its next slot, when it was held last */
	TAILQ_ENTRY(session) in_held;
	uint32_t issm; /* bit per port */
	uint32_t capacity; /* maximum of outstanding requests */
	uint32_t outstanding; /* requests */
	struct txns *txns; /* txn.h */
	struct session_reg *regs; /* ctl.h */
	unsigned int reg_count;
	unsigned int client_count;
	struct inbound_table *inbound; /* inbound.h */
	uint64_t counter[PROXY_COUNTERS];
	struct client client[CHAN_CLIENTS_MAX];
};

struct sessions {
	struct session **slot; /* by session number */
	uint32_t generation;
	unsigned int count;
	unsigned int regs[PROXY_MAX_PORTS]; /* of all sessions */
	struct session *list;
	struct session *freed_later;
	struct session_line todo;
	char rejected[POLICY_GUEST_NAME_MAX +
		      1]; /* name of a rejected guest, for an effect of this step */
};

int sessions_init(struct proxy_core *core);
void sessions_fini(struct proxy_core *core);
/* Frees those that ended in the last step. */
void sessions_free_deferred(struct proxy_core *core);

struct session *session_find(const struct proxy_core *core, struct session_id id);
void session_attach(struct proxy_core *core, const char *guest, int port);
/* The number of this port in the session; the inverse is in core.c's take_slot(). */
static inline uint16_t session_shown_port(const struct session *s, unsigned int port)
{
	return s->bound < 0 ? (uint16_t)port : 0;
}
/* Removes the session and everything that it has. close: also closes its channel. */
void session_end(struct proxy_core *core, struct session *s, enum audit_reason reason, bool close);
/* The guest violated the protocol: count, audit, end. */
void session_kill(struct proxy_core *core, struct session *s, enum audit_reason reason);
void session_apply_policy(struct proxy_core *core, struct session *s);
void sessions_tell(struct proxy_core *core, unsigned int port, enum chan_port_event event);
void session_todo(struct proxy_core *core, struct session *s, unsigned int todo);
/* Does the queued work of sessions while there is room for the effects of another one. */
void sessions_work(struct proxy_core *core);

/* The entries of a port's P_Key table that the session sees; ret_pkey has PROXY_MAX_PKEYS. */
uint16_t session_pkeys(const struct proxy_core *core, const struct session *s, unsigned int port,
		       uint16_t *ret_pkey);

/* The addressee of a slot within a session. */
struct push_to {
	uint16_t port; /* the gateway's number */
	uint16_t client;
	uint16_t agent;
	uint64_t cookie;
	struct chan_addr addr;
};

static inline struct push_to push_to_sender(const struct chan_slot *slot)
{
	return (struct push_to){slot->port, slot->client, slot->agent, slot->cookie, slot->addr};
}

/* Adds a push of a slot to the session; the caller sets the MAD. */
struct proxy_push *session_push(struct proxy_core *core, struct session *s, uint8_t kind,
				const struct push_to *to, uint32_t status);

void session_check(const struct proxy_core *core, const struct session *s);
