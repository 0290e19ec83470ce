/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two loops of bench_echo over a channel of any substrate: one end returns each slot, the other waits
 * for it.
 */
#pragma once

#include <stdint.h>

#include "channel/chan.h"

struct echo {
	struct chan *chan;
	int epoll;
};

/* Seconds of the monotonic clock. */
double echo_seconds(void);

/* `hangup`: a descriptor whose EPOLLHUP means that the peer has closed, or -1. 0 or -errno. */
int echo_init(struct echo *echo, struct chan *chan, int hangup);

/* Returns each slot. 0 after one of CHAN_KIND_NONE; -ENOTCONN: the peer has closed; or -errno. */
int echo_serve(struct echo *echo);

/* `count` round trips, `in_flight` at a time. 0 or -errno. */
int echo_ping(struct echo *echo, uint64_t in_flight, uint64_t count);

/* Ends echo_serve() on the other side, where no hang-up is visible. 0 or -errno. */
int echo_end(struct echo *echo);
