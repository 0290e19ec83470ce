/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Watches of xenstore: reported however often they fire, and again after xenstored died. */
#include "tests/unit/test.h"
#include "tests/unit/store_fixture.h"

struct listener {
	unsigned int fired, flooded;
};

static void heard(void *ctx)
{
	((struct listener *)ctx)->fired++;
}

static void too_much(void *ctx)
{
	((struct listener *)ctx)->flooded++;
}

static struct io_store_watch *watch(struct store_fixture *fixture, struct listener *l,
				    const char *path)
{
	struct io_store_watch_params params = {.fired = heard, .flooded = too_much, .ctx = l};
	struct io_store_watch *watched = io_store_watch_new(fixture->store, &params, path);

	while (!l->fired)
		turn();
	return watched;
}

TEST_F(a_watch_that_fires_a_hundred_times_is_heard_a_few_times, struct store_fixture *fixture)
{
	struct listener l = {0};
	struct io_store_watch *watched = watch(fixture, &l, "/x");

	l.fired = 0;
	for (unsigned int i = 0; i < 100; i++)
		fake_xenstore_set("/x", "1");
	/* the loop is busy elsewhere while the thread reads them */
	while (fake_xenstore_events())
		g_thread_yield();
	while (!l.fired)
		turn();
	round_trip(fixture);
	assert_in_range(l.fired, 1, 2);
	assert_int_equal(l.flooded, 0);
	io_store_watch_free(watched);
}

TEST_F(a_watch_that_is_refused_never_fires_and_others_do, struct store_fixture *fixture)
{
	struct io_store_watch_params params = {.fired = heard};
	struct listener refused = {0}, other = {0};
	struct io_store_watch *first, *second;

	fake_xenstore_break("/x", EACCES);
	params.ctx = &refused;
	first = io_store_watch_new(fixture->store, &params, "/x");
	second = watch(fixture, &other, "/y");
	fake_xenstore_set("/x", "1");
	other.fired = 0;
	fake_xenstore_set("/y", "1");
	while (!other.fired)
		turn();
	assert_int_equal(refused.fired, 0);
	io_store_watch_free(first);
	io_store_watch_free(second);
}

TEST_F(a_watch_that_was_refused_is_asked_for_again_by_the_next_xenstored,
       struct store_fixture *fixture)
{
	struct io_store_watch_params params = {.fired = heard};
	struct listener l = {0};
	struct io_store_watch *watched;

	fake_xenstore_break("/x", EACCES);
	params.ctx = &l;
	watched = io_store_watch_new(fixture->store, &params, "/x");
	round_trip(fixture);
	assert_int_equal(fake_xenstore_watches(), 0);
	fake_xenstore_break("/x", 0);
	fake_xenstore_die();
	while (!l.fired)
		turn();
	assert_int_equal(fake_xenstore_watches(), 1);
	io_store_watch_free(watched);
}

/* Nodes that only the toolstack writes: no rate limit. */
TEST_F(who_does_not_ask_about_floods_is_always_told, struct store_fixture *fixture)
{
	struct io_store_watch_params params = {.fired = heard};
	struct listener l = {0};
	struct io_store_watch *watched;

	params.ctx = &l;
	watched = io_store_watch_new(fixture->store, &params, "/x");
	while (!l.fired)
		turn();
	for (unsigned int i = 0; i < 4 * IO_STORE_FLOOD; i++)
		fake_xenstore_set("/x", "1");
	round_trip(fixture);
	assert_int_equal(fake_xenstore_watches(), 1);
	io_store_watch_free(watched);
}

TEST_F(a_flood_is_not_watched_for_a_while_and_its_end_is_seen, struct store_fixture *fixture)
{
	struct listener l = {0}, other = {0};
	struct io_store_watch *watched = watch(fixture, &l, "/x");
	struct io_store_watch *quiet = watch(fixture, &other, "/y");

	while (!l.flooded) {
		fake_xenstore_set("/x", "1");
		g_main_context_iteration(NULL, FALSE);
	}
	assert_int_equal(fake_xenstore_watches(), 1);
	other.fired = l.fired = 0;
	fake_xenstore_set("/y", "1");
	while (!other.fired)
		turn();
	/* a new watch fires by itself: no change is missed */
	while (!l.fired)
		turn();
	assert_int_equal(fake_xenstore_watches(), 2);
	io_store_watch_free(watched);
	io_store_watch_free(quiet);
}

TEST_F(a_watch_that_was_freed_is_heard_of_no_more, struct store_fixture *fixture)
{
	struct listener l = {0};
	struct io_store_watch *watched = watch(fixture, &l, "/x");

	l.fired = 0;
	fake_xenstore_set("/x", "1");
	io_store_watch_free(watched);
	round_trip(fixture);
	assert_int_equal(l.fired, 0);
	assert_int_equal(fake_xenstore_watches(), 0);
}

TEST_F(a_xenstored_that_died_is_found_again_and_watches_fire, struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	struct result result = {0};
	struct listener l = {0};
	struct io_store_watch *watched = watch(fixture, &l, "/x");

	l.fired = 0;
	fake_xenstore_away(true);
	fake_xenstore_die();
	while (!fixture->lost)
		turn();
	assert_false(io_store_connected(fixture->store));
	io_store_add(r, IO_STORE_READ, "/x");
	assert_int_equal(run(fixture, r, &result), -ENOTCONN);
	fake_xenstore_away(false);
	while (fixture->connected < 2)
		turn();
	while (!l.fired)
		turn();
	io_store_watch_free(watched);
	result_clear(&result);
}
