/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring and its slots, with a correctly connected device. */
#include "tests/xen/hostile.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

/* Most requests here need no answer. */
enum { SOME_LID = 2 };

static bool connected(struct front *f)
{
	return (front_connect(f) && front_hello(f)) || complain("no connection to begin with");
}

static bool put_one(struct front *f, struct chan_slot slot)
{
	bool ok = front_put(f, &slot);

	front_ring_bell(f);
	return ok;
}

bool ring_kind(struct front *f, unsigned long n)
{
	return connected(f) && put_one(f, slot_of((uint8_t)n));
}

bool ring_produced(struct front *f, unsigned long n)
{
	if (!connected(f))
		return false;
	__atomic_store_n(&f->ring.page->to_host.produced, f->ring.produced + (uint32_t)n,
			 __ATOMIC_RELEASE);
	front_ring_bell(f);
	return true;
}

/* The gateway checks the index when the ring of answers seems full: so many answers must arrive. */
bool ring_consumed(struct front *f, unsigned long n)
{
	if (!connected(f))
		return false;
	__atomic_store_n(&f->ring.page->to_guest.consumed, f->ring.consumed + (uint32_t)n,
			 __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < 2 * FRONT_SLOTS; i++)
		if (!put_one(f, request_slot(i, SOME_LID)))
			break;
	return true;
}

/* Neither side uses what is written there. */
bool ring_header(struct front *f, unsigned long n)
{
	if (!connected(f))
		return false;
	f->ring.page->magic = 0;
	f->ring.page->version = 77;
	f->ring.page->slots = 0xffffffff;
	f->ring.page->slot_bytes = 1;
	return true;
}

/* Writes every byte of the pages, repeatedly, while the gateway uses them. */
bool ring_scribble(struct front *f, unsigned long n)
{
	uint32_t *words;

	if (!connected(f))
		return false;
	words = (uint32_t *)f->ring.page;
	for (unsigned int i = 0; i < 50 && back_state(f) == CONNECTED; i++) {
		for (size_t at = 0; at < FRONT_PAGES * FRONT_PAGE_BYTES / sizeof(*words); at++)
			words[at] = noise(0xffffffff);
		front_ring_bell(f);
	}
	return true;
}

/* Fills the ring while its answers are not read; then reads again. */
bool ring_never_read(struct front *f, unsigned long n)
{
	struct chan_slot slot;
	uint32_t held;

	if (!connected(f))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		slot = request_slot(i, SOME_LID);
		if (!front_put(f, &slot))
			return complain("closed after %u requests", i);
	}
	front_ring_bell(f);
	held = __atomic_load_n(&f->ring.page->to_guest.produced, __ATOMIC_ACQUIRE) -
	       f->ring.consumed;
	while (front_take(f, &slot))
		;
	printf("sent %lu held %u\n", n, held);
	return held <= FRONT_SLOTS || complain("more than the ring holds");
}

/* --- slots that change while they are read --- */

struct changer {
	struct front *f;
	uint16_t own_lid;
	bool violations; /* otherwise only requests that may be refused */
	bool stop;
};

/* Alternates the slot that is being taken and the one taken last. */
static void *change(void *arg)
{
	struct changer *c = arg;
	struct hand *ring = &c->f->ring;

	for (uint32_t i = 0; !__atomic_load_n(&c->stop, __ATOMIC_RELAXED); i++) {
		uint32_t at = __atomic_load_n(&ring->page->to_host.consumed, __ATOMIC_RELAXED);
		volatile struct chan_slot *slot = &ring->out[(at - (i & 1)) % FRONT_SLOTS];

		slot->addr.lid = (uint16_t)(c->own_lid + (i >> 1 & 1));
		if (c->violations) {
			slot->kind = (uint8_t)(i >> 7);
			slot->client = (uint16_t)(i >> 7);
			slot->port = i & 1024 ? 0xffff : 0;
		}
	}
	return NULL;
}

static bool change_begin(pthread_t *thread, struct changer *c)
{
	return !pthread_create(thread, NULL, change, c) || complain("no thread");
}

static void change_end(pthread_t thread, struct changer *c)
{
	__atomic_store_n(&c->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/* Answers by kind: of the own port, refused, or forbidden. */
struct tally {
	unsigned long own, refused, foreign, failed;
};

static void count(struct tally *t, const struct chan_slot *slot, uint16_t own_lid)
{
	if (slot->kind == CHAN_KIND_SEND_DONE)
		t->failed++;
	else if (slot->kind != CHAN_KIND_RECV)
		return;
	else if (get_be16(slot->mad + 4))
		t->refused++;
	else if (slot->addr.lid == own_lid)
		t->own++;
	else
		t->foreign++;
}

/*
 * This guest may query only its own port (its grade is `port`). Its slots alternate between "own" and
 * "other" while they are read: a gateway that reads twice forwards one that it did not check.
 */
bool xsa_155_double_fetch(struct front *f, unsigned long n)
{
	struct tally t = {0};
	struct changer c = {.f = f};
	struct chan_slot slot;
	pthread_t thread;
	unsigned int idle = 0;

	if (!connected(f))
		return false;
	c.own_lid = front_own_lid(f);
	if (!change_begin(&thread, &c))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		slot = request_slot(i, c.own_lid);
		if (!front_put(f, &slot))
			break;
		if (i % 16 == 15)
			front_ring_bell(f);
		while (front_take(f, &slot))
			count(&t, &slot, c.own_lid);
	}
	front_ring_bell(f);
	while (t.own + t.refused + t.foreign + t.failed < n && idle++ < 3000) {
		while (front_take(f, &slot))
			count(&t, &slot, c.own_lid);
		breathe();
	}
	change_end(thread, &c);
	printf("own %lu refused %lu failed %lu foreign %lu\n", t.own, t.refused, t.failed,
	       t.foreign);
	if (t.foreign)
		return complain("answers came from where this guest may not ask");
	return (t.own && t.refused) || complain("nothing changed in time: it proves nothing");
}

/* n sessions, each until it is closed or has sent enough. */
bool slots_mutate(struct front *f, unsigned long n)
{
	unsigned int closed = 0;

	for (unsigned long round = 0; round < n; round++) {
		struct changer c = {.f = f, .own_lid = SOME_LID, .violations = true};
		pthread_t thread;

		if (!connected(f) || !change_begin(&thread, &c))
			return false;
		for (uint32_t i = 0; i < 4 * FRONT_SLOTS; i++)
			if (!put_one(f, request_slot(i, SOME_LID)))
				break;
		change_end(thread, &c);
		if (back_state(f) != CONNECTED)
			closed += was_closed(f, ".");
		if (!front_restart(f))
			return complain("stuck in round %lu", round);
	}
	printf("closed %u of %lu\n", closed, n);
	return true;
}
