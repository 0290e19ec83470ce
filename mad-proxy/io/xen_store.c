/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The main loop's side; xen_store_priv.h describes ownership. */
#include <errno.h>
#include <glib-unix.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/journal.h"
#include "mad-proxy/io/xen_store_priv.h"

#define SLOW_MS 3000 /* a longer call is logged */
#define FREE_WAIT_MS 2000

static void wake_thread(struct io_store *store)
{
	eventfd_write(store->to_thread, 1);
}

static void handle_link(struct io_store *store)
{
	bool news, up;

	g_mutex_lock(&store->lock);
	news = store->link_news;
	up = store->link_up;
	store->link_news = false;
	g_mutex_unlock(&store->lock);
	if (!news)
		return;
	/* the connection was lost and restored before this ran: treat it as lost */
	if (store->is_connected) {
		io_journal_note(LOG_ERR, "xenstored is gone; devices of domains stay as they are; "
					 "ibgated tries to reconnect");
		store->is_connected = false;
		store->ops.lost(store->ctx);
	}
	if (up) {
		io_journal_note(LOG_INFO, "connected to xenstored");
		store->is_connected = true;
		store->ops.connected(store->ctx);
	}
}

static void handle_answers(struct io_store *store)
{
	struct request_list answered = TAILQ_HEAD_INITIALIZER(answered);
	struct io_store_request *r;

	g_mutex_lock(&store->lock);
	TAILQ_CONCAT(&answered, &store->answered, next);
	g_mutex_unlock(&store->lock);
	while ((r = TAILQ_FIRST(&answered))) {
		TAILQ_REMOVE(&answered, r, next);
		store->under_way--;
		if (r->done)
			r->done(r);
		io_store_request_free(r);
	}
}

static void watch_refused(const struct io_store_watch *w, int error)
{
	io_journal_note(LOG_NOTICE, "xenstored refuses to watch %s: %s", w->path,
			g_strerror(error));
}

static void handle_watches(struct io_store *store)
{
	for (;;) {
		struct io_store_watch_params params = {0};
		struct io_store_watch *w;
		bool flooded = false;
		int refusal = 0;

		g_mutex_lock(&store->lock);
		w = TAILQ_FIRST(&store->news);
		if (w) {
			TAILQ_REMOVE(&store->news, w, next_news);
			params = w->params;
			flooded = w->flooded;
			refusal = w->refusal;
			w->in_news = w->flooded = false;
			w->refusal = 0;
		}
		g_mutex_unlock(&store->lock);
		if (!w)
			return;
		if (refusal)
			watch_refused(w, refusal);
		else if (flooded && params.flooded)
			params.flooded(params.ctx);
		else
			params.fired(params.ctx);
	}
}

static gboolean handle_thread(gint fd, GIOCondition condition, gpointer data)
{
	struct io_store *store = data;
	eventfd_t ignored;

	eventfd_read(fd, &ignored);
	handle_link(store);
	handle_answers(store);
	handle_watches(store);
	return G_SOURCE_CONTINUE;
}

/* Only logs; requests continue to wait. */
static gboolean check_slowness(gpointer data)
{
	struct io_store *store = data;
	struct mono_ms since, now = io_clock_now();
	bool slow;

	g_mutex_lock(&store->lock);
	since = store->busy_since;
	g_mutex_unlock(&store->lock);
	slow = since.ms && mono_until(since, now) >= SLOW_MS;
	if (slow && !store->reported_slow)
		io_journal_note(LOG_WARNING,
				"xenstored has not answered for %u s; devices cannot be made or "
				"removed until "
				"it does; connected ones are served",
				(unsigned int)(mono_until(since, now) / 1000));
	if (!slow && store->reported_slow)
		io_journal_note(LOG_INFO, "xenstored answers again");
	store->reported_slow = slow;
	return G_SOURCE_CONTINUE;
}

void io_store_watch_destroy(struct io_store_watch *w)
{
	g_free(w->path);
	g_free(w);
}

struct io_store *io_store_new(const struct io_store_ops *ops, void *ctx)
{
	struct io_store *store = g_new0(struct io_store, 1);

	store->ops = *ops;
	store->ctx = ctx;
	g_mutex_init(&store->lock);
	TAILQ_INIT(&store->requests);
	TAILQ_INIT(&store->answered);
	TAILQ_INIT(&store->news);
	TAILQ_INIT(&store->todo);
	store->by_token = g_hash_table_new(g_str_hash, g_str_equal);
	store->to_thread = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	store->to_main = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	store->news_source = g_unix_fd_add(store->to_main, G_IO_IN, handle_thread, store);
	store->slow_timer = g_timeout_add_seconds(1, check_slowness, store);
	store->thread = g_thread_new("xenstore", io_store_thread, store);
	return store;
}

bool io_store_connected(const struct io_store *store)
{
	return store->is_connected;
}

unsigned int io_store_under_way(const struct io_store *store)
{
	return store->under_way;
}

void io_store_send(struct io_store *store, struct io_store_request *request)
{
	bool full = store->under_way >= IO_STORE_REQUESTS_MAX;

	store->under_way++;
	g_mutex_lock(&store->lock);
	if (full) {
		request->error = -EAGAIN;
		TAILQ_INSERT_TAIL(&store->answered, request, next);
	} else {
		TAILQ_INSERT_TAIL(&store->requests, request, next);
	}
	g_mutex_unlock(&store->lock);
	if (full)
		eventfd_write(store->to_main, 1);
	else
		wake_thread(store);
}

/* Lock held. */
static void watch_to_thread(struct io_store_watch *w)
{
	if (!w->in_todo)
		TAILQ_INSERT_TAIL(&w->store->todo, w, next_todo);
	w->in_todo = true;
}

struct io_store_watch *io_store_watch_new(struct io_store *store,
					  const struct io_store_watch_params *params,
					  const char *path)
{
	struct io_store_watch *w = g_new0(struct io_store_watch, 1);

	w->store = store;
	w->path = g_strdup(path);
	w->params = *params;
	g_snprintf(w->token, sizeof(w->token), "%u", store->next_token++);
	g_mutex_lock(&store->lock);
	watch_to_thread(w);
	g_mutex_unlock(&store->lock);
	wake_thread(store);
	return w;
}

void io_store_watch_free(struct io_store_watch *watch)
{
	struct io_store *store;

	if (!watch)
		return;
	store = watch->store;
	g_mutex_lock(&store->lock);
	watch->removed = true;
	if (watch->in_news)
		TAILQ_REMOVE(&store->news, watch, next_news);
	watch->in_news = false;
	watch_to_thread(watch);
	g_mutex_unlock(&store->lock);
	wake_thread(store);
}

static bool thread_ended(struct io_store *store)
{
	bool stopped;

	g_mutex_lock(&store->lock);
	stopped = store->stopped;
	g_mutex_unlock(&store->lock);
	return stopped;
}

static void free_requests(struct request_list *list)
{
	struct io_store_request *r;

	while ((r = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, r, next);
		io_store_request_free(r);
	}
}

void io_store_free(struct io_store *store)
{
	struct io_store_watch *w;
	GHashTableIter iter;
	gpointer value;

	g_source_remove(store->news_source);
	g_source_remove(store->slow_timer);
	g_mutex_lock(&store->lock);
	store->stop = true;
	g_mutex_unlock(&store->lock);
	wake_thread(store);
	for (unsigned int i = 0; i < FREE_WAIT_MS && !thread_ended(store); i++)
		g_usleep(1000);
	if (!thread_ended(store))
		return; /* the thread waits for xenstored: it ends with the process */
	g_thread_join(store->thread);
	free_requests(&store->requests);
	free_requests(&store->answered);
	while ((w = TAILQ_FIRST(&store->todo))) {
		TAILQ_REMOVE(&store->todo, w, next_todo);
		g_hash_table_insert(store->by_token, w->token, w);
	}
	g_hash_table_iter_init(&iter, store->by_token);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		g_hash_table_iter_steal(&iter);
		io_store_watch_destroy(value);
	}
	g_hash_table_unref(store->by_token);
	close(store->to_thread);
	close(store->to_main);
	g_mutex_clear(&store->lock);
	g_free(store);
}
