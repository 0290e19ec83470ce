/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A vib device of ibguestd (device_fixture.h): connect, the back-end's end and return, detach, restore. */
#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/device_fixture.h"

TEST_F(a_device_connects_and_lends_its_channel_to_the_loop)
{
	struct chan *chan;

	connects();
	assert_string_equal(find(F "version"), "1");
	assert_string_equal(find(F "ring-ref0"), "700");
	assert_string_equal(find(F "ring-ref20"), "720");
	assert_null(find(F "ring-ref21"));
	assert_string_equal(find(F "event-channel"), "11");
	chan = guestd_feed_take(&fixture.feed, DEVICE_UP);
	assert_ptr_equal(chan, fixture.device.chan);
	guestd_feed_return(&fixture.feed, DEVICE_UP,
			   GUESTD_HANGUP); /* so that the end need not wait for it */
}

TEST_F(nothing_is_lent_before_the_back_end_is_connected)
{
	begins();
	assert_null(guestd_feed_take(&fixture.feed, DEVICE_UP));
	back("6");
	passes(0);
	shows("1");
	back("2");
	shows("3");
	assert_null(guestd_feed_take(&fixture.feed, DEVICE_UP));
	back("4");
	shows("4");
	assert_non_null(guestd_feed_take(&fixture.feed, DEVICE_UP));
	guestd_feed_return(&fixture.feed, DEVICE_UP, GUESTD_HANGUP);
}

TEST_F(a_back_end_that_restarts_is_connected_to_again)
{
	connects();
	for (unsigned int i = 0; i < 5; i++) {
		back(i % 2 ? "1" : "6");
		assert_int_equal(fixture.channels, 0);
		assert_null(guestd_feed_take(&fixture.feed, DEVICE_UP));
		back_follows();
		shows("4");
		assert_int_equal(fixture.channels, 1);
	}
}

TEST_F(a_session_that_the_loop_gives_up_is_made_anew)
{
	connects();
	loop_gives_up(GUESTD_HELLO);
	assert_int_equal(fixture.channels, 0);
	back_follows();
	shows("4");
	assert_non_null(guestd_feed_take(&fixture.feed, DEVICE_UP));
	guestd_feed_return(&fixture.feed, DEVICE_UP, GUESTD_HANGUP);
}

TEST_F(a_device_that_is_detached_is_forgotten)
{
	unsigned int writes;

	connects();
	drop(F);
	writes = fixture.writes;
	guestd_device_find(&fixture.device);
	assert_false(fixture.device.used);
	assert_int_equal(fixture.channels, 0);
	assert_int_equal(fixture.writes, writes);
	assert_null(find(F "state"));
}

TEST_F(nodes_that_vanish_are_not_made_anew)
{
	connects();
	drop(F);
	back("6"); /* read before the watch on our own nodes */
	assert_false(fixture.device.used);
	assert_null(find(F "state"));
}

/* As the toolstack does for a restored domain. */
static void restored(const char *backend, const char *id)
{
	static const char *const rows[][2] = {
		{"state", "2"}, {"versions", "1"}, {"ring-kinds", "mad"}, {"mad-slots", "64"}};
	char path[GUESTD_PATH_MAX];

	drop(F);
	drop(B);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", backend, rows[i][0]);
		put(path, rows[i][1]);
	}
	put(F "backend", backend);
	put(F "backend-id", id);
	put(F "state", "1");
	guestd_device_find(&fixture.device);
}

TEST_F(a_restored_guest_connects_to_its_new_back_end)
{
	connects();
	restored("/local/domain/2/backend/vib/9/0", "2");
	shows("3");
	assert_int_equal(fixture.backend, 2);
	assert_int_equal(fixture.channels, 1);
	assert_string_equal(fixture.watched, "/local/domain/2/backend/vib/9/0/state");
}

TEST_F(another_path_or_another_domain_is_another_back_end)
{
	connects();
	restored("/local/domain/0/backend/vib/9/0", "0");
	shows("3");
	assert_string_equal(fixture.watched, "/local/domain/0/backend/vib/9/0/state");
	restored("/local/domain/0/backend/vib/9/0", "4");
	shows("3");
	assert_int_equal(fixture.backend, 4);
	assert_int_equal(fixture.channels, 1);
}

TEST_F(a_device_that_rests_is_restored_at_once)
{
	connects();
	for (unsigned int i = 0; i < 2; i++) {
		loop_gives_up(GUESTD_HANGUP);
		back("6");
		assert_true(has_timer());
		if (!i)
			back_follows();
	}
	restored("/local/domain/0/backend/vib/9/0", "0");
	shows("3");
	assert_false(has_timer());
}

TEST_F(a_device_without_a_back_ends_number_is_none)
{
	attach();
	put(F "backend-id", "x");
	guestd_device_init(&fixture.device, some_store, &fixture.feed, DEVICE_UP, 0);
	assert_false(fixture.device.used);
}

TEST_F(a_kernel_that_grants_nothing_is_asked_again_later)
{
	begins();
	fixture.refuse_pages = ENOSPC;
	capture_begin();
	for (unsigned int i = 0; i < 3; i++)
		back_follows();
	shows("1");
	assert_true(has_timer());
	/* logged once, however often it is tried */
	assert_int_equal(capture_count("cannot grant 21 pages: No space left on device (raise"), 1);
	assert_int_equal(capture_count("ibguestd: "), 1);
	fixture.refuse_pages = 0;
	back_follows();
	shows("4");
}

TEST_F(each_reason_is_told_once_until_a_session_settles)
{
	capture_begin();
	connects();
	for (unsigned int i = 0; i < 3; i++) {
		loop_gives_up(GUESTD_HELLO);
		back_follows();
	}
	assert_int_equal(capture_count("the other end did not complete the HELLO exchange"), 1);
	loop_gives_up(GUESTD_RING);
	assert_int_equal(capture_count("the other end wrote an invalid ring index"), 1);
	back_follows();
	guestd_feed_settle(&fixture.feed, DEVICE_UP);
	passes(0);
	loop_gives_up(GUESTD_RING);
	assert_int_equal(capture_count("the other end wrote an invalid ring index"), 2);
}

TEST_F(a_session_that_settled_is_made_anew_at_once)
{
	connects();
	for (unsigned int i = 0; i < 3; i++) {
		guestd_feed_settle(&fixture.feed, DEVICE_UP);
		passes(0);
		loop_gives_up(GUESTD_HANGUP);
		back("6");
		passes(0);
		shows("1");
		back_follows();
	}
	/* one that did not settle has to wait */
	loop_gives_up(GUESTD_HANGUP);
	back("6");
	passes(99);
	shows("6");
	passes(1);
	shows("1");
}

TEST_F(an_end_of_the_service_closes_the_device)
{
	connects();
	guestd_device_stop(&fixture.device);
	shows("5");
	assert_int_equal(fixture.channels, 1); /* until the back-end has unmapped */
	back("5");
	shows("6");
	assert_false(fixture.device.used);
}

TEST_F(values_of_the_back_end_that_make_no_sense_are_borne)
{
	static const char *const bad[] = {"", "0", "99999999999", "x", "127", "2048", "-1"};

	attach();
	offers();
	put(B "mad-slots", bad[0]);
	guestd_device_init(&fixture.device, some_store, &fixture.feed, DEVICE_UP, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(B "mad-slots", bad[i]);
		back_follows();
		assert_int_equal(fixture.channels, 0);
		shows("1");
	}
	offers();
	back_follows();
	shows("4");
}
