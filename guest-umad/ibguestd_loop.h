/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibguestd's loop: one thread that moves slots between the channels of processes and of upstreams, through
 * the relay, and waits only in epoll. ibguestd_loop.c: rounds and upstreams; ibguestd_process.c: processes;
 * ibguestd_user.c: users, and accepting connections.
 *
 * Users take turns, and in a user's turn its processes. Other work for a user is limited: its connections are
 * accepted at a limited rate, and not while it keeps the memory of too many ended sessions; meanwhile a few of
 * its connections wait. A thread closes what its processes leave (closer.h); if that thread has much to do, no
 * connection is accepted for some milliseconds.
 *
 * An event of a descriptor only sets a flag. The loop does the work after it has seen all events of a batch, so
 * that it does not apply an event to a new owner of the same number.
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
	bool hung_up; /* closed by the peer; ends when its ring is empty, or after a number of slots */
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
	bool is_full; /* a slot found no room in its ring */
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
	/* until then connections wait for a gateway, if there is none */
	struct mono_ms grace_end;
	void (*alive)(void); /* called every alive_ms, unless that is 0: the loop turns */
	uint32_t alive_ms;
	struct mono_ms alive_next;
	struct mono_ms report_next; /* when the next complaint about a process may be written */
};

/* The kind of a descriptor in epoll; its number is beside it. */
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

/* Runs until a signal; when it returns, it has returned all channels. */
void guestd_run(struct guestd *g);
/* Waits for events or timers and handles them. */
void guestd_turn(struct guestd *g);

/* 0 or -errno. events: EPOLL* bits. */
int guestd_watch(struct guestd *g, int fd, enum guestd_tag tag, unsigned int number,
		 uint32_t events);

/* Takes no connections until guestd_listen_resume(), which each tick calls. */
void guestd_listen_pause(struct guestd *g);
void guestd_listen_resume(struct guestd *g);

/* --- ibguestd_process.c --- */

/* Makes a session for the connection, or closes it: its library then sees no device. */
void guestd_welcome(struct guestd *g, struct guestd_user *user, int sock,
		    const struct chan_peer *peer);
void guestd_process_wake(struct guestd *g, struct guestd_process *p);
/* Reads one batch of the process. Returns the number of slots. */
unsigned int guestd_process_drain(struct guestd *g, struct guestd_process *p);
/* The process closed its socket: the slots in its ring are still handled in its user's turns, then it ends. */
void guestd_process_hung_up(struct guestd *g, struct guestd_process *p);
/* Ends all processes whose device was lost. */
void guestd_processes_close_marked(struct guestd *g);
void guestd_processes_end(struct guestd *g);

/* --- ibguestd_user.c --- */

void guestd_users_init(struct guestd *g);
/* When all processes have ended. */
void guestd_users_fini(struct guestd *g);
/* Each user that is ready has one turn. */
void guestd_users_drain(struct guestd *g);
/* Accepts one connection. */
void guestd_accept(struct guestd *g);
/* Accepts waiting connections, if there is a gateway. */
void guestd_accept_parked(struct guestd *g);
/* No descriptors are left: accepts no connection for a while. */
void guestd_accept_pause(struct guestd *g, int error);
