/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hierarchical timer wheel. Level l holds deadlines less than 256^(l+1) ticks away, in the slot of their
 * l-th byte; when the tick reaches a slot of a higher level, its nodes move down.
 *
 * Invariant: a bit of `used` is set exactly when its list is not empty. The slot of level l > 0 that equals
 * the l-th byte of the tick has been moved down already: its nodes are due a full turn later.
 */
#include "base/wheel.h"

#include <string.h>

#define LEVEL_BITS 8
#define MAX_DELTA ((UINT64_C(1) << (LEVEL_BITS * WHEEL_LEVELS)) - 1)

static unsigned int slot_index(uint64_t when, unsigned int level)
{
	return (unsigned int)(when >> (LEVEL_BITS * level)) & (WHEEL_SLOTS - 1);
}

static void mark(struct wheel *w, unsigned int slot, bool on)
{
	uint64_t *word = &w->used[slot / WHEEL_SLOTS][slot % WHEEL_SLOTS / 64];
	uint64_t bit = UINT64_C(1) << (slot % 64);

	*word = on ? *word | bit : *word & ~bit;
}

static void unlink_node(struct wheel *w, struct wheel_node *node)
{
	struct wheel_node *head = &w->head[node->slot];

	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->next = NULL;
	node->prev = NULL;
	w->count--;
	if (head->next == head)
		mark(w, node->slot, false);
}

static void link_node(struct wheel *w, struct wheel_node *node)
{
	uint64_t delta;
	unsigned int level = 0;
	struct wheel_node *head;

	if (node->when < w->tick)
		node->when = w->tick;
	delta = node->when - w->tick;
	if (delta > MAX_DELTA) {
		delta = MAX_DELTA;
		node->when = w->tick + delta;
	}
	while (delta >> (LEVEL_BITS * (level + 1)))
		level++;
	node->slot = (uint16_t)(level * WHEEL_SLOTS + slot_index(node->when, level));
	head = &w->head[node->slot];
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
	mark(w, node->slot, true);
	w->count++;
}

/* Distance from slot `from`, cyclic, to the first used one: 0 .. 255; 256 if none is used. */
static unsigned int distance_to_used(const struct wheel *w, unsigned int level, unsigned int from)
{
	unsigned int done = 0;

	while (done < WHEEL_SLOTS) {
		unsigned int at = (from + done) % WHEEL_SLOTS;
		uint64_t word = w->used[level][at / 64] >> (at % 64);

		if (word) {
			unsigned int found = done + (unsigned int)__builtin_ctzll(word);

			return found < WHEEL_SLOTS ? found : WHEEL_SLOTS;
		}
		done += 64 - at % 64;
	}
	return WHEEL_SLOTS;
}

static void move_down(struct wheel *w, unsigned int level)
{
	struct wheel_node *head = &w->head[level * WHEEL_SLOTS + slot_index(w->tick, level)];

	while (head->next != head) {
		struct wheel_node *node = head->next;

		unlink_node(w, node);
		link_node(w, node);
	}
}

/* Sets the tick to `to`, which is the start of a level-0 turn or lies before the next one. */
static void set_tick(struct wheel *w, uint64_t to)
{
	w->tick = to;
	if (slot_index(to, 0) != 0)
		return;
	for (unsigned int level = WHEEL_LEVELS - 1; level > 0; level--) {
		uint64_t below = to & ((UINT64_C(1) << (LEVEL_BITS * level)) - 1);

		if (!below)
			move_down(w, level);
	}
}

void wheel_init(struct wheel *w, struct mono_ms now)
{
	memset(w, 0, sizeof(*w));
	w->tick = now.ms;
	for (int i = 0; i < WHEEL_LEVELS * WHEEL_SLOTS; i++)
		w->head[i].next = w->head[i].prev = &w->head[i];
}

void wheel_arm(struct wheel *w, struct wheel_node *node, struct mono_ms when)
{
	if (wheel_armed(node))
		unlink_node(w, node);
	node->when = when.ms;
	link_node(w, node);
}

void wheel_cancel(struct wheel *w, struct wheel_node *node)
{
	if (wheel_armed(node))
		unlink_node(w, node);
}

struct wheel_node *wheel_pop(struct wheel *w, struct mono_ms now)
{
	while (w->tick <= now.ms) {
		unsigned int here = slot_index(w->tick, 0);
		struct wheel_node *head = &w->head[here];
		unsigned int ahead;
		uint64_t turn_left = WHEEL_SLOTS - here;

		if (head->next != head) {
			struct wheel_node *node = head->next;

			unlink_node(w, node);
			return node;
		}
		/* stay on the tick of `now`: a timer armed later for this tick is due at once */
		if (w->tick == now.ms)
			return NULL;
		if (!w->count) {
			set_tick(w, now.ms);
			return NULL;
		}
		ahead = distance_to_used(w, 0, here);
		if (ahead > turn_left)
			ahead = (unsigned int)turn_left;
		if (w->tick + ahead > now.ms)
			ahead = (unsigned int)(now.ms - w->tick);
		set_tick(w, w->tick + ahead);
	}
	return NULL;
}

struct mono_ms wheel_deadline(const struct wheel *w)
{
	uint64_t best = UINT64_MAX;
	unsigned int ahead;

	if (!w->count)
		return MONO_NEVER;
	ahead = distance_to_used(w, 0, slot_index(w->tick, 0));
	if (ahead < WHEEL_SLOTS)
		best = w->tick + ahead;
	for (unsigned int level = 1; level < WHEEL_LEVELS; level++) {
		unsigned int shift = LEVEL_BITS * level;
		uint64_t start;

		ahead = distance_to_used(w, level, (slot_index(w->tick, level) + 1) % WHEEL_SLOTS);
		if (ahead == WHEEL_SLOTS)
			continue;
		start = ((w->tick >> shift) + 1 + ahead) << shift;
		if (start < best)
			best = start;
	}
	return (struct mono_ms){best};
}
