/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the tests of libibumad over the channel: a gateway of the test, and requests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include <infiniband/umad.h>

#include "guest-umad/umad_lib.h"
#include "tests/unit/fake_gateway.h"
#include "wire/mad.h"

enum { FOREVER = -1, LONG_MS = 1000000 };

#define TEST_F(name) TEST_OVER(setup, teardown, name, void *no_state)

struct buffer {
	struct ib_user_mad umad;
	uint8_t mad[256];
};

static inline int setup(void **state)
{
	gumad_grace_max_ms = UINT32_MAX;
	memset(&gateway, 0, sizeof(gateway));
	gateway.version = CHAN_ABI_VERSION;
	gateway.pkeys = 1;
	fake_gateway_start();
	return 0;
}

static inline int teardown(void **state)
{
	for (int port = 0; port < 256; port++)
		umad_close_port(port); /* those that the test left open */
	umad_done();
	fake_gateway_stop();
	return 0;
}

static inline int open_perf(int *ret_agent)
{
	int port = umad_open_port("mlx5_0", 1);

	assert_true(port >= 0);
	*ret_agent = umad_register(port, WIRE_CLASS_PERF, 1, 0, NULL);
	assert_true(*ret_agent >= 0);
	return port;
}

static inline int ask(int port, int agent, uint32_t tid, int timeout_ms)
{
	struct buffer b;

	memset(&b, 0, sizeof(b));
	b.mad[0] = 1;
	b.mad[1] = WIRE_CLASS_PERF;
	b.mad[2] = 1;
	b.mad[3] = WIRE_METHOD_GET;
	wire_mad_set_tid(b.mad, tid);
	umad_set_addr(&b, 5, 1, 0, (int)0x80010000);
	return umad_send(port, agent, &b, 256, timeout_ms, 0);
}

/* The status of the next message, which must have this TID (0: any); -errno if there is none. */
static inline int next(int port, int agent, uint32_t tid, int timeout_ms)
{
	struct buffer b;
	int len = sizeof(b.mad), r = umad_recv(port, &b, &len, timeout_ms);

	if (r < 0)
		return r;
	assert_int_equal(r, agent);
	if (tid)
		assert_int_equal((uint32_t)wire_mad_tid(b.mad), tid);
	return umad_status(&b);
}

/* Waits longer than the request's 20 ms. */
static inline void overdue_wait(void)
{
	struct mono_ms end = mono_add(gumad_now(), 40);

	while (mono_before(gumad_now(), end))
		poll(NULL, 0, 1);
}
