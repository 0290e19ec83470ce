/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xenstore for the main loop. libxenstore's calls block until xenstored answers, so one thread makes
 * them all and exchanges messages with the main loop. If xenstored is slow, hangs or ends, the gateway does not
 * block: the journal says so, and the thread connects again.
 *
 * Requests are carried out one after the other, in the order in which they were sent. Watches are
 * coalesced: a watch that fires several times before the main loop runs is reported once. One that
 * fires more than IO_STORE_FLOOD times in a second is not watched for the next second (XSA-349). So
 * the number of watches and of outstanding requests limits the queues in both directions.
 *
 * Only the main loop's thread may call these functions.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mad-proxy/io/xen_request.h"

#define IO_STORE_FLOOD 128
#define IO_STORE_REQUESTS_MAX 4096 /* outstanding; more are refused with -EAGAIN */

struct io_store;
struct io_store_watch;

struct io_store_ops {
	/* Connected (again): watches fire; the caller must repeat its requests. */
	void (*connected)(void *ctx);
	/* xenstored is gone: requests fail with -ENOTCONN until it is back. */
	void (*lost)(void *ctx);
};

/* Whether this is a Xen domain, where a xenstored is expected. */
bool io_store_is_here(void);

/* Starts the thread, which connects as soon as it can. */
struct io_store *io_store_new(const struct io_store_ops *ops, void *ctx);

/*
 * Ends the thread when it has carried out all requests, or abandons it after two seconds. There are no
 * callbacks any more.
 */
void io_store_free(struct io_store *store);

bool io_store_connected(const struct io_store *store);

/* Sends it; done() is always called, later. */
void io_store_send(struct io_store *store, struct io_store_request *request);

/* The number of outstanding requests. */
unsigned int io_store_under_way(const struct io_store *store);

struct io_store_watch_params {
	void (*fired)(void *ctx);
	/* It fired too often; it will fire once when it is watched again. May be NULL. */
	void (*flooded)(void *ctx);
	/* Called by the thread: whether to report this path. NULL: all. */
	bool (*wanted)(const char *path);
	void *ctx;
};

/*
 * Watches a path; fires soon, as xenstore's watches do. If xenstored refuses it, the journal says so once, and
 * the watch never fires.
 */
struct io_store_watch *io_store_watch_new(struct io_store *store,
					  const struct io_store_watch_params *params,
					  const char *path);

/* NULL is fine. */
void io_store_watch_free(struct io_store_watch *watch);
