/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connecting and disconnecting: often, half-way, and without return. */
#include "tests/xen/hostile.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/patience.h"

bool life_nothing(struct front *f, unsigned long n)
{
	return true;
}

bool life_cycles(struct front *f, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (!front_restart(f) || !front_connect(f) || !front_hello(f) || !front_down(f))
			return complain("cycle %lu of %lu", i, n);
	return true;
}

bool life_rude_cycles(struct front *f, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		if (!front_restart(f) || !front_connect(f) || !front_hello(f))
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

/* With requests in flight. */
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
	{"hello done", front_hello},
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

/* --- a guest that restarts without a message from its old kernel --- */

/* Its event channels are reset; its pages are still granted but in use for something else. */
static void die_silently(struct front *old)
{
	front_unbind(old);
	if (old->ring.page)
		memset(old->ring.page, 0x5a, (size_t)FRONT_PAGES * FRONT_PAGE_BYTES);
}

static bool kexec_after(unsigned int handle, unsigned long step)
{
	struct front old, new;
	bool ok;

	front_init(&old, handle);
	ok = front_restart(&old) && go(&old, step);
	die_silently(&old);
	front_init(&new, handle);
	ok = ok && front_roll(&new) && front_up(&new) && front_lives(&new) && front_down(&new);
	front_fini(&new);
	front_fini(&old);
	return ok || complain("the new kernel's front-end does not come up after step %lu", step);
}

/* After so many steps of the old handshake; 0: after each of them. */
bool life_kexec(struct front *f, unsigned long n)
{
	if (n)
		return kexec_after(f->handle, n);
	for (unsigned long step = 1; step <= sizeof(steps) / sizeof(steps[0]); step++)
		if (!kexec_after(f->handle, step))
			return false;
	return true;
}

/* --- two devices in one guest --- */

enum { EACH = 32 };

static unsigned int answers(struct front *f)
{
	struct chan_slot slot;
	unsigned int n = 0;

	while (front_take(f, &slot))
		n += slot.kind == CHAN_KIND_RECV && !get_be16(slot.mad + 4);
	return n;
}

/* Sends requests alternately and expects all answers. */
static bool both_work(struct front *a, struct front *b)
{
	uint16_t own_lid = front_own_lid(a);
	unsigned int of_a = 0, of_b = 0;

	for (uint32_t i = 0; i < EACH; i++) {
		struct chan_slot slot = request_slot(i, own_lid);

		if (!front_put(a, &slot) || !front_put(b, &slot))
			return complain("closed after %u requests", i);
		front_ring_bell(a);
		front_ring_bell(b);
	}
	for (unsigned int look = 0; look < TEST_PATIENCE_MS && of_a + of_b < 2 * EACH; look++) {
		of_a += answers(a);
		of_b += answers(b);
		breathe();
	}
	return (of_a == EACH && of_b == EACH) ||
	       complain("answers %u and %u of %u", of_a, of_b, (unsigned int)EACH);
}

/* A violation of one device does not affect the other. n: the other one's handle. */
bool life_two_devices(struct front *f, unsigned long n)
{
	struct chan_slot violation = slot_of(99);
	struct front other;
	bool ok;

	front_init(&other, (unsigned int)n);
	ok = front_up(f) && front_up(&other) && both_work(f, &other) && front_put(f, &violation);
	front_ring_bell(f);
	ok = ok && was_closed(f, "slot") && front_lives(&other) && front_up(f) &&
	     both_work(&other, f) && front_down(&other) && front_lives(f);
	front_fini(&other);
	return ok || complain("not both of the devices work");
}

bool life_put_away(struct front *f, unsigned long n)
{
	return true;
}
