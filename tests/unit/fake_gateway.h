/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway for one session, on a thread of the test: the host's side of the local channel with a few
 * answers and faults. The test sets faults before their effect; counters are valid after the exchange that
 * changes them.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel/abi/chan_slot.h"

struct fake_gateway {
	/* what it does with a SEND that expects an answer */
	atomic_int mode;
	/* of every REGISTER_REPLY and SET_ISSM_REPLY */
	atomic_int register_status;
	atomic_int version;
	/* of every HELLO_REPLY */
	atomic_int hello_status;
	/* number of connections that it closes without a message */
	atomic_int hangs_up_for;
	atomic_int pkeys;
	/* before each control reply: a late reply, unknown kinds, MADs without a receiver */
	atomic_bool noisy;
	/* disconnects when it receives this kind (0: none): once, or always */
	atomic_int dies_at;
	atomic_bool dies_always;
	/* disconnects whenever it answered this kind */
	atomic_int dies_after;
	/* does not serve the rings */
	atomic_bool asleep;

	atomic_int connections;
	atomic_int sessions;
	atomic_int sends;
	atomic_int registers;
	atomic_int unregisters;
	atomic_int clients; /* open now */
	atomic_int issm;
};

enum fake_gateway_mode {
	FAKE_GATEWAY_ANSWERS,
	FAKE_GATEWAY_TIMES_OUT, /* SEND_DONE */
	FAKE_GATEWAY_HOLDS, /* answers before the reply to the next control message */
};

extern struct fake_gateway gateway;

/* Starts it at $IBGATE_SOCKET, which is set if necessary; stops it and its session. */
void fake_gateway_start(void);
void fake_gateway_stop(void);
/* The same, but its socket stays. */
void fake_gateway_kill(void);
/* After a change of `asleep`. */
void fake_gateway_wake(void);
/* An unsolicited MAD for client and agent 0. */
void fake_gateway_push(const struct chan_slot *slot);
