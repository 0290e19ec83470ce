/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the tests of libibumad's ports: a link without a peer (fake_link.h), and a few requests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <infiniband/umad.h>

#include "tests/patience.h"
#include "tests/unit/fake_link.h"
#include "wire/mad.h"

enum { FOREVER = -1, LID = 9 };

#if defined(__has_feature)
#define FEATURE(x) __has_feature(x)
#else
#define FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || FEATURE(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at))
#endif

/*
 * For pthread_cleanup_push() in a thread that will be cancelled. glibc unwinds by longjmp(), which the
 * address sanitizer does not see: redzones of the abandoned frames stay, and later code of the thread that
 * uses this stack is reported as an overflow inside the sanitizer's own sigaltstack(). So this clears the
 * stack below.
 */
static inline void frames_are_left(void *arg)
{
	enum { DEEPEST_BYTES = 256 << 10 };

	ASAN_UNPOISON_MEMORY_REGION((char *)__builtin_frame_address(0) - DEEPEST_BYTES,
				    DEEPEST_BYTES);
}

#define TEST_F(name) TEST_OVER(setup, teardown, name, void *no_state)

struct buffer {
	struct ib_user_mad umad;
	uint8_t mad[256];
};

static inline void *umad_of(struct buffer *b)
{
	return &b->umad;
}

static inline int setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	return 0;
}

static inline int teardown(void **state)
{
	for (int port = 0; port < 256; port++)
		umad_close_port(port); /* those that the test left open */
	umad_done();
	return 0;
}

static inline int open_port(int portnum)
{
	int port = umad_open_port("fake0", portnum);

	assert_true(port >= 0);
	return port;
}

static inline int open_agent(int port, int mgmt_class)
{
	int agent = umad_register(port, mgmt_class, 1, 0, NULL);

	assert_true(agent >= 0);
	return agent;
}

/* A Get with this TID in the buffer. */
static inline void get_fill(struct buffer *b, uint8_t mgmt_class, uint32_t tid)
{
	memset(b, 0, sizeof(*b));
	b->mad[0] = 1;
	b->mad[1] = mgmt_class;
	b->mad[2] = 1;
	b->mad[3] = WIRE_METHOD_GET;
	wire_mad_set_tid(b->mad, 0xabcdef0100000000 | tid);
	umad_set_addr(umad_of(b), LID, 1, 0, 0x80010000);
}

static inline int get_send(int port, int agent, uint32_t tid, int timeout_ms)
{
	struct buffer b;

	get_fill(&b, WIRE_CLASS_PERF, tid);
	return umad_send(port, agent, umad_of(&b), 256, timeout_ms, 0);
}

static inline int exchange(int port, int agent, uint32_t tid)
{
	struct buffer b;
	int len = sizeof(b.mad);

	if (get_send(port, agent, tid, TEST_PATIENCE_MS) ||
	    umad_recv(port, umad_of(&b), &len, FOREVER) != agent)
		return 1;
	return umad_status(umad_of(&b)) || (uint32_t)wire_mad_tid(b.mad) != tid;
}

static inline bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, timeout_ms) == 1 && (p.revents & POLLIN);
}

/* Segment 1 or 2 of an answer of two to an agent with RMPP. */
static inline void feed_table_part(const struct chan_slot *request, uint32_t segment)
{
	struct chan_slot s = *request;

	s.kind = CHAN_KIND_RECV;
	s.mad[3] = WIRE_METHOD_GET_TABLE | WIRE_METHOD_RESPONSE;
	s.mad[24] = 1; /* RMPP version */
	s.mad[25] = 1; /* DATA */
	s.mad[26] = 0x1f << 3 | (segment == 1 ? 3 : 5); /* active; first, last */
	put_be32(s.mad + 28, segment);
	put_be32(s.mad + 32, segment == 1 ? 2 * 220 : 220); /* payload */
	memset(s.mad + 36, 0x11, 220);
	if (segment == 2)
		memset(s.mad + 56, 0x22, 200);
	fake_feed(&s);
}

static inline void feed_table(const struct chan_slot *request)
{
	feed_table_part(request, 1);
	feed_table_part(request, 2);
}
