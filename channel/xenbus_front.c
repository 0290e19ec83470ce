/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The front-end's state machine; see the header. The table is complete: an entry names the next state and a
 * script, which is a short list of actions. One rule is outside: leaving the states with a ring begins with
 * DROP.
 *
 * A start, and every loss of the back-end, goes through Closed ("rolling"): the back-end's state 2 may be
 * left from before, while it reads the keys of an old ring. Its 6 after our 6 means that it holds nothing,
 * and its 2 after our 1 is then new.
 */
#include "channel/xenbus_front.h"

#include <assert.h>

enum script {
	NOTHING,
	FIND,
	FRESH, /* the nodes were created again and contain state 1 already */
	ROLL,
	REST,
	AGAIN,
	READ,
	MAKE,
	OFFER,
	RUN,
	SETTLE,
	DROP, /* for a ring that was made after its state was left */
	RETRY,
	STOP,
	END,
	DIE,
};

#define STAYS 0xff

/* Entry 0 is undecided (state NONE); a test checks that no such entry exists. */
struct entry {
	uint8_t next; /* enum chan_front_state, or STAYS */
	uint8_t script; /* enum script */
};

/* clang-format off */
#define ON(event) [CHAN_FRONT_EV_##event]
#define TO(state, script) {CHAN_FRONT_##state, script}
#define STAY {STAYS, NOTHING}
static const struct entry table[CHAN_FRONT_STATES][CHAN_FRONT_EVENTS] = {
	[CHAN_FRONT_NEW] = {
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(ROLLING, ROLL),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(OWN_SAME) = TO(ROLLING, ROLL),
		ON(MADE) = TO(NEW, DROP),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(STOP) = TO(GONE, DIE),
		ON(BACK_GONE) = STAY, ON(BACK_1) = STAY, ON(BACK_2) = STAY, ON(BACK_3) = STAY,
		ON(BACK_4) = STAY, ON(BACK_5) = STAY, ON(BACK_6) = STAY, ON(BACK_BAD) = STAY,
		ON(OFFER) = STAY, ON(OFFER_BAD) = STAY, ON(FAULT) = STAY, ON(SETTLED) = STAY,
		ON(TIMER) = STAY,
	},
	[CHAN_FRONT_WAIT] = {
		ON(BACK_2) = TO(READING, READ),
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(WAIT, FRESH),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(MADE) = TO(WAIT, DROP),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(STOP) = TO(GONE, END),
		ON(BACK_GONE) = STAY, ON(BACK_1) = STAY, ON(BACK_3) = STAY, ON(BACK_4) = STAY,
		ON(BACK_5) = STAY, ON(BACK_6) = STAY, ON(BACK_BAD) = STAY, ON(OWN_SAME) = STAY,
		ON(OFFER) = STAY, ON(OFFER_BAD) = STAY, ON(FAULT) = STAY, ON(SETTLED) = STAY,
		ON(TIMER) = STAY,
	},
	[CHAN_FRONT_READING] = {
		ON(BACK_GONE) = TO(WAIT, NOTHING),
		ON(BACK_1) = TO(WAIT, NOTHING),
		ON(BACK_3) = TO(WAIT, NOTHING),
		ON(BACK_4) = TO(WAIT, NOTHING),
		ON(BACK_5) = TO(WAIT, NOTHING),
		ON(BACK_6) = TO(WAIT, NOTHING),
		ON(BACK_BAD) = TO(WAIT, NOTHING),
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(WAIT, FRESH),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(OFFER) = TO(MAKING, MAKE),
		ON(OFFER_BAD) = TO(RESTING, REST),
		ON(MADE) = TO(READING, DROP),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(STOP) = TO(GONE, END),
		ON(BACK_2) = STAY, ON(OWN_SAME) = STAY, ON(FAULT) = STAY, ON(SETTLED) = STAY,
		ON(TIMER) = STAY,
	},
	[CHAN_FRONT_MAKING] = {
		ON(BACK_GONE) = TO(WAIT, NOTHING),
		ON(BACK_1) = TO(WAIT, NOTHING),
		ON(BACK_3) = TO(WAIT, NOTHING),
		ON(BACK_4) = TO(WAIT, NOTHING),
		ON(BACK_5) = TO(WAIT, NOTHING),
		ON(BACK_6) = TO(WAIT, NOTHING),
		ON(BACK_BAD) = TO(WAIT, NOTHING),
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(WAIT, FRESH),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(MADE) = TO(OFFERED, OFFER),
		ON(FAULT) = TO(RESTING, REST),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(STOP) = TO(GONE, END),
		ON(BACK_2) = STAY, ON(OWN_SAME) = STAY, ON(OFFER) = STAY, ON(OFFER_BAD) = STAY,
		ON(SETTLED) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_FRONT_OFFERED] = {
		ON(BACK_GONE) = TO(ROLLING, ROLL),
		ON(BACK_1) = TO(ROLLING, ROLL),
		ON(BACK_4) = TO(CONNECTED, RUN),
		ON(BACK_5) = TO(ROLLING, ROLL),
		ON(BACK_6) = TO(ROLLING, ROLL),
		ON(BACK_BAD) = TO(ROLLING, ROLL),
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(WAIT, FRESH),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(FAULT) = TO(ROLLING, ROLL),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(STOP) = TO(STOPPING, STOP),
		ON(BACK_2) = STAY, ON(BACK_3) = STAY, ON(OWN_SAME) = STAY, ON(OFFER) = STAY,
		ON(OFFER_BAD) = STAY, ON(MADE) = STAY, ON(SETTLED) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_FRONT_CONNECTED] = {
		ON(BACK_GONE) = TO(ROLLING, ROLL),
		ON(BACK_1) = TO(ROLLING, ROLL),
		ON(BACK_2) = TO(ROLLING, ROLL),
		ON(BACK_3) = TO(ROLLING, ROLL),
		ON(BACK_5) = TO(ROLLING, ROLL),
		ON(BACK_6) = TO(ROLLING, ROLL),
		ON(BACK_BAD) = TO(ROLLING, ROLL),
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(WAIT, FRESH),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(FAULT) = TO(ROLLING, ROLL),
		ON(SETTLED) = TO(CONNECTED, SETTLE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(STOP) = TO(STOPPING, STOP),
		ON(BACK_4) = STAY, ON(OWN_SAME) = STAY, ON(OFFER) = STAY, ON(OFFER_BAD) = STAY,
		ON(MADE) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_FRONT_ROLLING] = {
		ON(BACK_6) = TO(RESTING, REST),
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(WAIT, FRESH),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(MADE) = TO(ROLLING, DROP),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(STOP) = TO(GONE, END),
		ON(BACK_GONE) = STAY, ON(BACK_1) = STAY, ON(BACK_2) = STAY, ON(BACK_3) = STAY,
		ON(BACK_4) = STAY, ON(BACK_5) = STAY, ON(BACK_BAD) = STAY, ON(OWN_SAME) = STAY,
		ON(OFFER) = STAY, ON(OFFER_BAD) = STAY, ON(FAULT) = STAY, ON(SETTLED) = STAY,
		ON(TIMER) = STAY,
	},
	[CHAN_FRONT_RESTING] = {
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(WAIT, FRESH),
		ON(OWN_OTHER) = TO(ROLLING, ROLL),
		ON(MADE) = TO(RESTING, DROP),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(TIMER) = TO(WAIT, AGAIN),
		ON(STOP) = TO(GONE, END),
		ON(BACK_GONE) = STAY, ON(BACK_1) = STAY, ON(BACK_2) = STAY, ON(BACK_3) = STAY,
		ON(BACK_4) = STAY, ON(BACK_5) = STAY, ON(BACK_6) = STAY, ON(BACK_BAD) = STAY,
		ON(OWN_SAME) = STAY, ON(OFFER) = STAY, ON(OFFER_BAD) = STAY, ON(FAULT) = STAY,
		ON(SETTLED) = STAY,
	},
	[CHAN_FRONT_STUCK] = {
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(MADE) = TO(STUCK, DROP),
		ON(TIMER) = TO(NEW, FIND),
		ON(STOP) = TO(GONE, END),
		ON(BACK_GONE) = STAY, ON(BACK_1) = STAY, ON(BACK_2) = STAY, ON(BACK_3) = STAY,
		ON(BACK_4) = STAY, ON(BACK_5) = STAY, ON(BACK_6) = STAY, ON(BACK_BAD) = STAY,
		ON(OWN_FRESH) = STAY, ON(OWN_OTHER) = STAY, ON(OWN_SAME) = STAY, ON(OFFER) = STAY,
		ON(OFFER_BAD) = STAY, ON(FAULT) = STAY, ON(SETTLED) = STAY,
		ON(STORE_FAILED) = STAY,
	},
	[CHAN_FRONT_STOPPING] = {
		ON(BACK_GONE) = TO(GONE, END),
		ON(BACK_1) = TO(GONE, END),
		ON(BACK_2) = TO(GONE, END),
		ON(BACK_5) = TO(GONE, END),
		ON(BACK_6) = TO(GONE, END),
		ON(BACK_BAD) = TO(GONE, END),
		ON(OWN_GONE) = TO(GONE, DIE),
		ON(OWN_FRESH) = TO(GONE, END),
		ON(FAULT) = TO(GONE, END),
		ON(STORE_FAILED) = TO(GONE, DIE),
		ON(TIMER) = TO(GONE, END),
		ON(BACK_3) = STAY, ON(BACK_4) = STAY, ON(OWN_OTHER) = STAY, ON(OWN_SAME) = STAY,
		ON(OFFER) = STAY, ON(OFFER_BAD) = STAY, ON(MADE) = STAY, ON(SETTLED) = STAY,
		ON(STOP) = STAY,
	},
	[CHAN_FRONT_GONE] = {
		ON(MADE) = TO(GONE, DROP),
		ON(BACK_GONE) = STAY, ON(BACK_1) = STAY, ON(BACK_2) = STAY, ON(BACK_3) = STAY,
		ON(BACK_4) = STAY, ON(BACK_5) = STAY, ON(BACK_6) = STAY, ON(BACK_BAD) = STAY,
		ON(OWN_GONE) = STAY, ON(OWN_FRESH) = STAY, ON(OWN_OTHER) = STAY,
		ON(OWN_SAME) = STAY, ON(OFFER) = STAY, ON(OFFER_BAD) = STAY, ON(FAULT) = STAY,
		ON(SETTLED) = STAY, ON(STORE_FAILED) = STAY, ON(TIMER) = STAY, ON(STOP) = STAY,
	},
};
#undef ON
#undef TO
#undef STAY
/* clang-format on */

static struct chan_front_action *add(struct chan_front_todo *todo, enum chan_front_action_kind kind)
{
	struct chan_front_action *action = &todo->action[todo->count];

	assert(todo->count < CHAN_FRONT_TODO_MAX);
	todo->count++;
	*action = (struct chan_front_action){.kind = kind};
	return action;
}

static void add_show(struct chan_front *front, struct chan_front_todo *todo,
		     enum chan_xenbus_state state)
{
	add(todo, CHAN_FRONT_DO_SHOW)->state = state;
	front->shown = state;
}

static void add_timer(struct chan_front_todo *todo, uint32_t ms)
{
	add(todo, CHAN_FRONT_DO_TIMER)->ms = ms;
}

uint32_t chan_front_retry_ms(uint32_t failures)
{
	static const uint32_t ms[] = {0, 100, 300, 1000, 3000, 10000};
	uint32_t last = sizeof(ms) / sizeof(ms[0]) - 1;

	return ms[failures < last ? failures : last];
}

static void run(struct chan_front *front, enum script script, struct chan_front_todo *todo)
{
	switch (script) {
	case NOTHING:
		break;
	case FIND:
		add(todo, CHAN_FRONT_DO_FIND);
		break;
	case FRESH:
		front->shown = CHAN_XENBUS_INITIALISING;
		front->failures = 0;
		add(todo, CHAN_FRONT_DO_STOP_TIMER);
		add(todo, CHAN_FRONT_DO_LOOK);
		break;
	case ROLL:
		add(todo, CHAN_FRONT_DO_STOP_TIMER);
		add_show(front, todo, CHAN_XENBUS_CLOSED);
		add(todo, CHAN_FRONT_DO_LOOK);
		break;
	case REST:
		add_timer(todo, chan_front_retry_ms(front->failures++));
		break;
	case AGAIN:
		add_show(front, todo, CHAN_XENBUS_INITIALISING);
		add(todo, CHAN_FRONT_DO_LOOK);
		break;
	case READ:
		add(todo, CHAN_FRONT_DO_READ_OFFER);
		break;
	case MAKE:
		add(todo, CHAN_FRONT_DO_MAKE);
		break;
	case OFFER:
		add(todo, CHAN_FRONT_DO_OFFER);
		front->shown = CHAN_XENBUS_INITIALISED;
		break;
	case RUN:
		add_show(front, todo, CHAN_XENBUS_CONNECTED);
		add(todo, CHAN_FRONT_DO_RUN);
		break;
	case SETTLE:
		front->failures = 0;
		break;
	case DROP:
		add(todo, CHAN_FRONT_DO_DROP);
		break;
	case RETRY:
		front->shown = 0;
		add_timer(todo, chan_front_retry_ms(1 + front->failures++));
		break;
	case STOP:
		add_show(front, todo, CHAN_XENBUS_CLOSING);
		add_timer(todo, CHAN_FRONT_STOP_MS);
		add(todo, CHAN_FRONT_DO_LOOK);
		break;
	case END:
		add(todo, CHAN_FRONT_DO_STOP_TIMER);
		add_show(front, todo, CHAN_XENBUS_CLOSED);
		add(todo, CHAN_FRONT_DO_FORGET);
		break;
	case DIE:
		add(todo, CHAN_FRONT_DO_STOP_TIMER);
		add(todo, CHAN_FRONT_DO_FORGET);
		break;
	}
}

static bool has_ring(enum chan_front_state state)
{
	return state == CHAN_FRONT_MAKING || state == CHAN_FRONT_OFFERED ||
	       state == CHAN_FRONT_CONNECTED || state == CHAN_FRONT_STOPPING;
}

static enum chan_front_event_kind column(const struct chan_front_event *event)
{
	assert(event->kind > CHAN_FRONT_EV_NONE && event->kind < CHAN_FRONT_EVENTS);
	if (event->kind == CHAN_FRONT_EV_OFFER && event->fault.kind != CHAN_FAULT_NONE)
		return CHAN_FRONT_EV_OFFER_BAD;
	return event->kind;
}

void chan_front_init(struct chan_front *front)
{
	*front = (struct chan_front){.state = CHAN_FRONT_NEW};
}

void chan_front_step(struct chan_front *front, const struct chan_front_event *event,
		     struct chan_front_todo *ret_todo)
{
	enum chan_front_event_kind kind = column(event);
	const struct entry *entry = &table[front->state][kind];
	enum chan_front_state next = front->state;

	assert(entry->next != CHAN_FRONT_NONE);
	if (entry->next != STAYS)
		next = (enum chan_front_state)entry->next;
	ret_todo->count = 0;
	/* A FAULT in MAKING is the outcome of making: there is no ring. */
	if (has_ring(front->state) && !has_ring(next) &&
	    !(front->state == CHAN_FRONT_MAKING && kind == CHAN_FRONT_EV_FAULT))
		add(ret_todo, CHAN_FRONT_DO_DROP);
	if (event->fault.kind != CHAN_FAULT_NONE)
		front->fault = event->fault;
	run(front, (enum script)entry->script, ret_todo);
	front->state = next;
}

struct chan_front_event chan_front_ev_level(enum chan_level level)
{
	static const enum chan_front_event_kind kind[] = {
		[CHAN_LEVEL_GONE] = CHAN_FRONT_EV_BACK_GONE,
		[CHAN_LEVEL_1] = CHAN_FRONT_EV_BACK_1,
		[CHAN_LEVEL_2] = CHAN_FRONT_EV_BACK_2,
		[CHAN_LEVEL_3] = CHAN_FRONT_EV_BACK_3,
		[CHAN_LEVEL_4] = CHAN_FRONT_EV_BACK_4,
		[CHAN_LEVEL_5] = CHAN_FRONT_EV_BACK_5,
		[CHAN_LEVEL_6] = CHAN_FRONT_EV_BACK_6,
		[CHAN_LEVEL_BAD] = CHAN_FRONT_EV_BACK_BAD,
	};

	return (struct chan_front_event){.kind = kind[level]};
}

struct chan_front_event chan_front_ev_own(const struct chan_front *front, enum chan_level level,
					  bool moved)
{
	enum chan_front_event_kind kind = CHAN_FRONT_EV_OWN_OTHER;

	if (level == CHAN_LEVEL_GONE)
		kind = CHAN_FRONT_EV_OWN_GONE;
	else if (level == CHAN_LEVEL_1 && moved)
		kind = CHAN_FRONT_EV_OWN_FRESH;
	else if ((unsigned int)level == front->shown && !moved)
		kind = CHAN_FRONT_EV_OWN_SAME;
	return (struct chan_front_event){.kind = kind};
}

bool chan_front_has_ring(const struct chan_front *front)
{
	return has_ring(front->state);
}

const char *chan_front_state_name(enum chan_front_state state)
{
	static const char *const name[CHAN_FRONT_STATES] = {
		[CHAN_FRONT_NONE] = "none",	      [CHAN_FRONT_NEW] = "new",
		[CHAN_FRONT_WAIT] = "waiting",	      [CHAN_FRONT_READING] = "reading",
		[CHAN_FRONT_MAKING] = "making",	      [CHAN_FRONT_OFFERED] = "offered",
		[CHAN_FRONT_CONNECTED] = "connected", [CHAN_FRONT_ROLLING] = "rolling",
		[CHAN_FRONT_RESTING] = "resting",     [CHAN_FRONT_STUCK] = "stuck",
		[CHAN_FRONT_STOPPING] = "stopping",   [CHAN_FRONT_GONE] = "gone",
	};

	return name[state];
}

const char *chan_front_event_name(enum chan_front_event_kind kind)
{
	static const char *const name[CHAN_FRONT_EVENTS] = {
		[CHAN_FRONT_EV_NONE] = "none",
		[CHAN_FRONT_EV_BACK_GONE] = "back-gone",
		[CHAN_FRONT_EV_BACK_1] = "back-initialising",
		[CHAN_FRONT_EV_BACK_2] = "back-init-wait",
		[CHAN_FRONT_EV_BACK_3] = "back-initialised",
		[CHAN_FRONT_EV_BACK_4] = "back-connected",
		[CHAN_FRONT_EV_BACK_5] = "back-closing",
		[CHAN_FRONT_EV_BACK_6] = "back-closed",
		[CHAN_FRONT_EV_BACK_BAD] = "back-bad",
		[CHAN_FRONT_EV_OWN_GONE] = "own-gone",
		[CHAN_FRONT_EV_OWN_FRESH] = "own-fresh",
		[CHAN_FRONT_EV_OWN_OTHER] = "own-other",
		[CHAN_FRONT_EV_OWN_SAME] = "own-same",
		[CHAN_FRONT_EV_OFFER] = "offer",
		[CHAN_FRONT_EV_OFFER_BAD] = "offer-bad",
		[CHAN_FRONT_EV_MADE] = "made",
		[CHAN_FRONT_EV_FAULT] = "fault",
		[CHAN_FRONT_EV_SETTLED] = "settled",
		[CHAN_FRONT_EV_STORE_FAILED] = "store-failed",
		[CHAN_FRONT_EV_TIMER] = "timer",
		[CHAN_FRONT_EV_STOP] = "stop",
	};

	return name[kind];
}
