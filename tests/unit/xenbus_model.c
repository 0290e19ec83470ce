/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Queues, moves, and the dump of a model; see the header. */
#include "tests/unit/xenbus_model_priv.h"

unsigned int model_length(const uint8_t *queue)
{
	unsigned int n = 0;

	while (n < MODEL_QUEUE && queue[n])
		n++;
	return n;
}

void model_put(struct model *w, uint8_t *queue, unsigned int item)
{
	unsigned int n = model_length(queue);

	NEVER(n == MODEL_QUEUE);
	queue[n] = (uint8_t)item;
}

unsigned int model_take(uint8_t *queue)
{
	unsigned int item = queue[0];

	memmove(queue, queue + 1, MODEL_QUEUE - 1);
	queue[MODEL_QUEUE - 1] = 0;
	return item;
}

static void attach(struct model *w)
{
	w->b = w->f = CHAN_XENBUS_INITIALISING;
	w->online = 1;
	w->keys = RING_NONE;
	w->back_timer = w->b_gone_fired = w->f_fired = 0;
	w->own_fired = w->b_fired = w->front != 0;
	w->moved = 0;
	model_back_starts(w);
}

static bool nodes_go(struct model *w)
{
	if (!w->b)
		return false;
	w->b = w->f = 0;
	w->keys = RING_NONE;
	w->b_gone_fired = w->f_fired = 1;
	w->own_fired = w->b_fired = w->front != 0;
	return true;
}

static bool hostile(struct model *w, unsigned int state)
{
	if (w->front || !w->f || w->f == state)
		return false;
	w->f = (uint8_t)state;
	w->f_fired = 1;
	return true;
}

static bool back_idle(const struct model *w)
{
	return w->back == CHAN_BACK_GONE && !w->todo[0] && !w->found[0];
}

static bool sane_move(struct model *w, enum model_move move)
{
	switch ((int)move) {
	case MOVE_BACK_WATCH:
		if (!w->f_fired || w->back == CHAN_BACK_GONE ||
		    model_length(w->todo) > MODEL_QUEUE - 6)
			return false;
		w->f_fired = 0;
		model_back_looks(w);
		return true;
	case MOVE_STORE:
		return model_store_does(w, false);
	case MOVE_FOUND:
		return model_back_finds(w, true);
	case MOVE_FOUND_UNMAPPABLE:
		return model_back_finds(w, false);
	case MOVE_BACK_NODE_WATCH:
		if (!w->b_gone_fired)
			return false;
		w->b_gone_fired = 0;
		model_back_plain(w, CHAN_BACK_EV_NODE_GONE);
		return true;
	case MOVE_BACK_TIMER:
		if (!w->back_timer || model_length(w->todo) > MODEL_QUEUE - 5)
			return false;
		w->back_timer = 0;
		model_back_plain(w, CHAN_BACK_EV_TIMER);
		return true;
	case MOVE_FRONT_LOOK:
		return model_front_looks(w, false);
	case MOVE_FRONT_FIND:
		return model_front_finds(w, false);
	case MOVE_FRONT_TIMER:
		return model_front_ticks(w, false);
	case MOVE_FRONT_START:
		return model_front_starts(w);
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

static bool other_move(struct model *w, enum model_move move)
{
	switch ((int)move) {
	case MOVE_BACK_CRASH:
		model_back_starts(w);
		return true;
	case MOVE_FRONT_CRASH:
		return model_front_ends(w);
	case MOVE_FRONT_STOP:
		if (!model_front_lives(w))
			return false;
		model_front_plain(w, CHAN_FRONT_EV_STOP, false);
		return w->front != CHAN_FRONT_GONE || model_front_ends(w);
	case MOVE_BACK_FAULT:
		if (w->back != CHAN_BACK_CONNECTED || model_length(w->todo) > MODEL_QUEUE - 5)
			return false;
		model_back_event(w,
				 (struct chan_back_event){.kind = CHAN_BACK_EV_FAULT,
							  .fault = {.kind = CHAN_FAULT_RING}},
				 RING_NONE, true);
		return true;
	case MOVE_FRONT_FAULT:
		if (w->front != CHAN_FRONT_CONNECTED)
			return false;
		model_front_plain(w, CHAN_FRONT_EV_FAULT, false);
		return true;
	case MOVE_STORE_FAILS:
		return model_store_does(w, true);
	case MOVE_FRONT_LOOK_FAILS:
		return model_front_looks(w, true);
	case MOVE_FRONT_FIND_FAILS:
		return model_front_finds(w, true);
	case MOVE_FRONT_TIMER_FAILS:
		return model_front_ticks(w, true);
	case MOVE_DETACH:
		if (w->back == CHAN_BACK_GONE || w->back == CHAN_BACK_DETACHING ||
		    model_length(w->todo) > MODEL_QUEUE - 5)
			return false;
		model_back_plain(w, CHAN_BACK_EV_DETACH);
		return true;
	case MOVE_RESTORE: /* another domain, with an attach before it runs */
		attach(w);
		w->moved = model_front_lives(w);
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

/* A canonical form of equal states: queues of a removed device have no meaning. */
static void normalise(struct model *w)
{
	if (w->back == CHAN_BACK_GONE) {
		memset(w->found, 0, sizeof(w->found));
		w->f_fired = w->back_timer = w->b_gone_fired = 0;
	}
	if (!model_front_lives(w))
		w->b_fired = w->own_fired = w->moved = w->shown = w->front_timer = 0;
}

bool model_move(struct model *w, enum model_move move)
{
	struct model before = *w;

	if (move < MODEL_SANE ? sane_move(w, move) : other_move(w, move)) {
		normalise(w);
		return true;
	}
	*w = before;
	return false;
}

void model_init(struct model *w)
{
	memset(w, 0, sizeof(*w));
	w->front = CHAN_FRONT_GONE;
	attach(w);
	normalise(w);
}

bool model_good(const struct model *w)
{
	return w->back == CHAN_BACK_CONNECTED && w->front == CHAN_FRONT_CONNECTED &&
	       w->mapped == RING_NOW && w->ring && w->b == CHAN_XENBUS_CONNECTED &&
	       w->f == CHAN_XENBUS_CONNECTED && w->online && !w->todo[0] && !w->found[0] &&
	       !w->f_fired && !w->b_fired && !w->own_fired;
}

const char *model_move_name(enum model_move move)
{
	static const char *const name[MODEL_MOVES] = {
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

void model_print(const struct model *w)
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
