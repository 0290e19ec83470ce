/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/xen_request.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "channel/xenbus_back.h"

#define CHILDREN_MAX 4096

static void op_clear(gpointer data)
{
	struct io_store_op *op = data;

	g_free(op->path);
	g_free(op->value);
	g_strfreev(op->children);
}

struct io_store_request *io_store_request_new(void (*done)(struct io_store_request *request),
					      void *ctx)
{
	struct io_store_request *r = g_new0(struct io_store_request, 1);

	r->ops = g_array_new(FALSE, TRUE, sizeof(struct io_store_op));
	g_array_set_clear_func(r->ops, op_clear);
	r->done = done;
	r->ctx = ctx;
	return r;
}

void io_store_request_free(struct io_store_request *request)
{
	g_array_unref(request->ops);
	g_free(request);
}

void io_store_request_cancel(struct io_store_request *request)
{
	if (request)
		request->done = NULL;
}

struct io_store_op *io_store_add(struct io_store_request *r, enum io_store_op_kind kind,
				 const char *path, ...)
{
	struct io_store_op op = {.kind = kind};
	va_list ap;

	va_start(ap, path);
	op.path = g_strdup_vprintf(path, ap);
	va_end(ap);
	g_array_append_val(r->ops, op);
	return io_store_op(r, r->ops->len - 1);
}

struct io_store_op *io_store_op(const struct io_store_request *r, guint n)
{
	assert(n < r->ops->len);
	return &g_array_index(r->ops, struct io_store_op, n);
}

const char *io_store_text(const struct io_store_request *r, guint n)
{
	const struct io_store_op *op = io_store_op(r, n);

	return op->value && op->len <= IO_STORE_VALUE_MAX && strlen(op->value) == op->len
		       ? op->value
		       : NULL;
}

bool io_xen_number(const char *word, uint32_t max, uint32_t *ret)
{
	struct chan_value value;
	struct chan_fault ignored;

	chan_value_set(&value, word, strlen(word), 0);
	return chan_value_number(&value, 0, max, ret, &ignored);
}

/* --- execution --- */

/* -errno of the call that has just failed. */
static int failure(void)
{
	return errno ? -errno : -EIO;
}

static int run_read(struct xs_handle *xs, xs_transaction_t t, struct io_store_op *op)
{
	unsigned int len = 0;
	char *value = xs_read(xs, t, op->path, &len);

	g_clear_pointer(&op->value, g_free);
	op->len = 0;
	op->err = 0;
	if (!value) {
		op->err = errno;
		return errno == ENOENT || errno == EACCES || errno == E2BIG ? 0 : failure();
	}
	op->len = len;
	op->value = g_malloc0(IO_STORE_VALUE_MAX + 1);
	memcpy(op->value, value, MIN(len, IO_STORE_VALUE_MAX));
	free(value);
	return 0;
}

/* The first entry is the owner's, with all rights, and the default for domains without an entry. */
static bool may_write(const struct xs_permissions *perms, unsigned int count, uint32_t domid)
{
	if (perms[0].id == domid)
		return true;
	for (unsigned int i = 1; i < count; i++) {
		if (perms[i].id == domid)
			return perms[i].perms & XS_PERM_WRITE;
	}
	return perms[0].perms & XS_PERM_WRITE;
}

static int run_read_trusted(struct xs_handle *xs, xs_transaction_t t, struct io_store_op *op)
{
	struct xs_permissions *perms;
	unsigned int count = 0;
	int rc = run_read(xs, t, op);

	if (rc < 0 || !op->value)
		return rc;
	perms = xs_get_permissions(xs, t, op->path, &count);
	if (!perms || !count || may_write(perms, count, op->reader)) {
		g_clear_pointer(&op->value, g_free);
		op->err = perms ? EPERM : errno;
	}
	free(perms);
	return 0;
}

static int run_list(struct xs_handle *xs, xs_transaction_t t, struct io_store_op *op)
{
	unsigned int count = 0;
	char **names = xs_directory(xs, t, op->path, &count);

	g_clear_pointer(&op->children, g_strfreev);
	op->err = names ? 0 : errno;
	if (!names)
		return errno == ENOENT || errno == EACCES ? 0 : failure();
	if (count > CHILDREN_MAX)
		count = CHILDREN_MAX;
	op->children = g_new0(char *, count + 1);
	for (unsigned int i = 0; i < count; i++)
		op->children[i] = g_strdup(names[i]);
	free(names);
	return 0;
}

static int run_remove(struct xs_handle *xs, xs_transaction_t t, const struct io_store_op *op)
{
	return xs_rm(xs, t, op->path) || errno == ENOENT ? 0 : failure();
}

static int run_remove_if(struct xs_handle *xs, xs_transaction_t t, const struct io_store_op *op)
{
	g_autofree char *child = g_build_path("/", op->path, op->child, NULL);
	unsigned int len;
	char *value = xs_read(xs, t, child, &len);
	bool same = value && len == strlen(op->value) && memcmp(value, op->value, len) == 0;

	free(value);
	return same ? run_remove(xs, t, op) : 0;
}

static int run_prune(struct xs_handle *xs, xs_transaction_t t, const struct io_store_op *op)
{
	unsigned int count = 0;
	char **names = xs_directory(xs, t, op->path, &count);
	int rc;

	if (!names)
		return errno == ENOENT || errno == EACCES ? 0 : failure();
	free(names);
	rc = count ? 0 : run_remove(xs, t, op);
	/* in a driver domain the directories above its devices may belong to the toolstack */
	return rc == -EACCES ? 0 : rc;
}

static int run_perms(struct xs_handle *xs, xs_transaction_t t, const struct io_store_op *op)
{
	struct xs_permissions perms[] = {{.id = op->owner, .perms = XS_PERM_NONE},
					 {.id = op->reader, .perms = XS_PERM_READ}};

	return xs_set_permissions(xs, t, op->path, perms, 2) ? 0 : failure();
}

/* 1: the node exists, 0: it does not, or -errno. */
static int is_there(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	unsigned int len;
	char *value = xs_read(xs, t, path, &len);

	if (!value)
		return errno == ENOENT ? 0 : failure();
	free(value);
	return 1;
}

/* The guest may have written this node: it is only compared. */
static int run_refuse_other(struct xs_handle *xs, xs_transaction_t t, const struct io_store_op *op)
{
	g_autofree char *child = g_build_path("/", op->path, op->child, NULL);
	unsigned int len;
	char *value = xs_read(xs, t, child, &len);
	int there = 0;

	if (!value)
		return errno == ENOENT ? 0 : failure();
	if (value[0] == '/' && strlen(value) == len && strcmp(value, op->value) != 0)
		there = is_there(xs, t, value);
	free(value);
	return there > 0 ? -EEXIST : 0;
}

static int run_op(struct xs_handle *xs, xs_transaction_t t, struct io_store_op *op)
{
	int there;

	errno = 0;
	switch (op->kind) {
	case IO_STORE_READ:
		return run_read(xs, t, op);
	case IO_STORE_READ_TRUSTED:
		return run_read_trusted(xs, t, op);
	case IO_STORE_LIST:
		return run_list(xs, t, op);
	case IO_STORE_WRITE:
		return xs_write(xs, t, op->path, op->value, (unsigned int)strlen(op->value))
			       ? 0
			       : failure();
	case IO_STORE_REMOVE:
		return run_remove(xs, t, op);
	case IO_STORE_REMOVE_IF:
		return run_remove_if(xs, t, op);
	case IO_STORE_PRUNE:
		return run_prune(xs, t, op);
	case IO_STORE_PERMS:
		return run_perms(xs, t, op);
	case IO_STORE_NEED:
		there = is_there(xs, t, op->path);
		return there == 0 ? -ENOENT : there < 0 ? there : 0;
	case IO_STORE_REFUSE:
		there = is_there(xs, t, op->path);
		return there > 0 ? -EEXIST : there;
	case IO_STORE_REFUSE_OTHER:
		return run_refuse_other(xs, t, op);
	}
	return -EINVAL;
}

static bool is_condition(const struct io_store_op *op)
{
	return op->kind == IO_STORE_NEED || op->kind == IO_STORE_REFUSE ||
	       op->kind == IO_STORE_REFUSE_OTHER;
}

/* The connection that carries out, and the transaction. */
struct runner {
	struct xs_handle *xs;
	void (*before_call)(void *ctx);
	void *ctx;
};

static int run_all(struct io_store_request *r, const struct runner *runner, xs_transaction_t t)
{
	int error = 0;

	for (guint i = 0; i < r->ops->len; i++) {
		struct io_store_op *op = io_store_op(r, i);
		int rc;

		runner->before_call(runner->ctx);
		rc = run_op(runner->xs, t, op);

		if (rc < 0 && !error)
			error = rc;
		if (rc < 0 && (!r->alone || is_condition(op)))
			break;
	}
	return error;
}

/* -EAGAIN: a node that it had read was changed. */
static int run_transaction(struct io_store_request *r, const struct runner *runner)
{
	xs_transaction_t t;
	int rc;

	errno = 0;
	t = xs_transaction_start(runner->xs);
	if (t == XBT_NULL)
		return failure();
	rc = run_all(r, runner, t);
	errno = 0;
	if (!xs_transaction_end(runner->xs, t, rc < 0) && rc == 0)
		rc = failure();
	return rc;
}

void io_store_request_run(struct io_store_request *r, struct xs_handle *xs,
			  void (*before_call)(void *ctx), void *ctx)
{
	const struct runner runner = {.xs = xs, .before_call = before_call, .ctx = ctx};

	if (r->alone || r->ops->len <= 1) {
		r->error = run_all(r, &runner, XBT_NULL);
		return;
	}
	for (unsigned int i = 0; i < CHAN_STORE_TRIES; i++) {
		r->error = run_transaction(r, &runner);
		if (r->error != -EAGAIN)
			return;
	}
}
