/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See the header. */
#include "tests/unit/xenbus_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/xenbus_back.h"
#include "channel/xenbus_front.h"

/* What the xenstore thread has to do; 1 .. 6 is SHOW. */
enum todo { TODO_LOOK = 10, TODO_READ, TODO_LATE, TODO_OFFLINE, TODO_DELETE };
/* What it found; 1 .. 8 is a level + 1. */
enum found {
	FOUND_LEVEL = 1,
	FOUND_KEYS_NOW = 10,
	FOUND_KEYS_OLD,
	FOUND_KEYS_BAD,
	FOUND_LATE,
	FOUND_FAILED,
	FOUND_NODE_GONE,
};

#define NEVER(what)                                                                              \
	do {                                                                                     \
		if (what) {                                                                      \
			fprintf(stderr, "%s:%d: it is so that %s\n", __FILE__, __LINE__, #what); \
			world_print(w);                                                          \
			abort();                                                                 \
		}                                                                                \
	} while (0)

static unsigned int length(const uint8_t *queue)
{
	unsigned int n = 0;

	while (n < WORLD_QUEUE && queue[n])
		n++;
	return n;
}

static void put(struct world *w, uint8_t *queue, unsigned int item)
{
	unsigned int n = length(queue);

	NEVER(n == WORLD_QUEUE);
	queue[n] = (uint8_t)item;
}

static unsigned int take(uint8_t *queue)
{
	unsigned int item = queue[0];

	memmove(queue, queue + 1, WORLD_QUEUE - 1);
	queue[WORLD_QUEUE - 1] = 0;
	return item;
}

/* Keys that were of the present ring are of an old one. */
static void ring_ends(struct world *w)
{
	w->ring = 0;
	if (w->keys == RING_NOW)
		w->keys = RING_OLD;
	if (w->mapped == RING_NOW)
		w->mapped = RING_OLD;
	for (unsigned int i = 0; i < WORLD_QUEUE; i++)
		if (w->found[i] == FOUND_KEYS_NOW)
			w->found[i] = FOUND_KEYS_OLD;
}

/* --- the back-end ------------------------------------------------------------------------- */

/* What is read, or to be read, with an older serial. */
static void reads_are_late(struct world *w)
{
	for (unsigned int i = 0; i < WORLD_QUEUE; i++) {
		if (w->todo[i] == TODO_READ || w->todo[i] == TODO_LOOK)
			w->todo[i] = TODO_LATE;
		if (w->found[i] && w->found[i] < FOUND_LATE)
			w->found[i] = FOUND_LATE;
	}
}

/* Serials are 1 for the present one and 0 for the others: only that they differ matters. */
static void back_event(struct world *w, struct chan_back_event event, enum world_ring keys,
		       bool mappable)
{
	struct chan_back back = {.state = w->back, .serial = 1};
	struct chan_back_event then = {.kind = CHAN_BACK_EV_NONE};
	struct chan_back_todo todo;

	chan_back_step(&back, &event, &todo);
	w->back = (uint8_t)back.state;
	if (back.serial != 1)
		reads_are_late(w);
	for (unsigned int i = 0; i < todo.count; i++) {
		const struct chan_back_action *a = &todo.action[i];

		switch (a->kind) {
		case CHAN_BACK_DO_LOOK:
			put(w, w->todo, TODO_LOOK);
			break;
		case CHAN_BACK_DO_READ_KEYS:
			put(w, w->todo, TODO_READ);
			break;
		case CHAN_BACK_DO_MAP:
			NEVER(w->mapped != RING_NONE);
			then.kind = CHAN_BACK_EV_MAPPED;
			if (keys == RING_OLD && !mappable) {
				then.kind = CHAN_BACK_EV_FAULT;
				then.fault.kind = CHAN_FAULT_MAP;
			} else {
				w->mapped = (uint8_t)keys;
			}
			break;
		case CHAN_BACK_DO_UNMAP:
			w->mapped = RING_NONE;
			break;
		case CHAN_BACK_DO_SHOW:
			put(w, w->todo, a->state);
			break;
		case CHAN_BACK_DO_OFFLINE:
			put(w, w->todo, TODO_OFFLINE);
			break;
		case CHAN_BACK_DO_TIMER:
			w->back_timer = a->ms > 0;
			break;
		case CHAN_BACK_DO_DELETE:
			put(w, w->todo, TODO_DELETE);
			break;
		case CHAN_BACK_DO_FORGET:
			NEVER(w->back != CHAN_BACK_GONE);
			break;
		case CHAN_BACK_DO_NOTHING:
		case CHAN_BACK_DO_PUBLISH:
		case CHAN_BACK_DO_ERROR:
		case CHAN_BACK_DO_CLEAR_ERROR:
		case CHAN_BACK_ACTIONS:
			break;
		}
	}
	NEVER((w->mapped != RING_NONE) != chan_back_has_ring(&back) &&
	      then.kind != CHAN_BACK_EV_FAULT);
	if (then.kind != CHAN_BACK_EV_NONE)
		back_event(w, then, RING_NONE, true);
}

static void back_plain(struct world *w, enum chan_back_event_kind kind)
{
	back_event(w, (struct chan_back_event){.kind = kind}, RING_NONE, true);
}

/* The thread does the oldest thing that it was told. */
static bool store_does(struct world *w, bool fails)
{
	unsigned int item;

	if (!w->todo[0] || length(w->found) == WORLD_QUEUE)
		return false;
	item = take(w->todo);
	if (fails && item != TODO_DELETE && item != TODO_LATE) {
		put(w, w->found, FOUND_FAILED);
		return true;
	}
	switch (item) {
	case TODO_LOOK:
		put(w, w->found, FOUND_LEVEL + w->f);
		break;
	case TODO_READ:
		put(w, w->found,
		    w->f == 0 || w->keys == RING_NONE ? FOUND_KEYS_BAD
		    : w->keys == RING_NOW	      ? FOUND_KEYS_NOW
						      : FOUND_KEYS_OLD);
		break;
	case TODO_LATE:
		put(w, w->found, FOUND_LATE);
		break;
	case TODO_OFFLINE:
		if (w->b)
			w->online = 0;
		break;
	case TODO_DELETE:
		w->own_fired |= w->f != 0;
		w->b_fired |= w->b != 0;
		w->b = w->f = 0;
		w->keys = RING_NONE;
		break;
	default: /* SHOW */
		if (!w->b) {
			put(w, w->found, FOUND_NODE_GONE);
			break;
		}
		/* What it says of the past is true now. */
		NEVER(item != CHAN_XENBUS_CONNECTED && w->mapped != RING_NONE);
		w->b_fired = 1;
		w->b = (uint8_t)item;
		break;
	}
	return true;
}

static bool back_finds(struct world *w, bool mappable)
{
	struct chan_back_event event = {.kind = CHAN_BACK_EV_NONE, .serial = 1};
	enum world_ring keys = RING_NONE;
	unsigned int item = w->found[0];

	/* A step adds at most that much. */
	if (!item || length(w->todo) > WORLD_QUEUE - 5)
		return false;
	if (!mappable && item != FOUND_KEYS_OLD)
		return false;
	take(w->found);
	switch (item) {
	case FOUND_KEYS_NOW:
	case FOUND_KEYS_OLD:
		event.kind = CHAN_BACK_EV_KEYS;
		keys = item == FOUND_KEYS_NOW ? RING_NOW : RING_OLD;
		break;
	case FOUND_LATE:
		event.kind = CHAN_BACK_EV_KEYS;
		event.serial = 0;
		break;
	case FOUND_KEYS_BAD:
		event.kind = CHAN_BACK_EV_KEYS;
		event.fault.kind = CHAN_FAULT_KEY_MISSING;
		break;
	case FOUND_FAILED:
		event.kind = CHAN_BACK_EV_STORE_FAILED;
		event.fault.kind = CHAN_FAULT_STORE;
		break;
	case FOUND_NODE_GONE:
		event.kind = CHAN_BACK_EV_NODE_GONE;
		break;
	default:
		event.kind = chan_back_ev_level((enum chan_level)(item - FOUND_LEVEL), 1).kind;
		break;
	}
	back_event(w, event, keys, mappable);
	return true;
}

/* The daemon scans backend/vib when it starts. */
static void back_starts(struct world *w)
{
	memset(w->todo, 0, sizeof(w->todo));
	memset(w->found, 0, sizeof(w->found));
	w->mapped = RING_NONE;
	w->back_timer = w->f_fired = w->b_gone_fired = 0;
	w->back = w->b ? CHAN_BACK_NEW : CHAN_BACK_GONE;
	if (!w->b)
		return;
	put(w, w->todo, TODO_LOOK);
	if (!w->online)
		back_plain(w, CHAN_BACK_EV_DETACH);
}

/* --- the front-end ------------------------------------------------------------------------ */

static void front_write(struct world *w, uint8_t state, bool *fails, struct chan_front_event *then)
{
	if (!w->f) {
		then->kind = CHAN_FRONT_EV_OWN_GONE;
	} else if (*fails) {
		then->kind = CHAN_FRONT_EV_STORE_FAILED;
		then->fault.kind = CHAN_FAULT_STORE;
		*fails = false;
	} else {
		w->f = state;
		w->f_fired = w->own_fired = 1;
	}
}

static void front_event(struct world *w, struct chan_front_event event, bool *fails)
{
	struct chan_front front = {.state = w->front, .shown = w->shown};
	struct chan_front_event then = {.kind = CHAN_FRONT_EV_NONE};
	struct chan_front_todo todo;

	chan_front_step(&front, &event, &todo);
	w->front = (uint8_t)front.state;
	w->shown = (uint8_t)front.shown;
	for (unsigned int i = 0; i < todo.count; i++) {
		const struct chan_front_action *a = &todo.action[i];

		switch (a->kind) {
		case CHAN_FRONT_DO_FIND:
			w->own_fired = 1;
			break;
		case CHAN_FRONT_DO_LOOK:
			w->b_fired = 1;
			break;
		case CHAN_FRONT_DO_READ_OFFER:
			then.kind = CHAN_FRONT_EV_OFFER;
			break;
		case CHAN_FRONT_DO_MAKE:
			NEVER(w->ring);
			/* Nobody holds an older ring, or will take it for this one. */
			NEVER(w->mapped != RING_NONE && !w->moved);
			ring_ends(w);
			w->ring = 1;
			then.kind = CHAN_FRONT_EV_MADE;
			break;
		case CHAN_FRONT_DO_OFFER:
			front_write(w, CHAN_XENBUS_INITIALISED, fails, &then);
			if (then.kind == CHAN_FRONT_EV_NONE)
				w->keys = RING_NOW;
			break;
		case CHAN_FRONT_DO_SHOW:
			front_write(w, (uint8_t)a->state, fails, &then);
			break;
		case CHAN_FRONT_DO_DROP:
			ring_ends(w);
			break;
		case CHAN_FRONT_DO_TIMER:
			w->front_timer = 1;
			break;
		case CHAN_FRONT_DO_STOP_TIMER:
			w->front_timer = 0;
			break;
		case CHAN_FRONT_DO_FORGET:
			NEVER(w->front != CHAN_FRONT_GONE);
			break;
		case CHAN_FRONT_DO_NOTHING:
		case CHAN_FRONT_DO_RUN:
		case CHAN_FRONT_ACTIONS:
			break;
		}
	}
	NEVER(w->ring != chan_front_has_ring(&front));
	if (then.kind != CHAN_FRONT_EV_NONE)
		front_event(w, then, fails);
}

static void front_plain(struct world *w, enum chan_front_event_kind kind, bool fails)
{
	front_event(w, (struct chan_front_event){.kind = kind}, &fails);
}

static bool front_looks(struct world *w, bool fails)
{
	/* It watches the old path until it looked at F. */
	enum chan_level level = w->moved ? CHAN_LEVEL_GONE : (enum chan_level)w->b;

	if (!w->front || w->front == CHAN_FRONT_GONE || !w->b_fired)
		return false;
	w->b_fired = 0;
	front_plain(w, chan_front_ev_level(level).kind, fails);
	return true;
}

static bool front_finds(struct world *w, bool fails)
{
	struct chan_front front = {.state = w->front, .shown = w->shown};
	struct chan_front_event event;

	if (!w->front || w->front == CHAN_FRONT_GONE || !w->own_fired)
		return false;
	event = chan_front_ev_own(&front, (enum chan_level)w->f, w->moved);
	w->own_fired = 0;
	w->b_fired |= w->moved; /* the new watch */
	front_event(w, event, &fails);
	w->moved = 0;
	return true;
}

static bool front_ticks(struct world *w, bool fails)
{
	if (!w->front_timer)
		return false;
	w->front_timer = 0;
	front_plain(w, CHAN_FRONT_EV_TIMER, fails);
	return true;
}

/* The service starts; or it finds a device where one was gone. */
static bool front_starts(struct world *w)
{
	if ((w->front && w->front != CHAN_FRONT_GONE) || (w->front == CHAN_FRONT_GONE && !w->f))
		return false;
	w->front = w->f ? CHAN_FRONT_NEW : CHAN_FRONT_GONE;
	w->shown = w->front_timer = w->moved = 0;
	w->own_fired = w->b_fired = w->f != 0;
	return true;
}

static bool front_ends(struct world *w)
{
	if (!w->front)
		return false;
	ring_ends(w);
	w->front = w->shown = w->front_timer = w->moved = w->own_fired = w->b_fired = 0;
	return true;
}

/* --- both --------------------------------------------------------------------------------- */

static void attach(struct world *w)
{
	w->b = w->f = CHAN_XENBUS_INITIALISING;
	w->online = 1;
	w->keys = RING_NONE;
	w->back_timer = w->b_gone_fired = w->f_fired = 0;
	w->own_fired = w->b_fired = w->front != 0;
	w->moved = 0;
	back_starts(w);
}

static bool front_lives(const struct world *w)
{
	return w->front && w->front != CHAN_FRONT_GONE;
}

static bool nodes_go(struct world *w)
{
	if (!w->b)
		return false;
	w->b = w->f = 0;
	w->keys = RING_NONE;
	w->b_gone_fired = w->f_fired = 1;
	w->own_fired = w->b_fired = w->front != 0;
	return true;
}

static bool hostile(struct world *w, unsigned int state)
{
	if (w->front || !w->f || w->f == state)
		return false;
	w->f = (uint8_t)state;
	w->f_fired = 1;
	return true;
}

static bool back_idle(const struct world *w)
{
	return w->back == CHAN_BACK_GONE && !w->todo[0] && !w->found[0];
}

static bool sane_move(struct world *w, enum world_move move)
{
	switch ((int)move) {
	case MOVE_BACK_WATCH:
		if (!w->f_fired || w->back == CHAN_BACK_GONE || length(w->todo) > WORLD_QUEUE - 6)
			return false;
		w->f_fired = 0;
		put(w, w->todo, TODO_LOOK);
		return true;
	case MOVE_STORE:
		return store_does(w, false);
	case MOVE_FOUND:
		return back_finds(w, true);
	case MOVE_FOUND_UNMAPPABLE:
		return back_finds(w, false);
	case MOVE_BACK_NODE_WATCH:
		if (!w->b_gone_fired)
			return false;
		w->b_gone_fired = 0;
		back_plain(w, CHAN_BACK_EV_NODE_GONE);
		return true;
	case MOVE_BACK_TIMER:
		if (!w->back_timer || length(w->todo) > WORLD_QUEUE - 5)
			return false;
		w->back_timer = 0;
		back_plain(w, CHAN_BACK_EV_TIMER);
		return true;
	case MOVE_FRONT_LOOK:
		return front_looks(w, false);
	case MOVE_FRONT_FIND:
		return front_finds(w, false);
	case MOVE_FRONT_TIMER:
		return front_ticks(w, false);
	case MOVE_FRONT_START:
		return front_starts(w);
	case MOVE_ATTACH:
		if (w->b || w->f || !back_idle(w))
			return false;
		attach(w);
		return true;
	case MOVE_ATTACH_FRONT:
		if (!w->b || w->f || !w->online || w->back != CHAN_BACK_CLOSED)
			return false;
		w->f = CHAN_XENBUS_INITIALISING;
		w->f_fired = 1;
		w->own_fired = w->b_fired = w->front != 0;
		return true;
	}
	return false;
}

static bool other_move(struct world *w, enum world_move move)
{
	switch ((int)move) {
	case MOVE_BACK_CRASH:
		back_starts(w);
		return true;
	case MOVE_FRONT_CRASH:
		return front_ends(w);
	case MOVE_FRONT_STOP:
		if (!front_lives(w))
			return false;
		front_plain(w, CHAN_FRONT_EV_STOP, false);
		return w->front != CHAN_FRONT_GONE || front_ends(w);
	case MOVE_BACK_FAULT:
		if (w->back != CHAN_BACK_CONNECTED || length(w->todo) > WORLD_QUEUE - 5)
			return false;
		back_event(w,
			   (struct chan_back_event){.kind = CHAN_BACK_EV_FAULT,
						    .fault = {.kind = CHAN_FAULT_RING}},
			   RING_NONE, true);
		return true;
	case MOVE_FRONT_FAULT:
		if (w->front != CHAN_FRONT_CONNECTED)
			return false;
		front_plain(w, CHAN_FRONT_EV_FAULT, false);
		return true;
	case MOVE_STORE_FAILS:
		return store_does(w, true);
	case MOVE_FRONT_LOOK_FAILS:
		return front_looks(w, true);
	case MOVE_FRONT_FIND_FAILS:
		return front_finds(w, true);
	case MOVE_FRONT_TIMER_FAILS:
		return front_ticks(w, true);
	case MOVE_DETACH:
		if (w->back == CHAN_BACK_GONE || w->back == CHAN_BACK_DETACHING ||
		    length(w->todo) > WORLD_QUEUE - 5)
			return false;
		back_plain(w, CHAN_BACK_EV_DETACH);
		return true;
	case MOVE_RESTORE: /* another domain, and an attach before it runs */
		attach(w);
		w->moved = front_lives(w);
		return true;
	case MOVE_NODES_GONE:
		return nodes_go(w);
	case MOVE_FRONT_NODE_GONE:
		if (!w->f || !w->b)
			return false;
		w->f = 0;
		w->keys = RING_NONE;
		w->f_fired = 1;
		w->own_fired = w->front != 0;
		return true;
	}
	return hostile(w, (unsigned int)(move - MOVE_HOSTILE_1) + 1);
}

/* One form for what is the same: queues of a device that is gone mean nothing to anybody. */
static void normalise(struct world *w)
{
	if (w->back == CHAN_BACK_GONE) {
		memset(w->found, 0, sizeof(w->found));
		w->f_fired = w->back_timer = w->b_gone_fired = 0;
	}
	if (!w->front || w->front == CHAN_FRONT_GONE)
		w->b_fired = w->own_fired = w->moved = w->shown = w->front_timer = 0;
}

bool world_move(struct world *w, enum world_move move)
{
	struct world before = *w;

	if (move < WORLD_SANE ? sane_move(w, move) : other_move(w, move)) {
		normalise(w);
		return true;
	}
	*w = before;
	return false;
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->front = CHAN_FRONT_GONE;
	attach(w);
	normalise(w);
}

bool world_good(const struct world *w)
{
	return w->back == CHAN_BACK_CONNECTED && w->front == CHAN_FRONT_CONNECTED &&
	       w->mapped == RING_NOW && w->ring && w->b == CHAN_XENBUS_CONNECTED &&
	       w->f == CHAN_XENBUS_CONNECTED && w->online && !w->todo[0] && !w->found[0] &&
	       !w->f_fired && !w->b_fired && !w->own_fired;
}

const char *world_move_name(enum world_move move)
{
	static const char *const name[WORLD_MOVES] = {
		[MOVE_BACK_WATCH] = "back-watch",
		[MOVE_STORE] = "store",
		[MOVE_FOUND] = "found",
		[MOVE_FOUND_UNMAPPABLE] = "found-unmappable",
		[MOVE_BACK_NODE_WATCH] = "back-node-watch",
		[MOVE_BACK_TIMER] = "back-timer",
		[MOVE_FRONT_LOOK] = "front-look",
		[MOVE_FRONT_FIND] = "front-find",
		[MOVE_FRONT_TIMER] = "front-timer",
		[MOVE_FRONT_START] = "front-start",
		[MOVE_ATTACH] = "attach",
		[MOVE_ATTACH_FRONT] = "attach-front",
		[MOVE_BACK_CRASH] = "back-crash",
		[MOVE_FRONT_CRASH] = "front-crash",
		[MOVE_FRONT_STOP] = "front-stop",
		[MOVE_BACK_FAULT] = "back-fault",
		[MOVE_FRONT_FAULT] = "front-fault",
		[MOVE_STORE_FAILS] = "store-fails",
		[MOVE_FRONT_LOOK_FAILS] = "front-look-fails",
		[MOVE_FRONT_FIND_FAILS] = "front-find-fails",
		[MOVE_FRONT_TIMER_FAILS] = "front-timer-fails",
		[MOVE_DETACH] = "detach",
		[MOVE_RESTORE] = "restore",
		[MOVE_NODES_GONE] = "nodes-gone",
		[MOVE_FRONT_NODE_GONE] = "front-node-gone",
		[MOVE_HOSTILE_1] = "hostile-1",
		[MOVE_HOSTILE_2] = "hostile-2",
		[MOVE_HOSTILE_3] = "hostile-3",
		[MOVE_HOSTILE_4] = "hostile-4",
		[MOVE_HOSTILE_5] = "hostile-5",
		[MOVE_HOSTILE_6] = "hostile-6",
		[MOVE_HOSTILE_BAD] = "hostile-bad",
	};

	return name[move];
}

void world_print(const struct world *w)
{
	fprintf(stderr, "B %u F %u online %u keys %u | back %s mapped %u timer %u f-fired %u |",
		w->b, w->f, w->online, w->keys, chan_back_state_name(w->back), w->mapped,
		w->back_timer, w->f_fired);
	for (unsigned int i = 0; w->todo[i]; i++)
		fprintf(stderr, " t%u", w->todo[i]);
	for (unsigned int i = 0; w->found[i]; i++)
		fprintf(stderr, " f%u", w->found[i]);
	fprintf(stderr, " | front %s shown %u ring %u timer %u b-fired %u own-fired %u moved %u\n",
		chan_front_state_name(w->front), w->shown, w->ring, w->front_timer, w->b_fired,
		w->own_fired, w->moved);
}
