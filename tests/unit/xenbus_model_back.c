/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The back-end of xenbus_model.h: its machine, and its asynchronous shell. */
#include "tests/unit/xenbus_model_priv.h"

/* Jobs of the xenstore thread; 1 .. 6 is SHOW. */
enum todo { TODO_LOOK = 10, TODO_READ, TODO_LATE, TODO_OFFLINE, TODO_DELETE };
/* Its results; 1 .. 8 is a level + 1. */
enum found {
	FOUND_LEVEL = 1,
	FOUND_KEYS_NOW = 10,
	FOUND_KEYS_OLD,
	FOUND_KEYS_BAD,
	FOUND_LATE,
	FOUND_FAILED,
	FOUND_NODE_GONE,
};

/* The keys of the present ring become those of an old one. */
void model_ring_ends(struct model *w)
{
	w->ring = 0;
	if (w->keys == RING_NOW)
		w->keys = RING_OLD;
	if (w->mapped == RING_NOW)
		w->mapped = RING_OLD;
	for (unsigned int i = 0; i < MODEL_QUEUE; i++)
		if (w->found[i] == FOUND_KEYS_NOW)
			w->found[i] = FOUND_KEYS_OLD;
}

/* Pending and finished reads have an older serial now. */
static void reads_are_late(struct model *w)
{
	for (unsigned int i = 0; i < MODEL_QUEUE; i++) {
		if (w->todo[i] == TODO_READ || w->todo[i] == TODO_LOOK)
			w->todo[i] = TODO_LATE;
		if (w->found[i] && w->found[i] < FOUND_LATE)
			w->found[i] = FOUND_LATE;
	}
}

/* The present serial is 1, all others 0: only the difference matters. */
void model_back_event(struct model *w, struct chan_back_event event, enum model_ring keys,
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
			model_put(w, w->todo, TODO_LOOK);
			break;
		case CHAN_BACK_DO_READ_KEYS:
			model_put(w, w->todo, TODO_READ);
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
			model_put(w, w->todo, a->state);
			break;
		case CHAN_BACK_DO_OFFLINE:
			model_put(w, w->todo, TODO_OFFLINE);
			break;
		case CHAN_BACK_DO_TIMER:
			w->back_timer = a->ms > 0;
			break;
		case CHAN_BACK_DO_DELETE:
			model_put(w, w->todo, TODO_DELETE);
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
		model_back_event(w, then, RING_NONE, true);
}

void model_back_plain(struct model *w, enum chan_back_event_kind kind)
{
	model_back_event(w, (struct chan_back_event){.kind = kind}, RING_NONE, true);
}

/* The thread does its oldest job. */
bool model_store_does(struct model *w, bool fails)
{
	unsigned int item;

	if (!w->todo[0] || model_length(w->found) == MODEL_QUEUE)
		return false;
	item = model_take(w->todo);
	if (fails && item != TODO_DELETE && item != TODO_LATE) {
		model_put(w, w->found, FOUND_FAILED);
		return true;
	}
	switch (item) {
	case TODO_LOOK:
		model_put(w, w->found, FOUND_LEVEL + w->f);
		break;
	case TODO_READ:
		model_put(w, w->found,
			  w->f == 0 || w->keys == RING_NONE ? FOUND_KEYS_BAD
			  : w->keys == RING_NOW		    ? FOUND_KEYS_NOW
							    : FOUND_KEYS_OLD);
		break;
	case TODO_LATE:
		model_put(w, w->found, FOUND_LATE);
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
			model_put(w, w->found, FOUND_NODE_GONE);
			break;
		}
		/* Its earlier state is true now. */
		NEVER(item != CHAN_XENBUS_CONNECTED && w->mapped != RING_NONE);
		w->b_fired = 1;
		w->b = (uint8_t)item;
		break;
	}
	return true;
}

bool model_back_finds(struct model *w, bool mappable)
{
	struct chan_back_event event = {.kind = CHAN_BACK_EV_NONE, .serial = 1};
	enum model_ring keys = RING_NONE;
	unsigned int item = w->found[0];

	/* A step adds at most that many. */
	if (!item || model_length(w->todo) > MODEL_QUEUE - 5)
		return false;
	if (!mappable && item != FOUND_KEYS_OLD)
		return false;
	model_take(w->found);
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
	model_back_event(w, event, keys, mappable);
	return true;
}

/* The daemon scans backend/vib at its start. */
void model_back_starts(struct model *w)
{
	memset(w->todo, 0, sizeof(w->todo));
	memset(w->found, 0, sizeof(w->found));
	w->mapped = RING_NONE;
	w->back_timer = w->f_fired = w->b_gone_fired = 0;
	w->back = w->b ? CHAN_BACK_NEW : CHAN_BACK_GONE;
	if (!w->b)
		return;
	model_put(w, w->todo, TODO_LOOK);
	if (!w->online)
		model_back_plain(w, CHAN_BACK_EV_DETACH);
}

void model_back_looks(struct model *w)
{
	model_put(w, w->todo, TODO_LOOK);
}
