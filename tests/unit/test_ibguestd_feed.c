/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The channels that ibguestd's two threads exchange: both sides, and the wake-ups. */
#include <poll.h>

#include "guest-umad/ibguestd_feed.h"
#include "tests/unit/test.h"

static struct guestd_feed feed;
static struct chan chan;

static int setup(void **state)
{
	return guestd_feed_init(&feed);
}

static int teardown(void **state)
{
	guestd_feed_fini(&feed);
	return 0;
}

/* True once; then it sleeps again. */
static bool is_woken(int fd)
{
	const bool woken = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;

	if (woken)
		guestd_feed_woken(fd);
	return woken;
}

static void lent(void)
{
	guestd_feed_offer(&feed, 2, &chan, "some gateway");
	assert_ptr_equal(guestd_feed_take(&feed, 2), &chan);
	assert_true(is_woken(feed.to_loop));
	assert_false(is_woken(feed.to_connector));
}

#define TEST_F(name) TEST_OVER(setup, teardown, name, void *no_state)

TEST_F(what_is_offered_is_taken_once_and_comes_back_once)
{
	enum guestd_why why;

	assert_null(guestd_feed_take(&feed, 2));
	lent();
	assert_null(guestd_feed_take(&feed, 2));
	assert_false(guestd_feed_back(&feed, 2, &why));
	guestd_feed_return(&feed, 2, GUESTD_RING);
	assert_true(is_woken(feed.to_connector));
	assert_true(guestd_feed_back(&feed, 2, &why));
	assert_int_equal(why, GUESTD_RING);
	assert_false(guestd_feed_back(&feed, 2, &why));
	lent();
}

TEST_F(what_was_not_taken_is_recalled_at_once)
{
	guestd_feed_offer(&feed, 2, &chan, "some gateway");
	assert_true(guestd_feed_recall(&feed, 2));
	assert_null(guestd_feed_take(&feed, 2));
	assert_true(guestd_feed_recall(&feed, 2));
}

TEST_F(what_is_recalled_comes_back_as_such_whatever_happened_meanwhile)
{
	enum guestd_why why;

	lent();
	assert_false(guestd_feed_recall(&feed, 2));
	assert_true(is_woken(feed.to_loop));
	assert_false(guestd_feed_recall(&feed, 2)); /* nor the second time */
	assert_true(guestd_feed_recalled(&feed, 2));
	guestd_feed_return(&feed, 2, GUESTD_HANGUP);
	assert_false(guestd_feed_recalled(&feed, 2));
	assert_true(guestd_feed_back(&feed, 2, &why));
	assert_int_equal(why, GUESTD_RECALL);
}

TEST_F(a_session_settles_once_and_the_next_one_anew)
{
	enum guestd_why why;

	lent();
	assert_false(guestd_feed_settled(&feed, 2));
	guestd_feed_settle(&feed, 2);
	assert_true(is_woken(feed.to_connector));
	assert_true(guestd_feed_settled(&feed, 2));
	assert_false(guestd_feed_settled(&feed, 2));
	/* ended before it was taken */
	guestd_feed_settle(&feed, 2);
	guestd_feed_return(&feed, 2, GUESTD_HANGUP);
	assert_true(is_woken(feed.to_connector));
	assert_true(guestd_feed_back(&feed, 2, &why));
	lent();
	assert_false(guestd_feed_settled(&feed, 2));
}

TEST_F(the_connector_is_woken_to_stop)
{
	assert_false(guestd_feed_stopping(&feed));
	guestd_feed_stop(&feed);
	assert_true(is_woken(feed.to_connector));
	assert_true(guestd_feed_stopping(&feed));
}
