/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by the files of libibumad.so.3: the process's one link, its ports and open files, and the lock.
 *
 * Ownership: the library owns the link and the ports, a port its kmad, a file its descriptors and its queue
 * of received messages. All of it is used with the lock held; a thread only waits without it: for a message
 * on a file's epoll descriptor (umad_port.c), for a peer (umad_grace.c). The library has no thread of its
 * own: each call does the work that is due for all (gumad_settle()).
 *
 * A port id is that epoll descriptor. It is readable when a message waits (the file's eventfd), the link
 * has data (the link's descriptor), a time-out is due (the library's timerfd), or a process opened or
 * closed the issm file (inotify).
 *
 * fork: the child drops the parent's link without notifying the peer, and on its first call creates its own
 * link and descriptors behind the same port ids (umad_file.c).
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

/* Open files of all ports: as many as a session has client numbers. */
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
	unsigned int number; /* kmad's file number, per port */
	uint16_t client; /* client number on the link, over all ports */
	int epoll_fd; /* the port id */
	int event_fd; /* readable while the queue is not empty, whenever the lock is free */
	bool signalled; /* event_fd is readable */
	struct kmad_queue queue;
	struct gumad_agent agent[KMAD_MAX_AGENTS];
};

/*
 * Updates event_fd of all files to the state of their queues. gumad_unlock() calls it, so a message that
 * arrives and is taken within one lock costs no system call.
 */
void gumad_files_signal(void);

/* A port that was opened at least once, by name: its index may change with the link. */
struct gumad_port {
	char ca_name[UMAD_CA_NAME_LEN];
	int portnum;
	int index; /* on the link; -1: the link has no such port */
	unsigned int files;
	struct kmad *kmad;
	uint16_t client[GUMAD_FILES_MAX]; /* of the file with that number */
	/* the file of umad_get_issm_path(); -1 before its first call (umad_issm.c) */
	int issm_fd;
	int issm_watch;
	unsigned int issm_opens;
	bool issm_on; /* the value last sent to the peer */
	bool issm_forever; /* without a watch on the file: set until the last file closes */
};

struct gumad_lib {
	struct gumad_link *link; /* NULL while there is none */
	struct gumad_link *opening; /* the next link; NULL if there is a link or no attempt */
	struct mono_ms opening_since;
	bool lost; /* the link returned -ENODEV and must be detached */
	bool hung_up; /* the attempt before `opening` was disconnected without a reply */
	bool fresh; /* a forked child that has had no link yet */
	struct mono_ms next_attempt;
	uint64_t attachments; /* links so far */
	uint32_t backoff_ms;
	int link_fd; /* descriptor of either in the epoll sets, or -1 */
	int timer_fd;
	int inotify_fd;
	struct mono_ms armed; /* time to which timer_fd is set */
	bool unsignalled; /* a queue changed since gumad_files_signal() */
	bool blocked; /* the link was full */
	struct mono_ms grace_until; /* NEVER: grace has not begun */
	bool grace_expiry_reported; /* gumad_grace_expired() has returned true */
	struct look look;
	uint64_t delivered; /* messages to files so far */
	uint64_t serials;
	struct gumad_port port[GUMAD_MAX_PORTS];
	unsigned int ports;
	LIST_HEAD(gumad_files, gumad_file) files;
};

extern struct gumad_lib gumad;

/* Passed from gumad_lock() to gumad_unlock(). */
struct gumad_guard {
	int cancel_state;
	int saved_errno;
};

/*
 * The library's lock. While it is held the thread cannot be cancelled (OpenSM cancels its receiver);
 * gumad_unlock() restores errno. In a forked child the first gumad_lock() replaces what the parent owned.
 */
struct gumad_guard gumad_lock(void);
/* Whether another thread waits for the lock. */
bool gumad_lock_is_wanted(void);
void gumad_unlock(struct gumad_guard guard);

/* --- umad_attach.c --- */

/*
 * Continues to open a link, without waiting. 0: there is a link; -EAGAIN: one is being opened, or the
 * caller should wait for one (now_please: even if an attempt just failed); -ENODEV.
 */
int gumad_attach(bool now_please);
/* The link is lost: requests end, or wait for the next link; the timer tries again. */
void gumad_detach(void);
/* Index of CA and port number on the link, or -ENODEV. */
int gumad_find_index(const char *ca_name, int portnum);
/* Ends what waits for a peer, as if the adapter was unplugged. */
void gumad_fail_requests(void);
/* Closes the link if no file needs it. */
void gumad_idle(void);
/* Closes the link or the attempt without the handling of a loss. */
void gumad_link_drop(void);

/* --- umad_lib.c --- */

/* Receives from the link, runs what is due, sends what is queued, arms the timer. */
void gumad_settle(void);
/* The same for a wait for a message of this file: later MADs may stay on the link. */
void gumad_settle_for(const struct gumad_file *file);
/* The part of it for a send: send, arm the timer; all of it if the link was full. */
void gumad_send_settle(void);

/* The port's entry, created if necessary; NULL: the table is full. */
struct gumad_port *gumad_port_get(const char *ca_name, int portnum);
int gumad_port_kmad(struct gumad_port *port);

/* --- umad_grace.c --- */

/* The peer is lost: begins a grace period of `ms`. */
void gumad_grace_begin(uint32_t ms);
/* The peer answered: ends the grace period. */
void gumad_grace_end(void);
/* Whether the grace period runs. */
bool gumad_in_grace(void);
/* Whether it runs, or would run if the peer were lost now. */
bool gumad_may_wait_in_grace(void);
/* True once, when the grace period is over. */
bool gumad_grace_expired(void);
struct mono_ms gumad_grace_deadline(void);
/* Upper limit of a grace period. For tests. */
extern uint32_t gumad_grace_max_ms;

/*
 * Waits until gumad_attach() succeeds or fails. The lock is released meanwhile, and the thread may be
 * cancelled: look files up again afterwards (gumad_file_again()).
 */
void gumad_attach_wait(struct gumad_guard *guard, bool now_please);

/*
 * Around calls to the peer (which may find that it is lost):
 * do { gumad_call_begin(&guard, &asked); ...; } while (gumad_call_again(asked) && FAILED);
 * The first waits as gumad_attach_wait() does.
 */
void gumad_call_begin(struct gumad_guard *guard, uint64_t *ret_asked);
bool gumad_call_again(uint64_t asked);

/* --- umad_look.c --- */

/*
 * Polls the link for some microseconds before sleeping, if that has succeeded before. The lock is held and
 * polling ends when another thread wants it. True: it polled; call gumad_settle().
 */
bool gumad_look_first(void);
/* A wait that began at `since` ended with a message. */
void gumad_look_learn(struct mono_ms since);

/* --- umad_file.c --- */

/* The file of a port id, or NULL. */
struct gumad_file *gumad_file_find(int portid);
/* The same file as before the lock was released, or NULL if it was closed. */
struct gumad_file *gumad_file_again(int portid, uint64_t serial);
/* Adds the descriptors of the link, the timer and inotify to a file's epoll set. */
int gumad_file_watch(struct gumad_file *file);
void gumad_file_free(struct gumad_file *file);
/* A new file on an attached port: its port id, or -errno. */
int gumad_file_open(struct gumad_port *port);
/* Takes the first message of the queue. */
struct kmad_msg *gumad_file_pop(struct gumad_file *file);

/* --- umad_issm.c --- */

/* The issm files: handle inotify events; drop a port's file; send IsSM to a new link. */
void gumad_issm_poll(void);
void gumad_issm_drop(struct gumad_port *port);
void gumad_issm_restore(struct gumad_port *port);

/* In a forked child, lock held: new descriptors with the inherited numbers. */
void gumad_after_fork(void);
