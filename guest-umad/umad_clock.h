/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The library's clock and waiting: the only file that reads a clock or sleeps. Unit tests link
 * tests/unit/fake_clock.c instead.
 */
#pragma once

#include "base/mono.h"

struct mono_ms gumad_now(void);
/* For measuring durations; may be a system call. */
uint64_t gumad_now_ns(void);

/*
 * Waits until the descriptor (-1: none) is readable, at most timeout_ms (-1: no limit); returns as poll()
 * does and is a cancellation point.
 */
int gumad_poll(int fd, int timeout_ms);

/* Makes the timerfd readable when gumad_now() reaches `due`; MONO_NEVER: disarms it. */
void gumad_timer_set(int timer_fd, struct mono_ms due);
