/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guest's own clock (coarse.h). */
#include "guest-umad/umad_clock.h"

#include <poll.h>
#include <sys/timerfd.h>

#include "guest-umad/coarse.h"

struct mono_ms gumad_now(void)
{
	return coarse_now();
}

uint64_t gumad_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Not epoll_wait(), which the save of a guest interrupts. */
int gumad_poll(int fd, int timeout_ms)
{
	return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, timeout_ms);
}

void gumad_timer_set(int timer_fd, struct mono_ms due)
{
	struct itimerspec spec = {0};
	uint64_t at = due.ms;

	if (due.ms != MONO_NEVER.ms) {
		/* so that gumad_now() has reached `due` when it fires; zero would disarm the timer */
		if (mono_before(gumad_now(), due))
			at += coarse_step();
		spec.it_value.tv_sec = (time_t)(at / 1000);
		spec.it_value.tv_nsec = (long)(at % 1000) * 1000000 + 1;
	}
	timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}
