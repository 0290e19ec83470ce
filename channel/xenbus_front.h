/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The front-end's state machine of a device: a table of state x event (docs/protocol.md). Pure,
 * like xenbus_back.h; the shell (ibguestd) carries out actions and passes events.
 *
 * The shell's part:
 *	chan_front_init(), then the action FIND. Afterwards one chan_front_step() for each thing
 *	that happens, and its actions, all and in order, before the next step.
 *
 *	action		what the shell does
 *	FIND		reads F/backend and F/backend-id, watches B/state, then reads F/state and gives
 *			chan_front_ev_own(). The shell also does this when a watch on F or on
 *			device/vib fires (all do after a restore)
 *	LOOK		reads B/state, gives chan_front_ev_level(). The shell also does this when the
 *			watch on B/state fires. A missing or unreadable B is CHAN_LEVEL_GONE
 *	READ_OFFER	chan_back_keys_read(), gives OFFER, with the fault if there is one
 *	MAKE		makes ring and event channel, gives MADE or FAULT
 *	OFFER		writes chan_front_keys_write() and F/state = 3, in one transaction
 *	SHOW		writes F/state = state
 *	RUN		the session begins: HELLO may be put
 *	DROP		ends the session, releases ring and event channel. Does nothing if there is no
 *			ring. In a restored domain grants and port are void already; the shell ignores
 *			errors of releasing them
 *	TIMER		restarts the device's timer, which gives TIMER after ms (0: at once).
 *			STOP_TIMER stops it
 *	FORGET		the last action: free the device
 *
 *	Every write is a transaction that reads F/backend first and, if that is missing, writes nothing
 *	and gives OWN_GONE: the node must not be created again. EAGAIN: CHAN_STORE_TRIES times, then
 *	STORE_FAILED.
 *	The shell gives SETTLED when HELLO has been answered.
 *
 * Invariants (tests/unit/test_xenbus_front.c): at most one ring; a step has DROP exactly when it leaves a
 * state with a ring; a new ring is made only after the back-end has shown that it released all older
 * ones (Closed after the front-end's Closed, InitWait after its Initialising).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/xenbus_keys.h"

enum chan_front_state {
	CHAN_FRONT_NONE, /* no state */
	CHAN_FRONT_NEW, /* F exists, its keys have not been read yet */
	CHAN_FRONT_WAIT, /* shows 1: waits for the back-end's 2 */
	CHAN_FRONT_READING, /* shows 1: the back-end's offer is being read */
	CHAN_FRONT_MAKING, /* shows 1: the ring is being made */
	CHAN_FRONT_OFFERED, /* shows 3: waits for the back-end's 4 */
	CHAN_FRONT_CONNECTED, /* shows 4 */
	CHAN_FRONT_ROLLING, /* shows 6: waits for the back-end's 6, which says that it has no ring */
	CHAN_FRONT_RESTING, /* shows 6, or 1 after a fault of the front-end: waits for the timer */
	CHAN_FRONT_STUCK, /* xenstore failed; waits for the timer */
	CHAN_FRONT_STOPPING, /* shows 5: waits for the back-end to close */
	CHAN_FRONT_GONE, /* after FORGET */
	CHAN_FRONT_STATES
};

enum chan_front_event_kind {
	CHAN_FRONT_EV_NONE, /* no event */
	/* B/state, as chan_value_level() */
	CHAN_FRONT_EV_BACK_GONE,
	CHAN_FRONT_EV_BACK_1,
	CHAN_FRONT_EV_BACK_2,
	CHAN_FRONT_EV_BACK_3,
	CHAN_FRONT_EV_BACK_4,
	CHAN_FRONT_EV_BACK_5,
	CHAN_FRONT_EV_BACK_6,
	CHAN_FRONT_EV_BACK_BAD,
	/* F/state, see chan_front_ev_own() */
	CHAN_FRONT_EV_OWN_GONE, /* F does not exist, or is not a device */
	CHAN_FRONT_EV_OWN_FRESH, /* 1, and another back-end: new nodes (restore) */
	CHAN_FRONT_EV_OWN_OTHER, /* a state that this process did not write (an earlier process did) */
	CHAN_FRONT_EV_OWN_SAME, /* the state that this process wrote */
	/* outcome of READ_OFFER */
	CHAN_FRONT_EV_OFFER,
	CHAN_FRONT_EV_OFFER_BAD, /* fault; OFFER with a fault is the same */
	/* outcome of MAKE */
	CHAN_FRONT_EV_MADE,
	/* MAKE failed, or the session must end; fault */
	CHAN_FRONT_EV_FAULT,
	CHAN_FRONT_EV_SETTLED,
	/* fault.err */
	CHAN_FRONT_EV_STORE_FAILED,
	CHAN_FRONT_EV_TIMER,
	/* ibguestd exits */
	CHAN_FRONT_EV_STOP,
	CHAN_FRONT_EVENTS
};

struct chan_front_event {
	enum chan_front_event_kind kind;
	struct chan_fault fault;
};

enum chan_front_action_kind {
	CHAN_FRONT_DO_NOTHING,
	CHAN_FRONT_DO_FIND,
	CHAN_FRONT_DO_LOOK,
	CHAN_FRONT_DO_READ_OFFER,
	CHAN_FRONT_DO_MAKE,
	CHAN_FRONT_DO_OFFER,
	CHAN_FRONT_DO_SHOW, /* state */
	CHAN_FRONT_DO_RUN,
	CHAN_FRONT_DO_DROP,
	CHAN_FRONT_DO_TIMER, /* ms */
	CHAN_FRONT_DO_STOP_TIMER,
	CHAN_FRONT_DO_FORGET,
	CHAN_FRONT_ACTIONS
};

struct chan_front_action {
	enum chan_front_action_kind kind;
	enum chan_xenbus_state state;
	uint32_t ms;
};

#define CHAN_FRONT_TODO_MAX 8

struct chan_front_todo {
	unsigned int count;
	struct chan_front_action action[CHAN_FRONT_TODO_MAX];
};

/* How long ibguestd waits for the back-end when it exits. */
#define CHAN_FRONT_STOP_MS 2000

struct chan_front {
	enum chan_front_state state;
	unsigned int shown; /* the last value written to F/state; 0: none yet */
	uint32_t failures; /* connections in a row that did not settle */
	struct chan_fault fault; /* the last one */
};

void chan_front_init(struct chan_front *front);

/* Handles one event and sets *ret_todo. */
void chan_front_step(struct chan_front *front, const struct chan_front_event *event,
		     struct chan_front_todo *ret_todo);

/* The event for a value of B/state. */
struct chan_front_event chan_front_ev_level(enum chan_level level);

/*
 * The event for a value of F/state. moved: F/backend or F/backend-id has changed since the last call
 * (at the first call: false).
 */
struct chan_front_event chan_front_ev_own(const struct chan_front *front, enum chan_level level,
					  bool moved);

/* True from MAKE until DROP. */
bool chan_front_has_ring(const struct chan_front *front);

/*
 * The delay before the next connection after that many failed ones: 0, 100, 300, 1000, 3000, then
 * 10000 ms.
 */
uint32_t chan_front_retry_ms(uint32_t failures);

const char *chan_front_state_name(enum chan_front_state state);
const char *chan_front_event_name(enum chan_front_event_kind kind);
