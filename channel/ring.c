/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two ends of one ring; see ring.h for the rules and abi/chan_ring.h for layout and proof.
 *
 * Shared words are accessed through load_once() and store_*() only, shared slots through copy_once() and by
 * the producer's caller.
 */
#include "ring.h"

_Static_assert(sizeof(struct chan_slot) == CHAN_SLOT_BYTES, "a slot is 320 bytes");
_Static_assert(sizeof(struct chan_slot) % sizeof(uint64_t) == 0, "a slot is whole words");
_Static_assert(sizeof(struct chan_ring_ctl) / 2 == CHAN_RING_LINE_BYTES, "one line per writer");
_Static_assert(__builtin_offsetof(struct chan_ring_page, to_host) == CHAN_RING_LINE_BYTES, "");
_Static_assert(sizeof(struct chan_ring_page) <= CHAN_RING_PAGE_BYTES, "the header is one page");

static uint32_t load_once(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store_release(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void store_event(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static void fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Volatile: each word is read exactly once, and the caller uses only the copy. */
static void copy_once(struct chan_slot *to, const struct chan_slot *from)
{
	const volatile uint64_t *src = (const volatile uint64_t *)(const void *)from;
	uint64_t *dst = (uint64_t *)(void *)to;
	unsigned int i;

	for (i = 0; i < sizeof(*to) / sizeof(*dst); i++)
		dst[i] = src[i];
}

/* True when `event` is one of old + 1 .. new. */
static bool passed(uint32_t event, uint32_t old, uint32_t new)
{
	return (uint32_t)(new - event) < (uint32_t)(new - old);
}

bool chan_ring_slots_valid(uint32_t slots)
{
	return slots >= CHAN_RING_SLOTS_MIN && slots <= CHAN_RING_SLOTS_MAX &&
	       (slots & (slots - 1)) == 0;
}

void chan_ring_format(void *map, uint32_t slots)
{
	struct chan_ring_page *page = map;

	page->magic = CHAN_RING_MAGIC;
	page->version = CHAN_RING_VERSION;
	page->slots = slots;
	page->slot_bytes = CHAN_SLOT_BYTES;
}

void chan_ring_host_reset(void *map)
{
	struct chan_ring_page *page = map;

	store_event(&page->to_guest.produced, 0);
	store_event(&page->to_guest.space_event, 0);
	store_event(&page->to_host.consumed, 0);
	store_event(&page->to_host.data_event, 0);
	fence();
}

static struct chan_slot *slots_at(void *map, uint32_t first)
{
	return (struct chan_slot *)(void *)((uint8_t *)map + CHAN_RING_PAGE_BYTES) + first;
}

void chan_ring_guest(void *map, uint32_t slots, struct chan_producer *p, struct chan_consumer *c)
{
	struct chan_ring_page *page = map;

	*p = (struct chan_producer){.ctl = &page->to_host, .slot = slots_at(map, 0), .size = slots};
	*c = (struct chan_consumer){
		.ctl = &page->to_guest, .slot = slots_at(map, slots), .size = slots};
}

void chan_ring_host(void *map, uint32_t slots, struct chan_producer *p, struct chan_consumer *c)
{
	struct chan_ring_page *page = map;

	*p = (struct chan_producer){
		.ctl = &page->to_guest, .slot = slots_at(map, slots), .size = slots};
	*c = (struct chan_consumer){.ctl = &page->to_host, .slot = slots_at(map, 0), .size = slots};
}

/* Refreshes consumed_seen. False: it went backwards or past what was produced. */
static bool producer_refresh(struct chan_producer *p)
{
	uint32_t consumed = load_once(&p->ctl->consumed);

	if ((uint32_t)(consumed - p->consumed_seen) > (uint32_t)(p->produced - p->consumed_seen))
		return false;
	p->consumed_seen = consumed;
	return true;
}

enum chan_verdict chan_producer_reserve(struct chan_producer *p, struct chan_slot **ret_slot)
{
	if (p->produced - p->consumed_seen == p->size) {
		if (!producer_refresh(p))
			return CHAN_BAD_INDEX;
		if (p->produced - p->consumed_seen == p->size)
			return CHAN_NOTHING;
	}
	*ret_slot = &p->slot[p->produced & (p->size - 1)];
	return CHAN_DONE;
}

void chan_producer_commit(struct chan_producer *p)
{
	p->produced++;
	store_release(&p->ctl->produced, p->produced);
}

bool chan_producer_should_notify(struct chan_producer *p)
{
	uint32_t old = p->checked;

	if (old == p->produced)
		return false;
	p->checked = p->produced;
	fence();
	return passed(load_once(&p->ctl->data_event), old, p->produced);
}

bool chan_producer_want_room(struct chan_producer *p, uint32_t room)
{
	store_event(&p->ctl->space_event, p->produced - p->size + room);
	fence();
	if (!producer_refresh(p))
		return true;
	return p->size - (p->produced - p->consumed_seen) >= room;
}

/* Refreshes produced_seen. False: it went backwards or exceeds the size of the ring. */
static bool consumer_refresh(struct chan_consumer *c)
{
	uint32_t produced = load_once(&c->ctl->produced);

	if (produced - c->consumed > c->size ||
	    produced - c->consumed < c->produced_seen - c->consumed)
		return false;
	c->produced_seen = produced;
	return true;
}

enum chan_verdict chan_consumer_take(struct chan_consumer *c, struct chan_slot *ret_slot)
{
	if (c->consumed == c->produced_seen) {
		if (!consumer_refresh(c))
			return CHAN_BAD_INDEX;
		if (c->consumed == c->produced_seen)
			return CHAN_NOTHING;
	}
	copy_once(ret_slot, &c->slot[c->consumed & (c->size - 1)]);
	c->consumed++;
	store_release(&c->ctl->consumed, c->consumed);
	return CHAN_DONE;
}

bool chan_consumer_should_notify(struct chan_consumer *c)
{
	uint32_t old = c->checked;

	if (old == c->consumed)
		return false;
	c->checked = c->consumed;
	fence();
	return passed(load_once(&c->ctl->space_event), old, c->consumed);
}

void chan_consumer_disarm(struct chan_consumer *c)
{
	store_event(&c->ctl->data_event, c->consumed);
}

bool chan_consumer_peek(const struct chan_consumer *c)
{
	return c->consumed != c->produced_seen || load_once(&c->ctl->produced) != c->consumed;
}

enum chan_verdict chan_consumer_arm(struct chan_consumer *c)
{
	store_event(&c->ctl->data_event, c->consumed + 1);
	fence();
	if (!consumer_refresh(c))
		return CHAN_BAD_INDEX;
	return c->consumed == c->produced_seen ? CHAN_NOTHING : CHAN_DONE;
}
