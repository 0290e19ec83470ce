/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of libibumad.so.3 share: the process's one link, its ports and open files, and
 * the lock around all of it.
 *
 * Ownership: the library owns the link and the ports, a port owns its kmad, a file owns its
 * descriptors and its queue of received messages. Everything here is reached with the lock held;
 * the only thing a thread does without it is to wait: for a message on a file's epoll descriptor
 * (umad_port.c), for a peer (umad_grace.c). No thread of our own runs in the host process: whoever
 * calls into the library does the work that is due for everybody (gumad_settle()).
 *
 * A port id is that epoll descriptor. It is readable when a message waits (the file's eventfd),
 * when the link has something to say (the link's descriptor), when a time-out is due (the
 * library's timerfd), or when somebody opened or closed the issm file (inotify).
 *
 * fork: the child forgets the parent's link without a word to the peer, and on its first call
 * builds its own link and its own descriptors behind the same port ids (umad_file.c).
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/umad.h>

#include "base/look.h"
#include "guest-umad/gumad_link.h"
#include "guest-umad/kmad.h"
#include "guest-umad/times.h"
#include "guest-umad/umad_clock.h"

/* Files that are open at a time, of all ports: as many as a session has client numbers. */
#define GUMAD_FILES_MAX CHAN_CLIENTS_MAX

struct gumad_agent {
	bool used;
	struct kmad_reg reg;
};

struct gumad_port;

/* One umad_open_port(). */
struct gumad_file {
	LIST_ENTRY(gumad_file) of_all;
	struct gumad_port *port;
	uint64_t serial; /* descriptors are reused, serials are not */
	unsigned int number; /* kmad's, in its port */
	uint16_t client; /* on the link, of all ports */
	int epoll_fd; /* the port id */
	int event_fd; /* readable while the queue is not empty, whenever the lock is free */
	bool signalled; /* it is readable */
	struct kmad_queue queue;
	struct gumad_agent agent[KMAD_MAX_AGENTS];
};

/*
 * Makes the descriptors say what the queues hold. Called as the lock is given up, and only then: a
 * message that comes and is taken under one hold of the lock costs no system call.
 */
void gumad_files_signal(void);

/* A port that was opened at least once, known by name: its index may change with the link. */
struct gumad_port {
	char ca_name[UMAD_CA_NAME_LEN];
	int portnum;
	int index; /* on the link, -1 while it is not there */
	unsigned int files;
	struct kmad *kmad;
	uint16_t client[GUMAD_FILES_MAX]; /* of the file with that number */
	/* the file that umad_get_issm_path() names, -1 before that (umad_issm.c) */
	int issm_fd;
	int issm_watch;
	unsigned int issm_opens;
	bool issm_on; /* what the peer was told */
	bool issm_forever; /* no way to watch the file: on until the last file closes */
};

struct gumad_lib {
	struct gumad_link *link; /* NULL while there is none */
	struct gumad_link *opening; /* that is to be it; NULL while there is one or none is tried */
	struct mono_ms opening_since;
	bool lost; /* the link said -ENODEV: it is to be detached */
	bool hung_up; /* the last one before `opening` was: without a word */
	bool fresh; /* a forked child that has not had a link yet */
	struct mono_ms next_attempt;
	uint64_t attachments; /* links so far */
	uint32_t backoff_ms;
	int link_fd; /* of either, as it stands in the epoll sets, -1 */
	int timer_fd;
	int inotify_fd;
	struct mono_ms armed; /* what timer_fd is set to */
	bool unsignalled; /* a queue changed since gumad_files_signal() */
	bool blocked; /* the link was full */
	struct mono_ms grace_until; /* NEVER: grace was not begun */
	bool grace_expiry_told; /* that it is over */
	struct look look;
	uint64_t delivered; /* messages to files so far */
	uint64_t serials;
	struct gumad_port port[GUMAD_MAX_PORTS];
	unsigned int ports;
	LIST_HEAD(gumad_files, gumad_file) files;
};

extern struct gumad_lib gumad;

/* What gumad_lock() has to hand to gumad_unlock(). */
struct gumad_guard {
	int cancel_state;
	int saved_errno;
};

/*
 * The library's lock. While it is held the thread cannot be cancelled (OpenSM cancels its
 * receiver); gumad_unlock() also gives back the errno of the time of locking, so that what the
 * library does inside never shows there. In a forked child the first gumad_lock() rebuilds what
 * the parent owned.
 */
struct gumad_guard gumad_lock(void);
/* Another thread waits for it. */
bool gumad_lock_is_wanted(void);
void gumad_unlock(struct gumad_guard guard);

/* --- umad_attach.c --- */

/*
 * Go on towards a link, without waiting. 0: there is one; -EAGAIN: there may be one soon, since it is
 * being opened, or awaited by who needs it (now_please, even if an attempt just failed); -ENODEV.
 */
int gumad_attach(bool now_please);
/* The link is gone: everything that waits ends, or waits for the next; the timer will try again. */
void gumad_detach(void);
/* Index of CA/number on the link or -ENODEV. */
int gumad_find_index(const char *ca_name, int portnum);
/* What waits for a peer ends: it is as good as unplugged. */
void gumad_give_up(void);
/* Close the link if no file needs it. */
void gumad_idle(void);
/* Let go of what there is of a link, without a word of the loss. */
void gumad_link_drop(void);

/* --- umad_lib.c --- */

/* Take in what the link has, run what is due, push out what was queued, arm the timer. */
void gumad_settle(void);
/* The same for who waits for a message of this file: the link's descriptor may keep what comes after it. */
void gumad_settle_for(const struct gumad_file *file);
/* The part of it that a send needs: push out, arm the timer; all of it when the link was full. */
void gumad_send_settle(void);

/* The port's entry, made when it is new; NULL when the table is full. */
struct gumad_port *gumad_port_get(const char *ca_name, int portnum);
int gumad_port_kmad(struct gumad_port *port);

/* --- umad_grace.c --- */

/* The peer was lost, or is away: for so long another is awaited. */
void gumad_grace_begin(uint32_t ms);
/* It is of use again. */
void gumad_grace_end(void);
/* A peer is awaited now. */
bool gumad_in_grace(void);
/* So it is, or would be if the peer were lost now. */
bool gumad_may_wait_in_grace(void);
/* True once, when grace is over. */
bool gumad_grace_expired(void);
struct mono_ms gumad_grace_deadline(void);
/* No grace is longer than this. For tests. */
extern uint32_t gumad_grace_max_ms;

/*
 * Waits until gumad_attach() has come to an end. The lock is given up and taken again, and the thread
 * may be cancelled there: files are to be looked up after it (gumad_file_again()).
 */
void gumad_attach_wait(struct gumad_guard *guard, bool now_please);

/*
 * Around calls that ask the peer (the question may find that it is lost):
 *	do { gumad_ask(&guard, &asked); ...; } while (gumad_ask_again(asked) && FAILED);
 * The first waits as gumad_attach_wait() does.
 */
void gumad_ask(struct gumad_guard *guard, uint64_t *ret_asked);
bool gumad_ask_again(uint64_t asked);

/* --- umad_look.c --- */

/*
 * Looks at the link for some microseconds instead of sleeping, if that has paid. The lock is held, and
 * given up as soon as another thread wants it. True: it did, and gumad_settle() is to be called.
 */
bool gumad_look_first(void);
/* A wait that began at `since` brought a message. */
void gumad_look_learn(struct mono_ms since);

/* --- umad_file.c --- */

/* The file behind a port id, or NULL. */
struct gumad_file *gumad_file_find(int portid);
/* The same file as before the lock was given up, or NULL: it was closed meanwhile. */
struct gumad_file *gumad_file_again(int portid, uint64_t serial);
/* Put the link's, the timer's and the inotify descriptor into a file's epoll set. */
int gumad_file_watch(struct gumad_file *file);
void gumad_file_free(struct gumad_file *file);
/* A new file on an attached port: its port id, or -errno. */
int gumad_file_open(struct gumad_port *port);
/* First message of the queue, out of it. */
struct kmad_msg *gumad_file_pop(struct gumad_file *file);

/* --- umad_issm.c --- */

/* The issm files: what inotify says; forget them all; tell a new link. */
void gumad_issm_poll(void);
void gumad_issm_drop(struct gumad_port *port);
void gumad_issm_restore(struct gumad_port *port);

/* In a forked child, lock held: own descriptors behind the inherited numbers. */
void gumad_after_fork(void);
