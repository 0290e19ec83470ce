/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The xenstored in memory, for its two sides: the test's (fake_xenstore.c) and libxenstore's. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "tests/unit/store_tree.h"
#include "tests/unit/store_watch.h"

struct xs_handle {
	int fd;
	bool dead;
};

struct fake_xenstored {
	GMutex lock; /* of all the others */
	GTree *tree;
	guint64 generation; /* of the tree: each change counts */
	struct store_watches watches;
	struct xs_handle *client; /* NULL: nobody is connected */
	unsigned int client_id; /* its domain */
	unsigned int calls;

	/* The transaction under way: one client, so one at a time. */
	GTree *scratch;
	GPtrArray *changed; /* paths, after a '-' those that it removed, after a '+' the others */
	guint64 started_at; /* generation */
	bool must_conflict; /* it met `contended` */

	/* What the test wants to go wrong. */
	unsigned int disturb; /* transactions */
	char *contended; /* who writes there, does so all the time */
	GHashTable *broken; /* errno of paths */
	bool stopped, away;
	GCond moved; /* not stopped any more */
};

extern struct fake_xenstored xenstored;

/* Locked. What is removed is told before it is, as what one could read counts. */
void fake_xenstored_fire(const char *path, bool removed);
