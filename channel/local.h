/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Substrate local: one session over shared memory, set up over a unix SOCK_SEQPACKET socket
 * (docs/design.md, The channel). The data path is chan.h's. Nothing blocks except
 * chan_local_connect() and chan_local_guest_new(), which are bounded.
 *
 * Host: chan_bell() is an eventfd. Also watch chan_local_socket() with EPOLLIN | EPOLLRDHUP:
 * *any* event there ends the session (the guest closed the socket, or sent something, which is a
 * violation). The host receives nothing from it, so data and descriptors that a guest sends stay in
 * the guest's socket buffer until the close, which a loop leaves to closer.h.
 *
 * Guest: chan_bell() is the socket, readable when the gateway rang or closed it. chan_sleep_ok()
 * clears it, and returns -EPIPE if the gateway closed it (at the second call, if no slot was taken
 * since the end slept).
 *
 * Why the host rings through the socket: the guest shares the open file of every descriptor it gets. It
 * could clear O_NONBLOCK of an eventfd and fill its counter, or hold a pipe's lock, and so block a gateway
 * that writes to it. It cannot block a send() with MSG_DONTWAIT on the gateway's own socket. The host
 * only polls the shared eventfd, which does not block either.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "channel/chan.h"

/* The process at the other end (SO_PEERCRED: at the time of connect()). */
struct chan_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

struct chan_listen {
	const char *path; /* may be longer than sun_path */
	mode_t mode; /* of the socket; connecting needs write permission */
	uid_t uid; /* its owner, (uid_t)-1: as created */
	gid_t gid;
	int backlog;
	bool stream; /* SOCK_STREAM, for a socket that is not a channel's */
};

/*
 * Listens at a path. The new socket is made under a hidden name in the same directory and then renamed, so
 * it replaces a file of that path atomically; it does not replace a directory. Returns a non-blocking,
 * close-on-exec descriptor, or -errno.
 */
int chan_local_listen(const struct chan_listen *how);

/* Next connection: a non-blocking descriptor and its peer, or -EAGAIN, or another -errno. */
int chan_local_accept(int listen_fd, struct chan_peer *ret_peer);

/*
 * Host: makes the memory of a session, and sends the welcome. slots: valid for chan_ring.h.
 * 0: *ret owns `sock`. -errno: the caller still owns it.
 */
int chan_local_host_new(int sock, uint32_t slots, struct chan **ret);

/*
 * Host: ends the session as chan_free() does, but returns false while the guest has the memory mapped or
 * has a descriptor of it. Then the channel may only be passed to this function again (some times a second)
 * or to chan_free(). Each call frees the pages of the memory; pages that the guest fills again are charged
 * to the guest.
 */
bool chan_local_host_release(struct chan *chan);

/*
 * Guest: connects and waits for the welcome, at most timeout_ms for both. -errno of connect(), or
 * -ETIMEDOUT, -ECONNRESET (the gateway closed the connection: this guest may not attach), -EPROTO (the
 * welcome is not one of this version).
 */
int chan_local_connect(const char *path, unsigned int timeout_ms, struct chan **ret);

/*
 * The first half of chan_local_connect(): a connected socket, or -errno; -ETIMEDOUT: the gateway's queue of
 * connections is full. With timeout_ms 0 it does not block.
 */
int chan_local_dial(const char *path, unsigned int timeout_ms);

/* The second half, on a connected socket; ownership as with chan_local_host_new(). */
int chan_local_guest_new(int sock, unsigned int timeout_ms, struct chan **ret);

/* The session's socket, owned by the channel. A guest's is also its doorbell. */
int chan_local_socket(const struct chan *chan);
