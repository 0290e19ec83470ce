/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The core under 200,000 random events with a fixed seed. See core_chaos.h. */
#include "tests/unit/test.h"
#include "tests/fuzz/core_chaos.h"

#define EVENTS 40000

static void run(uint32_t seed)
{
	struct chaos *c = chaos_new();
	struct chaos_seen seen;
	uint64_t x = seed;

	for (unsigned int i = 0; i < EVENTS; i++) {
		uint8_t bytes[16];

		for (unsigned int j = 0; j < sizeof(bytes); j++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			bytes[j] = (uint8_t)(x >> 56);
		}
		assert_int_not_equal(chaos_event(c, bytes, sizeof(bytes)), 0);
	}
	seen = chaos_seen(c);
	/* the events must be effective */
	assert_true(seen.attached > 50 && seen.closed > 50 && seen.held > 5);
	assert_true(seen.sent > 1000 && seen.received > 1000 && seen.done > 100);
	assert_true(seen.registered > 10 && seen.unsolicited > 0);
	assert_true(seen.refused > 100 && seen.merged > 2 && seen.cached > 2 && seen.late > 100);
	chaos_end(c);
}

TEST(what_holds_holds_after_any_event_1)
{
	run(1);
}

TEST(what_holds_holds_after_any_event_2)
{
	run(2);
}

TEST(what_holds_holds_after_any_event_3)
{
	run(3);
}

TEST(what_holds_holds_after_any_event_4)
{
	run(4);
}

TEST(what_holds_holds_after_any_event_5)
{
	run(5);
}
