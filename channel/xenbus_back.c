/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The back-end's state machine; see the header. The table is complete: an entry is a script, which is a short
 * list of actions and determines the next state. One rule is outside: leaving a state with a ring begins with
 * UNMAP.
 */
#include "channel/xenbus_back.h"

#include <assert.h>

/* What an event causes; next_state has the state after it, and run() the actions. */
enum script {
	UNDECIDED, /* a test checks that no entry is */
	STAY, /* no action, the same state */
	LOOK,
	SHOW2, /* writes the offer and state 2 */
	SHOW5,
	SHOW6,
	READ,
	MAP,
	UP,
	UNMAP, /* for a ring that was mapped after its state was left; the same state */
	FAIL,
	RETRY,
	LEAVE,
	END,
	DIE,
	LOST,
};

/* NONE: the state does not change. */
static const enum chan_back_state next_state[] = {
	[STAY] = CHAN_BACK_NONE,     [LOOK] = CHAN_BACK_NEW,	 [SHOW2] = CHAN_BACK_WAIT,
	[SHOW5] = CHAN_BACK_CLOSING, [SHOW6] = CHAN_BACK_CLOSED, [READ] = CHAN_BACK_READING,
	[MAP] = CHAN_BACK_MAPPING,   [UP] = CHAN_BACK_CONNECTED, [UNMAP] = CHAN_BACK_NONE,
	[FAIL] = CHAN_BACK_CLOSED,   [RETRY] = CHAN_BACK_STUCK,	 [LEAVE] = CHAN_BACK_DETACHING,
	[END] = CHAN_BACK_GONE,	     [DIE] = CHAN_BACK_GONE,	 [LOST] = CHAN_BACK_GONE,
};

/* clang-format off */
#define ON(event, ...) [CHAN_BACK_EV_##event] = {UNDECIDED, __VA_ARGS__}
/* The columns are the states in the order of enum chan_back_state, without NONE. */
static const uint8_t table[CHAN_BACK_EVENTS][CHAN_BACK_STATES] = {
	/*               new    wait   read   map    conn   clsing closed stuck  detach gone */
	ON(FRONT_GONE,   SHOW6, SHOW6, SHOW6, SHOW6, SHOW6, SHOW6, STAY,  STAY,  END,   STAY),
	ON(FRONT_1,      SHOW2, STAY,  SHOW2, SHOW2, SHOW2, SHOW2, SHOW2, STAY,  END,   STAY),
	ON(FRONT_2,      SHOW2, STAY,  SHOW2, SHOW2, SHOW2, SHOW2, SHOW2, STAY,  END,   STAY),
	ON(FRONT_3,      SHOW6, READ,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY),
	ON(FRONT_4,      SHOW6, FAIL,  FAIL,  STAY,  STAY,  FAIL,  STAY,  STAY,  STAY,  STAY),
	ON(FRONT_5,      SHOW5, SHOW5, SHOW5, SHOW5, SHOW5, STAY,  STAY,  STAY,  STAY,  STAY),
	ON(FRONT_6,      SHOW6, SHOW6, SHOW6, SHOW6, SHOW6, SHOW6, STAY,  STAY,  END,   STAY),
	ON(FRONT_BAD,    FAIL,  FAIL,  FAIL,  FAIL,  FAIL,  FAIL,  STAY,  STAY,  END,   STAY),
	ON(KEYS,         STAY,  STAY,  MAP,   STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY),
	ON(KEYS_BAD,     STAY,  STAY,  FAIL,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY),
	ON(LATE,         STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY),
	ON(MAPPED,       UNMAP, UNMAP, UNMAP, UP,    STAY,  UNMAP, UNMAP, UNMAP, UNMAP, UNMAP),
	ON(FAULT,        STAY,  STAY,  STAY,  FAIL,  FAIL,  STAY,  STAY,  STAY,  STAY,  STAY),
	ON(DETACH,       LEAVE, LEAVE, LEAVE, LEAVE, LEAVE, LEAVE, LEAVE, LEAVE, STAY,  STAY),
	ON(NODE_GONE,    LOST,  LOST,  LOST,  LOST,  LOST,  LOST,  LOST,  LOST,  LOST,  STAY),
	ON(DOMAIN_GONE,  DIE,   DIE,   DIE,   DIE,   DIE,   DIE,   DIE,   DIE,   DIE,   STAY),
	ON(STORE_FAILED, RETRY, RETRY, RETRY, RETRY, RETRY, RETRY, RETRY, STAY,  STAY,  STAY),
	ON(TIMER,        STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  STAY,  LOOK,  END,   STAY),
};
#undef ON
/* clang-format on */

/* The actions of a script; zeros after the last. */
#define DO(what) .kind = CHAN_BACK_DO_##what
#define SHOW(which)                                    \
	{                                              \
		DO(SHOW), .state = CHAN_XENBUS_##which \
	}
static const struct chan_back_action actions[][4] = {
	[STAY] = {{DO(NOTHING)}},
	[LOOK] = {{DO(LOOK)}},
	[SHOW2] = {{DO(PUBLISH)}, SHOW(INIT_WAIT), {DO(LOOK)}},
	[SHOW5] = {SHOW(CLOSING), {DO(LOOK)}},
	[SHOW6] = {SHOW(CLOSED), {DO(LOOK)}},
	[READ] = {{DO(READ_KEYS)}},
	[MAP] = {{DO(MAP)}},
	[UP] = {{DO(CLEAR_ERROR)}, SHOW(CONNECTED), {DO(LOOK)}},
	[UNMAP] = {{DO(UNMAP)}},
	[FAIL] = {{DO(ERROR)}, SHOW(CLOSING), SHOW(CLOSED), {DO(LOOK)}},
	[RETRY] = {{DO(TIMER)}},
	[LEAVE] = {{DO(OFFLINE)},
		   SHOW(CLOSING),
		   {DO(TIMER), .ms = CHAN_BACK_DETACH_MS},
		   {DO(LOOK)}},
	[END] = {{DO(TIMER)}, SHOW(CLOSED), {DO(DELETE)}, {DO(FORGET)}},
	[DIE] = {{DO(TIMER)}, {DO(DELETE)}, {DO(FORGET)}},
	[LOST] = {{DO(TIMER)}, {DO(FORGET)}},
};
#undef DO
#undef SHOW

static uint32_t retry_ms(uint32_t failures)
{
	uint32_t ms = CHAN_BACK_RETRY_MS;

	while (failures-- > 0 && ms < CHAN_BACK_RETRY_MAX_MS)
		ms *= 2;
	return ms < CHAN_BACK_RETRY_MAX_MS ? ms : CHAN_BACK_RETRY_MAX_MS;
}

static void run(struct chan_back *back, enum script script, struct chan_back_todo *todo)
{
	const struct chan_back_action *action = actions[script];

	for (unsigned int i = 0; i < 4 && action[i].kind != CHAN_BACK_DO_NOTHING; i++) {
		assert(todo->count < CHAN_BACK_TODO_MAX);
		/* LOOK discards the outcome of earlier reads of xenstore */
		back->serial += action[i].kind == CHAN_BACK_DO_LOOK;
		todo->action[todo->count++] = action[i];
	}
	if (script == RETRY)
		todo->action[todo->count - 1].ms = retry_ms(back->failures++);
	if (script == UP)
		*back = (struct chan_back){.state = back->state, .serial = back->serial};
	if (script == FAIL) {
		assert(back->fault.kind != CHAN_FAULT_NONE);
		todo->action[todo->count - 4].fault = back->fault;
	}
}

static bool was_read(enum chan_back_event_kind kind)
{
	return (kind >= CHAN_BACK_EV_FRONT_GONE && kind <= CHAN_BACK_EV_FRONT_BAD) ||
	       kind == CHAN_BACK_EV_KEYS || kind == CHAN_BACK_EV_KEYS_BAD;
}

/* The event's column: a read may be outdated, and keys may be invalid. */
static enum chan_back_event_kind column(const struct chan_back *back,
					const struct chan_back_event *event)
{
	assert(event->kind > CHAN_BACK_EV_NONE && event->kind < CHAN_BACK_EVENTS);
	if (was_read(event->kind) && event->serial != back->serial)
		return CHAN_BACK_EV_LATE;
	if (event->kind == CHAN_BACK_EV_KEYS && event->fault.kind != CHAN_FAULT_NONE)
		return CHAN_BACK_EV_KEYS_BAD;
	return event->kind;
}

static struct chan_fault fault_of(enum chan_back_event_kind kind,
				  const struct chan_back_event *event)
{
	if (kind == CHAN_BACK_EV_FRONT_BAD)
		return (struct chan_fault){.kind = CHAN_FAULT_STATE, .key = CHAN_KEY_STATE};
	if (kind == CHAN_BACK_EV_FRONT_4)
		return (struct chan_fault){.kind = CHAN_FAULT_ORDER, .key = CHAN_KEY_STATE};
	return event->fault;
}

/* MAPPING ends with MAPPED, which keeps the ring, or with FAULT, after which there is no ring. */
static bool leaves_ring(const struct chan_back *back, enum chan_back_event_kind kind,
			enum chan_back_state next)
{
	if (back->state == CHAN_BACK_CONNECTED)
		return next != CHAN_BACK_CONNECTED;
	return back->state == CHAN_BACK_MAPPING && next != CHAN_BACK_MAPPING &&
	       kind != CHAN_BACK_EV_MAPPED && kind != CHAN_BACK_EV_FAULT;
}

void chan_back_init(struct chan_back *back)
{
	*back = (struct chan_back){.state = CHAN_BACK_NEW};
}

void chan_back_step(struct chan_back *back, const struct chan_back_event *event,
		    struct chan_back_todo *ret_todo)
{
	enum chan_back_event_kind kind = column(back, event);
	enum script script = (enum script)table[kind][back->state];
	enum chan_back_state next = next_state[script];

	assert(script != UNDECIDED);
	if (next == CHAN_BACK_NONE)
		next = back->state;
	ret_todo->count = 0;
	if (leaves_ring(back, kind, next))
		run(back, UNMAP, ret_todo);
	if (script == FAIL)
		back->fault = fault_of(kind, event);
	run(back, script, ret_todo);
	back->state = next;
}

struct chan_back_event chan_back_ev_level(enum chan_level level, uint32_t serial)
{
	static const enum chan_back_event_kind kind[] = {
		[CHAN_LEVEL_GONE] = CHAN_BACK_EV_FRONT_GONE,
		[CHAN_LEVEL_1] = CHAN_BACK_EV_FRONT_1,
		[CHAN_LEVEL_2] = CHAN_BACK_EV_FRONT_2,
		[CHAN_LEVEL_3] = CHAN_BACK_EV_FRONT_3,
		[CHAN_LEVEL_4] = CHAN_BACK_EV_FRONT_4,
		[CHAN_LEVEL_5] = CHAN_BACK_EV_FRONT_5,
		[CHAN_LEVEL_6] = CHAN_BACK_EV_FRONT_6,
		[CHAN_LEVEL_BAD] = CHAN_BACK_EV_FRONT_BAD,
	};

	return (struct chan_back_event){.kind = kind[level], .serial = serial};
}

struct chan_back_event chan_back_ev_keys(const struct chan_fault *fault, uint32_t serial)
{
	struct chan_back_event event = {.kind = CHAN_BACK_EV_KEYS, .serial = serial};

	if (fault)
		event.fault = *fault;
	return event;
}

bool chan_back_has_ring(const struct chan_back *back)
{
	return back->state == CHAN_BACK_MAPPING || back->state == CHAN_BACK_CONNECTED;
}

static const struct {
	const char *name;
	unsigned int shows;
} states[CHAN_BACK_STATES] = {
	[CHAN_BACK_NONE] = {"none", 0},
	[CHAN_BACK_NEW] = {"new", 0},
	[CHAN_BACK_WAIT] = {"waiting", CHAN_XENBUS_INIT_WAIT},
	[CHAN_BACK_READING] = {"reading", CHAN_XENBUS_INIT_WAIT},
	[CHAN_BACK_MAPPING] = {"mapping", CHAN_XENBUS_INIT_WAIT},
	[CHAN_BACK_CONNECTED] = {"connected", CHAN_XENBUS_CONNECTED},
	[CHAN_BACK_CLOSING] = {"closing", CHAN_XENBUS_CLOSING},
	[CHAN_BACK_CLOSED] = {"closed", CHAN_XENBUS_CLOSED},
	[CHAN_BACK_STUCK] = {"stuck", 0},
	[CHAN_BACK_DETACHING] = {"detaching", CHAN_XENBUS_CLOSING},
	[CHAN_BACK_GONE] = {"gone", 0},
};

unsigned int chan_back_shows(enum chan_back_state state)
{
	return states[state].shows;
}

const char *chan_back_state_name(enum chan_back_state state)
{
	return states[state].name;
}

const char *chan_back_event_name(enum chan_back_event_kind kind)
{
	static const char *const name[CHAN_BACK_EVENTS] = {
		[CHAN_BACK_EV_NONE] = "none",
		[CHAN_BACK_EV_FRONT_GONE] = "front-gone",
		[CHAN_BACK_EV_FRONT_1] = "front-initialising",
		[CHAN_BACK_EV_FRONT_2] = "front-init-wait",
		[CHAN_BACK_EV_FRONT_3] = "front-initialised",
		[CHAN_BACK_EV_FRONT_4] = "front-connected",
		[CHAN_BACK_EV_FRONT_5] = "front-closing",
		[CHAN_BACK_EV_FRONT_6] = "front-closed",
		[CHAN_BACK_EV_FRONT_BAD] = "front-bad",
		[CHAN_BACK_EV_KEYS] = "keys",
		[CHAN_BACK_EV_KEYS_BAD] = "keys-bad",
		[CHAN_BACK_EV_LATE] = "late",
		[CHAN_BACK_EV_MAPPED] = "mapped",
		[CHAN_BACK_EV_FAULT] = "fault",
		[CHAN_BACK_EV_DETACH] = "detach",
		[CHAN_BACK_EV_NODE_GONE] = "node-gone",
		[CHAN_BACK_EV_DOMAIN_GONE] = "domain-gone",
		[CHAN_BACK_EV_STORE_FAILED] = "store-failed",
		[CHAN_BACK_EV_TIMER] = "timer",
	};

	return name[kind];
}

uint32_t chan_pace_take(struct chan_pace *pace, uint64_t now_ms)
{
	uint64_t full = pace->full_ms > now_ms ? pace->full_ms : now_ms;
	uint64_t latest = now_ms + (uint64_t)(CHAN_PACE_BURST - 1) * CHAN_PACE_MS;

	if (full > latest)
		return (uint32_t)(full - latest);
	pace->full_ms = full + CHAN_PACE_MS;
	return 0;
}
