/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Coming and going: many times, half-way, and never to be seen again. */
#include "tests/xen/hostile.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

bool life_nothing(struct front *f, unsigned long n)
{
	return true;
}

bool life_cycles(struct front *f, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (!front_restart(f) || !front_connect(f) || !front_greet(f) || !front_down(f))
			return complain("cycle %lu of %lu", i, n);
	return true;
}

bool life_rude_cycles(struct front *f, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		if (!front_restart(f) || !front_connect(f) || !front_greet(f))
			return complain("cycle %lu of %lu", i, n);
		if (i % 2 && !front_down(f))
			return complain("close %lu of %lu", i, n);
	}
	return true;
}

/* --- the handshake, step by step --- */

static bool step_share(struct front *f)
{
	front_share(f);
	front_bind(f);
	return true;
}

static bool step_half_the_keys(struct front *f)
{
	front_write_number(f, "version", 1);
	front_write_number(f, "ring-ref0", f->ref[0]);
	return true;
}

static bool step_all_keys(struct front *f)
{
	front_publish(f);
	return true;
}

static bool step_initialised(struct front *f)
{
	front_state(f, INITIALISED);
	return true;
}

static bool step_back_connected(struct front *f)
{
	return back_wait(f, ONE_OF(CONNECTED));
}

static bool step_connected(struct front *f)
{
	front_state(f, CONNECTED);
	return true;
}

/* In the middle of it: requests on their way. */
static bool step_busy(struct front *f)
{
	for (uint32_t i = 0; i < 64; i++) {
		struct chan_slot slot = request_slot(i, 2);

		if (!front_put(f, &slot))
			return false;
	}
	front_ring_bell(f);
	return true;
}

static bool step_closing(struct front *f)
{
	front_state(f, CLOSING);
	return true;
}

static bool step_closed(struct front *f)
{
	front_state(f, CLOSED);
	return true;
}

static const struct {
	const char *name;
	bool (*take)(struct front *f);
} steps[] = {
	{"shared", step_share},
	{"half the keys", step_half_the_keys},
	{"all keys", step_all_keys},
	{"Initialised", step_initialised},
	{"the back-end Connected", step_back_connected},
	{"Connected", step_connected},
	{"greeted", front_greet},
	{"requests under way", step_busy},
	{"Closing", step_closing},
	{"Closed", step_closed},
};

/* n: 0 .. 10 steps */
static bool go(struct front *f, unsigned long n)
{
	const char *name = "Initialising";

	for (unsigned long i = 0; i < n && i < sizeof(steps) / sizeof(steps[0]); i++) {
		name = steps[i].name;
		if (!steps[i].take(f))
			return complain("no step %lu: %s", i + 1, name);
	}
	printf("stopped: %s\n", name);
	return true;
}

bool life_stop_after(struct front *f, unsigned long n)
{
	if (!go(f, n))
		return false;
	for (;;)
		pause();
}

bool life_die_after(struct front *f, unsigned long n)
{
	if (go(f, n))
		kill(getpid(), SIGKILL);
	return false;
}

bool life_put_away(struct front *f, unsigned long n)
{
	return true;
}
