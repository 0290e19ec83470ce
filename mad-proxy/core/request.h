/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A request on the wire: an id of its own, attempts, and one end. Whoever sends something that is to
 * be answered embeds one: a guest's transaction, a merged operation, a service for itself.
 *
 * An attempt is timed by the port (as the kernel's MAD layer does it); a backstop stands behind a port
 * that forgets. Sending again keeps the id, since a late answer to the first attempt is an answer; after a
 * backstop the id is replaced, for the port may still hold it.
 *
 * An answer is matched on port, id, class, method, attribute and sender, or it is dropped and counted.
 *
 * Ownership: the owner's memory; invariant: an id in `ids` belongs to exactly one request that is SENT or
 * TRANSFER, and its timer is armed.
 */
#pragma once

#include "base/idtab.h"
#include "mad-proxy/core/account.h"
#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/event.h"

#define REQUEST_TIMEOUT_MAX_MS 600000 /* longest time-out of an attempt */
#define REQUEST_BACKSTOP_MS 1000 /* how much later than a port's time-out we stop believing in it */
#define REQUEST_TRANSFER_IDLE_MS 20000 /* a transfer without a segment for so long is over */

enum request_state {
	REQUEST_IDLE, /* not on the wire */
	REQUEST_SENT,
	REQUEST_TRANSFER, /* segments are coming or going */
};

struct request;

struct request_ops {
	/* A MAD that matches it came. The request is as it was: end it or continue it. */
	void (*answered)(struct proxy_core *core, struct request *r,
			 const struct proxy_port_mad *in);
	/* An attempt is over: true to send it again. NULL: as often as tries_left says. */
	bool (*again)(struct proxy_core *core, struct request *r);
	/* It ended without an answer (errno), and is IDLE. */
	void (*failed)(struct proxy_core *core, struct request *r, uint32_t status);
};

/* The owner sets all that is below `timer` but `state` before request_send(). Zeroed it is IDLE. */
struct request {
	struct idtab_node id;
	struct timer timer;
	enum request_state state;
	uint8_t tries_left; /* after the one that runs */
	uint16_t port;
	uint32_t timeout_ms; /* of an attempt */
	const struct request_ops *ops;
	struct account *account; /* who is charged for attempts, NULL: nobody */
	uint64_t *counter; /* who else counts what happens to it, NULL: nobody */
	struct chan_addr addr;
	uint8_t mad[WIRE_MAD_BYTES]; /* the TID is ours */
};

int requests_init(struct proxy_core *core);
void requests_fini(struct proxy_core *core);
/* Room for more of them at a time. 0 or -ENOMEM. */
int requests_reserve(struct proxy_core *core, size_t more);
void requests_unreserve(struct proxy_core *core, size_t less);
/* On the wire now. */
size_t requests_live(const struct proxy_core *core);

/* Sends it; with an id of its own from the first time on. */
void request_send(struct proxy_core *core, struct request *r);
/* It is a transfer of several segments from now on, or another segment came or went. */
void request_continue(struct proxy_core *core, struct request *r);
/* Forgets it. Its owner knows why. */
void request_end(struct proxy_core *core, struct request *r);

/* Something leaves for which no answer is waited, under an id that is nobody's unless `own_tid`. */
void request_send_once(struct proxy_core *core, uint64_t *counter, unsigned int port,
		       const struct chan_addr *addr, uint8_t *mad, bool own_tid);

/* A response that a port read. */
void requests_answer(struct proxy_core *core, const struct proxy_port_mad *in);
/* A send of ours that came back with a status. */
void requests_returned(struct proxy_core *core, const struct proxy_port_mad *in);

void request_check(const struct proxy_core *core, const struct request *r);
