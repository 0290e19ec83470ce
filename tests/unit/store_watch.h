/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The watches of fake_xenstore.c's one client, and the events not fetched yet. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "tests/unit/store_tree.h"

struct store_event {
	char *path;
	char *token;
	TAILQ_ENTRY(store_event) next;
};

struct store_watches {
	GPtrArray *watch;
	TAILQ_HEAD(store_event_list, store_event) events;
	unsigned int event_count;
	void (*news)(void); /* there is another event */
};

void store_watches_init(struct store_watches *s, void (*news)(void));
/* Removes both; the object stays usable. */
void store_watches_clear(struct store_watches *s);
void store_watches_fini(struct store_watches *s);

/* Fires once immediately. path: absolute, or special; given: as the client named it. */
void store_watch_add(struct store_watches *s, const char *path, const char *given,
		     const char *token);
/* With its events that were not fetched. */
void store_watch_remove(struct store_watches *s, const char *given, const char *token);

/*
 * A change at that path, or its removal with all below. xenstored notifies only domains that may read the
 * node (t, domid); "@releaseDomain" is a node here, too.
 */
void store_watches_fire(struct store_watches *s, const char *path, bool removed, GTree *t,
			unsigned int domid);

/* NULL: there is none. The caller frees it. */
struct store_event *store_event_take(struct store_watches *s);
void store_event_free(struct store_event *e);
