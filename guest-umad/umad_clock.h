/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The library's time, and waiting for it: the only place where a clock is read and a thread sleeps.
 * Unit tests put a clock of their own in its place (tests/unit/fake_clock.c).
 */
#pragma once

#include "base/mono.h"

struct mono_ms gumad_now(void);
/* For how long something takes; it may be a system call. */
uint64_t gumad_now_ns(void);

/*
 * Waits until the descriptor (-1: none) is readable, at most timeout_ms (-1: for ever); returns as
 * poll() does, and is a cancellation point as poll() is.
 */
int gumad_poll(int fd, int timeout_ms);

/* The timerfd is readable from when gumad_now() says `due`; MONO_NEVER: it is not. */
void gumad_timer_set(int timer_fd, struct mono_ms due);
