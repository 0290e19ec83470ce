/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A vib device of ibguestd whose xenstore fails or disappears (device_fixture.h). */
#include "tests/unit/test.h"
#include "tests/unit/device_fixture.h"

/* It has dropped its ring, has written nothing, and reads again; then it connects. */
static void asks_again(const char *shown)
{
	assert_true(fixture.device.used);
	assert_int_equal(fixture.device.front.state, CHAN_FRONT_STUCK);
	assert_int_equal(fixture.channels, 0);
	assert_true(has_timer());
	shows(shown);
	fixture.fail = fixture.fail_watch = fixture.fail_show = 0;
	fixture.fail_path = NULL;
	back_follows();
	shows("4");
	assert_int_equal(fixture.channels, 1);
}

TEST_F(a_xenstore_that_fails_is_asked_again)
{
	connects();
	fixture.fail = EIO;
	back("1");
	asks_again("4");
	fixture.fail = EIO;
	guestd_device_find(&fixture.device);
	asks_again("4");
}

TEST_F(whatever_cannot_be_read_is_read_again)
{
	static const char *const own[] = {F "backend", F "backend-id", F "state"};

	connects();
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		fixture.fail_path = own[i];
		guestd_device_find(&fixture.device);
		asks_again("4");
	}
	fixture.fail_path = B "state";
	back("4");
	asks_again("4");
	fixture.fail_path = B "mad-slots";
	loop_gives_up(GUESTD_HANGUP);
	back("6");
	passes(10000);
	back("2");
	asks_again("1");
}

TEST_F(a_state_that_cannot_be_shown_is_shown_later)
{
	connects();
	fixture.fail_show = ENOSPC;
	back("6");
	asks_again("4");
}

TEST_F(a_back_end_that_cannot_be_watched_is_not_connected_to)
{
	fixture.fail_watch = ENOSPC;
	begins();
	asks_again("1");
	assert_string_equal(fixture.watched, B "state");
}

TEST_F(a_xenstore_that_went_is_missed_by_no_session)
{
	connects();
	guestd_device_store(&fixture.device, NULL);
	fixture.watched[0] = '\0';
	assert_int_equal(fixture.channels, 1);
	passes(100000);
	guestd_device_store(&fixture.device, some_store);
	assert_int_equal(fixture.channels, 1);
	shows("4");
	assert_string_equal(fixture.watched, B "state");
}

TEST_F(a_session_that_ends_while_there_is_no_xenstore_is_made_anew_with_it)
{
	connects();
	guestd_device_store(&fixture.device, NULL);
	fixture.watched[0] = '\0';
	loop_gives_up(GUESTD_HANGUP);
	passes(10000);
	assert_int_equal(fixture.channels, 0);
	shows("4"); /* nobody could write it */
	guestd_device_store(&fixture.device, some_store);
	back_follows();
	shows("4");
	assert_int_equal(fixture.channels, 1);
}

TEST_F(a_device_may_end_without_a_xenstore)
{
	connects();
	guestd_device_store(&fixture.device, NULL);
	fixture.watched[0] = '\0';
	guestd_device_stop(&fixture.device);
	assert_false(fixture.device.used);
	assert_int_equal(fixture.channels, 0);
}
