/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The front-end of xenbus_model.h: its machine, and its shell, which acts at once. */
#include "tests/unit/xenbus_model_priv.h"

bool model_front_lives(const struct model *w)
{
	return w->front && w->front != CHAN_FRONT_GONE;
}

static void front_write(struct model *w, uint8_t state, bool *fails, struct chan_front_event *then)
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

static void front_event(struct model *w, struct chan_front_event event, bool *fails)
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
			/* No side holds an older ring, or will take it for this one. */
			NEVER(w->mapped != RING_NONE && !w->moved);
			model_ring_ends(w);
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
			model_ring_ends(w);
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

void model_front_plain(struct model *w, enum chan_front_event_kind kind, bool fails)
{
	front_event(w, (struct chan_front_event){.kind = kind}, &fails);
}

bool model_front_looks(struct model *w, bool fails)
{
	/* It watches the old path until it has read F. */
	enum chan_level level = w->moved ? CHAN_LEVEL_GONE : (enum chan_level)w->b;

	if (!model_front_lives(w) || !w->b_fired)
		return false;
	w->b_fired = 0;
	model_front_plain(w, chan_front_ev_level(level).kind, fails);
	return true;
}

bool model_front_finds(struct model *w, bool fails)
{
	struct chan_front front = {.state = w->front, .shown = w->shown};
	struct chan_front_event event;

	if (!model_front_lives(w) || !w->own_fired)
		return false;
	event = chan_front_ev_own(&front, (enum chan_level)w->f, w->moved);
	w->own_fired = 0;
	w->b_fired |= w->moved; /* the new watch */
	front_event(w, event, &fails);
	w->moved = 0;
	return true;
}

bool model_front_ticks(struct model *w, bool fails)
{
	if (!w->front_timer)
		return false;
	w->front_timer = 0;
	model_front_plain(w, CHAN_FRONT_EV_TIMER, fails);
	return true;
}

/* The service starts, or finds a device again. */
bool model_front_starts(struct model *w)
{
	if (model_front_lives(w) || (w->front == CHAN_FRONT_GONE && !w->f))
		return false;
	w->front = w->f ? CHAN_FRONT_NEW : CHAN_FRONT_GONE;
	w->shown = w->front_timer = w->moved = 0;
	w->own_fired = w->b_fired = w->f != 0;
	return true;
}

bool model_front_ends(struct model *w)
{
	if (!w->front)
		return false;
	model_ring_ends(w);
	w->front = w->shown = w->front_timer = w->moved = w->own_fired = w->b_fired = 0;
	return true;
}
