/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A libxenstore without a xenstored, linked in place of the real one: a tree in memory, with
 * transactions and watches, that a test reads, writes, breaks and holds up. May be used from any
 * thread; a test's own calls are those of another domain, whose transactions' victims we are.
 */
#pragma once

#include <stdbool.h>

/* Empty, but for domain 0's directory; connected clients are cut off. */
void fake_xenstore_reset(void);

/* As a guest or the toolstack. Paths are absolute. value NULL: removed, with all below. */
void fake_xenstore_set(const char *path, const char *value);
/* What is there, "" for a directory; NULL: nothing. To be freed with g_free(). */
char *fake_xenstore_get(const char *path);
/* "n0 r3" */
char *fake_xenstore_perms(const char *path);
/* How many nodes are at this path and below. */
unsigned int fake_xenstore_nodes(const char *path);
/* "@introduceDomain", "@releaseDomain" */
void fake_xenstore_fire(const char *special);

/*
 * The client is this domain from now on, and not 0: its home is there and its own to read, and
 * what it may not is refused as by xenstored (store_tree.h).
 */
void fake_xenstore_be(unsigned int domid);
/* Of a node that is there, "@releaseDomain" as well. reader == owner: nobody else may. */
void fake_xenstore_chmod(const char *path, unsigned int owner, unsigned int reader);

/* The next so many transactions end in EAGAIN. */
void fake_xenstore_disturb(unsigned int transactions);
/* Somebody writes there all the time: transactions that touch it, or what is below, end so. */
void fake_xenstore_contend(const char *path);
/* Every read and every new watch of this path fails so. errno 0: not any more. */
void fake_xenstore_break(const char *path, int error);
/* xenstored stands still: calls wait until it does not. */
void fake_xenstore_stop(bool stopped);
/* xenstored dies: handles are useless; while it is away it cannot be connected to. */
void fake_xenstore_die(void);
void fake_xenstore_away(bool away);

/* Calls that were made, and events that nobody has fetched yet. */
unsigned int fake_xenstore_calls(void);
unsigned int fake_xenstore_events(void);
/* Watches that are registered now. */
unsigned int fake_xenstore_watches(void);
