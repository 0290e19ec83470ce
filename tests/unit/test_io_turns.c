/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Guests take turns at the port, not their sessions, and each has its quota (gate_bed.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mad-proxy/io/reload.h"
#include "tests/unit/gate_bed.h"

/* Of all that others asked before, at most one turn's worth goes to the port before it. */
static void is_served_soon(struct chan *chan)
{
	unsigned int before = 0;

	put_perf_get(chan, 1000, 999);
	run_until_idle();
	while (sent_to(before) != 999)
		before++;
	assert_in_range(before, 0, 32);
}

static void a_flood_of_one_guest_does_not_hold_up_another(void **state)
{
	struct gate_bed *bed = *state;
	struct chan *flood = attach_and_hello(bed, "alpha");
	struct chan *calm = attach_and_hello(bed, "beta");

	for (uint16_t i = 0; i < 100; i++)
		put_perf_get(flood, i, (uint16_t)(100 + i));
	is_served_soon(calm);
	assert_int_equal(fake_umad.sent_count, 101);
	chan_free(flood);
	chan_free(calm);
}

static void many_sessions_of_one_guest_do_not_hold_up_another(void **state)
{
	struct gate_bed *bed = *state;
	struct chan *flood[4], *calm;

	for (unsigned int n = 0; n < G_N_ELEMENTS(flood); n++)
		flood[n] = attach_and_hello(bed, "alpha");
	calm = attach_and_hello(bed, "beta");
	for (uint16_t i = 0; i < 128; i++)
		put_perf_get(flood[i % G_N_ELEMENTS(flood)], i, (uint16_t)(100 + i));
	is_served_soon(calm);
	for (unsigned int n = 0; n < G_N_ELEMENTS(flood); n++)
		chan_free(flood[n]);
	chan_free(calm);
}

static void a_guest_at_its_quota_may_still_come_with_another_session(void **state)
{
	struct gate_bed *bed = *state;
	struct chan *first, *second;

	write_policy(bed, HEAD ALPHA "outstanding = 1\n" BETA);
	g_strfreev(io_reload(bed->gate, bed->policy_path, NULL));
	first = attach_and_hello(bed, "alpha");
	for (uint16_t i = 0; i < 2; i++)
		put_perf_get(first, i, 7);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	second = attach_and_hello(bed, "alpha");
	put_perf_get(second, 3, 8);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	/* what was held goes on in turn */
	chan_free(first);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 2);
	assert_int_equal(sent_to(1), 8);
	chan_free(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_flood_of_one_guest_does_not_hold_up_another),
		T(many_sessions_of_one_guest_do_not_hold_up_another),
		T(a_guest_at_its_quota_may_still_come_with_another_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
