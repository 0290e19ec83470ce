/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A thread that closes sockets whose close a peer could block, so that no main loop blocks.
 *
 * A peer may queue descriptors (SCM_RIGHTS) on a unix socket of the host, accepted or not, and close its own
 * copies. The last close of such a descriptor then happens when the host closes the socket, and takes as long
 * as the peer chose: a TCP socket with SO_LINGER waits for its unsent data. Kernels from 6.16 on can refuse
 * such descriptors (local_socket.c); for older ones there is this thread. A close that waits returns when a
 * signal is pending, so a timer sends signals to the thread during each close: no close takes much longer than
 * CLOSER_SIGNAL_NS. A close that no signal ends (a file of a hard-mounted NFS server that does not answer)
 * blocks the thread: then ended sessions do not free their places; running sessions are not affected.
 *
 * The thread also watches the memory of an ended session until the peer has released it.
 *
 * An account counts what a peer has not released yet. The caller looks at it before it accepts another
 * connection, and so limits it.
 *
 * Ownership: the closer owns what it is given. An account belongs to its maker until it is dropped.
 * Any thread may call these functions. Only chan_closer_free() waits for a close.
 */
#pragma once

#include "channel/chan.h"

struct chan_closer;
struct chan_account;

/* Starts the thread. 0 or -errno. The thread uses SIGURG. */
int chan_closer_new(struct chan_closer **ret);

/* Closes everything, also memory that peers still have mapped, and ends the thread. NULL is allowed. */
void chan_closer_free(struct chan_closer *closer);

/* How many wait to be closed, without those whose memory a peer still holds. */
unsigned int chan_closer_queue(struct chan_closer *closer);

/* NULL: no memory. */
struct chan_account *chan_account_new(void);
/* How many of the account are not closed yet, or have memory that the peer still holds. */
unsigned int chan_account_left(struct chan_account *account);
/* The closer still closes what the account counts. NULL is allowed. */
void chan_account_drop(struct chan_closer *closer, struct chan_account *account);

/*
 * Closes a unix socket (a listening one with its waiting connections), or the host's end of a local channel.
 * The peer sees the end of the connection at once. account: NULL if it is not counted.
 */
void chan_closer_socket(struct chan_closer *closer, struct chan_account *account, int fd);
void chan_closer_channel(struct chan_closer *closer, struct chan_account *account,
			 struct chan *chan);
