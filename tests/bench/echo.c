/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/bench/echo.h"
#include "tests/patience.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>

double echo_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

int echo_init(struct echo *echo, struct chan *chan, int hangup)
{
	int err;

	*echo = (struct echo){.chan = chan, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (echo->epoll < 0)
		return -errno;
	err = watch(echo->epoll, chan_bell(chan), EPOLLIN | EPOLLET);
	if (!err && hangup >= 0 && hangup != chan_bell(chan))
		err = watch(echo->epoll, hangup, EPOLLRDHUP);
	return err;
}

/* Waits until there may be a slot. */
static int echo_wait(struct echo *echo)
{
	struct epoll_event ev;
	int ok = chan_sleep_ok(echo->chan);

	if (ok != 1)
		return ok;
	if (epoll_wait(echo->epoll, &ev, 1, TEST_PATIENCE_MS) <= 0)
		return -ETIMEDOUT;
	return ev.events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR) ? -ENOTCONN : 0;
}

int echo_serve(struct echo *echo)
{
	struct chan_slot slot;
	int err = 0;

	while (!err) {
		int got = chan_take(echo->chan, &slot);

		if (got > 0 && slot.kind == CHAN_KIND_NONE)
			return 0;
		if (got > 0)
			err = chan_put(echo->chan, &slot) == 1 ? 0 : -ENOBUFS;
		else
			err = got < 0 ? got : echo_wait(echo);
	}
	return err;
}

int echo_ping(struct echo *echo, uint64_t in_flight, uint64_t count)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	uint64_t sent = 0, received = 0;
	int err = 0;

	while (!err && received < count) {
		int got;

		while (sent < count && sent - received < in_flight &&
		       chan_put(echo->chan, &slot) == 1)
			sent++;
		chan_kick(echo->chan);
		got = chan_take(echo->chan, &slot);
		if (got > 0)
			received++;
		else
			err = got < 0 ? got : echo_wait(echo);
	}
	return err;
}

int echo_end(struct echo *echo)
{
	static const struct chan_slot end = {.kind = CHAN_KIND_NONE};
	int err = chan_put(echo->chan, &end);

	chan_kick(echo->chan);
	return err < 0 ? err : err ? 0 : -ENOBUFS;
}
