/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both xenbus machines over a small xenstore, as a transition system for tests: the back-end's shell is
 * asynchronous (a queue to the thread that talks to xenstore, a queue of its results), the front-end's acts
 * at once. A model is plain data: it can be copied, compared and put into a table.
 *
 * Moves are of two kinds. Sane ones happen by themselves, in any order: a watch fires, queues proceed,
 * timers, a service restarts, the toolstack attaches what is gone. The others are faults: crashes, failing
 * writes, a hostile front-end, detach, restore.
 *
 * The model asserts what must never happen; see model_move().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum model_ring {
	RING_NONE,
	RING_NOW, /* of the front-end's present ring */
	RING_OLD, /* of an earlier one */
};

#define MODEL_QUEUE 10

struct model {
	/* xenstore; a state of 0: no node */
	uint8_t b, f, online;
	uint8_t keys; /* enum model_ring: what F's keys name */
	/* the back-end: machine, shell, and its watches */
	uint8_t back, back_timer, mapped;
	uint8_t f_fired, b_gone_fired;
	uint8_t todo[MODEL_QUEUE], found[MODEL_QUEUE];
	/* the front-end: 0 if its service does not run */
	uint8_t front, shown, front_timer, ring;
	uint8_t b_fired, own_fired;
	uint8_t moved; /* F/backend changed and was not read yet */
};

enum model_move {
	/* sane */
	MOVE_BACK_WATCH,
	MOVE_STORE,
	MOVE_FOUND,
	MOVE_FOUND_UNMAPPABLE, /* as before, and grants of an old ring cannot be mapped */
	MOVE_BACK_NODE_WATCH,
	MOVE_BACK_TIMER,
	MOVE_FRONT_LOOK,
	MOVE_FRONT_FIND,
	MOVE_FRONT_TIMER,
	MOVE_FRONT_START,
	MOVE_ATTACH,
	MOVE_ATTACH_FRONT, /* only F was gone */
	MODEL_SANE,
	/* faults */
	MOVE_BACK_CRASH = MODEL_SANE,
	MOVE_FRONT_CRASH,
	MOVE_FRONT_STOP,
	MOVE_BACK_FAULT,
	MOVE_FRONT_FAULT,
	MOVE_STORE_FAILS,
	MOVE_FRONT_LOOK_FAILS, /* as FRONT_LOOK, and its first write fails */
	MOVE_FRONT_FIND_FAILS,
	MOVE_FRONT_TIMER_FAILS,
	MOVE_DETACH,
	MOVE_RESTORE,
	MOVE_NODES_GONE,
	MOVE_FRONT_NODE_GONE,
	MOVE_HOSTILE_1, /* without the service: another program writes F/state */
	MOVE_HOSTILE_2,
	MOVE_HOSTILE_3,
	MOVE_HOSTILE_4,
	MOVE_HOSTILE_5,
	MOVE_HOSTILE_6,
	MOVE_HOSTILE_BAD,
	MODEL_MOVES
};

/* A device that was just attached, in a guest whose service runs. */
void model_init(struct model *w);

/* False, and the model is unchanged: the move is impossible now. */
bool model_move(struct model *w, enum model_move move);

/* Both ends Connected on the same ring, and nothing pending. */
bool model_good(const struct model *w);

const char *model_move_name(enum model_move move);
void model_print(const struct model *w);
