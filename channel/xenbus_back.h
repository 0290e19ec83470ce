/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The back-end's state machine of a device: a table of state x event (docs/protocol.md). Pure:
 * no xenstore, no grants; the shell passes events with values that it has read, and carries out actions.
 *
 * The shell's part:
 *	chan_back_init(), then the action LOOK. Afterwards, for each thing that happens, one
 *	chan_back_step(), and then its actions, all and in order, before the next step.
 *
 *	action		what the shell does
 *	LOOK		reads F/state, gives chan_back_ev_level(). The shell also does this when the watch
 *			on F/state fires, limited by chan_pace (watch floods, XSA-349, XSA-350)
 *	READ_KEYS	reads the keys of F (chan_front_keys_read()), gives chan_back_ev_keys()
 *	MAP		maps and binds with these keys *at once*, and gives MAPPED or FAULT before any other
 *			event. In between, B/state does not change
 *	UNMAP		ends the session and releases ring and event channel *at once*: when the next
 *			action is carried out nothing of the front-end's is mapped. Does nothing if there
 *			is no ring
 *	PUBLISH		writes chan_back_keys_write()
 *	SHOW		writes B/state = state
 *	ERROR		writes B/error (chan_fault_print()) and the same text to the journal
 *	CLEAR_ERROR	removes B/error
 *	OFFLINE		writes B/online = 0
 *	TIMER		restarts the device's timer, which gives TIMER after ms. ms 0: stops it
 *	DELETE		removes F, if F/backend still names B, and then B; missing nodes are not an
 *			error
 *	FORGET		the last action: free the device
 *
 *	The shell may read and write xenstore later and on another thread, but in the order of the
 *	actions. A read carries the value of chan_back.serial *at the time when it is queued*, after
 *	the step, and its event returns that value: so the machine ignores what was read before its
 *	own last write was done (a later LOOK follows).
 *
 *	All writes of one step may be one transaction. It reads B/frontend-id first and, if that is
 *	missing, writes nothing and gives NODE_GONE: xs_write() would create a removed device again. It
 *	uses no node that the front-end may write, so only transactions of others cause EAGAIN:
 *	repeat CHAN_STORE_TRIES times, then STORE_FAILED.
 *
 * Invariants (tests/unit/test_xenbus_back.c): a step has UNMAP exactly when it leaves a state with a
 * ring, and never MAP while there is a ring (XSA-350: 3-4-3 changes nothing); Closing and Closed
 * follow ERROR; B shows Closing, Closed, InitWait only while nothing is mapped; FORGET comes once and
 * is last.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/xenbus_keys.h"

enum chan_back_state {
	CHAN_BACK_NONE, /* no state */
	CHAN_BACK_NEW, /* B exists, F has not been read yet */
	CHAN_BACK_WAIT, /* shows 2: the front-end may offer its ring */
	CHAN_BACK_READING, /* shows 2: the keys of an offered ring are being read */
	CHAN_BACK_MAPPING, /* shows 2: between MAP and its outcome */
	CHAN_BACK_CONNECTED, /* shows 4: mapped, a session */
	CHAN_BACK_CLOSING, /* shows 5: the front-end is Closing */
	CHAN_BACK_CLOSED, /* shows 6: nothing is mapped or read until the front-end shows 1 */
	CHAN_BACK_STUCK, /* xenstore failed; what is shown is uncertain */
	CHAN_BACK_DETACHING, /* shows 5, offline: waits for the front-end to close */
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
	CHAN_BACK_EV_LATE, /* any of these with an older serial; set by the machine itself */
	/* outcome of MAP */
	CHAN_BACK_EV_MAPPED,
	/* MAP failed, or the session must end; fault */
	CHAN_BACK_EV_FAULT,
	/* B/online is 0, or the operator detaches the device */
	CHAN_BACK_EV_DETACH,
	/* B was deleted by another program */
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

/* How long the back-end waits for a detached front-end to close. */
#define CHAN_BACK_DETACH_MS 3000
/* Delay after a failure of xenstore: the first one, doubled each time up to the maximum. */
#define CHAN_BACK_RETRY_MS 100
#define CHAN_BACK_RETRY_MAX_MS 10000

struct chan_back {
	enum chan_back_state state;
	uint32_t serial; /* for what is read from now on */
	uint32_t failures; /* of xenstore, in a row */
	struct chan_fault fault; /* the last one written; kind NONE after a connection */
};

void chan_back_init(struct chan_back *back);

/* Handles one event and sets *ret_todo. */
void chan_back_step(struct chan_back *back, const struct chan_back_event *event,
		    struct chan_back_todo *ret_todo);

/* The events for a value of F/state and for the keys. fault: NULL if the keys are valid. */
struct chan_back_event chan_back_ev_level(enum chan_level level, uint32_t serial);
struct chan_back_event chan_back_ev_keys(const struct chan_fault *fault, uint32_t serial);

/*
 * True from MAP until UNMAP: the shell has a ring of this device, or is mapping it.
 */
bool chan_back_has_ring(const struct chan_back *back);

/* The value of B/state in that state, 1 .. 6; for NEW, STUCK and GONE 0: unknown. */
unsigned int chan_back_shows(enum chan_back_state state);

/* Words for people: "connected", "front-closing". */
const char *chan_back_state_name(enum chan_back_state state);
const char *chan_back_event_name(enum chan_back_event_kind kind);

/*
 * Limits how often the other side makes the shell read: a token bucket of CHAN_PACE_BURST tokens, refilled
 * with one in CHAN_PACE_MS. All zeros: full.
 */
#define CHAN_PACE_BURST 16
#define CHAN_PACE_MS 20

struct chan_pace {
	uint64_t full_ms; /* when the bucket is full again */
};

/* 0: a token was taken, read now. Otherwise the time in ms until there is one. Any monotonic clock. */
uint32_t chan_pace_take(struct chan_pace *pace, uint64_t now_ms);
