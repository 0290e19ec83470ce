/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* States in any order: a peer's state is an event, not a guarantee. */
#include "tests/xen/hostile.h"

#include <stdio.h>
#include <string.h>

static bool connected(struct front *f)
{
	return (front_connect(f) && front_hello(f)) || complain("no connection to begin with");
}

/*
 * Long enough that the back-end has read the present state, and that the ring's indices differ from those
 * of a newly mapped ring.
 */
static bool lives_on(struct front *f)
{
	const struct chan_slot query = slot_of(CHAN_KIND_PORT_QUERY);
	struct chan_port_info info;
	struct chan_slot reply;

	for (unsigned int i = 0; i <= FRONT_SLOTS; i++) {
		if (!front_put(f, &query))
			return complain("the session is another one");
		while (front_take(f, &reply))
			;
		if (i % 8 == 0)
			breathe();
	}
	while (front_untaken(f) && back_state(f) == CONNECTED)
		front_ring_bell(f);
	while (front_take(f, &reply))
		;
	return hand_port(&f->ring, &info) || complain("the session is another one");
}

/* Quickly, so that states are missed, and slowly, so that each is seen. */
bool state_343(struct front *f, unsigned long n)
{
	if (!connected(f) || !lives_on(f))
		return false;
	for (unsigned long i = 0; i < n; i++) {
		front_state(f, INITIALISED);
		if (i == n / 2 && !lives_on(f))
			return false;
		front_state(f, CONNECTED);
	}
	return true;
}

/* Keys are always valid, so some attempts connect. */
bool state_flips(struct front *f, unsigned long n)
{
	front_share(f);
	front_bind(f);
	front_publish(f);
	for (unsigned long i = 0; i < n; i++) {
		switch (noise(16)) {
		case 0:
			front_remove(f, "state");
			break;
		case 1:
			front_write(f, "state", "");
			break;
		case 2:
			front_write(f, "state", "3garbage");
			break;
		default:
			front_write_number(f, "state", noise(10));
			break;
		}
		/* Sometimes the back-end gets far enough to map. */
		if (!noise(64)) {
			front_restart(f);
			front_state(f, INITIALISED);
			back_wait(f, ONE_OF(CONNECTED) | ONE_OF(CLOSED));
		}
	}
	return true;
}

static const char not_a_state[] = "state is not";

/* Each nth of the values. */
bool state_no_number(struct front *f, unsigned long n)
{
	static const char *const states[] = {"", "-1", " 4", "4 ", "0x4", "04", "four", "4\n4"};
	char huge[2000];

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i += n)
		if (!connected(f) || !front_write(f, "state", states[i]) ||
		    !was_closed(f, not_a_state) || !front_restart(f))
			return complain("state \"%s\"", states[i]);
	memset(huge, '4', sizeof(huge));
	return connected(f) && front_write_bytes(f, "state", huge, sizeof(huge)) &&
	       was_closed(f, not_a_state);
}

/* Before the back-end's Connected. */
bool state_4_early(struct front *f, unsigned long n)
{
	front_state(f, CONNECTED);
	return true;
}

bool state_gone(struct front *f, unsigned long n)
{
	if (!connected(f) || !front_remove(f, "state"))
		return false;
	return back_wait(f, ONE_OF(CLOSED)) || complain("the back-end stays connected");
}

/* As after a kexec: a new front-end without the old one's state. */
bool state_1_connected(struct front *f, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		if (!connected(f))
			return false;
		if (!front_restart(f))
			return complain("no InitWait");
	}
	return true;
}

bool state_6_connected(struct front *f, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		if (!connected(f))
			return false;
		front_state(f, CLOSED);
		if (!back_wait(f, ONE_OF(CLOSED)) || !front_restart(f))
			return complain("no Closed");
	}
	return true;
}

/* Whole handshakes and closes without waiting. */
bool xsa_350_toggling(struct front *f, unsigned long n)
{
	static const enum front_state ways[][4] = {
		{INITIALISED, CONNECTED, CLOSING, CLOSED},
		{INITIALISED, CLOSED, INITIALISING, INITIALISED},
		{INITIALISED, INITIALISING, INITIALISED, CLOSING},
		{CLOSED, INITIALISED, CONNECTED, INITIALISING},
	};

	front_share(f);
	front_bind(f);
	front_publish(f);
	for (unsigned long i = 0; i < n; i++) {
		for (unsigned int step = 0; step < 4; step++)
			front_state(f, ways[noise(4)][step]);
		front_state(f, INITIALISING);
	}
	return true;
}
