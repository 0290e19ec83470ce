/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The exchange between the two threads of ibguestd: the loop, which moves slots and waits only in epoll, and
 * the connector, which opens and closes upstream sessions and may block (xenstore, connect()).
 *
 * The connector owns a session's channel, lends it to the loop, and may free it only while it is not lent.
 * Each upstream has one state, so there is no queue:
 *
 *	connector	EMPTY -> OFFERED; OFFERED -> EMPTY and TAKEN -> RECALLED; RETURNED -> EMPTY
 *	loop		OFFERED -> TAKEN; TAKEN and RECALLED -> RETURNED
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mono.h"
#include "channel/chan.h"
#include "guest-umad/relay.h"
#include "guest-umad/times.h"

enum guestd_lent { GUESTD_EMPTY, GUESTD_OFFERED, GUESTD_TAKEN, GUESTD_RECALLED, GUESTD_RETURNED };

/* Why the loop gave a channel back. */
enum guestd_why {
	GUESTD_RECALL, /* the connector recalled it */
	GUESTD_HANGUP, /* the gateway closed the connection */
	GUESTD_RING, /* invalid ring indices */
	GUESTD_HELLO, /* no answer to HELLO, or an invalid one */
};

struct guestd_feed {
	pthread_mutex_t lock;
	int to_loop, to_connector; /* eventfds: something changed */
	bool stop; /* the connector ends all sessions, then itself */
	struct {
		enum guestd_lent state;
		enum guestd_why why; /* of RETURNED */
		bool settled; /* HELLO was answered */
		struct chan *chan;
		char name[32]; /* for people */
	} up[RELAY_UPSTREAMS];
};

/* 0 or -errno. */
int guestd_feed_init(struct guestd_feed *feed);
void guestd_feed_fini(struct guestd_feed *feed);

/* Clears one of the two descriptors; call it before reading the states. */
void guestd_feed_woken(int fd);

/* --- the connector's --- */

void guestd_feed_offer(struct guestd_feed *feed, unsigned int up, struct chan *chan,
		       const char *name);
/* True: the loop does not have it. False: it will be RETURNED. */
bool guestd_feed_recall(struct guestd_feed *feed, unsigned int up);
/* Recalls it and waits until the loop, which does so at once, has returned it. */
void guestd_feed_take_back(struct guestd_feed *feed, unsigned int up);
/* True if the loop has returned it; the upstream is EMPTY then. */
bool guestd_feed_back(struct guestd_feed *feed, unsigned int up, enum guestd_why *ret_why);
/* True once after the session settled. */
bool guestd_feed_settled(struct guestd_feed *feed, unsigned int up);
bool guestd_feed_stopping(struct guestd_feed *feed);

/* --- the loop's --- */

/* Takes and returns the offered channel; NULL: none. */
struct chan *guestd_feed_take(struct guestd_feed *feed, unsigned int up);
bool guestd_feed_recalled(struct guestd_feed *feed, unsigned int up);
/* The loop does not use the channel any more. */
void guestd_feed_return(struct guestd_feed *feed, unsigned int up, enum guestd_why why);
void guestd_feed_settle(struct guestd_feed *feed, unsigned int up);
void guestd_feed_stop(struct guestd_feed *feed);

/* --- the connectors --- */

struct guestd_options {
	const char *socket;
	unsigned int mode;
	unsigned int paths; /* 0: Xen */
	const char *path[RELAY_UPSTREAMS];
};

struct guestd_connector {
	struct guestd_feed *feed;
	const struct guestd_options *options;
};

/* Thread functions; the argument is a struct guestd_connector. They end after feed->stop. */
void *guestd_local_run(void *connector);
void *guestd_xen_run(void *connector);

/* ibguestd_clock.c */
struct mono_ms guestd_now(void);

/* One line on standard error (the journal), in one write, because there are two threads. */
#define guestd_log(format, ...) dprintf(STDERR_FILENO, "ibguestd: " format "\n", ##__VA_ARGS__)
