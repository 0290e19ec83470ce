/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes as events for the gateway's core: hostile guests, a wrong fabric, a port that loses requests, a
 * clock, reloads. After every event calls proxy_check() and asserts what holds without a model:
 *
 * only open sessions receive; a request ends once; no effect is lost; a guest below admin sees no M_Key;
 * and after all time-outs nothing is pending.
 *
 * Used by fuzz_core.c and by tests/unit/test_core_random.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chaos;

struct chaos *chaos_new(void);
/* Lets all time-outs pass, checks that nothing is pending, and frees. */
void chaos_end(struct chaos *c);

/* Takes one event from the bytes and runs it; returns the number of bytes, 0 if there are too few. */
size_t chaos_event(struct chaos *c, const uint8_t *bytes, size_t len);

/* Counts of events, to see that the bytes are effective. */
struct chaos_seen {
	uint64_t attached, closed, sent, received, done, held, registered, refused, merged, cached,
		unsolicited, late;
};
struct chaos_seen chaos_seen(const struct chaos *c);
