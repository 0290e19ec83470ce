/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by the tests of a lost peer (guest-umad/umad_grace.c): a clock by hand, and threads that wait for
 * a peer while it stands still.
 */
#pragma once

#include <pthread.h>

#include "guest-umad/umad_lib.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/umad_fixture.h"

enum { RECONNECT_MS = 12010 }; /* the link's, and no round number */

#define TEST_GRACE(name) TEST_OVER(setup_grace, teardown, name, void *no_state)

static inline int setup_grace(void **state)
{
	fake_clock.by_hand = false;
	fake_clock_advance(1000000);
	gumad_grace_end();
	setup(state);
	fake.reconnect_ms = RECONNECT_MS;
	return 0;
}

static inline void lose_peer(int port)
{
	fake.absent = true;
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
}

static inline void *ask_for_ca(void *arg)
{
	static int found;
	umad_ca_t ca;

	if (umad_get_ca(NULL, &ca))
		return NULL;
	umad_release_ca(&ca);
	return &found;
}

/* Starts a thread; it waits for the lost peer when this returns. */
static inline pthread_t begin_to_wait(void *(*what)(void *), void *arg)
{
	unsigned int waits = fake_clock.waits;
	pthread_t thread;

	fake_clock.by_hand = true;
	assert_int_equal(pthread_create(&thread, NULL, what, arg), 0);
	while (fake_clock.waits == waits)
		;
	return thread;
}
