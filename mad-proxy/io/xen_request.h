/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A request to xenstore: a list of operations, carried out together or not at all. The main loop makes it,
 * the thread of xen_store.c carries it out, and done() reads the results on the main loop.
 *
 * Ownership: io_store_send() takes the request and frees it after done(). A caller that ends before calls
 * io_store_request_cancel(): the request is still carried out, and done() is not called.
 *
 * Values that guests can write are read with a length limit. A guest can make a transaction that uses nodes of
 * its own fail without end (EAGAIN), so requests that must succeed do not use such nodes.
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
	IO_STORE_READ_TRUSTED, /* READ, but EPERM if domain op.reader may write the node */
	IO_STORE_LIST, /* names of the children */
	IO_STORE_WRITE,
	IO_STORE_REMOVE, /* with everything below; a missing node is not an error */
	IO_STORE_REMOVE_IF, /* REMOVE if the value of child op.child is op.value */
	IO_STORE_PRUNE, /* REMOVE if the node has no children; failure for lack of permission is ignored */
	IO_STORE_PERMS, /* owner op.owner, readable by op.reader only */
	IO_STORE_NEED, /* the request fails with -ENOENT if the node does not exist */
	IO_STORE_REFUSE, /* the request fails with -EEXIST if the node exists */
	/* REFUSE if child op.child names an existing node other than op.value */
	IO_STORE_REFUSE_OTHER,
};

struct io_store_op {
	enum io_store_op_kind kind;
	char *path;
	/* WRITE, REMOVE_IF, REFUSE_OTHER: input. READ: the first bytes of the value; NULL: see err */
	char *value;
	unsigned int len; /* READ: the length of the whole value */
	int err; /* READ, LIST: positive errno: ENOENT, EACCES, E2BIG, EPERM; else the request has failed */
	char **children; /* LIST: NULL: see err */
	const char *child; /* REMOVE_IF, REFUSE_OTHER: static */
	uint32_t owner, reader; /* PERMS; READ_TRUSTED: reader */
};

struct io_store_request {
	GArray *ops; /* struct io_store_op */
	bool alone; /* not a transaction; NEED and REFUSE still skip later operations */
	int error; /* 0, or -errno: nothing was done (with `alone`: the first failure) */
	void (*done)(struct io_store_request *request); /* may be NULL */
	void *ctx;
	uint32_t tag; /* for the caller */
	TAILQ_ENTRY(io_store_request) next;
};

struct io_store_request *io_store_request_new(void (*done)(struct io_store_request *request),
					      void *ctx);
void io_store_request_free(struct io_store_request *request);
void io_store_request_cancel(struct io_store_request *request);

/* Adds an operation. The caller sets value (owned), owner and reader; valid until the next call. */
struct io_store_op *io_store_add(struct io_store_request *r, enum io_store_op_kind kind,
				 const char *path, ...) G_GNUC_PRINTF(3, 4);

/*
 * The value that was read, as a text of at most IO_STORE_VALUE_MAX bytes; NULL if there is none or it
 * is not text.
 */
const char *io_store_text(const struct io_store_request *r, guint n);

/* The number that a word is, strictly as "%u" prints it. False: it is none up to max. */
bool io_xen_number(const char *word, uint32_t max, uint32_t *ret);

/* Operation n, in the order in which they were added. */
struct io_store_op *io_store_op(const struct io_store_request *r, guint n);

/*
 * Carries out the request and sets `error`. Blocks while xenstored does not answer; for the thread. Calls
 * before_call before each operation, so that a blocked one can be detected.
 */
void io_store_request_run(struct io_store_request *r, struct xs_handle *xs,
			  void (*before_call)(void *ctx), void *ctx);
