/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes as events for the gateway's core: hostile guests, a lying fabric, a port that forgets, a
 * clock, reloads. After every event proxy_check() and the promises that need no model hold:
 *
 *	nobody but a living session is pushed to; a request ends once, not twice; no effect is lost;
 *	a guest below admin is shown no M_Key; and when all have waited long enough, nothing waits.
 *
 * A broken promise aborts. Used by fuzz_core.c and by tests/unit/test_core_random.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chaos;

struct chaos *chaos_new(void);
/* Lets all time-outs pass, looks at what is left, and frees. */
void chaos_end(struct chaos *c);

/* Takes one event from the bytes and runs it; returns how many it took, 0 when there are too few. */
size_t chaos_event(struct chaos *c, const uint8_t *bytes, size_t len);

/* What happened, to see that the bytes get anywhere. */
struct chaos_seen {
	uint64_t attached, closed, sent, received, done, held, registered, refused, merged, cached,
		unsolicited, late;
};
struct chaos_seen chaos_seen(const struct chaos *c);
