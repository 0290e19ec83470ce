/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timer wheel: any number of timers, constant cost to arm, cancel and expire, no allocation.
 * Nodes are embedded in the objects that wait; the wheel owns none of them. Resolution 1 ms, four
 * levels of 256 slots (49 days; later deadlines are reduced to that).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"

#define WHEEL_LEVELS 4
#define WHEEL_SLOTS 256

struct wheel_node {
	struct wheel_node *next; /* NULL: not armed */
	struct wheel_node *prev;
	uint64_t when;
	uint16_t slot; /* level * WHEEL_SLOTS + index */
};

struct wheel {
	uint64_t tick; /* every earlier tick has been drained */
	size_t count;
	uint64_t used[WHEEL_LEVELS][WHEEL_SLOTS / 64];
	struct wheel_node head[WHEEL_LEVELS * WHEEL_SLOTS];
};

/* An empty wheel whose time starts at `now`. */
void wheel_init(struct wheel *w, struct mono_ms now);

/* Arms a node, or moves an armed one. A deadline in the past is due at once. */
void wheel_arm(struct wheel *w, struct wheel_node *node, struct mono_ms when);

/* Does nothing to a node that is not armed (zeroed nodes are not). */
void wheel_cancel(struct wheel *w, struct wheel_node *node);

static inline bool wheel_armed(const struct wheel_node *node)
{
	return node->next != NULL;
}

/* Disarms and returns the next node whose deadline is `now` or earlier; NULL if there is none. */
struct wheel_node *wheel_pop(struct wheel *w, struct mono_ms now);

/*
 * A time at which wheel_pop() may have something: never later than the first deadline, sometimes
 * earlier. MONO_NEVER for an empty wheel.
 */
struct mono_ms wheel_deadline(const struct wheel *w);
