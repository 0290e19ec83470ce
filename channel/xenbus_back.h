/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One device's life as the back-end leads it: a table of state x event (docs/protocol.md). Pure:
 * no xenstore, no grants; the shell gives events with values already read, and carries out actions.
 *
 * The shell's part:
 *	chan_back_init(), then the action LOOK. Afterwards, for each thing that happens, one
 *	chan_back_step(), and then its actions, all and in order, before the next step.
 *
 *	action		what the shell does
 *	LOOK		reads F/state, gives chan_back_ev_level(). So it does whenever the watch on
 *			F/state fires; chan_pace says how often at most (watch floods, XSA-349, XSA-350)
 *	READ_KEYS	reads the keys of F (chan_front_keys_read()), gives chan_back_ev_keys()
 *	MAP		maps and binds with these keys *at once*, and steps on with MAPPED or FAULT
 *			before anything else. In between, B/state does not change
 *	UNMAP		ends the session and lets go of ring and event channel *at once*: when the next
 *			action is carried out nothing of the front-end's is mapped. Harmless if there is
 *			nothing
 *	PUBLISH		writes chan_back_keys_write()
 *	SHOW		writes B/state = state
 *	ERROR		writes B/error (chan_fault_print()); the journal gets the same text
 *	CLEAR_ERROR	removes B/error
 *	OFFLINE		writes B/online = 0
 *	TIMER		starts the device's one timer anew: after ms gives TIMER. ms 0: stops it
 *	DELETE		removes F, if F/backend still names B, and then B; takes no action and is no
 *			error if they are gone
 *	FORGET		last of all actions: the device is no more, free it
 *
 *	Reading and writing xenstore may happen later and on another thread, but all in the order of
 *	the actions. What is to be read takes along chan_back.serial *as it is when the reading is
 *	queued*, after the step, and what was found comes back with it: the machine knows by it what
 *	was read before its own writing was done, and leaves that alone (it has looked again).
 *
 *	All writes of one step may be one transaction. It reads B/frontend-id first and gives
 *	NODE_GONE, writing nothing, if that is gone: xs_write() would make a removed device anew. It
 *	touches nothing that the front-end may write, so EAGAIN comes of others' transactions alone:
 *	repeat CHAN_STORE_TRIES times, then STORE_FAILED.
 *
 * Invariants (tests/unit/test_xenbus_back.c): UNMAP is there exactly when a state with a ring is
 * left, MAP never while there is one (XSA-350: 3-4-3 changes nothing); after ERROR follow Closing
 * and Closed; B shows Closing, Closed, InitWait only while nothing is mapped; FORGET comes once and
 * nothing after it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/xenbus_keys.h"

enum chan_back_state {
	CHAN_BACK_NONE, /* no state */
	CHAN_BACK_NEW, /* B is there, F was not looked at yet */
	CHAN_BACK_WAIT, /* shows 2: the front-end may offer its ring */
	CHAN_BACK_READING, /* shows 2: it did, its keys are being read */
	CHAN_BACK_MAPPING, /* shows 2: between MAP and its outcome */
	CHAN_BACK_CONNECTED, /* shows 4: mapped, a session */
	CHAN_BACK_CLOSING, /* shows 5: the front-end is Closing */
	CHAN_BACK_CLOSED, /* shows 6: nothing is mapped or read until the front-end shows 1 */
	CHAN_BACK_STUCK, /* xenstore failed; what is shown is uncertain */
	CHAN_BACK_DETACHING, /* shows 5, offline: the front-end has some time to let go */
	CHAN_BACK_GONE, /* after FORGET */
	CHAN_BACK_STATES
};

enum chan_back_event_kind {
	CHAN_BACK_EV_NONE, /* no event */
	/* F/state, as chan_value_level() */
	CHAN_BACK_EV_FRONT_GONE,
	CHAN_BACK_EV_FRONT_1,
	CHAN_BACK_EV_FRONT_2,
	CHAN_BACK_EV_FRONT_3,
	CHAN_BACK_EV_FRONT_4,
	CHAN_BACK_EV_FRONT_5,
	CHAN_BACK_EV_FRONT_6,
	CHAN_BACK_EV_FRONT_BAD,
	/* outcome of READ_KEYS; fault if they are wrong */
	CHAN_BACK_EV_KEYS,
	CHAN_BACK_EV_KEYS_BAD, /* KEYS with a fault: either may be given */
	CHAN_BACK_EV_LATE, /* any of these with an older serial: the machine finds that out itself */
	/* outcome of MAP */
	CHAN_BACK_EV_MAPPED,
	/* MAP failed, or the session cannot go on; fault */
	CHAN_BACK_EV_FAULT,
	/* B/online is 0, or the operator wants it */
	CHAN_BACK_EV_DETACH,
	/* B is gone, and not by our DELETE */
	CHAN_BACK_EV_NODE_GONE,
	CHAN_BACK_EV_DOMAIN_GONE,
	/* something could not be read or written; fault.err */
	CHAN_BACK_EV_STORE_FAILED,
	CHAN_BACK_EV_TIMER,
	CHAN_BACK_EVENTS
};

struct chan_back_event {
	enum chan_back_event_kind kind;
	uint32_t serial; /* FRONT_*, KEYS: see above */
	struct chan_fault fault; /* KEYS, FAULT, STORE_FAILED */
};

enum chan_back_action_kind {
	CHAN_BACK_DO_NOTHING,
	CHAN_BACK_DO_LOOK,
	CHAN_BACK_DO_READ_KEYS,
	CHAN_BACK_DO_MAP,
	CHAN_BACK_DO_UNMAP,
	CHAN_BACK_DO_PUBLISH,
	CHAN_BACK_DO_SHOW, /* state */
	CHAN_BACK_DO_ERROR, /* fault */
	CHAN_BACK_DO_CLEAR_ERROR,
	CHAN_BACK_DO_OFFLINE,
	CHAN_BACK_DO_TIMER, /* ms */
	CHAN_BACK_DO_DELETE,
	CHAN_BACK_DO_FORGET,
	CHAN_BACK_ACTIONS
};

struct chan_back_action {
	enum chan_back_action_kind kind;
	enum chan_xenbus_state state;
	uint32_t ms;
	struct chan_fault fault;
};

#define CHAN_BACK_TODO_MAX 8

struct chan_back_todo {
	unsigned int count;
	struct chan_back_action action[CHAN_BACK_TODO_MAX];
};

/* Data, for shells: how long a detached front-end may take. */
#define CHAN_BACK_DETACH_MS 3000
/* After a failure of xenstore: first, doubled each time, at most. */
#define CHAN_BACK_RETRY_MS 100
#define CHAN_BACK_RETRY_MAX_MS 10000

struct chan_back {
	enum chan_back_state state;
	uint32_t serial; /* for what is read from now on */
	uint32_t failures; /* of xenstore, in a row */
	struct chan_fault fault; /* the latest that was written; kind NONE after a clean connect */
};

void chan_back_init(struct chan_back *back);

/* One event; *ret_todo is filled anew. */
void chan_back_step(struct chan_back *back, const struct chan_back_event *event,
		    struct chan_back_todo *ret_todo);

/* What a level of F/state is as an event; and what the keys are. fault: NULL if they are good. */
struct chan_back_event chan_back_ev_level(enum chan_level level, uint32_t serial);
struct chan_back_event chan_back_ev_keys(const struct chan_fault *fault, uint32_t serial);

/*
 * True from MAP until UNMAP: the shell has, or is about to have, a ring of this device.
 */
bool chan_back_has_ring(const struct chan_back *back);

/* What B/state shows in that state: 1 .. 6; NEW, STUCK and GONE: 0, nobody knows. */
unsigned int chan_back_shows(enum chan_back_state state);

/* Words for people: "connected", "front-closing". */
const char *chan_back_state_name(enum chan_back_state state);
const char *chan_back_event_name(enum chan_back_event_kind kind);

/*
 * How often the other side makes the shell look: a bucket of CHAN_PACE_BURST, one more each
 * CHAN_PACE_MS. Zeros are a full bucket.
 */
#define CHAN_PACE_BURST 16
#define CHAN_PACE_MS 20

struct chan_pace {
	uint64_t full_ms; /* when the bucket is full again */
};

/* 0: look now, taken. Else: not taken; in so many ms there will be one. Any monotonic clock. */
uint32_t chan_pace_take(struct chan_pace *pace, uint64_t now_ms);
