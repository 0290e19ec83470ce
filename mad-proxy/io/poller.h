/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One epoll descriptor for everything that is hot (doorbells, guests' sockets, umad files), inside
 * one GSource: GLib polls a single descriptor however many guests are attached.
 *
 * Ownership: a watch lives in its owner's struct. It may be removed at any time, also from within
 * its own callback or another's; events already fetched for it are then dropped.
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
	struct epoll_event batch[IO_POLLER_BATCH]; /* fetched; ptr NULL once its watch is gone */
	int batch_count;
};

/* 0 or -errno. */
int io_poller_init(struct io_poller *poller);
void io_poller_fini(struct io_poller *poller);

/* Watches fd for `events` (EPOLLIN, EPOLLET ...). 0 or -errno. */
int io_poller_add(struct io_poller *poller, struct io_watch *watch, int fd, uint32_t events);
/* Harmless when it is not watched. To be called before the descriptor is closed. */
void io_poller_remove(struct io_poller *poller, struct io_watch *watch);

/* Waits at most timeout_ms for something to be ready. Returns how many are, for io_poller_call(). */
unsigned int io_poller_fetch(struct io_poller *poller, int timeout_ms);
/* Calls what was fetched. */
void io_poller_call(struct io_poller *poller);
