/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a waiter learns whether polling before it sleeps makes MADs arrive sooner. */
#include "base/look.h"
#include "tests/unit/test.h"

/* A machine with these times per MAD. */
struct machine {
	uint64_t sleeping_ns, looking_ns;
	unsigned int preempts; /* one poll in so many is preempted; 0: never */
};

static const struct machine dear_wakeups = {.sleeping_ns = 60000, .looking_ns = 20000};
static const struct machine cheap_wakeups = {.sleeping_ns = 20000, .looking_ns = 19000};
/* Polling seems to help: other processes' need of the processor is not measured. */
static const struct machine busy = {.sleeping_ns = 60000, .looking_ns = 20000, .preempts = 4};
static const struct machine one_processor = {.sleeping_ns = 30000, .looking_ns = 80000};

struct run {
	struct look look;
	uint64_t now_ns, mads;
	uint64_t waits, looked, preempted;
};

/* One MAD per wait; one wait in `every` is a client's own pause. */
static void wait_on(struct run *r, const struct machine *m, unsigned int waits, unsigned int every)
{
	for (unsigned int i = 1; i <= waits; i++) {
		const bool looks = look_first(&r->look);
		const bool is_long = every && i % every == 0;
		struct look_wait wait;

		r->waits++;
		r->looked += looks;
		r->mads++;
		r->now_ns += looks ? m->looking_ns : m->sleeping_ns;
		if (is_long)
			r->now_ns += 5 * LOOK_LONG_NS;
		r->preempted += looks && m->preempts && i % m->preempts == 0;
		wait = (struct look_wait){.was_long = is_long, .mads = r->mads};
		if (is_long || look_needs_clock(&r->look)) {
			wait.now_ns = r->now_ns;
			wait.preempted = r->preempted;
		}
		look_learn(&r->look, &wait);
	}
}

static uint64_t looked_in(struct run *r, const struct machine *m, unsigned int waits)
{
	const uint64_t before = r->looked;

	wait_on(r, m, waits, 0);
	return r->looked - before;
}

TEST(a_waiter_sleeps_until_it_has_seen_how_long_that_takes)
{
	struct run r = {.now_ns = 1};

	assert_int_equal(looked_in(&r, &dear_wakeups, LOOK_HOLD_FIRST * LOOK_WINDOW), 0);
}

TEST(where_looking_gains_little_or_harms_it_sleeps_and_tries_ever_more_rarely)
{
	static const struct machine *const machine[] = {&cheap_wakeups, &one_processor, &busy};

	for (unsigned int i = 0; i < 3; i++) {
		struct run r = {.now_ns = 1};

		wait_on(&r, machine[i], 1000 * LOOK_WINDOW, 0);
		assert_in_range(looked_in(&r, machine[i], 4 * LOOK_HOLD_MAX * LOOK_WINDOW), 1,
				5 * LOOK_WINDOW);
	}
}

TEST(what_has_changed_is_found_either_way)
{
	const unsigned int settled = 2 * LOOK_HOLD_MAX * LOOK_WINDOW;
	struct run r = {.now_ns = 1};

	wait_on(&r, &one_processor, settled, 0);
	wait_on(&r, &dear_wakeups, settled, 0);
	assert_true(looked_in(&r, &dear_wakeups, 10000) > 9000);
	wait_on(&r, &one_processor, settled, 0);
	assert_true(looked_in(&r, &one_processor, 10000) < 1000);
}

TEST(who_waits_long_now_and_then_is_not_tried_for_ever)
{
	struct run r = {.now_ns = 1};

	/* No window is ever complete. */
	wait_on(&r, &one_processor, LOOK_HOLD_FIRST * LOOK_WINDOW + 1, 0);
	wait_on(&r, &one_processor, 100 * LOOK_WINDOW, LOOK_WINDOW / 2);
	assert_true(r.looked <= (LOOK_RESTARTS + 1) * LOOK_WINDOW / 2);
}

TEST(who_begins_to_wait_long_is_not_looked_for)
{
	struct run r = {.now_ns = 1};
	uint64_t before;

	wait_on(&r, &dear_wakeups, 10 * LOOK_WINDOW, 0);
	assert_true(look_first(&r.look));
	before = r.looked;
	wait_on(&r, &dear_wakeups, 1000, 1);
	assert_in_range(r.looked - before, 1, LOOK_RESTARTS + 1);
}

TEST(long_waits_alone_are_never_looked_at)
{
	struct run r = {.now_ns = 1};

	wait_on(&r, &dear_wakeups, 100000, 1);
	assert_int_equal(r.looked, 0);
}
