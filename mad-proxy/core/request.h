/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A request on the wire: an id of its own, attempts, and one end. Whoever sends something that is to
 * be answered embeds one: a guest's transaction, a merged operation, a service for itself.
 *
 * An attempt is timed by the port (as the kernel's MAD layer does it); a backstop stands behind a port
 * that forgets. Sending again keeps the id, since a late answer to the first attempt is an answer; after a
 * backstop the id is replaced, for the port may still hold it.
 *
 * What its owner does not wait for any more goes on costing: the port holds it, its receiver works on
 * it. So the last attempt waits at the port for `work_ms` at least, and when the owner's own time is over
 * before, the request expires: it stays, and stays charged, until it is answered or the port gives it
 * back. So does a transfer, whose receiver may work from its last segment on. An attempt longer than
 * REQUEST_PORT_WAIT_MAX_MS goes on without the port: no answer is believed to come, and who walks away
 * from it leaves nothing.
 *
 * Of tables a few of a guest run at a time. Each attempt of one takes its turn in a line, and its time begins
 * when it is sent; none is lost unsent. A turn ends with its attempt, which is what keeps the line moving: the
 * port holds none longer than REQUEST_PORT_WAIT_MAX_MS, and a transfer ends when it is silent.
 *
 * An answer is matched on port, id, class, method, attribute and sender, or it is dropped and counted.
 *
 * Ownership: the owner's memory; invariant: an id in `ids` belongs to exactly one request that is SENT or
 * TRANSFER; the timer of one that is not IDLE is armed, unless it stands in the line of tables.
 */
#pragma once

#include "base/idtab.h"
#include "mad-proxy/core/account.h"
#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/event.h"

#define REQUEST_TIMEOUT_MAX_MS 600000 /* longest time-out of an attempt */
#define REQUEST_ATTEMPT_MIN_MS 100 /* an attempt that others may follow lasts so long at least */
#define REQUEST_PORT_WAIT_MAX_MS WORK_PORT_MS
#define REQUEST_BACKSTOP_MS 1000 /* how much later than a port's time-out we stop believing in it */

enum request_state {
	REQUEST_IDLE, /* not on the wire */
	REQUEST_IN_LINE, /* a table whose first turn has not come */
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
	/* Its owner's time is over, and it is still on the wire. NULL: it ends then. */
	void (*expired)(struct proxy_core *core, struct request *r);
	/* It ended without an answer (errno), and is IDLE. */
	void (*failed)(struct proxy_core *core, struct request *r, uint32_t status);
};

/* Zeroed it is IDLE. */
struct request {
	struct idtab_node id;
	struct timer timer;
	enum request_state state;
	enum charge charge;
	bool has_expired;
	bool runs_table; /* counted in account->tables_running */
	struct request_line *in_line_of; /* the account's tables or retries */
	TAILQ_ENTRY(request) in_line;
	struct mono_ms attempt_until;
	struct mono_ms port_until; /* when port and receiver are done with it at the latest */
	/* The owner sets what follows before request_start(). */
	bool table; /* makes its receiver work long */
	bool transfer; /* its own segments begin it */
	uint8_t tries_left; /* after the one that runs */
	uint16_t port;
	uint32_t timeout_ms; /* of an attempt */
	uint32_t work_ms; /* how long its receiver may work on it */
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

/*
 * As many attempts as REQUEST_ATTEMPT_MIN_MS allows in the time that the owner gives altogether: who says
 * 1 ms and 255 retries is answered or not within these 256 ms, from two attempts.
 */
void request_set_patience(struct request *r, uint32_t timeout_ms, uint8_t retries);
/* It counts in the quota of its account from now to its end. Not when its waiters do so. */
void request_charge(struct request *r);
/* Sends it under a new id, or puts it in line. */
void request_start(struct proxy_core *core, struct request *r);
/* Nobody waits for it any more: it has expired, or (false) nothing is left of it and it was ended. */
bool request_abandon(struct proxy_core *core, struct request *r);
/* The same when its memory goes: what it still costs is charged without it. */
void request_leave(struct proxy_core *core, struct request *r);
/* It is a transfer of several segments from now on, or another came or went; the next within so long. */
void request_continue(struct proxy_core *core, struct request *r, uint64_t ms);
/* One of its own segments leaves again, or the next: its receiver may work on it from now on. */
void request_gives_work(struct proxy_core *core, struct request *r);
/* Tables that wait may run, as far as there is room. */
void request_next_tables(struct proxy_core *core, struct account *a);
/* Forgets it. Its owner knows why. */
void request_end(struct proxy_core *core, struct request *r);

/* Its id as it is on the wire, once it was sent. */
static inline uint32_t request_tid(const struct request *r)
{
	return (uint32_t)wire_mad_tid(r->mad);
}

/* Something leaves for which no answer is waited, under an id that is nobody's unless `own_tid`. */
void request_send_once(struct proxy_core *core, uint64_t *counter, unsigned int port,
		       const struct chan_addr *addr, uint8_t *mad, bool own_tid);

/* A response that a port read. */
void requests_answer(struct proxy_core *core, const struct proxy_port_mad *in);
/* A send of ours that came back with a status. */
void requests_returned(struct proxy_core *core, const struct proxy_port_mad *in);

void request_check(const struct proxy_core *core, const struct request *r);
