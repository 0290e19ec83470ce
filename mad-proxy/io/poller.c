/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/poller.h"

#include <errno.h>
#include <unistd.h>

int io_poller_init(struct io_poller *poller)
{
	poller->batch_count = 0;
	poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return poller->epoll_fd < 0 ? -errno : 0;
}

void io_poller_fini(struct io_poller *poller)
{
	if (poller->epoll_fd >= 0)
		close(poller->epoll_fd);
	poller->epoll_fd = -1;
}

int io_poller_add(struct io_poller *poller, struct io_watch *watch, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = watch};

	if (epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	watch->fd = fd;
	return 0;
}

void io_poller_remove(struct io_poller *poller, struct io_watch *watch)
{
	if (watch->fd < 0)
		return;
	epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
	for (int i = 0; i < poller->batch_count; i++) {
		if (poller->batch[i].data.ptr == watch)
			poller->batch[i].data.ptr = NULL;
	}
}

unsigned int io_poller_fetch(struct io_poller *poller, int timeout_ms)
{
	int count = epoll_wait(poller->epoll_fd, poller->batch, IO_POLLER_BATCH, timeout_ms);

	poller->batch_count = count > 0 ? count : 0;
	return (unsigned int)poller->batch_count;
}

void io_poller_call(struct io_poller *poller)
{
	for (int i = 0; i < poller->batch_count; i++) {
		struct io_watch *watch = poller->batch[i].data.ptr;

		if (watch)
			watch->ready(watch, poller->batch[i].events);
	}
	poller->batch_count = 0;
}
