/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/store_watch.h"

#include <errno.h>
#include <string.h>

struct watch {
	char *path; /* absolute, or special */
	char *given; /* as the client named it */
	char *token;
};

static void watch_free(gpointer data)
{
	struct watch *w = data;

	g_free(w->path);
	g_free(w->given);
	g_free(w->token);
	g_free(w);
}

void store_event_free(struct store_event *e)
{
	g_free(e->path);
	g_free(e->token);
	g_free(e);
}

void store_watches_init(struct store_watches *s, void (*news)(void))
{
	*s = (struct store_watches){.news = news};
	s->watch = g_ptr_array_new_with_free_func(watch_free);
	TAILQ_INIT(&s->events);
}

void store_watches_clear(struct store_watches *s)
{
	struct store_event *e;

	g_ptr_array_set_size(s->watch, 0);
	while ((e = store_event_take(s)))
		store_event_free(e);
}

void store_watches_fini(struct store_watches *s)
{
	store_watches_clear(s);
	g_clear_pointer(&s->watch, g_ptr_array_unref);
}

static void post(struct store_watches *s, const struct watch *w, const char *path)
{
	struct store_event *e = g_new0(struct store_event, 1);

	e->path = g_strdup(path);
	e->token = g_strdup(w->token);
	TAILQ_INSERT_TAIL(&s->events, e, next);
	s->event_count++;
	s->news();
}

void store_watch_add(struct store_watches *s, const char *path, const char *given,
		     const char *token)
{
	struct watch *w = g_new0(struct watch, 1);

	w->path = g_strdup(path);
	w->given = g_strdup(given);
	w->token = g_strdup(token);
	g_ptr_array_add(s->watch, w);
	post(s, w, path);
}

void store_watch_remove(struct store_watches *s, const char *given, const char *token)
{
	struct store_event *e, *next;

	for (guint i = 0; i < s->watch->len; i++) {
		const struct watch *w = g_ptr_array_index(s->watch, i);

		if (strcmp(w->given, given) == 0 && strcmp(w->token, token) == 0) {
			g_ptr_array_remove_index(s->watch, i);
			break;
		}
	}
	for (e = TAILQ_FIRST(&s->events); e; e = next) {
		next = TAILQ_NEXT(e, next);
		if (strcmp(e->token, token) != 0)
			continue;
		TAILQ_REMOVE(&s->events, e, next);
		s->event_count--;
		store_event_free(e);
	}
}

void store_watches_fire(struct store_watches *s, const char *path, bool removed, GTree *t,
			unsigned int domid)
{
	for (guint i = 0; i < s->watch->len; i++) {
		const struct watch *w = g_ptr_array_index(s->watch, i);
		const char *tells = NULL;

		if (store_path_is_below(path, w->path))
			tells = path;
		else if (removed && store_path_is_below(w->path, path))
			tells = w->path;
		if (tells && store_tree_may_read(t, tells, domid) != EACCES)
			post(s, w, tells);
	}
}

struct store_event *store_event_take(struct store_watches *s)
{
	struct store_event *e = TAILQ_FIRST(&s->events);

	if (!e)
		return NULL;
	TAILQ_REMOVE(&s->events, e, next);
	s->event_count--;
	return e;
}
