/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzz target: the host's ends of both rings in memory that the guest writes as it likes, without a shell
 * and over each shell.
 *
 * The input is a program of three-byte instructions: an operation and its argument. One byte left over:
 * runs over the local shell; two: over the Xen shell (if built); none: over the ring alone. Asserts: the
 * host's private indices keep their order, its slots lie inside the mapping, it writes only its own words
 * in the page, a channel that was bad stays bad, and doorbells during a turn cost at most one more turn.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "channel/ring.h"
#include "tests/unit/chan_fixture.h"

#define SLOTS 8u

enum {
	PRODUCED,
	CONSUMED,
	EVENTS,
	SCRIBBLE,
	TAKE,
	ARM,
	RESERVE,
	COMMIT,
	WANT_ROOM,
	KICK,
	OPERATIONS,
	/* with a shell only */
	RING = OPERATIONS,
	UNMASK,
	SHELL_OPERATIONS
};

struct host {
	_Alignas(CHAN_RING_PAGE_BYTES) uint8_t map[CHAN_RING_MAP_BYTES(SLOTS)];
	uint8_t after[CHAN_RING_PAGE_BYTES]; /* the host must not write here */
	struct chan_producer p;
	struct chan_consumer c;
};

static void check(const struct host *h)
{
	static const uint8_t zeros[sizeof(h->after)];
	const struct chan_ring_page *page = (const void *)h->map;

	assert(h->p.produced - h->p.consumed_seen <= SLOTS);
	assert(h->c.produced_seen - h->c.consumed <= SLOTS);
	assert(page->to_guest.produced == h->p.produced || h->p.produced == 0);
	assert(memcmp(h->after, zeros, sizeof(zeros)) == 0);
}

static void reserve(struct host *h, int commit)
{
	struct chan_slot *slot = NULL;
	enum chan_verdict verdict = chan_producer_reserve(&h->p, &slot);

	assert((verdict == CHAN_DONE) == (slot != NULL));
	if (!slot)
		return;
	assert((uint8_t *)slot >= h->map + CHAN_RING_PAGE_BYTES + SLOTS * CHAN_SLOT_BYTES);
	assert((uint8_t *)(slot + 1) <= h->map + sizeof(h->map));
	memset(slot, 0x55, sizeof(*slot));
	if (commit)
		chan_producer_commit(&h->p);
}

static void take(struct host *h)
{
	struct chan_slot slot = {.kind = 0xff};
	uint32_t before = h->c.consumed;
	const struct chan_slot *from = &h->c.slot[before & (SLOTS - 1)];

	if (chan_consumer_take(&h->c, &slot) != CHAN_DONE) {
		assert(slot.kind == 0xff && h->c.consumed == before);
		return;
	}
	assert(h->c.consumed == before + 1);
	assert(memcmp(&slot, from, sizeof(slot)) == 0);
}

static void host_step(struct host *h, uint8_t operation, uint16_t arg)
{
	struct chan_ring_page *page = (void *)h->map;
	uint32_t word = (uint32_t)(int32_t)(int16_t)arg; /* small, or near the wrap */

	switch (operation % OPERATIONS) {
	case PRODUCED:
		page->to_host.produced = h->c.consumed + word;
		break;
	case CONSUMED:
		page->to_guest.consumed = h->p.produced + word;
		break;
	case EVENTS:
		page->to_guest.data_event = h->p.produced + word;
		page->to_host.space_event = h->c.consumed - word;
		break;
	case SCRIBBLE: /* also over the host's words, which it must not use; see check() */
		h->map[CHAN_RING_PAGE_BYTES + arg % (SLOTS * CHAN_SLOT_BYTES)] ^=
			(uint8_t)(arg >> 8);
		page->to_host.consumed = page->to_host.data_event = page->slots = word;
		break;
	case TAKE:
		take(h);
		break;
	case ARM:
		if (chan_consumer_arm(&h->c) == CHAN_NOTHING)
			assert(page->to_host.data_event == h->c.consumed + 1);
		break;
	case RESERVE:
		reserve(h, 0);
		break;
	case COMMIT:
		reserve(h, 1);
		break;
	case WANT_ROOM:
		chan_producer_want_room(&h->p, 1 + arg % SLOTS);
		break;
	case KICK:
		chan_producer_should_notify(&h->p);
		assert(!chan_producer_should_notify(&h->p));
		chan_consumer_should_notify(&h->c);
		assert(!chan_consumer_should_notify(&h->c));
		break;
	}
}

static void ring_run(const uint8_t *data, size_t size)
{
	static struct host host;

	memset(&host, 0, sizeof(host));
	chan_ring_host(host.map, SLOTS, &host.p, &host.c);
	for (; size >= 3; data += 3, size -= 3) {
		host_step(&host, data[0], (uint16_t)(data[1] | data[2] << 8));
		check(&host);
	}
}

/* --- over a shell --- */

struct session {
	struct chan *host, *guest;
	struct chan_ring_page *page; /* the guest's view */
	int epoll;
	bool bad;
};

/* Asserts that a bad channel stays bad. */
static int checked(struct session *s, int rc)
{
	assert(rc == 0 || rc == 1 || rc == -EBADMSG);
	assert(!s->bad || rc == -EBADMSG);
	s->bad = rc < 0;
	return rc;
}

static void session_take(struct session *s)
{
	struct chan_slot slot;

	checked(s, chan_take(s->host, &slot));
}

static void session_reserve(struct session *s, bool commit)
{
	struct chan_slot *slot;

	if (checked(s, chan_reserve(s->host, &slot)) != 1)
		return;
	memset(slot, 0x55, sizeof(*slot));
	if (commit)
		chan_commit(s->host);
}

/* The guest rings, and the host has a turn for each event that it sees. */
static void session_rung(struct session *s)
{
	struct epoll_event ev;
	unsigned int turns = 0;

	while (epoll_wait(s->epoll, &ev, 1, 0) == 1) {
		assert(++turns <= 2); /* doorbells during a turn cost one more */
		session_take(s);
		checked(s, chan_sleep_ok(s->host));
	}
}

static void session_step(struct session *s, uint8_t operation, uint16_t arg)
{
	uint32_t word = (uint32_t)(int32_t)(int16_t)arg;

	switch (operation % SHELL_OPERATIONS) {
	case PRODUCED:
		s->page->to_host.produced = s->host->in.consumed + word;
		break;
	case CONSUMED:
		s->page->to_guest.consumed = s->host->out.produced + word;
		break;
	case EVENTS:
		s->page->to_guest.data_event = s->host->out.produced + word;
		s->page->to_host.space_event = s->host->in.consumed - word;
		break;
	case SCRIBBLE:
		((uint8_t *)s->page)[arg % CHAN_RING_MAP_BYTES(SLOTS)] ^= (uint8_t)(arg >> 8);
		break;
	case TAKE:
		session_take(s);
		break;
	case ARM:
		checked(s, chan_sleep_ok(s->host));
		break;
	case RESERVE:
		session_reserve(s, false);
		break;
	case COMMIT:
		session_reserve(s, true);
		break;
	case WANT_ROOM:
		chan_want_room(s->host, 1 + arg % SLOTS);
		break;
	case KICK:
		chan_kick(s->host);
		break;
	case RING:
		for (unsigned int i = 0; i < arg % 16; i++)
			chan_fixture_ring(s->guest);
		session_rung(s);
		break;
	case UNMASK:
		chan_unmask(s->host);
		assert(!chan_unmask_due(s->host));
		break;
	}
	assert(s->host->out.produced - s->host->out.consumed_seen <= SLOTS);
	assert(s->host->in.produced_seen - s->host->in.consumed <= SLOTS);
}

static void shell_run(enum chan_shell shell, const uint8_t *data, size_t size)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET};
	struct session s = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
	int err;

	chan_fixture_pair(shell, SLOTS, &s.host, &s.guest);
	s.page = chan_fixture_page(s.guest);
	err = epoll_ctl(s.epoll, EPOLL_CTL_ADD, chan_bell(s.host), &ev);
	assert(!err);
	for (; size >= 3; data += 3, size -= 3)
		session_step(&s, data[0], (uint16_t)(data[1] | data[2] << 8));
	close(s.epoll);
	chan_free(s.guest);
	chan_free(s.host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size % 3 == 1)
		shell_run(CHAN_SHELL_LOCAL, data, size);
	else if (size % 3 == 2 && chan_fixture_has(CHAN_SHELL_XEN))
		shell_run(CHAN_SHELL_XEN, data, size);
	else
		ring_run(data, size);
	return 0;
}
