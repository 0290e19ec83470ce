/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibguestd's loop: one thread that moves slots between the processes' channels and those of the
 * upstreams, through the relay, and never waits but in epoll. ibguestd_loop.c: rounds and upstreams;
 * ibguestd_process.c: processes; ibguestd_user.c: their users, and who is accepted when.
 *
 * Users take turns, and in a user's turn its processes. What a user makes us do besides is bounded:
 * it is accepted so often, and no more while it keeps the memory of sessions that have ended; its
 * connections wait meanwhile, a few of them; what it leaves to be closed a thread closes (closer.h),
 * and when that has much to do, nobody is accepted for some milliseconds.
 *
 * Descriptors only set flags; what they ask for is done after all events of a batch were looked at,
 * so a number that is given away is not met again in the same batch.
 */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/mono.h"
#include "base/pace.h"
#include "channel/chan.h"
#include "channel/closer.h"
#include "channel/local.h"
#include "guest-umad/ibguestd_feed.h"
#include "guest-umad/ibguestd_subuid.h"
#include "guest-umad/relay.h"
#include "guest-umad/times.h"

enum {
	/* as many as may have sessions, and as many that had some a moment ago */
	GUESTD_USERS = 2 * RELAY_PROCESSES,
	GUESTD_PARKED = 16, /* connections of a user that wait */
};

struct guestd_process {
	struct chan *chan; /* NULL: free */
	struct guestd_user *user;
	struct chan_peer peer;
	bool is_ready; /* in its user's list of those to be read */
	bool is_waiting; /* in the list of those that must wait with `next` */
	bool is_dirty; /* its doorbell may have to be rung */
	bool hung_up; /* it ends when its ring is empty, or so many more slots are taken */
	unsigned int slots_left;
	bool has_next;
	struct chan_slot next; /* taken, not passed on yet */
	TAILQ_ENTRY(guestd_process) in_list;
	TAILQ_ENTRY(guestd_process) in_dirty;
};

TAILQ_HEAD(guestd_process_list, guestd_process);

struct guestd_user {
	struct chan_account *account; /* NULL: free. What it left to be closed */
	uid_t uid; /* the first of a range of subordinate uids, which all are this user */
	unsigned int processes;
	struct pace connects;
	struct guestd_process_list ready;
	bool is_ready; /* in the list of those whose turn comes */
	unsigned int parked;
	int parked_sock[GUESTD_PARKED];
	struct chan_peer parked_peer[GUESTD_PARKED];
	TAILQ_ENTRY(guestd_user) in_ready;
};

TAILQ_HEAD(guestd_user_list, guestd_user);

struct guestd_upstream {
	struct chan *chan; /* NULL: none is lent */
	bool is_ready; /* to be read */
	bool is_dirty;
	bool is_full; /* somebody found no room in it */
	bool is_settled;
};

struct guestd {
	struct relay *relay;
	struct guestd_feed *feed;
	struct chan_closer *closer;
	struct mono_ms now, tick_next;
	struct mono_ms accept_next; /* when to look again at who waits to be accepted */
	int epoll_fd, listen_fd, signal_fd;
	bool listening; /* not while descriptors are short, or whoever connects is to wait */
	bool connecting;
	bool feed_changed;
	bool stop;
	uint32_t ups; /* bits: those whose channel is here */
	struct guestd_upstream up[RELAY_UPSTREAMS];
	struct guestd_process process[RELAY_PROCESSES];
	struct guestd_user user[GUESTD_USERS]; /* the first is root */
	struct subuid subuid;
	struct guestd_user_list ready;
	struct guestd_process_list waiting, dirty;
	/* until then who connects waits for a gateway, if there is none */
	struct mono_ms grace_end;
	void (*alive)(void); /* called every alive_ms, unless that is 0: the loop turns */
	uint32_t alive_ms;
	struct mono_ms alive_next;
	struct mono_ms told_next; /* when the next complaint about a process may be written */
};

/* What a descriptor in epoll belongs to; the number beside it. */
enum guestd_tag {
	GUESTD_LISTEN,
	GUESTD_SIGNAL,
	GUESTD_FEED,
	GUESTD_UP,
	GUESTD_BELL,
	GUESTD_SOCKET
};

/* 0 or -errno. listen_fd and signal_fd are the caller's. */
int guestd_init(struct guestd *g, struct guestd_feed *feed, int listen_fd, int signal_fd);
void guestd_fini(struct guestd *g);

/* Until a signal says stop; then nothing is lent to it any more. */
void guestd_run(struct guestd *g);
/* Waits until something happens or is due, and does what it asks for. */
void guestd_turn(struct guestd *g);

/* 0 or -errno. events: EPOLL* bits. */
int guestd_watch(struct guestd *g, int fd, enum guestd_tag tag, unsigned int number,
		 uint32_t events);

/* Takes no connections until guestd_listen_resume(), which each tick calls. */
void guestd_listen_pause(struct guestd *g);
void guestd_listen_resume(struct guestd *g);

/* --- ibguestd_process.c --- */

/* A session for it, or it is disconnected: its library sees no device. */
void guestd_welcome(struct guestd *g, struct guestd_user *user, int sock,
		    const struct chan_peer *peer);
void guestd_process_wake(struct guestd *g, struct guestd_process *p);
/* Reads it: one batch. How many slots that were. */
unsigned int guestd_process_drain(struct guestd *g, struct guestd_process *p);
/* It hung up: what its ring holds counts still, in its user's turns, then it goes. */
void guestd_process_hung_up(struct guestd *g, struct guestd_process *p);
/* Ends all that lost their device. */
void guestd_processes_close_marked(struct guestd *g);
void guestd_processes_end(struct guestd *g);

/* --- ibguestd_user.c --- */

void guestd_users_init(struct guestd *g);
/* When all processes have ended. */
void guestd_users_fini(struct guestd *g);
/* Each user that is ready has one turn. */
void guestd_users_drain(struct guestd *g);
/* Takes a connection: who comes in numbers has to wait for others' slots. */
void guestd_accept(struct guestd *g);
/* Accepts those that had to wait, if a gateway is there. */
void guestd_accept_parked(struct guestd *g);
/* No descriptors left: looking again at once would only burn the processor. */
void guestd_accept_pause(struct guestd *g, int error);
