/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transactions: a guest's request from its slot to its end, which is an answer or a time-out
 * status. It is on the wire as its own request, or waits for a merged one.
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
	TXN_LEFT, /* it has ended for the guest; its own request is still charged */
};

struct txn {
	struct request req; /* IDLE while MERGED; then its timer is used for the deadline */
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
	bool answer_came; /* at least a segment was received: its receiver has finished */
};

/* The transactions of a session. */
struct txns {
	struct txn *txn; /* s->capacity of them */
	uint32_t touched; /* used so far: the pages of the others are not resident */
	struct txn *free;
	struct txn *live; /* list head, newest first */
};

int txns_new(struct proxy_core *core, struct session *s);
void txns_end(struct proxy_core *core, struct session *s);
void txns_free(struct session *s);
void txns_client_end(struct proxy_core *core, struct session *s, unsigned int client, int agent);
size_t txns_check(const struct proxy_core *core, const struct session *s);

/* A new live transaction; its request is not sent yet. NULL: all are in use. */
struct txn *txn_new(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
void txn_free(struct proxy_core *core, struct txn *t);
/* Ends the transaction: sends SEND_DONE with the status to the guest. */
void txn_fail(struct proxy_core *core, struct txn *t, uint32_t status);
/* Pushes a MAD to the guest as the answer to `t`, with the guest's TID. */
struct proxy_push *txn_push(struct proxy_core *core, struct txn *t, const struct chan_addr *from,
			    const uint8_t *mad);
/* The transaction has ended for the guest. If its receiver may still work on it, it becomes LEFT. */
void txn_answered(struct proxy_core *core, struct txn *t);
/* The guest has abandoned the transaction. */
void txn_abandon(struct proxy_core *core, struct txn *t);
/* Sends the transaction, if need be as a transfer. */
void txn_start(struct proxy_core *core, struct txn *t);

/* --- transfers: transfer.c --- */
int transfers_init(struct proxy_core *core);
void transfers_fini(struct proxy_core *core);
/* Makes the transaction a transfer. */
void transfer_begin(struct proxy_core *core, struct txn *t);
/* Removes a transfer from the table; does nothing if it is not one. */
void transfer_end(struct proxy_core *core, struct txn *t);
/* Handles a MAD of the port for the transfer; true: it continues. */
bool transfer_received(struct proxy_core *core, struct txn *t, const uint8_t *mad);
/* The live transfer to which this MAD of the client belongs, or NULL. */
struct txn *transfer_find(struct proxy_core *core, const struct session *s, unsigned int client,
			  const uint8_t *mad);
/* Sends the guest's next segment, ACK, STOP or ABORT. */
void transfer_send(struct proxy_core *core, struct txn *t, const uint8_t *mad);
/* Sends an ABORT to the other side. */
void transfer_abort(struct proxy_core *core, struct txn *t);
