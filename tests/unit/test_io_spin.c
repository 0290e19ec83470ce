/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the gateway learns whether looking longer for work pays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mad-proxy/io/spin.h"

static void short_waits_grow_the_budget_up_to_its_bound(void **state)
{
	struct io_spin spin = {0};

	for (int i = 0; i < 100; i++) {
		uint64_t before = spin.budget_ns;

		io_spin_learn(&spin, 20000, 1);
		assert_true(spin.budget_ns >= before);
		assert_in_range(spin.budget_ns, IO_SPIN_START_NS, IO_SPIN_MAX_NS);
	}
	assert_int_equal(spin.budget_ns, IO_SPIN_MAX_NS);
}

static void one_long_wait_ends_the_spinning(void **state)
{
	struct io_spin spin = {.budget_ns = IO_SPIN_MAX_NS};

	io_spin_learn(&spin, IO_SPIN_MAX_NS + 1, 1);
	assert_int_equal(spin.budget_ns, 0);
}

static void a_burst_ends_the_spinning(void **state)
{
	struct io_spin spin = {.budget_ns = IO_SPIN_MAX_NS};

	io_spin_learn(&spin, 1000, IO_SPIN_BURST);
	assert_int_equal(spin.budget_ns, IO_SPIN_MAX_NS);
	io_spin_learn(&spin, 1000, IO_SPIN_BURST + 1);
	assert_int_equal(spin.budget_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_waits_grow_the_budget_up_to_its_bound),
		cmocka_unit_test(one_long_wait_ends_the_spinning),
		cmocka_unit_test(a_burst_ends_the_spinning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
