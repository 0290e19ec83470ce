/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One epoll descriptor for doorbells, guests' sockets and umad files, inside one GSource: GLib polls a single
 * descriptor for all guests.
 *
 * Ownership: a watch is embedded in its owner's struct. It may be removed at any time, also inside its own
 * callback or another one; events already fetched for it are then dropped.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#define IO_POLLER_BATCH 64

struct io_watch {
	void (*ready)(struct io_watch *watch, uint32_t events); /* EPOLL* bits */
	int fd; /* -1: not watched */
};

struct io_poller {
	int epoll_fd;
	struct epoll_event batch[IO_POLLER_BATCH]; /* fetched; ptr NULL: its watch was removed */
	int batch_count;
};

/* 0 or -errno. */
int io_poller_init(struct io_poller *poller);
void io_poller_fini(struct io_poller *poller);

/* Watches fd for `events` (EPOLLIN, EPOLLET ...). 0 or -errno. */
int io_poller_add(struct io_poller *poller, struct io_watch *watch, int fd, uint32_t events);
/* Does nothing if it is not watched. Call it before closing the descriptor. */
void io_poller_remove(struct io_poller *poller, struct io_watch *watch);

/* Waits at most timeout_ms for something to be ready. Returns how many are, for io_poller_call(). */
unsigned int io_poller_fetch(struct io_poller *poller, int timeout_ms);
/* Calls the callbacks of the fetched events. */
void io_poller_call(struct io_poller *poller);
