/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibguestd's loop: one thread that moves slots between the processes' channels and those of the
 * upstreams, through the relay, and never waits but in epoll. ibguestd_loop.c: rounds and upstreams;
 * ibguestd_process.c: processes.
 *
 * Descriptors only set flags; what they ask for is done after all events of a batch were looked at,
 * so a number that is given away is not met again in the same batch.
 */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/mono.h"
#include "channel/chan.h"
#include "guest-umad/ibguestd_door.h"
#include "guest-umad/ibguestd_feed.h"
#include "guest-umad/relay.h"

struct guestd_process {
	struct chan *chan; /* NULL: free */
	uid_t uid;
	pid_t pid;
	bool is_ready; /* in the list of those to be read */
	bool is_waiting; /* in the list of those that must wait with `next` */
	bool is_dirty; /* its doorbell may have to be rung */
	bool hung_up;
	bool has_next;
	struct chan_slot next; /* taken, not passed on yet */
	TAILQ_ENTRY(guestd_process) in_list;
	TAILQ_ENTRY(guestd_process) in_dirty;
};

TAILQ_HEAD(guestd_process_list, guestd_process);

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
	struct mono_ms now, tick_next;
	int epoll_fd, listen_fd, signal_fd;
	bool listening; /* not while descriptors are short, or whoever knocks is to wait */
	bool knocked;
	bool feed_changed;
	bool stop;
	uint32_t ups; /* bits: those whose channel is here */
	struct guestd_upstream up[RELAY_UPSTREAMS];
	struct guestd_process process[RELAY_PROCESSES];
	struct guestd_process_list ready, waiting, dirty;
	struct guestd_door door;
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

/* Takes no connections until the next tick; takes them again. */
void guestd_listen_pause(struct guestd *g);
void guestd_listen_resume(struct guestd *g);

/* --- ibguestd_process.c --- */

/* Takes connections, as long as there are some and a gateway is there. */
void guestd_accept(struct guestd *g);
void guestd_process_wake(struct guestd *g, struct guestd_process *p);
/* Reads it: one batch. */
void guestd_process_drain(struct guestd *g, struct guestd_process *p);
/* It hung up: what its ring holds counts still, then it goes. */
void guestd_process_hung_up(struct guestd *g, struct guestd_process *p);
/* Ends all that lost their device. */
void guestd_processes_doomed(struct guestd *g);
void guestd_processes_end(struct guestd *g);
