/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a host closes what a peer could make it wait for: in a thread of its own, never in the loop
 * that serves everybody.
 *
 * A peer may queue descriptors (SCM_RIGHTS) on any unix socket of ours, accepted or not, and close
 * its own. The last close of such a descriptor then happens when we close the socket, and takes as
 * long as the peer chose: a TCP socket with SO_LINGER waits for its unsent data. Kernels from 6.16 on
 * can be told to refuse such descriptors (local_socket.c does); for the others there is this thread.
 * A wait of that kind ends when a signal is pending, so a timer sends the thread signals for as long
 * as one close lasts: no close takes much longer than CLOSER_SIGNAL_NS, whatever was queued. What no
 * signal ends (a file of a dead hard-mounted NFS server) stops the thread, and then no session that
 * ended gives its place back; sessions that live are not concerned.
 *
 * It is also where the memory of a session that ended is watched until the peer has let go of it.
 *
 * How much a peer has left here is counted in its account. Whoever accepts connections looks at that
 * before it takes another one, so what a peer can pile up here is bounded by the caller.
 *
 * Ownership: the closer owns what it was given. An account belongs to its maker until it is dropped.
 * Any thread may call these functions. They never wait for a close, but for chan_closer_free().
 */
#pragma once

#include "channel/chan.h"

struct chan_closer;
struct chan_account;

/* Starts the thread. 0 or -errno. Takes SIGURG for itself. */
int chan_closer_new(struct chan_closer **ret);

/* Closes what is left, whoever still has the memory, and ends the thread. NULL is fine. */
void chan_closer_free(struct chan_closer *closer);

/* How much waits to be closed; of those whose memory is held nobody waits for anything. */
unsigned int chan_closer_queue(struct chan_closer *closer);

/* NULL: no memory. */
struct chan_account *chan_account_new(void);
/* How much of it is not closed yet, or has memory that the peer still holds. */
unsigned int chan_account_left(struct chan_account *account);
/* What is left in it is still closed. NULL is fine. */
void chan_account_drop(struct chan_closer *closer, struct chan_account *account);

/*
 * Closes a unix socket (a listening one with all that wait there), or a host's end of a local channel.
 * The peer sees the hang-up at once. account: NULL, if nobody counts.
 */
void chan_closer_socket(struct chan_closer *closer, struct chan_account *account, int fd);
void chan_closer_channel(struct chan_closer *closer, struct chan_account *account,
			 struct chan *chan);
