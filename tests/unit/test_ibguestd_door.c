/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who may come in to ibguestd at once, and who waits for a gateway or for one more device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guest-umad/ibguestd_door.h"

#define AT(ms) ((struct mono_ms){1000000 + (ms)})

enum { LIBRARY_WAITS_MS = 15000, STEP_MS = 500 };

static struct guestd_door door;

static int setup(void **state)
{
	guestd_door_init(&door, AT(0));
	return 0;
}

/* Both are of use, and somebody was let in. */
static void two_devices(void)
{
	guestd_door_settled(&door, 0, AT(0));
	guestd_door_settled(&door, 5, AT(0));
	assert_true(guestd_door_opens(&door, true, AT(0)));
}

/* The first look from `from` on at which it opens. */
static uint64_t opens_at(bool any, uint64_t from)
{
	for (uint64_t t = from;; t += STEP_MS)
		if (guestd_door_opens(&door, any, AT(t)))
			return t;
}

static void at_the_start_a_gateway_is_waited_for_and_not_for_ever(void **state)
{
	uint64_t at;

	assert_false(guestd_door_opens(&door, false, AT(0)));
	assert_false(guestd_door_opens(&door, false, AT(5000)));
	at = opens_at(false, 5000);
	assert_in_range(at, 5500, LIBRARY_WAITS_MS - 1);
	/* who comes next waits too, but not so long */
	assert_in_range(opens_at(false, at + 60000) - at - 60000, 1, 5000);
}

static void who_waits_for_a_gateway_is_let_in_when_it_comes(void **state)
{
	assert_false(guestd_door_opens(&door, false, AT(0)));
	guestd_door_settled(&door, 0, AT(700));
	assert_true(guestd_door_opens(&door, true, AT(700)));
}

static void a_lost_gateway_is_hoped_for_anew(void **state)
{
	guestd_door_settled(&door, 0, AT(0));
	guestd_door_lost(&door, 0, false, AT(3600000));
	assert_false(guestd_door_opens(&door, false, AT(3600000)));
	assert_false(guestd_door_opens(&door, false, AT(3605000)));
	assert_in_range(opens_at(false, 3605000) - 3600000, 5001, LIBRARY_WAITS_MS - 1);
}

static void of_two_devices_that_were_lost_the_second_is_waited_for_as_well(void **state)
{
	two_devices();
	guestd_door_lost(&door, 0, true, AT(10000));
	guestd_door_lost(&door, 5, false, AT(10000));
	assert_false(guestd_door_opens(&door, false, AT(10100)));
	guestd_door_settled(&door, 5, AT(18000));
	assert_false(guestd_door_opens(&door, true, AT(18000)));
	guestd_door_settled(&door, 0, AT(19000));
	assert_true(guestd_door_opens(&door, true, AT(19000)));
}

/* A restarted gateway takes up one device after the other: what is there still will go. */
static void it_is_waited_for_even_if_they_were_never_lost_both_at_a_time(void **state)
{
	two_devices();
	guestd_door_lost(&door, 0, true, AT(10000));
	assert_false(guestd_door_opens(&door, true, AT(10000)));
	guestd_door_settled(&door, 0, AT(10400));
	assert_true(guestd_door_opens(&door, true, AT(10400)));
	guestd_door_lost(&door, 5, true, AT(10500));
	assert_false(guestd_door_opens(&door, true, AT(10500)));
	guestd_door_settled(&door, 5, AT(10900));
	assert_true(guestd_door_opens(&door, true, AT(10900)));
}

static void a_device_that_does_not_come_back_is_waited_for_once(void **state)
{
	uint64_t at;

	two_devices();
	guestd_door_lost(&door, 0, true, AT(10000));
	at = opens_at(true, 10000);
	assert_in_range(at, 11000, 16000);
	assert_true(guestd_door_opens(&door, true, AT(at + 1)));
	/* nor when the other one was away since */
	guestd_door_lost(&door, 5, false, AT(20000));
	guestd_door_settled(&door, 5, AT(21000));
	assert_true(guestd_door_opens(&door, true, AT(21000)));
}

static void a_device_that_was_taken_away_is_not_waited_for(void **state)
{
	two_devices();
	guestd_door_lost(&door, 5, true, AT(10000));
	assert_false(guestd_door_opens(&door, true, AT(10000)));
	guestd_door_forgotten(&door, 5);
	assert_true(guestd_door_opens(&door, true, AT(10000)));
}

static void devices_that_come_and_go_without_end_keep_nobody_waiting_so_long(void **state)
{
	uint64_t t = 10000;
	bool open = false;

	two_devices();
	for (unsigned int i = 0; !open && i < 100; i++, t += STEP_MS) {
		guestd_door_lost(&door, i % 2 ? 0 : 5, true, AT(t));
		if (i)
			guestd_door_settled(&door, i % 2 ? 5 : 0, AT(t));
		open = guestd_door_opens(&door, true, AT(t));
	}
	assert_in_range(t - 10000, 3000, 10000);
	/* and the next one no longer either */
	guestd_door_lost(&door, 0, true, AT(t));
	assert_false(guestd_door_opens(&door, true, AT(t)));
	assert_in_range(opens_at(true, t) - t, STEP_MS, 6000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(at_the_start_a_gateway_is_waited_for_and_not_for_ever),
		T(who_waits_for_a_gateway_is_let_in_when_it_comes),
		T(a_lost_gateway_is_hoped_for_anew),
		T(of_two_devices_that_were_lost_the_second_is_waited_for_as_well),
		T(it_is_waited_for_even_if_they_were_never_lost_both_at_a_time),
		T(a_device_that_does_not_come_back_is_waited_for_once),
		T(a_device_that_was_taken_away_is_not_waited_for),
		T(devices_that_come_and_go_without_end_keep_nobody_waiting_so_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
