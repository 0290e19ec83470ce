/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The xenstored in memory, for both sides: the test's (fake_xenstore.c) and libxenstore's. */
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
	GMutex lock; /* protects all others */
	GTree *tree;
	guint64 generation; /* of the tree: number of changes */
	struct store_watches watches;
	struct xs_handle *client; /* NULL: no client is connected */
	unsigned int client_id; /* its domain */
	unsigned int calls;

	/* The current transaction: one client, so one at a time. */
	GTree *scratch;
	GPtrArray *changed; /* paths; prefix '-': removed, '+': others */
	guint64 started_at; /* generation */
	bool must_conflict; /* it touched `contended` */

	/* Faults set by the test. */
	unsigned int disturb; /* transactions */
	char *contended; /* simulated constant writes below this path */
	GHashTable *broken; /* errno of paths */
	bool stopped, away;
	GCond moved; /* no longer stopped */
};

extern struct fake_xenstored xenstored;

/* Locked. Called before a removal, because the permissions of the node count. */
void fake_xenstored_fire(const char *path, bool removed);
