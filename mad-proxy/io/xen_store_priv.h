/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Declarations shared by the two sides of xen_store.h. In struct io_store, `lock` guards the fields below it;
 * only the thread uses `xs` and `by_token`; only the main loop uses the rest. The main loop owns a watch until
 * io_store_watch_free(), which passes it to the thread to be freed.
 */
#pragma once

#include "base/mono.h"
#include "mad-proxy/io/xen_store.h"

TAILQ_HEAD(request_list, io_store_request);
TAILQ_HEAD(watch_list, io_store_watch);

struct io_store_watch {
	struct io_store *store;
	char *path;
	char token[12];
	struct io_store_watch_params params;
	/* guarded by the lock */
	bool in_news, in_todo, removed, flooded;
	int refusal; /* errno of xenstored's refusal, not reported to the main loop yet */
	TAILQ_ENTRY(io_store_watch) next_news;
	TAILQ_ENTRY(io_store_watch) next_todo;
	/* the thread's */
	bool registered, refused;
	unsigned int count; /* of events since span_start */
	struct mono_ms span_start;
	struct mono_ms parked_until; /* ms 0: it is not */
};

struct io_store {
	struct io_store_ops ops;
	void *ctx;
	GThread *thread;
	guint news_source, slow_timer;
	unsigned int under_way;
	unsigned int next_token;
	bool is_connected; /* as reported to the main loop */
	bool reported_slow;
	int to_thread, to_main; /* eventfds */

	GMutex lock;
	struct request_list requests, answered;
	struct watch_list news, todo; /* for the main loop; for the thread */
	bool link_news, link_up; /* connected or lost, not reported to the main loop yet */
	bool stop, stopped;
	struct mono_ms busy_since; /* it waits for xenstored since then; ms 0: it does not */

	struct xs_handle *xs;
	GHashTable *by_token;
};

/* The thread; data is the struct io_store. */
gpointer io_store_thread(gpointer data);

void io_store_watch_destroy(struct io_store_watch *w);
