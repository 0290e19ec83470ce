/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Substrate local: one session over shared memory, set up over a unix SOCK_SEQPACKET socket
 * (design section 5). libc only: it lives in the gateway and, in the guests, in other people's
 * processes. No thread of its own, no global state, never blocks except in
 * chan_local_connect() and chan_local_guest_new(), which are bounded.
 *
 * How it is used, on both sides:
 *
 *	after creation, and whenever chan_local_bell() fires:
 *		do
 *			while (chan_local_take(chan, &slot) == 1)
 *				...; chan_local_reserve(), fill, chan_local_commit() ...
 *		while ((ok = chan_local_sleep_ok(chan)) == 0);
 *		if (ok < 0)
 *			close the session
 *	after commits outside of that loop: chan_local_kick(chan).
 *
 * A side that stops early (a quota, a budget) does not call chan_local_sleep_ok(): it gets no
 * doorbells until it goes on by itself, and it calls chan_local_kick() for what it took and put so
 * far.
 *
 * Host: watch chan_local_bell() (an eventfd) with EPOLLIN | EPOLLET and never read it; watch
 * chan_local_socket() with EPOLLIN | EPOLLRDHUP: *any* event there means that the session is over
 * (the guest went, or sent something, which it must not). Nothing is ever received from it, so
 * descriptors and floods that a guest sends stay in its own socket buffer until the close.
 *
 * Guest: watch chan_local_bell() level-triggered; it is the socket, readable when the gateway rang
 * or went away. chan_local_sleep_ok() clears it, and tells which.
 *
 * Why the host rings through the socket: the guest shares every descriptor it is given. It could
 * clear O_NONBLOCK of an eventfd and fill its counter, or stall inside a pipe's lock, and so block
 * a gateway that writes to it. A socket of our own with MSG_DONTWAIT cannot be made to block. The
 * host only polls the eventfd that it shares, which does not block either.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "channel/abi/chan_ring.h"

struct chan_local;

/* Who is at the other end, as the kernel says (SO_PEERCRED: at the time of connect()). */
struct chan_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

struct chan_listen {
	const char *path; /* may be longer than sun_path */
	mode_t mode; /* of the socket: who may connect must have write permission */
	uid_t uid; /* its owner, (uid_t)-1: as created */
	gid_t gid;
	int backlog;
};

/*
 * Listens at a path; a socket that stands there already is replaced atomically once the new one is
 * ready. A non-blocking, close-on-exec descriptor, or -errno.
 */
int chan_local_listen(const struct chan_listen *how);

/* Next connection: a non-blocking descriptor and its peer, or -EAGAIN, or another -errno. */
int chan_local_accept(int listen_fd, struct chan_peer *ret_peer);

/*
 * Host: makes the memory of a session, and sends the welcome. slots: valid for chan_ring.h.
 * 0: `sock` belongs to *ret now. -errno: it is still the caller's.
 */
int chan_local_host_new(int sock, uint32_t slots, struct chan_local **ret);

/*
 * Guest: connects and waits for the welcome, at most timeout_ms for both. -errno of connect(), or
 * -ETIMEDOUT, -ECONNRESET (the gateway hung up: this guest may not attach), -EPROTO (not a gateway
 * that we understand).
 */
int chan_local_connect(const char *path, unsigned int timeout_ms, struct chan_local **ret);

/* Its second half, on a connected socket; ownership as with chan_local_host_new(). */
int chan_local_guest_new(int sock, unsigned int timeout_ms, struct chan_local **ret);

/* Closes and unmaps. In a child of fork() it leaves the parent's session alone. NULL is fine. */
void chan_local_free(struct chan_local *chan);

/* Descriptors to poll, see above; they stay the channel's. A guest's two are the same. */
int chan_local_bell(const struct chan_local *chan);
int chan_local_socket(const struct chan_local *chan);

/*
 * Next slot copied into *ret_slot: 1, 0 when there is none, -EBADMSG for a bad index. -EBADMSG is
 * for good: every later call that can return it does, until chan_local_free().
 */
int chan_local_take(struct chan_local *chan, struct chan_slot *ret_slot);

/*
 * Next free slot of the other direction, in place: 1, 0 when the ring is full, -EBADMSG. Fill all
 * of it, never read it back, then commit. Not committing is allowed.
 */
int chan_local_reserve(struct chan_local *chan, struct chan_slot **ret_slot);
void chan_local_commit(struct chan_local *chan);

/* Both in one, from a copy: 1, 0, -EBADMSG. */
int chan_local_put(struct chan_local *chan, const struct chan_slot *slot);

/*
 * After reserve said full: asks for a doorbell when `room` slots (1 .. slots) are free. True: they
 * are, reserve again at once. Guest: ask last, between chan_local_sleep_ok() and polling, for
 * sleep_ok() may take the doorbell of an earlier question with it (asking again then says true).
 */
bool chan_local_want_room(struct chan_local *chan, uint32_t room);

/* Rings the other side's doorbell if it sleeps and something happened since; cheap if not. */
void chan_local_kick(struct chan_local *chan);

/*
 * Kicks, clears the doorbell (guest) and arms it. 1: nothing to take, sleep. 0: there is something,
 * go on. -EBADMSG: bad index. -EPIPE (guest only): the gateway is gone.
 */
int chan_local_sleep_ok(struct chan_local *chan);
