/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All time-outs and retry intervals of the guest's library and ibguestd, in milliseconds, with their
 * reasons. They serve guests without a front-end driver in the kernel, which has the kernel's own times.
 * The times of a device in xenstore are protocol (channel/xenbus_front.h, docs/protocol.md 2).
 */
#pragma once

enum {
	/* --- after the loss of the gateway the library and ibguestd wait for the next one --- */

	/* Longer than a restart of the gateway or a restore of the guest takes, also on a slow machine. */
	GUMAD_RECONNECT_GRACE_MS = 12000,
	/* The same in ibguestd: connections meanwhile are accepted when a gateway is connected again. */
	GUESTD_RECONNECT_GRACE_MS = GUMAD_RECONNECT_GRACE_MS,
	/* For a request whose time is over: a silent gateway may be lost. */
	GUMAD_REQUEST_GRACE_MS = GUMAD_RECONNECT_GRACE_MS,
	/* For a process without an earlier gateway at the socket of a killed one: a start under load. */
	GUMAD_FIRST_GRACE_MS = 6000,

	/* --- the library connects --- */

	/* From connect() to WELCOME: ibguestd may delay it by its own grace period. */
	GUMAD_WELCOME_MS = 15000,
	/* From a control message, HELLO first, to its reply: an emulated machine may take seconds. */
	GUMAD_CONTROL_MS = 5000,
	/* Between attempts while ports are open: the first, and the limit of doubling. */
	GUMAD_BACKOFF_FIRST_MS = 100,
	GUMAD_BACKOFF_LAST_MS = 1000,
	/* Between checks by a thread that waits for a link, if no descriptor wakes it. */
	GUMAD_LOOK_MS = 50,

	/* --- kmad: requests and RMPP --- */

	/* Between retries on a full link if nothing is received. */
	KMAD_LINK_RETRY_MS = 10,
	/* A link that takes nothing for so long loses what waits for it; a gateway loses a queued table. */
	KMAD_QUEUE_MS = 30000,
	/* mad_rmpp.c has these "until we can find the packet lifetime": time-out of an ACK, */
	KMAD_RMPP_ACK_MS = 2000,
	/* of an unsolicited transfer without segments, */
	KMAD_RMPP_IDLE_MS = 40000,
	/* and how long a finished one is kept. */
	KMAD_RMPP_LINGER_MS = 10000,
	/* An answer without segments for so long has ended: several of the sender's ACK time-outs. */
	KMAD_RMPP_STALL_MS = 10000,

	/* --- ibguestd and processes --- */

	/* A control message without a reply for so long: it was dropped, the library has given up. */
	RELAY_CONTROL_MS = 6000,
	/* Added to a request's own time before the relay ends it: its answer was dropped at a full ring. */
	RELAY_REQUEST_GRACE_MS = 5000,
	/* Between sweeps for such requests; only when a quota is used up. */
	RELAY_SWEEP_MS = 100,
	/* Between checks for what rings no doorbell, while a process waits for it. */
	GUESTD_TICK_MS = 500,
	/* Between checks of waiting connections, and of the same without a gateway. */
	GUESTD_ACCEPT_LOOK_MS = 10,
	GUESTD_ACCEPT_AWAY_MS = 100,
	/* Between journal entries about a process. */
	GUESTD_COMPLAINT_MS = 1000,

	/* --- ibguestd and the gateway --- */

	/* Time-out of connect() to a gateway's local socket, */
	GUESTD_CONNECT_MS = 2000,
	/* and the first and the longest interval between attempts. */
	GUESTD_BACKOFF_FIRST_MS = 50,
	GUESTD_BACKOFF_LAST_MS = 1000,
	/* Between attempts to connect to xenstored, which restarts seldom. */
	GUESTD_STORE_FIRST_MS = 1000,
	GUESTD_STORE_LAST_MS = 10000,
	/* Between checks of that connection, whose loss wakes nobody. */
	GUESTD_STORE_LOOK_MS = 60000,
	/* At the end, beyond the devices' own CHAN_FRONT_STOP_MS, for calls to xenstore. */
	GUESTD_STOP_SLACK_MS = 500,
};

/* The library must wait longer than ibguestd may let it wait. */
_Static_assert(GUESTD_RECONNECT_GRACE_MS + GUESTD_TICK_MS < GUMAD_WELCOME_MS, "order of times");
/* A library disconnected after this long was refused by ibguestd, and does not retry at once. */
_Static_assert(GUMAD_FIRST_GRACE_MS < GUESTD_RECONNECT_GRACE_MS, "order of times");
_Static_assert(GUMAD_CONTROL_MS < RELAY_CONTROL_MS, "order of times");
