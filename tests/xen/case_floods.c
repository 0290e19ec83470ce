/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Floods: one for each advisory, then floods of permitted MADs. The script checks the gateway's costs in
 * dom0 (wake-ups, memory, sends on the wire, delays of others); this program only makes the floods.
 */
#include "tests/xen/hostile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "mad-proxy/core/request.h"
#include "wire/work.h"

/* Time limit of a flood of MADs, which limits what it may send on the wire. */
enum { FLOOD_MS = 3000 };

static bool connected(struct front *f)
{
	return (front_connect(f) && front_hello(f)) || complain("no connection to begin with");
}

bool xsa_332_event_flood(struct front *f, unsigned long n)
{
	if (!connected(f))
		return false;
	for (unsigned long i = 0; i < n; i++)
		front_ring_bell(f);
	return true;
}

/* Twenty events for each slot, requested or not, and as many for room in the ring of answers. */
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

/* Four writers make about n writes together; this one counts. */
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

/* As many nodes as xenstored's quota allows, four at a time, below the device. */
bool cve_2022_42315_store_memory(struct front *f, unsigned long n)
{
	char key[64], value[2000];
	unsigned long made = 0;

	memset(value, 'x', sizeof(value));
	if (!connected(f))
		return false;
	for (unsigned long i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "rubbish/%lu/a/b/state", i);
		if (!front_write_bytes(f, key, value, sizeof(value)))
			break;
		made++;
	}
	printf("nodes %lu: %s\n", made, made < n ? strerror(errno) : "no end");
	if (!front_lives(f))
		return complain("the session does not answer");
	return front_remove(f, "rubbish") || complain("cannot remove it");
}

/* --- floods of MADs --- */

/* n numbered slots, as fast as the gateway takes them; drops the answers. */
static bool flood(struct front *f, unsigned long n, struct chan_slot *slot,
		  void (*number)(struct chan_slot *slot, uint32_t i))
{
	const uint64_t begin = now_ms();
	struct chan_slot answer;
	uint32_t put = 0;

	while (put < n && now_ms() - begin < FLOOD_MS) {
		if (front_untaken(f) < FRONT_SLOTS) {
			number(slot, put++);
			if (!front_put(f, slot))
				return complain("closed after %u", put);
			continue;
		}
		front_ring_bell(f);
		breathe();
		while (front_take(f, &answer))
			;
	}
	front_ring_bell(f);
	/* by then unheld slots are taken, and there is room for the next reply */
	while (now_ms() - begin < FLOOD_MS && front_untaken(f)) {
		breathe();
		while (front_take(f, &answer))
			;
	}
	while (front_take(f, &answer))
		;
	printf("put %u\n", put);
	return true;
}

static void new_tid(struct chan_slot *slot, uint32_t i)
{
	slot->cookie = i;
	put_be32(slot->mad + 12, i);
}

/*
 * SubnAdmGetTable(PathRecord) of all pairs (IBA 15.2.5.16), the largest answer that one MAD can request.
 * The gateway limits how many such requests run at a time, how long, and how often each is sent.
 */
static bool flood_tables(struct front *f, unsigned long n, uint32_t timeout_ms, uint8_t retries)
{
	const unsigned int attempts = timeout_ms * (retries + 1u) / REQUEST_TABLE_ATTEMPT_MIN_MS;
	struct chan_slot slot = request_slot(0, 0);
	struct chan_port_info info;

	if (!connected(f) || !hand_port(&f->ring, &info))
		return complain("no connection to begin with");
	slot.timeout_ms = timeout_ms;
	slot.retries = retries;
	slot.addr.lid = info.sm_lid;
	slot.mad[1] = 3;
	slot.mad[2] = 2;
	slot.mad[3] = 0x12;
	slot.mad[65] = 0;
	put_be16(slot.mad + 16, 0x35);
	slot.mad[24] = 1; /* RMPP version */
	printf("at_a_time %d ms %d attempts %u\n", WORK_TABLES, WORK_TABLE_MS,
	       attempts ? attempts : 1);
	return flood(f, n, &slot, new_tid);
}

bool flood_one_way(struct front *f, unsigned long n)
{
	return flood_tables(f, n, 0, 0);
}

bool flood_short_tables(struct front *f, unsigned long n)
{
	return flood_tables(f, n, 1, 255);
}

/*
 * Bytes that a LID-routed SMP does not use (IBA 14.2.1.1: 128 to 255). In a chain of h = (h ^ word) * odd,
 * h ^= h >> 29, a word's top bit is cancelled by bits 63 and 34 of the next, whatever precedes: each pair
 * of words is a bit of the number.
 */
static void new_collision(struct chan_slot *slot, uint32_t i)
{
	uint8_t *word = slot->mad + 128;

	new_tid(slot, i);
	memset(word, 0, 128);
	for (unsigned int pair = 0; pair < 8; pair++) {
		if (!(i >> pair & 1))
			continue;
		word[16 * pair + 7] = 0x80;
		word[16 * pair + 8 + 7] = 0x80;
		word[16 * pair + 8 + 4] = 0x04;
	}
	/* beyond eight bits by the GID, which is unused without a GRH */
	put_be32(slot->addr.gid, i >> 8);
}

/* SubnGet(NodeInfo) of the own port: the differences have no meaning to the responder. */
bool flood_collide(struct front *f, unsigned long n)
{
	struct chan_slot slot = request_slot(0, 0);

	if (!connected(f))
		return false;
	slot.addr.lid = front_own_lid(f);
	slot.addr.qpn = slot.addr.qkey = 0;
	slot.mad[1] = 1;
	slot.mad[65] = 0;
	put_be16(slot.mad + 16, 0x11);
	return flood(f, n, &slot, new_collision);
}
