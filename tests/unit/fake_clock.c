/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/fake_clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/timerfd.h>

struct fake_clock fake_clock;

static struct {
	pthread_mutex_t lock;
	struct mono_ms now;
	struct mono_ms due; /* of the one timer; NEVER also after it fired */
	int timer_fd;
} c = {.lock = PTHREAD_MUTEX_INITIALIZER, .now = {1000}, .due = {UINT64_MAX}, .timer_fd = -1};

struct mono_ms gumad_now(void)
{
	struct mono_ms now;

	pthread_mutex_lock(&c.lock);
	now = c.now;
	pthread_mutex_unlock(&c.lock);
	return now;
}

/* It advances with each reading: a busy wait for a time ends. */
uint64_t gumad_now_ns(void)
{
	static uint64_t readings;

	return gumad_now().ms * 1000000 + ++readings * 1000;
}

/* The timer is readable when this returns. */
static void fire_if_due(void)
{
	struct itimerspec at_once = {.it_value.tv_nsec = 1};
	struct pollfd p = {.fd = c.timer_fd, .events = POLLIN};

	if (mono_before(c.now, c.due))
		return;
	c.due = MONO_NEVER;
	timerfd_settime(c.timer_fd, 0, &at_once, NULL);
	while (poll(&p, 1, -1) != 1)
		;
}

void gumad_timer_set(int timer_fd, struct mono_ms due)
{
	struct itimerspec never = {0};

	pthread_mutex_lock(&c.lock);
	c.timer_fd = timer_fd;
	c.due = due;
	timerfd_settime(timer_fd, 0, &never, NULL);
	fire_if_due();
	pthread_mutex_unlock(&c.lock);
}

void fake_clock_advance(uint64_t ms)
{
	pthread_mutex_lock(&c.lock);
	c.now = mono_add(c.now, ms);
	fire_if_due();
	pthread_mutex_unlock(&c.lock);
}

/* A wait ends at `end`, or when the timer fires. False: never. */
static bool go_on(struct mono_ms end)
{
	bool moves;

	pthread_mutex_lock(&c.lock);
	end = mono_min(end, c.due);
	moves = end.ms != MONO_NEVER.ms;
	if (moves && mono_before(c.now, end))
		c.now = end;
	fire_if_due();
	pthread_mutex_unlock(&c.lock);
	return moves;
}

int gumad_poll(int fd, int timeout_ms)
{
	struct mono_ms end =
		timeout_ms < 0 ? MONO_NEVER : mono_add(gumad_now(), (uint64_t)timeout_ms);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n, for_real_ms = 0;

	fake_clock.waits++;
	for (;;) {
		if (atomic_exchange(&fake_clock.interrupted, false)) {
			errno = EINTR;
			return -1;
		}
		/* by hand: polls both the descriptor and the test's clock */
		n = poll(&p, 1, fake_clock.by_hand ? 1 : for_real_ms);
		if (n || !mono_before(gumad_now(), end))
			return n;
		if (!fake_clock.by_hand && !go_on(end))
			for_real_ms = -1; /* only another thread can end the wait */
	}
}
