/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When the gateway lets MADs gather before it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mad-proxy/io/coalesce.h"

#define MAD_NS 8000

struct gate {
	struct io_coalesce coalesce;
	uint64_t now_ns;
	uint64_t handled;
};

/* `burst` MADs come at the pace of one in MAD_NS, then nothing is ready. */
static uint64_t after_a_burst(struct gate *g, unsigned int burst, size_t in_flight)
{
	g->now_ns += (uint64_t)burst * MAD_NS;
	g->handled += burst;
	return io_coalesce_ns(&g->coalesce, g->now_ns, g->handled, in_flight);
}

static uint64_t in_the_long_run(unsigned int burst, size_t in_flight)
{
	struct gate g = {.now_ns = 1000000000};
	uint64_t coalesce = 0;

	for (unsigned int i = 0; i < 50; i++)
		coalesce = after_a_burst(&g, burst, in_flight);
	return coalesce;
}

static void who_asks_one_at_a_time_is_never_kept_waiting(void **state)
{
	for (unsigned int in_flight = 0; in_flight <= 4096; in_flight += 64)
		assert_int_equal(in_the_long_run(IO_COALESCE_BURST, in_flight), 0);
}

static void a_few_in_flight_are_not_worth_a_delay(void **state)
{
	assert_int_equal(in_the_long_run(16, 16), 0);
}

static void a_burst_may_gather_for_a_part_of_what_is_in_flight(void **state)
{
	uint64_t coalesce = in_the_long_run(20, 32);

	assert_in_range(coalesce, 32 * MAD_NS / 2 - MAD_NS, 32 * MAD_NS / 2 + MAD_NS);
}

static void no_delay_is_longer_than_the_bound(void **state)
{
	assert_int_equal(in_the_long_run(20, 64), IO_COALESCE_MAX_NS);
	assert_int_equal(in_the_long_run(64, SIZE_MAX / (1000 * MAD_NS)), IO_COALESCE_MAX_NS);
}

static void a_burst_of_another_is_no_reason_once_it_is_over(void **state)
{
	struct gate g = {.now_ns = 1000000000};

	for (unsigned int i = 0; i < 50; i++)
		after_a_burst(&g, 20, 64);
	/* 64 requests that nobody answers, and one client that goes to and fro */
	assert_int_equal(after_a_burst(&g, 2, 64), 0);
	assert_int_equal(after_a_burst(&g, 2, 64), 0);
}

static void a_fast_fabric_makes_for_short_waits(void **state)
{
	struct gate g = {.now_ns = 1000000000};
	uint64_t coalesce = 1;

	for (unsigned int i = 0; i < 50; i++) {
		g.now_ns += 64 * 500;
		g.handled += 64;
		coalesce = io_coalesce_ns(&g.coalesce, g.now_ns, g.handled, 64);
	}
	assert_int_equal(coalesce, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_one_at_a_time_is_never_kept_waiting),
		cmocka_unit_test(a_few_in_flight_are_not_worth_a_delay),
		cmocka_unit_test(a_burst_may_gather_for_a_part_of_what_is_in_flight),
		cmocka_unit_test(no_delay_is_longer_than_the_bound),
		cmocka_unit_test(a_burst_of_another_is_no_reason_once_it_is_over),
		cmocka_unit_test(a_fast_fabric_makes_for_short_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
