/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A libxenstore without a xenstored, linked instead of the real one: a tree in memory, with transactions
 * and watches, that a test reads, writes, breaks and stops. Any thread may use it; the test's own calls act
 * as another domain and may conflict with the client's transactions.
 */
#pragma once

#include <stdbool.h>

/* Empty except for domain 0's directory; disconnects clients. */
void fake_xenstore_reset(void);

/* As a guest or the toolstack, with absolute paths. value NULL: removes the node and all below. */
void fake_xenstore_set(const char *path, const char *value);
/* The value, "" for a directory; NULL: no such node. To be freed with g_free(). */
char *fake_xenstore_get(const char *path);
/* "n0 r3" */
char *fake_xenstore_perms(const char *path);
/* Number of nodes at this path and below. */
unsigned int fake_xenstore_nodes(const char *path);
/* "@introduceDomain", "@releaseDomain" */
void fake_xenstore_fire(const char *special);

/*
 * From now on the client is this domain, not 0: its home exists and is its own, and xenstored's permissions
 * apply (store_tree.h).
 */
void fake_xenstore_be(unsigned int domid);
/* Of an existing node or "@releaseDomain". reader == owner: only the owner. */
void fake_xenstore_chmod(const char *path, unsigned int owner, unsigned int reader);

/* The next `transactions` transactions end in EAGAIN. */
void fake_xenstore_disturb(unsigned int transactions);
/* Simulates constant writes there: transactions that touch it, or nodes below, end in EAGAIN. */
void fake_xenstore_contend(const char *path);
/* Every read and new watch of this path fails with `error`; 0: no longer. */
void fake_xenstore_break(const char *path, int error);
/* Stops xenstored: calls block until it continues. */
void fake_xenstore_stop(bool stopped);
/* Kills xenstored: handles are dead; while it is away connecting fails. */
void fake_xenstore_die(void);
void fake_xenstore_away(bool away);

/* Number of calls, and of events not yet fetched. */
unsigned int fake_xenstore_calls(void);
unsigned int fake_xenstore_events(void);
/* Watches that are registered now. */
unsigned int fake_xenstore_watches(void);
