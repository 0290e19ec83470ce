/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The front-end's state machine; see the header. The table is complete: an entry is a script, which is a short
 * list of actions and determines the next state. One rule is outside: leaving the states with a ring begins with
 * DROP.
 *
 * A start, and every loss of the back-end, goes through Closed ("rolling"): the back-end's state 2 may be
 * left from before, while it reads the keys of an old ring. Its 6 after our 6 means that it holds nothing,
 * and its 2 after our 1 is then new.
 */
#include "channel/xenbus_front.h"

#include <assert.h>

/* What an event causes; next_state has the state after it, and run() the actions. */
enum script {
	UNDECIDED, /* a test checks that no entry is */
	STAY, /* no action, the same state */
	WAIT,
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
	DROP, /* for a ring that was made after its state was left; the same state */
	RETRY,
	STOP,
	END,
	DIE,
};

/* NONE: the state does not change. */
static const enum chan_front_state next_state[] = {
	[STAY] = CHAN_FRONT_NONE,     [WAIT] = CHAN_FRONT_WAIT,	    [FIND] = CHAN_FRONT_NEW,
	[FRESH] = CHAN_FRONT_WAIT,    [ROLL] = CHAN_FRONT_ROLLING,  [REST] = CHAN_FRONT_RESTING,
	[AGAIN] = CHAN_FRONT_WAIT,    [READ] = CHAN_FRONT_READING,  [MAKE] = CHAN_FRONT_MAKING,
	[OFFER] = CHAN_FRONT_OFFERED, [RUN] = CHAN_FRONT_CONNECTED, [SETTLE] = CHAN_FRONT_NONE,
	[DROP] = CHAN_FRONT_NONE,     [RETRY] = CHAN_FRONT_STUCK,   [STOP] = CHAN_FRONT_STOPPING,
	[END] = CHAN_FRONT_GONE,      [DIE] = CHAN_FRONT_GONE,
};

/* clang-format off */
#define ON(event, ...) [CHAN_FRONT_EV_##event] = {UNDECIDED, __VA_ARGS__}
/* The columns are the states in the order of enum chan_front_state, without NONE. */
static const uint8_t table[CHAN_FRONT_EVENTS][CHAN_FRONT_STATES] = {
	/*               new    wait   read   make   offer  conn    roll   rest   stuck stop  gone */
	ON(BACK_GONE,    STAY,  STAY,  WAIT,  WAIT,  ROLL,  ROLL,   STAY,  STAY,  STAY, END,  STAY),
	ON(BACK_1,       STAY,  STAY,  WAIT,  WAIT,  ROLL,  ROLL,   STAY,  STAY,  STAY, END,  STAY),
	ON(BACK_2,       STAY,  READ,  STAY,  STAY,  STAY,  ROLL,   STAY,  STAY,  STAY, END,  STAY),
	ON(BACK_3,       STAY,  STAY,  WAIT,  WAIT,  STAY,  ROLL,   STAY,  STAY,  STAY, STAY, STAY),
	ON(BACK_4,       STAY,  STAY,  WAIT,  WAIT,  RUN,   STAY,   STAY,  STAY,  STAY, STAY, STAY),
	ON(BACK_5,       STAY,  STAY,  WAIT,  WAIT,  ROLL,  ROLL,   STAY,  STAY,  STAY, END,  STAY),
	ON(BACK_6,       STAY,  STAY,  WAIT,  WAIT,  ROLL,  ROLL,   REST,  STAY,  STAY, END,  STAY),
	ON(BACK_BAD,     STAY,  STAY,  WAIT,  WAIT,  ROLL,  ROLL,   STAY,  STAY,  STAY, END,  STAY),
	ON(OWN_GONE,     DIE,   DIE,   DIE,   DIE,   DIE,   DIE,    DIE,   DIE,   DIE,  DIE,  STAY),
	ON(OWN_FRESH,    ROLL,  FRESH, FRESH, FRESH, FRESH, FRESH,  FRESH, FRESH, STAY, END,  STAY),
	ON(OWN_OTHER,    ROLL,  ROLL,  ROLL,  ROLL,  ROLL,  ROLL,   ROLL,  ROLL,  STAY, STAY, STAY),
	ON(OWN_SAME,     ROLL,  STAY,  STAY,  STAY,  STAY,  STAY,   STAY,  STAY,  STAY, STAY, STAY),
	ON(OFFER,        STAY,  STAY,  MAKE,  STAY,  STAY,  STAY,   STAY,  STAY,  STAY, STAY, STAY),
	ON(OFFER_BAD,    STAY,  STAY,  REST,  STAY,  STAY,  STAY,   STAY,  STAY,  STAY, STAY, STAY),
	ON(MADE,         DROP,  DROP,  DROP,  OFFER, STAY,  STAY,   DROP,  DROP,  DROP, STAY, DROP),
	ON(FAULT,        STAY,  STAY,  STAY,  REST,  ROLL,  ROLL,   STAY,  STAY,  STAY, END,  STAY),
	ON(SETTLED,      STAY,  STAY,  STAY,  STAY,  STAY,  SETTLE, STAY,  STAY,  STAY, STAY, STAY),
	ON(STORE_FAILED, RETRY, RETRY, RETRY, RETRY, RETRY, RETRY,  RETRY, RETRY, STAY, DIE,  STAY),
	ON(TIMER,        STAY,  STAY,  STAY,  STAY,  STAY,  STAY,   STAY,  AGAIN, FIND, END,  STAY),
	ON(STOP,         DIE,   END,   END,   END,   STOP,  STOP,   END,   END,   END,  STAY, STAY),
};
#undef ON
/* clang-format on */

/* The actions of a script; zeros after the last. */
#define DO(what) .kind = CHAN_FRONT_DO_##what
#define SHOW(which)                                    \
	{                                              \
		DO(SHOW), .state = CHAN_XENBUS_##which \
	}
static const struct chan_front_action actions[][3] = {
	[FIND] = {{DO(FIND)}},
	[FRESH] = {{DO(STOP_TIMER)}, {DO(LOOK)}},
	[ROLL] = {{DO(STOP_TIMER)}, SHOW(CLOSED), {DO(LOOK)}},
	[REST] = {{DO(TIMER)}},
	[AGAIN] = {SHOW(INITIALISING), {DO(LOOK)}},
	[READ] = {{DO(READ_OFFER)}},
	[MAKE] = {{DO(MAKE)}},
	[OFFER] = {{DO(OFFER), .state = CHAN_XENBUS_INITIALISED}},
	[RUN] = {SHOW(CONNECTED), {DO(RUN)}},
	[SETTLE] = {{DO(NOTHING)}},
	[DROP] = {{DO(DROP)}},
	[RETRY] = {{DO(TIMER)}},
	[STOP] = {SHOW(CLOSING), {DO(TIMER), .ms = CHAN_FRONT_STOP_MS}, {DO(LOOK)}},
	[END] = {{DO(STOP_TIMER)}, SHOW(CLOSED), {DO(FORGET)}},
	[DIE] = {{DO(STOP_TIMER)}, {DO(FORGET)}},
};
#undef DO
#undef SHOW

uint32_t chan_front_retry_ms(uint32_t failures)
{
	static const uint32_t ms[] = {0, 100, 300, 1000, 3000, 10000};
	uint32_t last = sizeof(ms) / sizeof(ms[0]) - 1;

	return ms[failures < last ? failures : last];
}

static void run(struct chan_front *front, enum script script, struct chan_front_todo *todo)
{
	const struct chan_front_action *action = actions[script];

	for (unsigned int i = 0; i < 3 && action[i].kind != CHAN_FRONT_DO_NOTHING; i++) {
		assert(todo->count < CHAN_FRONT_TODO_MAX);
		if (action[i].state)
			front->shown = action[i].state;
		todo->action[todo->count++] = action[i];
	}
	if (script == FRESH)
		front->shown = CHAN_XENBUS_INITIALISING;
	if (script == FRESH || script == SETTLE)
		front->failures = 0;
	if (script == REST)
		todo->action[todo->count - 1].ms = chan_front_retry_ms(front->failures++);
	if (script == RETRY) {
		front->shown = 0;
		todo->action[todo->count - 1].ms = chan_front_retry_ms(1 + front->failures++);
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
	enum script script = (enum script)table[kind][front->state];
	enum chan_front_state next = next_state[script];

	assert(script != UNDECIDED);
	if (next == CHAN_FRONT_NONE)
		next = front->state;
	ret_todo->count = 0;
	/* A FAULT in MAKING is the outcome of making: there is no ring. */
	if (has_ring(front->state) && !has_ring(next) &&
	    !(front->state == CHAN_FRONT_MAKING && kind == CHAN_FRONT_EV_FAULT))
		run(front, DROP, ret_todo);
	if (event->fault.kind != CHAN_FAULT_NONE)
		front->fault = event->fault;
	run(front, script, ret_todo);
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
