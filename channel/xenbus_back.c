/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The back-end's state machine; see the header. The table is complete: an entry names the next state and a
 * script, which is a short list of actions. One rule is outside: leaving a state with a ring begins with
 * UNMAP.
 */
#include "channel/xenbus_back.h"

#include <assert.h>

enum script {
	NOTHING,
	LOOK,
	SHOW_2, /* writes the offer and state 2 */
	SHOW_5,
	SHOW_6,
	READ,
	MAP,
	UP,
	UNMAP, /* for a ring that was mapped after its state was left */
	FAIL,
	RETRY,
	DETACH,
	FINISH,
	DIE,
	VANISH,
};

#define STAYS 0xff

/* Entry 0 is undecided (state NONE); a test checks that no such entry exists. */
struct entry {
	uint8_t next; /* enum chan_back_state, or STAYS */
	uint8_t script; /* enum script */
};

/* clang-format off */
#define ON(event) [CHAN_BACK_EV_##event]
#define TO(state, script) {CHAN_BACK_##state, script}
#define STAY {STAYS, NOTHING}
static const struct entry table[CHAN_BACK_STATES][CHAN_BACK_EVENTS] = {
	[CHAN_BACK_NEW] = {
		ON(FRONT_GONE) = TO(CLOSED, SHOW_6),
		ON(FRONT_1) = TO(WAIT, SHOW_2),
		ON(FRONT_2) = TO(WAIT, SHOW_2),
		ON(FRONT_3) = TO(CLOSED, SHOW_6),
		ON(FRONT_4) = TO(CLOSED, SHOW_6),
		ON(FRONT_5) = TO(CLOSING, SHOW_5),
		ON(FRONT_6) = TO(CLOSED, SHOW_6),
		ON(FRONT_BAD) = TO(CLOSED, FAIL),
		ON(MAPPED) = TO(NEW, UNMAP),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(KEYS) = STAY, ON(KEYS_BAD) = STAY, ON(LATE) = STAY, ON(FAULT) = STAY,
		ON(TIMER) = STAY,
	},
	[CHAN_BACK_WAIT] = {
		ON(FRONT_GONE) = TO(CLOSED, SHOW_6),
		ON(FRONT_3) = TO(READING, READ),
		ON(FRONT_4) = TO(CLOSED, FAIL),
		ON(FRONT_5) = TO(CLOSING, SHOW_5),
		ON(FRONT_6) = TO(CLOSED, SHOW_6),
		ON(FRONT_BAD) = TO(CLOSED, FAIL),
		ON(MAPPED) = TO(WAIT, UNMAP),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(FRONT_1) = STAY, ON(FRONT_2) = STAY, ON(KEYS) = STAY, ON(KEYS_BAD) = STAY,
		ON(LATE) = STAY, ON(FAULT) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_BACK_READING] = {
		ON(FRONT_GONE) = TO(CLOSED, SHOW_6),
		ON(FRONT_1) = TO(WAIT, SHOW_2),
		ON(FRONT_2) = TO(WAIT, SHOW_2),
		ON(FRONT_4) = TO(CLOSED, FAIL),
		ON(FRONT_5) = TO(CLOSING, SHOW_5),
		ON(FRONT_6) = TO(CLOSED, SHOW_6),
		ON(FRONT_BAD) = TO(CLOSED, FAIL),
		ON(KEYS) = TO(MAPPING, MAP),
		ON(KEYS_BAD) = TO(CLOSED, FAIL),
		ON(MAPPED) = TO(READING, UNMAP),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(FRONT_3) = STAY, ON(LATE) = STAY, ON(FAULT) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_BACK_MAPPING] = {
		ON(FRONT_GONE) = TO(CLOSED, SHOW_6),
		ON(FRONT_1) = TO(WAIT, SHOW_2),
		ON(FRONT_2) = TO(WAIT, SHOW_2),
		ON(FRONT_5) = TO(CLOSING, SHOW_5),
		ON(FRONT_6) = TO(CLOSED, SHOW_6),
		ON(FRONT_BAD) = TO(CLOSED, FAIL),
		ON(MAPPED) = TO(CONNECTED, UP),
		ON(FAULT) = TO(CLOSED, FAIL),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(FRONT_3) = STAY, ON(FRONT_4) = STAY, ON(KEYS) = STAY, ON(KEYS_BAD) = STAY,
		ON(LATE) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_BACK_CONNECTED] = {
		ON(FRONT_GONE) = TO(CLOSED, SHOW_6),
		ON(FRONT_1) = TO(WAIT, SHOW_2),
		ON(FRONT_2) = TO(WAIT, SHOW_2),
		ON(FRONT_5) = TO(CLOSING, SHOW_5),
		ON(FRONT_6) = TO(CLOSED, SHOW_6),
		ON(FRONT_BAD) = TO(CLOSED, FAIL),
		ON(FAULT) = TO(CLOSED, FAIL),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(FRONT_3) = STAY, ON(FRONT_4) = STAY, ON(KEYS) = STAY, ON(KEYS_BAD) = STAY,
		ON(LATE) = STAY, ON(MAPPED) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_BACK_CLOSING] = {
		ON(FRONT_GONE) = TO(CLOSED, SHOW_6),
		ON(FRONT_1) = TO(WAIT, SHOW_2),
		ON(FRONT_2) = TO(WAIT, SHOW_2),
		ON(FRONT_4) = TO(CLOSED, FAIL),
		ON(FRONT_6) = TO(CLOSED, SHOW_6),
		ON(FRONT_BAD) = TO(CLOSED, FAIL),
		ON(MAPPED) = TO(CLOSING, UNMAP),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(FRONT_3) = STAY, ON(FRONT_5) = STAY, ON(KEYS) = STAY, ON(KEYS_BAD) = STAY,
		ON(LATE) = STAY, ON(FAULT) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_BACK_CLOSED] = {
		ON(FRONT_1) = TO(WAIT, SHOW_2),
		ON(FRONT_2) = TO(WAIT, SHOW_2),
		ON(MAPPED) = TO(CLOSED, UNMAP),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(STORE_FAILED) = TO(STUCK, RETRY),
		ON(FRONT_GONE) = STAY, ON(FRONT_3) = STAY, ON(FRONT_4) = STAY, ON(FRONT_5) = STAY,
		ON(FRONT_6) = STAY, ON(FRONT_BAD) = STAY, ON(KEYS) = STAY, ON(KEYS_BAD) = STAY,
		ON(LATE) = STAY, ON(FAULT) = STAY, ON(TIMER) = STAY,
	},
	[CHAN_BACK_STUCK] = {
		ON(MAPPED) = TO(STUCK, UNMAP),
		ON(DETACH) = TO(DETACHING, DETACH),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(TIMER) = TO(NEW, LOOK),
		ON(FRONT_GONE) = STAY, ON(FRONT_1) = STAY, ON(FRONT_2) = STAY, ON(FRONT_3) = STAY,
		ON(FRONT_4) = STAY, ON(FRONT_5) = STAY, ON(FRONT_6) = STAY, ON(FRONT_BAD) = STAY,
		ON(KEYS) = STAY, ON(KEYS_BAD) = STAY, ON(LATE) = STAY, ON(FAULT) = STAY,
		ON(STORE_FAILED) = STAY,
	},
	[CHAN_BACK_DETACHING] = {
		ON(FRONT_GONE) = TO(GONE, FINISH),
		ON(FRONT_1) = TO(GONE, FINISH),
		ON(FRONT_2) = TO(GONE, FINISH),
		ON(FRONT_6) = TO(GONE, FINISH),
		ON(FRONT_BAD) = TO(GONE, FINISH),
		ON(MAPPED) = TO(DETACHING, UNMAP),
		ON(NODE_GONE) = TO(GONE, VANISH),
		ON(DOMAIN_GONE) = TO(GONE, DIE),
		ON(TIMER) = TO(GONE, FINISH),
		ON(FRONT_3) = STAY, ON(FRONT_4) = STAY, ON(FRONT_5) = STAY, ON(KEYS) = STAY,
		ON(KEYS_BAD) = STAY, ON(LATE) = STAY, ON(FAULT) = STAY, ON(DETACH) = STAY,
		ON(STORE_FAILED) = STAY,
	},
	[CHAN_BACK_GONE] = {
		ON(MAPPED) = TO(GONE, UNMAP),
		ON(FRONT_GONE) = STAY, ON(FRONT_1) = STAY, ON(FRONT_2) = STAY, ON(FRONT_3) = STAY,
		ON(FRONT_4) = STAY, ON(FRONT_5) = STAY, ON(FRONT_6) = STAY, ON(FRONT_BAD) = STAY,
		ON(KEYS) = STAY, ON(KEYS_BAD) = STAY, ON(LATE) = STAY, ON(FAULT) = STAY,
		ON(DETACH) = STAY, ON(NODE_GONE) = STAY, ON(DOMAIN_GONE) = STAY,
		ON(STORE_FAILED) = STAY, ON(TIMER) = STAY,
	},
};
#undef ON
#undef TO
#undef STAY
/* clang-format on */

static struct chan_back_action *add(struct chan_back_todo *todo, enum chan_back_action_kind kind)
{
	struct chan_back_action *action = &todo->action[todo->count];

	assert(todo->count < CHAN_BACK_TODO_MAX);
	todo->count++;
	*action = (struct chan_back_action){.kind = kind};
	return action;
}

static void add_show(struct chan_back_todo *todo, enum chan_xenbus_state state)
{
	add(todo, CHAN_BACK_DO_SHOW)->state = state;
}

/* Discards the outcome of earlier reads of xenstore: read again. */
static void add_look(struct chan_back *back, struct chan_back_todo *todo)
{
	back->serial++;
	add(todo, CHAN_BACK_DO_LOOK);
}

static void add_timer(struct chan_back_todo *todo, uint32_t ms)
{
	add(todo, CHAN_BACK_DO_TIMER)->ms = ms;
}

static uint32_t retry_ms(uint32_t failures)
{
	uint32_t ms = CHAN_BACK_RETRY_MS;

	while (failures-- > 0 && ms < CHAN_BACK_RETRY_MAX_MS)
		ms *= 2;
	return ms < CHAN_BACK_RETRY_MAX_MS ? ms : CHAN_BACK_RETRY_MAX_MS;
}

static void run(struct chan_back *back, enum script script, struct chan_back_todo *todo)
{
	switch (script) {
	case NOTHING:
		break;
	case LOOK:
		add_look(back, todo);
		break;
	case SHOW_2:
		add(todo, CHAN_BACK_DO_PUBLISH);
		add_show(todo, CHAN_XENBUS_INIT_WAIT);
		add_look(back, todo);
		break;
	case SHOW_5:
		add_show(todo, CHAN_XENBUS_CLOSING);
		add_look(back, todo);
		break;
	case SHOW_6:
		add_show(todo, CHAN_XENBUS_CLOSED);
		add_look(back, todo);
		break;
	case READ:
		add(todo, CHAN_BACK_DO_READ_KEYS);
		break;
	case MAP:
		add(todo, CHAN_BACK_DO_MAP);
		break;
	case UP:
		add(todo, CHAN_BACK_DO_CLEAR_ERROR);
		add_show(todo, CHAN_XENBUS_CONNECTED);
		add_look(back, todo);
		back->failures = 0;
		back->fault = (struct chan_fault){.kind = CHAN_FAULT_NONE};
		break;
	case UNMAP:
		add(todo, CHAN_BACK_DO_UNMAP);
		break;
	case FAIL:
		assert(back->fault.kind != CHAN_FAULT_NONE);
		add(todo, CHAN_BACK_DO_ERROR)->fault = back->fault;
		add_show(todo, CHAN_XENBUS_CLOSING);
		add_show(todo, CHAN_XENBUS_CLOSED);
		add_look(back, todo);
		break;
	case RETRY:
		add_timer(todo, retry_ms(back->failures++));
		break;
	case DETACH:
		add(todo, CHAN_BACK_DO_OFFLINE);
		add_show(todo, CHAN_XENBUS_CLOSING);
		add_timer(todo, CHAN_BACK_DETACH_MS);
		add_look(back, todo);
		break;
	case FINISH:
		add_timer(todo, 0);
		add_show(todo, CHAN_XENBUS_CLOSED);
		add(todo, CHAN_BACK_DO_DELETE);
		add(todo, CHAN_BACK_DO_FORGET);
		break;
	case DIE:
		add_timer(todo, 0);
		add(todo, CHAN_BACK_DO_DELETE);
		add(todo, CHAN_BACK_DO_FORGET);
		break;
	case VANISH:
		add_timer(todo, 0);
		add(todo, CHAN_BACK_DO_FORGET);
		break;
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
static bool lets_go(const struct chan_back *back, enum chan_back_event_kind kind,
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
	const struct entry *entry = &table[back->state][kind];
	enum chan_back_state next = back->state;

	assert(entry->next != CHAN_BACK_NONE);
	if (entry->next != STAYS)
		next = (enum chan_back_state)entry->next;
	ret_todo->count = 0;
	if (lets_go(back, kind, next))
		add(ret_todo, CHAN_BACK_DO_UNMAP);
	if (entry->script == FAIL)
		back->fault = fault_of(kind, event);
	run(back, (enum script)entry->script, ret_todo);
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
