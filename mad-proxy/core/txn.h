/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transactions: a guest's request from its slot to its one end, which is an answer or a time-out
 * status. It is on the wire as a request of its own, or waits for a merged one.
 */
#pragma once

#include "mad-proxy/core/request.h"
#include "mad-proxy/core/session.h"

struct merge_op;

enum txn_state {
	TXN_FREE,
	TXN_OWN, /* its own request is on the wire */
	TXN_MERGED, /* waits for a merge_op */
};

struct txn {
	struct request req; /* IDLE while MERGED; its timer is that of the deadline then */
	struct session *s;
	struct txn *next; /* in the session's live or free list */
	struct txn *prev;
	enum txn_state state;
	bool keyless;
	bool last_seen; /* RMPP: the last segment went to the guest */
	uint16_t client;
	uint16_t agent;
	uint32_t last_segment;
	uint64_t cookie;
	struct guest_tid tid;
	struct mono_ms deadline; /* MERGED: when its guest gives up */
	struct merge_op *op;
	TAILQ_ENTRY(txn) in_op;
	bool transfer; /* in the session's list of these */
	struct txn *rmpp_next;
	struct txn *rmpp_prev;
};

/* Those of a session. */
struct txns {
	struct txn *txn; /* s->capacity of them */
	uint32_t touched; /* that were ever used: the others' pages are not resident */
	struct txn *free;
	struct txn *live; /* list head, newest first */
	struct txn *rmpp; /* those of them whose segments are on their way, newest first */
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
/* It was answered: that is its end. */
void txn_answered(struct proxy_core *core, struct txn *t);
/* It is a multi-segment transfer from now on, or goes on being one. */
void txn_transfer(struct proxy_core *core, struct txn *t);
/*
 * The live multi-segment transfer that this MAD of the client belongs to, or NULL. Class, method
 * and attribute are those that were admitted, or in an ACK those of the answer.
 */
struct txn *txn_find_transfer(const struct session *s, unsigned int client, const uint8_t *mad);
