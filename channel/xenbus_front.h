/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One device's life as the front-end leads it: a table of state x event (docs/protocol.md). Pure,
 * as xenbus_back.h; the shell (ibguestd) carries out actions and gives events.
 *
 * The shell's part:
 *	chan_front_init(), then the action FIND. Afterwards one chan_front_step() for each thing
 *	that happens, and its actions, all and in order, before the next step.
 *
 *	action		what the shell does
 *	FIND		reads F/backend and F/backend-id, watches B/state, then reads F/state and gives
 *			chan_front_ev_own(). So it does whenever a watch on F or on device/vib
 *			fires (all do after a restore)
 *	LOOK		reads B/state, gives chan_front_ev_level(). So it does whenever the watch on
 *			B/state fires. B gone or unreadable is CHAN_LEVEL_GONE
 *	READ_OFFER	chan_back_keys_read(), gives OFFER, with the fault if there is one
 *	MAKE		makes ring and event channel, gives MADE or FAULT
 *	OFFER		writes chan_front_keys_write() and F/state = 3, in one transaction
 *	SHOW		writes F/state = state
 *	RUN		the session begins: HELLO may be put
 *	DROP		ends the session, lets go of ring and event channel. Harmless if there is
 *			nothing. In a restored domain grants and port are void already; errors of
 *			letting go of them are no errors
 *	TIMER		starts the device's one timer anew: after ms (0: at once) gives TIMER. It is
 *			stopped by STOP_TIMER
 *	FORGET		last of all actions: free the device
 *
 *	Every write is a transaction that reads F/backend first and gives OWN_GONE, writing nothing,
 *	if that is gone: the node may not be made anew. EAGAIN: CHAN_STORE_TRIES times, then
 *	STORE_FAILED.
 *	The shell gives SETTLED when the session has had its first good answer.
 *
 * Invariants (tests/unit/test_xenbus_front.c): one ring at most; DROP exactly when a state with a
 * ring is left; a new ring is made only after the back-end has shown that it let go of all older
 * ones (Closed after our Closed, InitWait after our Initialising).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/xenbus_keys.h"

enum chan_front_state {
	CHAN_FRONT_NONE, /* no state */
	CHAN_FRONT_NEW, /* F is there, what it says is not known yet */
	CHAN_FRONT_WAIT, /* shows 1: until the back-end shows 2 */
	CHAN_FRONT_READING, /* shows 1: what it offers is being read */
	CHAN_FRONT_MAKING, /* shows 1: the ring is being made */
	CHAN_FRONT_OFFERED, /* shows 3: until it shows 4 */
	CHAN_FRONT_CONNECTED, /* shows 4 */
	CHAN_FRONT_ROLLING, /* shows 6: until the back-end shows 6, then all is let go */
	CHAN_FRONT_RESTING, /* shows 6, or 1 after a fault of ours: until the timer */
	CHAN_FRONT_STUCK, /* xenstore failed; until the timer */
	CHAN_FRONT_STOPPING, /* shows 5: until the back-end lets go */
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
	CHAN_FRONT_EV_OWN_GONE, /* F is gone, or is no device */
	CHAN_FRONT_EV_OWN_FRESH, /* 1, and another back-end: new nodes (restore) */
	CHAN_FRONT_EV_OWN_OTHER, /* something else that is not ours (a dead predecessor's) */
	CHAN_FRONT_EV_OWN_SAME, /* what we wrote: nothing happened */
	/* outcome of READ_OFFER */
	CHAN_FRONT_EV_OFFER,
	CHAN_FRONT_EV_OFFER_BAD, /* fault; OFFER with a fault is the same */
	/* outcome of MAKE */
	CHAN_FRONT_EV_MADE,
	/* MAKE failed, or the session cannot go on; fault */
	CHAN_FRONT_EV_FAULT,
	CHAN_FRONT_EV_SETTLED,
	/* fault.err */
	CHAN_FRONT_EV_STORE_FAILED,
	CHAN_FRONT_EV_TIMER,
	/* this service ends */
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

/* How long the back-end may take when the service ends. */
#define CHAN_FRONT_STOP_MS 2000

struct chan_front {
	enum chan_front_state state;
	unsigned int shown; /* what we wrote last into F/state; 0: nothing yet */
	uint32_t failures; /* connections in a row that did not settle */
	struct chan_fault fault; /* the latest */
};

void chan_front_init(struct chan_front *front);

/* One event; *ret_todo is filled anew. */
void chan_front_step(struct chan_front *front, const struct chan_front_event *event,
		     struct chan_front_todo *ret_todo);

/* The event that a level of B/state is. */
struct chan_front_event chan_front_ev_level(enum chan_level level);

/*
 * The event that a level of F/state is. moved: F/backend or F/backend-id is not what it was when
 * this was last asked (the first time: false).
 */
struct chan_front_event chan_front_ev_own(const struct chan_front *front, enum chan_level level,
					  bool moved);

/* True from MAKE until DROP. */
bool chan_front_has_ring(const struct chan_front *front);

/*
 * How long to wait before the connect after so many that did not settle: 0, 100, 300, 1000, 3000,
 * then 10000 ms.
 */
uint32_t chan_front_retry_ms(uint32_t failures);

const char *chan_front_state_name(enum chan_front_state state);
const char *chan_front_event_name(enum chan_front_event_kind kind);
