/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Substrate local: one session over shared memory, set up over a unix SOCK_SEQPACKET socket
 * (docs/design.md, The channel). The data path is chan.h's. Nothing blocks except
 * chan_local_connect() and chan_local_guest_new(), which are bounded.
 *
 * Host: chan_bell() is an eventfd. Beside it watch chan_local_socket() with EPOLLIN | EPOLLRDHUP:
 * *any* event there means that the session is over (the guest went, or sent something, which it
 * must not). Nothing is ever received from it, so descriptors and floods that a guest sends stay in
 * its own socket buffer until the close, which a loop leaves to closer.h.
 *
 * Guest: chan_bell() is the socket, readable when the gateway rang or went away. chan_sleep_ok()
 * clears it, and tells which: -EPIPE, the gateway is gone (at the second
 * time of asking, if no slot was taken since it slept).
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

#include "channel/chan.h"

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
	bool stream; /* SOCK_STREAM, for what is no channel */
};

/*
 * Listens at a path; a file that stands there already is replaced atomically once the new socket is
 * ready; a directory is not. Until then it has a hidden name beside it. A non-blocking, close-on-exec
 * descriptor, or -errno.
 */
int chan_local_listen(const struct chan_listen *how);

/* Next connection: a non-blocking descriptor and its peer, or -EAGAIN, or another -errno. */
int chan_local_accept(int listen_fd, struct chan_peer *ret_peer);

/*
 * Host: makes the memory of a session, and sends the welcome. slots: valid for chan_ring.h.
 * 0: `sock` belongs to *ret now. -errno: it is still the caller's.
 */
int chan_local_host_new(int sock, uint32_t slots, struct chan **ret);

/*
 * Host: ends it as chan_free() does, but false as long as the guest has the memory: mapped, or a
 * descriptor of it. Then the channel is good for nothing but to be asked again (some times a second) or
 * freed. What the guest still has is emptied again and again, so that it costs us nothing: pages that
 * the guest fills again are charged to the guest.
 */
bool chan_local_host_release(struct chan *chan);

/*
 * Guest: connects and waits for the welcome, at most timeout_ms for both. -errno of connect(), or
 * -ETIMEDOUT, -ECONNRESET (the gateway hung up: this guest may not attach), -EPROTO (not a gateway
 * that we understand).
 */
int chan_local_connect(const char *path, unsigned int timeout_ms, struct chan **ret);

/*
 * Its first half: a connected socket, or -errno; -ETIMEDOUT: more wait to be accepted than the gateway
 * lets wait. With timeout_ms 0 it does not block.
 */
int chan_local_dial(const char *path, unsigned int timeout_ms);

/* Its second half, on a connected socket; ownership as with chan_local_host_new(). */
int chan_local_guest_new(int sock, unsigned int timeout_ms, struct chan **ret);

/* The session's socket; it stays the channel's. A guest's is its bell as well. */
int chan_local_socket(const struct chan *chan);
