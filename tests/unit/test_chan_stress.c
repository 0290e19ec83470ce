/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * channel/ring with two threads that really sleep: a lost wake-up is a hang (ended by meson's time-out), a
 * torn or reordered slot an assertion. Doorbells are eventfds, so a sleeper sleeps in the kernel.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "channel/ring.h"
#include "tests/unit/test.h"

#define SLOTS 16u

struct side {
	int bell; /* wakes this side */
	uint64_t rung;
	uint64_t armed;
};

struct stress {
	struct chan_ring_page *page;
	struct chan_producer p;
	struct chan_consumer c;
	struct side producer, consumer;
	uint64_t count;
	unsigned int batch; /* commits per check */
	uint64_t bad; /* number of slots that were not the next one */
};

static void side_ring(struct side *side)
{
	static const uint64_t one = 1;

	side->rung++;
	if (write(side->bell, &one, sizeof(one)) != sizeof(one))
		abort();
}

static void side_sleep(struct side *side)
{
	uint64_t n;

	if (read(side->bell, &n, sizeof(n)) != sizeof(n))
		abort();
}

static void *produce(void *arg)
{
	struct stress *s = arg;
	struct chan_slot *slot;
	uint64_t i = 0;

	while (i < s->count) {
		enum chan_verdict verdict = chan_producer_reserve(&s->p, &slot);

		if (verdict == CHAN_BAD_INDEX)
			abort();
		if (verdict == CHAN_NOTHING) {
			if (chan_producer_should_notify(&s->p))
				side_ring(&s->consumer);
			s->producer.armed++;
			if (!chan_producer_want_room(&s->p, 1 + (uint32_t)(i % SLOTS)))
				side_sleep(&s->producer);
			continue;
		}
		slot->cookie = i;
		memset(slot->mad, (int)(uint8_t)i, sizeof(slot->mad));
		chan_producer_commit(&s->p);
		i++;
		if (i % s->batch == 0 && chan_producer_should_notify(&s->p))
			side_ring(&s->consumer);
	}
	if (chan_producer_should_notify(&s->p))
		side_ring(&s->consumer);
	return NULL;
}

static void *consume(void *arg)
{
	struct stress *s = arg;
	struct chan_slot slot;
	uint64_t i = 0;

	while (i < s->count) {
		enum chan_verdict verdict = chan_consumer_take(&s->c, &slot);

		if (verdict == CHAN_BAD_INDEX)
			abort();
		if (verdict == CHAN_NOTHING) {
			if (chan_consumer_should_notify(&s->c))
				side_ring(&s->producer);
			s->consumer.armed++;
			if (chan_consumer_arm(&s->c) == CHAN_NOTHING)
				side_sleep(&s->consumer);
			continue;
		}
		s->bad += slot.cookie != i || slot.mad[0] != (uint8_t)i ||
			  slot.mad[CHAN_MAD_BYTES - 1] != (uint8_t)i;
		i++;
	}
	if (chan_consumer_should_notify(&s->c))
		side_ring(&s->producer);
	return NULL;
}

static void run(struct stress *s)
{
	pthread_t producer, consumer;
	struct chan_producer host_p;
	struct chan_consumer guest_c;

	s->page = aligned_alloc(CHAN_RING_PAGE_BYTES, CHAN_RING_MAP_BYTES(SLOTS));
	memset(s->page, 0, CHAN_RING_MAP_BYTES(SLOTS));
	chan_ring_guest(s->page, SLOTS, &s->p, &guest_c);
	chan_ring_host(s->page, SLOTS, &host_p, &s->c);
	s->producer.bell = eventfd(0, EFD_CLOEXEC);
	s->consumer.bell = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(pthread_create(&producer, NULL, produce, s), 0);
	assert_int_equal(pthread_create(&consumer, NULL, consume, s), 0);
	pthread_join(producer, NULL);
	pthread_join(consumer, NULL);
	close(s->producer.bell);
	close(s->consumer.bell);
	free(s->page);
	assert_int_equal(s->bad, 0);
	assert_int_equal(s->c.consumed, (uint32_t)s->count);
	print_message("%llu slots: %llu doorbells for data, %llu for room\n",
		      (unsigned long long)s->count, (unsigned long long)s->consumer.rung,
		      (unsigned long long)s->producer.rung);
	assert_true(s->consumer.rung <= s->consumer.armed);
	assert_true(s->producer.rung <= s->producer.armed);
}

TEST(no_wake_up_is_lost_when_each_slot_may_ring)
{
	struct stress s = {.count = 300000, .batch = 1};

	run(&s);
}

TEST(no_wake_up_is_lost_between_batches)
{
	struct stress s = {.count = 300000, .batch = 8};

	run(&s);
	/* One check a batch, and one whenever the ring is full, which is at most as often. */
	assert_true(s.consumer.rung <= s.count / 4);
}

/*
 * One slot at a time, both threads at the same moment, repeatedly: the producer publishes and checks while
 * the consumer arms and reads again. No thread sleeps in the kernel, so the few nanoseconds in which a
 * missing fence matters occur often. `checked_to` tells the consumer that no further doorbell follows.
 */
struct race {
	struct chan_ring_page *page;
	struct chan_producer p;
	struct chan_consumer c;
	uint32_t rounds;
	uint32_t bell, checked_to, taken, stop; /* atomic */
	time_t until; /* fewer rounds on a busy machine */
	uint32_t slept, lost;
};

static uint32_t peek(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void spin_until(const uint32_t *word, uint32_t value)
{
	unsigned int i;

	for (i = 1; peek(word) != value; i++) {
		if (i % 1024 == 0)
			sched_yield();
	}
}

/* Spins up to `most` turns, so that neither side is always first. */
static void dawdle(uint32_t *seed, uint32_t most)
{
	volatile uint32_t i;

	*seed = *seed * 1664525u + 1013904223u;
	for (i = (*seed >> 16) % most; i > 0; i--)
		;
}

static void *race_produce(void *arg)
{
	struct race *r = arg;
	uint32_t i, seed = 1;

	for (i = 1; !peek(&r->stop); i++) {
		dawdle(&seed, 32);
		chan_producer_commit(&r->p);
		if (chan_producer_should_notify(&r->p))
			__atomic_store_n(&r->bell, i, __ATOMIC_RELEASE);
		__atomic_store_n(&r->checked_to, i, __ATOMIC_RELEASE);
		spin_until(&r->taken, i);
	}
	return NULL;
}

static void *race_consume(void *arg)
{
	struct race *r = arg;
	struct chan_slot slot;
	uint32_t i, seed = 2;

	for (i = 1; i <= r->rounds; i++) {
		dawdle(&seed, 256);
		if (chan_consumer_arm(&r->c) == CHAN_NOTHING) {
			r->slept++;
			spin_until(&r->checked_to, i);
			r->lost += peek(&r->bell) != i;
		}
		while (chan_consumer_take(&r->c, &slot) != CHAN_DONE)
			;
		if (i % 256 == 0 && time(NULL) >= r->until)
			r->rounds = i;
		__atomic_store_n(&r->stop, i >= r->rounds, __ATOMIC_RELEASE);
		__atomic_store_n(&r->taken, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

TEST(no_wake_up_is_lost_at_the_very_moment_of_arming)
{
	struct race r = {.rounds = 1000000, .until = time(NULL) + 5};
	struct chan_producer host_p;
	struct chan_consumer guest_c;
	pthread_t producer, consumer;

	r.page = aligned_alloc(CHAN_RING_PAGE_BYTES, CHAN_RING_MAP_BYTES(SLOTS));
	memset(r.page, 0, CHAN_RING_MAP_BYTES(SLOTS));
	chan_ring_guest(r.page, SLOTS, &r.p, &guest_c);
	chan_ring_host(r.page, SLOTS, &host_p, &r.c);
	assert_int_equal(pthread_create(&producer, NULL, race_produce, &r), 0);
	assert_int_equal(pthread_create(&consumer, NULL, race_consume, &r), 0);
	pthread_join(producer, NULL);
	pthread_join(consumer, NULL);
	free(r.page);
	print_message("%u rounds, asleep in %u\n", r.rounds, r.slept);
	assert_true(r.slept > 0);
	assert_int_equal(r.lost, 0);
}
