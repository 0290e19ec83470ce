/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is asked of xenstore at one go: a list of operations, carried out together or not at all.
 * Built on the main loop, carried out by xen_store.c's thread, read by done() on the main loop.
 *
 * Ownership: io_store_send() takes the request; it is freed after done(). Who goes away before
 * calls io_store_request_cancel(): what was asked still happens, nobody hears of it.
 *
 * What guests can write is read with a bound. A transaction over nodes that a guest can write may
 * be made to fail for ever (EAGAIN), so what must succeed keeps away from them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct xs_handle;

#define IO_STORE_VALUE_MAX 64 /* bytes of a value that are kept */

enum io_store_op_kind {
	IO_STORE_READ,
	IO_STORE_READ_TOLD, /* the same; EPERM: domain op.reader may write there itself */
	IO_STORE_LIST, /* names of the children */
	IO_STORE_WRITE,
	IO_STORE_REMOVE, /* and all below; a node that is not there is fine */
	IO_STORE_REMOVE_IF, /* the same if its child op.child says op.value */
	IO_STORE_PRUNE, /* the same if nothing is below it; one that is not ours stays */
	IO_STORE_PERMS, /* owned by op.owner, may be read by op.reader, by nobody else */
	IO_STORE_NEED, /* -ENOENT for the whole request unless the node is there */
	IO_STORE_REFUSE, /* -EEXIST for the whole request if it is */
	/* the same if its child op.child names another node than op.value, and that is there */
	IO_STORE_REFUSE_OTHER,
};

struct io_store_op {
	enum io_store_op_kind kind;
	char *path;
	/* WRITE, REMOVE_IF, REFUSE_OTHER: given. READ: the first bytes of what is there; NULL: see err */
	char *value;
	unsigned int len; /* READ: all that is there, more than is kept when it is too long */
	int err; /* READ, LIST: positive errno: ENOENT, EACCES, E2BIG, EPERM; else the request has failed */
	char **children; /* LIST: NULL: see err */
	const char *child; /* REMOVE_IF, REFUSE_OTHER: static */
	uint32_t owner, reader; /* PERMS; READ_TOLD: reader */
};

struct io_store_request {
	GArray *ops; /* struct io_store_op */
	bool alone; /* each operation for itself; NEED and REFUSE still stop what follows */
	int error; /* 0, or -errno: nothing was done (of `alone`: the first that failed) */
	void (*done)(struct io_store_request *request); /* NULL: nobody cares */
	void *ctx;
	uint32_t tag; /* the asker's own */
	TAILQ_ENTRY(io_store_request) next;
};

struct io_store_request *io_store_request_new(void (*done)(struct io_store_request *request),
					      void *ctx);
void io_store_request_free(struct io_store_request *request);
void io_store_request_cancel(struct io_store_request *request);

/* Adds one. The caller sets value (owned), owner and reader; stays put until the next is added. */
struct io_store_op *io_store_add(struct io_store_request *r, enum io_store_op_kind kind,
				 const char *path, ...) G_GNUC_PRINTF(3, 4);

/*
 * What was read there as a text of at most IO_STORE_VALUE_MAX bytes; NULL when there is none, or it
 * is no text.
 */
const char *io_store_text(const struct io_store_request *r, guint n);

/* Operation n, in the order in which they were added. */
struct io_store_op *io_store_op(const struct io_store_request *r, guint n);

/*
 * Carries it out and sets `error`. Blocks as xenstored does: for the thread. before_call is called
 * before each operation, so that one sees which waits.
 */
void io_store_request_run(struct io_store_request *r, struct xs_handle *xs,
			  void (*before_call)(void *ctx), void *ctx);
