/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xenstore's thread (mad-proxy/io/xen_store.h) between a main loop and a xenstored in memory, which a test
 * stops or kills.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "mad-proxy/io/xen_store.h"
#include "tests/unit/fake_xenstore.h"

struct store_fixture {
	struct io_store *store;
	unsigned int connected, lost;
};

static inline void on_connected(void *ctx)
{
	((struct store_fixture *)ctx)->connected++;
}

static inline void on_lost(void *ctx)
{
	((struct store_fixture *)ctx)->lost++;
}

static inline void turn(void)
{
	g_main_context_iteration(NULL, TRUE);
}

static inline int setup(void **state)
{
	static const struct io_store_ops ops = {.connected = on_connected, .lost = on_lost};
	struct store_fixture *fixture = g_new0(struct store_fixture, 1);

	fake_xenstore_reset();
	fixture->store = io_store_new(&ops, fixture);
	while (!fixture->connected)
		turn();
	*state = fixture;
	return 0;
}

static inline int teardown(void **state)
{
	struct store_fixture *fixture = *state;

	if (fixture->store)
		io_store_free(fixture->store);
	g_free(fixture);
	return 0;
}

/* The result of a request, and the values of its first reads. */
struct result {
	bool done;
	int error;
	char *value[4];
};

static inline void result_is(struct io_store_request *r)
{
	struct result *result = r->ctx;

	assert_false(result->done);
	result->done = true;
	result->error = r->error;
	for (guint i = 0; i < r->ops->len && i < G_N_ELEMENTS(result->value); i++)
		if (io_store_op(r, i)->kind == IO_STORE_READ)
			result->value[i] = g_strdup(io_store_text(r, i));
}

static inline void result_clear(struct result *result)
{
	for (gsize i = 0; i < G_N_ELEMENTS(result->value); i++)
		g_free(result->value[i]);
	*result = (struct result){0};
}

static inline int run(struct store_fixture *fixture, struct io_store_request *r,
		      struct result *result)
{
	r->ctx = result;
	io_store_send(fixture->store, r);
	while (!result->done)
		turn();
	return result->error;
}

static inline struct io_store_request *request(void)
{
	return io_store_request_new(result_is, NULL);
}

static inline void add_write(struct io_store_request *r, const char *path, const char *value)
{
	io_store_add(r, IO_STORE_WRITE, "%s", path)->value = g_strdup(value);
}

/* Waits for a read: all earlier requests are done then. */
static inline void round_trip(struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	struct result result = {0};

	io_store_add(r, IO_STORE_READ, "domid");
	assert_int_equal(run(fixture, r, &result), 0);
	result_clear(&result);
}

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)
