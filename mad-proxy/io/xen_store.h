/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xenstore for the main loop. libxenstore's calls block for as long as xenstored likes, so one
 * thread makes them all; it and the main loop exchange messages. A xenstored that is slow, stands
 * still or dies never makes the gateway wait: it is written down, and connected to anew.
 *
 * Requests are carried out one after the other, in the order in which they were sent. Watches are
 * coalesced: however often one fires before the main loop hears of it, it hears once; one that
 * fires more than IO_STORE_FLOOD times in a second is not watched for the next one (XSA-349). So
 * both directions' queues are bounded by the number of watches and of requests under way.
 *
 * All functions are for the main loop's thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mad-proxy/io/xen_request.h"

#define IO_STORE_FLOOD 128
#define IO_STORE_REQUESTS_MAX 4096 /* under way; more are refused with -EAGAIN */

struct io_store;
struct io_store_watch;

struct io_store_ops {
	/* Connected (again): watches fire, all else must be asked anew. */
	void (*connected)(void *ctx);
	/* xenstored is gone: requests fail with -ENOTCONN until it is back. */
	void (*lost)(void *ctx);
};

/* Whether this is a Xen domain, so that there should be a xenstored. */
bool io_store_is_here(void);

/* Starts the thread, which connects as soon as it can. */
struct io_store *io_store_new(const struct io_store_ops *ops, void *ctx);

/*
 * Ends the thread when it has carried out what was sent, or leaves it behind after two seconds.
 * Nothing is called back any more.
 */
void io_store_free(struct io_store *store);

bool io_store_connected(const struct io_store *store);

/* Sends it; done() is always called, later. */
void io_store_send(struct io_store *store, struct io_store_request *request);

/* What is sent and not answered. */
unsigned int io_store_under_way(const struct io_store *store);

struct io_store_watch_params {
	void (*fired)(void *ctx);
	/* Too often: it will fire once more when it is watched again. NULL: there is no such thing. */
	void (*flooded)(void *ctx);
	/* Called by the thread: whether this path is of interest. NULL: all are. */
	bool (*wanted)(const char *path);
	void *ctx;
};

/*
 * Watches a path; fires soon, as xenstore's watches do. If xenstored does not allow it that is
 * written down once, and it never fires.
 */
struct io_store_watch *io_store_watch_new(struct io_store *store,
					  const struct io_store_watch_params *params,
					  const char *path);

/* NULL is fine. */
void io_store_watch_free(struct io_store_watch *watch);
