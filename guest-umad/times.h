/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every time after which the guest's library or ibguestd gives up, tries again or forgets, in
 * milliseconds, with its reason. Both are what a guest without a front-end driver uses: a driver in the
 * guest's kernel has the kernel's own times. The times of a device in xenstore are protocol
 * (channel/xenbus_front.h, docs/protocol.md 2).
 */
#pragma once

enum {
	/* --- the gateway is lost: the library and ibguestd wait for the next one --- */

	/* How long. A restart of the gateway and a restore of the guest take less, also on a slow machine. */
	GUMAD_RECONNECT_GRACE_MS = 12000,
	/* The same in ibguestd: who connects meanwhile is accepted when a gateway is there again. */
	GUESTD_RECONNECT_GRACE_MS = GUMAD_RECONNECT_GRACE_MS,
	/* For a request whose time is over: a gateway that says nothing more may be as good as lost. */
	GUMAD_REQUEST_GRACE_MS = GUMAD_RECONNECT_GRACE_MS,
	/* A process that never had a gateway finds the socket of a killed one: its start under load. */
	GUMAD_FIRST_GRACE_MS = 6000,

	/* --- the library connects --- */

	/* From connect() to the welcome: ibguestd may let it wait for its own grace period. */
	GUMAD_WELCOME_MS = 15000,
	/* The reply to a control message, HELLO the first: a machine under emulation may take seconds. */
	GUMAD_CONTROL_MS = 5000,
	/* Between attempts of ports that stay open: at first, and after doubling at last. */
	GUMAD_BACKOFF_FIRST_MS = 100,
	GUMAD_BACKOFF_LAST_MS = 1000,
	/* Between two looks of a thread that waits for a link, if no descriptor wakes it. */
	GUMAD_LOOK_MS = 50,

	/* --- kmad: requests and RMPP --- */

	/* A full link is tried again after, if nothing comes in before. */
	KMAD_LINK_RETRY_MS = 10,
	/* A link that takes nothing for so long loses what waits for it, a gateway a table that stands in its line. */
	KMAD_QUEUE_MS = 30000,
	/* What mad_rmpp.c has "until we can find the packet lifetime": an ACK must come within, */
	KMAD_RMPP_ACK_MS = 2000,
	/* an unsolicited transfer ends after, */
	KMAD_RMPP_IDLE_MS = 40000,
	/* a finished one is remembered for. */
	KMAD_RMPP_LINGER_MS = 10000,
	/* An answer whose segments stop for so long is given up: several of the sender's ACK time-outs. */
	KMAD_RMPP_STALL_MS = 10000,

	/* --- ibguestd: towards processes --- */

	/* A control message's reply that has not come by now met a full ring: the library has given up. */
	RELAY_CONTROL_MS = 6000,
	/* Beyond a request's own time, until the relay counts it as ended: the answer met a full ring. */
	RELAY_REQUEST_GRACE_MS = 5000,
	/* How often it looks for those; only when its quota is used up. */
	RELAY_SWEEP_MS = 100,
	/* Looks at what rings no doorbell, while somebody waits for it. */
	GUESTD_TICK_MS = 500,
	/* Connections that were not accepted are looked at again after, and while there is no gateway after. */
	GUESTD_ACCEPT_LOOK_MS = 10,
	GUESTD_ACCEPT_AWAY_MS = 100,
	/* At most one complaint about a process in the journal in. */
	GUESTD_COMPLAINT_MS = 1000,

	/* --- ibguestd: towards the gateway --- */

	/* A gateway's local socket: connect() may take, */
	GUESTD_CONNECT_MS = 2000,
	/* and is tried again after, at first and at last. */
	GUESTD_BACKOFF_FIRST_MS = 50,
	GUESTD_BACKOFF_LAST_MS = 1000,
	/* xenstored that is away is tried again after; it is restarted seldom. */
	GUESTD_STORE_FIRST_MS = 1000,
	GUESTD_STORE_LAST_MS = 10000,
	/* A connection to it that breaks wakes nobody: it is asked so often. */
	GUESTD_STORE_LOOK_MS = 60000,
	/* At the end, beyond the devices' own CHAN_FRONT_STOP_MS: what xenstore may take. */
	GUESTD_STOP_SLACK_MS = 500,
};

/* A library that ibguestd lets wait is still there when it is accepted or turned away. */
_Static_assert(GUESTD_RECONNECT_GRACE_MS + GUESTD_TICK_MS < GUMAD_WELCOME_MS, "order of times");
/* Who is disconnected after this long was turned away by an ibguestd, and does not ask again at once. */
_Static_assert(GUMAD_FIRST_GRACE_MS < GUESTD_RECONNECT_GRACE_MS, "order of times");
_Static_assert(GUMAD_CONTROL_MS < RELAY_CONTROL_MS, "order of times");
