/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transactions: a guest's request from its slot to its one end, which is an answer or a time-out
 * status. It is on the wire as a request of its own, or waits for a merged one.
 */
#pragma once

#include "base/htab.h"
#include "mad-proxy/core/flow.h"
#include "mad-proxy/core/request.h"
#include "mad-proxy/core/session.h"

struct merge_op;

enum txn_state {
	TXN_FREE,
	TXN_OWN, /* its own request is on the wire */
	TXN_MERGED, /* waits for a merge_op */
	TXN_LEFT, /* its guest has had its end; its own request still costs */
};

struct txn {
	struct request req; /* IDLE while MERGED; its timer is that of the deadline then */
	struct session *s;
	struct txn *next; /* in the session's live or free list */
	struct txn *prev;
	enum txn_state state;
	bool keyless;
	bool unasked; /* the guest does not wait for an answer */
	uint16_t client;
	uint16_t agent;
	uint64_t cookie;
	struct guest_tid tid;
	struct mono_ms deadline; /* MERGED: when its guest gives up */
	struct merge_op *op;
	TAILQ_ENTRY(txn) in_op;
	/* Of a multi-segment transfer: */
	struct htab_node by_guest; /* in core->transfers */
	struct flow flow;
	uint32_t got_last; /* the answer's last segment, 0: not seen yet */
	bool answer_came; /* a segment of it, or all: its receiver has done its work */
};

/* Those of a session. */
struct txns {
	struct txn *txn; /* s->capacity of them */
	uint32_t touched; /* that were ever used: the others' pages are not resident */
	struct txn *free;
	struct txn *live; /* list head, newest first */
};

int txns_new(struct proxy_core *core, struct session *s);
void txns_end(struct proxy_core *core, struct session *s);
void txns_free(struct session *s);
void txns_client_end(struct proxy_core *core, struct session *s, unsigned int client, int agent);
size_t txns_check(const struct proxy_core *core, const struct session *s);

/* Live, its request not yet sent. NULL: there is no place. */
struct txn *txn_new(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
void txn_free(struct proxy_core *core, struct txn *t);
/* Ends it with a time-out status to its guest. */
void txn_fail(struct proxy_core *core, struct txn *t, uint32_t status);
/* Gives the guest a MAD as the answer to `t`, with the guest's own TID. */
struct proxy_push *txn_push(struct proxy_core *core, struct txn *t, const struct chan_addr *from,
			    const uint8_t *mad);
/* Its guest has had its end. While its receiver may still work on it, it is left behind. */
void txn_answered(struct proxy_core *core, struct txn *t);
/* Its guest abandoned it. */
void txn_abandon(struct proxy_core *core, struct txn *t);
/* Sends it: as a transfer, when that is what it is. */
void txn_start(struct proxy_core *core, struct txn *t);

/* --- transfers: transfer.c --- */
int transfers_init(struct proxy_core *core);
void transfers_fini(struct proxy_core *core);
/* It is a transfer from now on. */
void transfer_begin(struct proxy_core *core, struct txn *t);
/* Out of the table, when it is one. */
void transfer_end(struct proxy_core *core, struct txn *t);
/* A MAD of the port for it; true when it goes on. */
bool transfer_received(struct proxy_core *core, struct txn *t, const uint8_t *mad);
/* The live transfer that this MAD of the client belongs to, or NULL. */
struct txn *transfer_find(struct proxy_core *core, const struct session *s, unsigned int client,
			  const uint8_t *mad);
/* The guest's next segment, ACK, STOP or ABORT. */
void transfer_send(struct proxy_core *core, struct txn *t, const uint8_t *mad);
/* Tells the other side that nobody is there any more. */
void transfer_abort(struct proxy_core *core, struct txn *t);
