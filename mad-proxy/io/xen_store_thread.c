/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The thread that talks to xenstored (xen_store.h). Of the main loop's data it uses only what the lock
 * guards.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <xenstore.h>

#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/xen_store_priv.h"

#define RECONNECT_MS 500
#define FLOOD_SPAN_MS 1000

static void wake_main(struct io_store *store)
{
	eventfd_write(store->to_main, 1);
}

static void set_busy(struct io_store *store, bool busy)
{
	g_mutex_lock(&store->lock);
	if (!busy)
		store->busy_since = (struct mono_ms){0};
	else if (!store->busy_since.ms)
		store->busy_since = io_clock_now();
	g_mutex_unlock(&store->lock);
}

/* xenstored answered a call: restarts the time of the next one. */
static void busy_anew(void *ctx)
{
	set_busy(ctx, false);
	set_busy(ctx, true);
}

static void set_link(struct io_store *store, bool up)
{
	g_mutex_lock(&store->lock);
	store->link_news = true;
	store->link_up = up;
	g_mutex_unlock(&store->lock);
	wake_main(store);
}

static void watch_news(struct io_store_watch *w, bool flooded, int refusal)
{
	struct io_store *store = w->store;

	g_mutex_lock(&store->lock);
	w->flooded |= flooded;
	w->refusal = refusal;
	if (!w->in_news && !w->removed) {
		w->in_news = true;
		TAILQ_INSERT_TAIL(&store->news, w, next_news);
		wake_main(store);
	}
	g_mutex_unlock(&store->lock);
}

/* Whether the connection is lost, after such an error or when the watch pipe is empty. */
static bool is_lost(int error)
{
	return error == EBADF || error == EPIPE || error == EIO || error == ECONNRESET ||
	       error == ENOTCONN || error == ESHUTDOWN;
}

static void disconnect(struct io_store *store)
{
	GHashTableIter iter;
	gpointer value;

	if (!store->xs)
		return;
	xs_close(store->xs);
	store->xs = NULL;
	g_hash_table_iter_init(&iter, store->by_token);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		((struct io_store_watch *)value)->registered = false;
	set_link(store, false);
}

static void watch_register(struct io_store_watch *w)
{
	struct io_store *store = w->store;

	if (!store->xs || w->registered || w->refused)
		return;
	w->parked_until = (struct mono_ms){0};
	w->span_start = io_clock_now();
	w->count = 0;
	if (xs_watch(store->xs, w->path, w->token)) {
		w->registered = true;
	} else if (is_lost(errno)) {
		disconnect(store);
	} else {
		w->refused = true;
		watch_news(w, false, errno);
	}
}

static void watch_unregister(struct io_store_watch *w)
{
	struct io_store *store = w->store;

	if (store->xs && w->registered && !xs_unwatch(store->xs, w->path, w->token) &&
	    is_lost(errno))
		disconnect(store);
	w->registered = false;
}

static void connect_store(struct io_store *store)
{
	GHashTableIter iter;
	gpointer value;

	store->xs = xs_open(XS_UNWATCH_FILTER);
	if (!store->xs)
		return;
	set_link(store, true);
	g_hash_table_iter_init(&iter, store->by_token);
	while (store->xs && g_hash_table_iter_next(&iter, NULL, &value)) {
		((struct io_store_watch *)value)->refused = false;
		watch_register(value);
	}
}

/* A watch that fires more often than a well-behaved guest needs: suspended for a while. */
static void watch_park(struct io_store_watch *w)
{
	watch_unregister(w);
	w->parked_until = mono_add(io_clock_now(), FLOOD_SPAN_MS);
	watch_news(w, true, 0);
}

static void watch_event(struct io_store_watch *w, const char *path)
{
	struct mono_ms now = io_clock_now();

	if (!w->registered || (w->params.wanted && !w->params.wanted(path)))
		return;
	watch_news(w, false, 0);
	if (mono_until(w->span_start, now) >= FLOOD_SPAN_MS) {
		w->span_start = now;
		w->count = 0;
	}
	if (++w->count > IO_STORE_FLOOD && w->params.flooded)
		watch_park(w);
}

/* Takes all pending events, so that the library's own list stays short. */
static void take_events(struct io_store *store)
{
	while (store->xs) {
		char **event = xs_check_watch(store->xs);
		struct io_store_watch *w;

		if (!event) {
			if (errno != EAGAIN)
				disconnect(store);
			return;
		}
		w = g_hash_table_lookup(store->by_token, event[XS_WATCH_TOKEN]);
		if (w)
			watch_event(w, event[XS_WATCH_PATH]);
		free(event);
	}
}

/* Sets new watches and removes those no longer wanted. */
static void take_todo(struct io_store *store)
{
	for (;;) {
		struct io_store_watch *w;
		bool removed;

		g_mutex_lock(&store->lock);
		w = TAILQ_FIRST(&store->todo);
		if (w) {
			TAILQ_REMOVE(&store->todo, w, next_todo);
			w->in_todo = false;
		}
		removed = w && w->removed;
		g_mutex_unlock(&store->lock);
		if (!w)
			return;
		if (!removed) {
			g_hash_table_insert(store->by_token, w->token, w);
			watch_register(w);
			continue;
		}
		watch_unregister(w);
		g_hash_table_remove(store->by_token, w->token);
		io_store_watch_destroy(w);
	}
}

/* Resumes suspended watches whose time has come. Returns ms until the next one's; -1: none. */
static int unpark(struct io_store *store)
{
	struct mono_ms now = io_clock_now();
	uint64_t next = G_MAXINT;
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, store->by_token);
	while (store->xs && g_hash_table_iter_next(&iter, NULL, &value)) {
		struct io_store_watch *w = value;

		if (w->registered || !w->parked_until.ms)
			continue;
		if (mono_before(now, w->parked_until))
			next = MIN(next, mono_until(now, w->parked_until));
		else
			watch_register(w);
	}
	return next == G_MAXINT ? -1 : (int)next;
}

static bool run_one(struct io_store *store)
{
	struct io_store_request *r;

	g_mutex_lock(&store->lock);
	r = TAILQ_FIRST(&store->requests);
	if (r)
		TAILQ_REMOVE(&store->requests, r, next);
	g_mutex_unlock(&store->lock);
	if (!r)
		return false;
	if (store->xs) {
		io_store_request_run(r, store->xs, busy_anew, store);
	} else {
		r->error = -ENOTCONN;
	}
	if (is_lost(-r->error) && store->xs) {
		r->error = -ENOTCONN;
		disconnect(store);
	}
	g_mutex_lock(&store->lock);
	TAILQ_INSERT_TAIL(&store->answered, r, next);
	g_mutex_unlock(&store->lock);
	wake_main(store);
	return true;
}

static bool should_stop(struct io_store *store)
{
	bool stop;

	g_mutex_lock(&store->lock);
	stop = store->stop && TAILQ_EMPTY(&store->requests);
	g_mutex_unlock(&store->lock);
	return stop;
}

static void wait_for_work(struct io_store *store, int timeout_ms)
{
	struct pollfd fds[] = {{.fd = store->to_thread, .events = POLLIN},
			       {.fd = store->xs ? xs_fileno(store->xs) : -1, .events = POLLIN}};
	eventfd_t ignored;

	if (!store->xs)
		timeout_ms = RECONNECT_MS; /* xenstored is busy as well */
	if (store->xs)
		set_busy(store, false);
	poll(fds, 2, timeout_ms);
	if (fds[0].revents)
		eventfd_read(store->to_thread, &ignored);
	set_busy(store, true);
}

gpointer io_store_thread(gpointer data)
{
	struct io_store *store = data;

	set_busy(store, true);
	while (!should_stop(store)) {
		int next;

		if (!store->xs)
			connect_store(store);
		do {
			take_events(store);
			take_todo(store);
		} while (run_one(store));
		next = unpark(store);
		if (should_stop(store))
			break;
		wait_for_work(store, next);
	}
	if (store->xs)
		xs_close(store->xs);
	g_mutex_lock(&store->lock);
	store->stopped = true;
	g_mutex_unlock(&store->lock);
	return NULL;
}
