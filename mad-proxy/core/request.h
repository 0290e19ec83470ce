/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A request on the wire: its id, attempts, and one end. Every sender that expects an answer embeds one: a
 * guest's transaction, a merged operation, a service's own request.
 *
 * The port times out an attempt (as the kernel's MAD layer does); a backstop covers a port that loses it.
 * Retries keep the id, since a late answer to an earlier attempt is valid; after a backstop the id is
 * replaced, because the port may still hold it.
 *
 * A request stays charged after its owner stopped waiting, since the port holds it and its receiver works
 * on it. The last attempt waits at the port for at least `work_ms`; if the owner's time ends before, the
 * request expires: it stays and is charged until it is answered or the port returns it. The same holds for
 * a transfer, whose receiver may work from its last segment on. An attempt longer than
 * REQUEST_PORT_WAIT_MAX_MS is not held by the port: no answer is expected after that, and abandoning it
 * then charges nothing.
 *
 * Only a few tables of a guest run at a time. Each attempt of a table is queued, and its time begins when
 * it is sent. The next starts when an attempt ends: the port holds none longer than
 * REQUEST_PORT_WAIT_MAX_MS, and a transfer ends by its idle time-out.
 *
 * While others send as well, a guest waits with new requests if REQUEST_WINDOW of its requests on the wire are young
 * (account.h): a port has one queue for all. Old ones wait for their receiver and delay nobody. Only new
 * requests wait; attempts have turns of their own.
 *
 * An answer must match port, id, class, method, attribute and sender; otherwise it is dropped and counted.
 *
 * Ownership: the owner's memory. Invariants: an id in `ids` belongs to exactly one request that is SENT or
 * TRANSFER; the timer of a request that is not IDLE is armed, unless it is queued as a table.
 */
#pragma once

#include "base/idtab.h"
#include "mad-proxy/core/account.h"
#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/event.h"

#define REQUEST_TIMEOUT_MAX_MS 600000 /* longest time-out of an attempt */
#define REQUEST_ATTEMPT_MIN_MS 100 /* an attempt that others may follow lasts so long at least */
#define REQUEST_TABLE_ATTEMPT_MIN_MS 1000 /* ... of a table: an SA works on each */
#define REQUEST_PORT_WAIT_MAX_MS WORK_PORT_MS
#define REQUEST_WINDOW 3
#define REQUEST_CONTENDED_MS 100 /* guests send as well as others if they did within that time */
#define REQUEST_BACKSTOP_MS 1000 /* after its time-out a port has lost the attempt */

enum request_state {
	REQUEST_IDLE, /* not on the wire */
	REQUEST_IN_LINE, /* a table before its first attempt */
	REQUEST_SENT,
	REQUEST_TRANSFER, /* segments are sent or received */
};

struct request;

struct request_ops {
	/* A MAD that matches was received. The request is unchanged: end or continue it. */
	void (*answered)(struct proxy_core *core, struct request *r,
			 const struct proxy_port_mad *in);
	/* An attempt is over: return true to send again. NULL: send again while tries_left. */
	bool (*again)(struct proxy_core *core, struct request *r);
	/* The owner's time is over, and the request is still on the wire. NULL: it ends. */
	void (*expired)(struct proxy_core *core, struct request *r);
	/* It ended without an answer (errno), and is IDLE. */
	void (*failed)(struct proxy_core *core, struct request *r, uint32_t status);
};

/* All zeros: IDLE. */
struct request {
	struct idtab_node id;
	struct timer timer;
	enum request_state state;
	enum charge charge;
	bool has_expired;
	bool runs_table; /* counted in account->tables_running */
	bool counts_young; /* it was counted in account->young at sent_at */
	struct request_line *in_line_of; /* the account's queue of tables or of retries */
	TAILQ_ENTRY(request) in_line;
	struct mono_ms sent_at;
	struct mono_ms attempt_until;
	struct mono_ms port_until; /* port or receiver may work on it until then */
	/* The owner sets the fields below before request_start(). */
	bool table; /* the receiver takes long */
	bool transfer; /* it begins with segments of its own */
	uint8_t tries_left; /* after the current one */
	uint16_t port;
	uint32_t timeout_ms; /* of an attempt */
	uint32_t work_ms; /* how long its receiver may work on it */
	const struct request_ops *ops;
	struct account *account; /* charged for attempts; may be NULL */
	uint64_t *counter; /* counters beside the totals; may be NULL */
	struct chan_addr addr;
	uint8_t mad[WIRE_MAD_BYTES]; /* the TID is ours */
};

int requests_init(struct proxy_core *core);
void requests_fini(struct proxy_core *core);
/* Reserves memory for more requests at a time. 0 or -ENOMEM. */
int requests_reserve(struct proxy_core *core, size_t more);
void requests_unreserve(struct proxy_core *core, size_t less);
/* The number of requests on the wire. */
size_t requests_live(const struct proxy_core *core);

/* False: the account's next request waits, because others send and its window is full. */
bool requests_have_room(const struct proxy_core *core, struct account *a, struct mono_ms now);

/*
 * Sets time-out and retries, with as many attempts as REQUEST_ATTEMPT_MIN_MS allows in the owner's total time:
 * 1 ms and 255 retries, 256 ms in total, become two attempts.
 */
void request_set_patience(struct request *r, uint32_t timeout_ms, uint8_t retries);
/* Charges the request to its account until its end. Not for a request whose waiters are charged. */
void request_charge(struct request *r);
/*
 * From now on attempts are charged to a (NULL: to nobody), and wait in its line. Not for a table, nor for a request
 * that is charged itself. While the request waits in a line, a must not be NULL.
 */
void request_charge_to(struct proxy_core *core, struct request *r, struct account *a);
/* Sends the request with a new id, or puts it into a queue of its account. */
void request_start(struct proxy_core *core, struct request *r);
/* The owner does not wait any more. True: the request has expired; false: it costs nothing and was ended. */
bool request_abandon(struct proxy_core *core, struct request *r);
/* Like request_abandon(), before the memory is freed: the account is charged without the request. */
void request_leave(struct proxy_core *core, struct request *r);
/* The request is a transfer from now on, or a segment was sent or received; the next is due within `ms`. */
void request_continue(struct proxy_core *core, struct request *r, uint64_t ms);
/* One of its own segments is sent: the receiver may work from now on. */
void request_gives_work(struct proxy_core *core, struct request *r);
/* Starts waiting tables as far as the limit allows. */
void request_next_tables(struct proxy_core *core, struct account *a);
/* Ends the request without a callback. */
void request_end(struct proxy_core *core, struct request *r);

/* Its id on the wire, once it was sent. */
static inline uint32_t request_tid(const struct request *r)
{
	return (uint32_t)wire_mad_tid(r->mad);
}

/* Counts what an account sends as young, and notices whether others send as well. */
void request_count_sent(struct proxy_core *core, struct account *a);
/* Sends a MAD that gets no answer, with an unused id, or with its own TID if `own_tid`. */
void request_send_once(struct proxy_core *core, uint64_t *counter, unsigned int port,
		       const struct chan_addr *addr, uint8_t *mad, bool own_tid);

/* A response that a port read. */
void requests_answer(struct proxy_core *core, const struct proxy_port_mad *in);
/* A send that the port returned with a status. */
void requests_returned(struct proxy_core *core, const struct proxy_port_mad *in);

void request_check(const struct proxy_core *core, const struct request *r);
