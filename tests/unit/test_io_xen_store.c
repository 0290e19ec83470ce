/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* xenstore's thread between a main loop and a xenstored in memory, which a test holds up or kills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "mad-proxy/io/xen_store.h"
#include "tests/unit/fake_xenstore.h"

struct world {
	struct io_store *store;
	unsigned int connected, lost;
};

static void on_connected(void *ctx)
{
	((struct world *)ctx)->connected++;
}

static void on_lost(void *ctx)
{
	((struct world *)ctx)->lost++;
}

static void turn(void)
{
	g_main_context_iteration(NULL, TRUE);
}

static int setup(void **state)
{
	static const struct io_store_ops ops = {.connected = on_connected, .lost = on_lost};
	struct world *w = g_new0(struct world, 1);

	fake_xenstore_reset();
	w->store = io_store_new(&ops, w);
	while (!w->connected)
		turn();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	io_store_free(w->store);
	g_free(w);
	return 0;
}

/* What a request came to; its operations are looked at by the test within done(). */
struct result {
	bool done;
	int error;
	char *value[4];
	guint children;
};

static void result_is(struct io_store_request *r)
{
	struct result *result = r->ctx;

	assert_false(result->done);
	result->done = true;
	result->error = r->error;
	for (guint i = 0; i < r->ops->len && i < G_N_ELEMENTS(result->value); i++) {
		if (io_store_op(r, i)->kind == IO_STORE_READ)
			result->value[i] = g_strdup(io_store_text(r, i));
		if (io_store_op(r, i)->children)
			result->children = g_strv_length(io_store_op(r, i)->children);
	}
}

static void result_clear(struct result *result)
{
	for (gsize i = 0; i < G_N_ELEMENTS(result->value); i++)
		g_free(result->value[i]);
	*result = (struct result){0};
}

static int run(struct world *w, struct io_store_request *r, struct result *result)
{
	r->ctx = result;
	io_store_send(w->store, r);
	while (!result->done)
		turn();
	return result->error;
}

static struct io_store_request *request(void)
{
	return io_store_request_new(result_is, NULL);
}

static void what_is_written_together_is_there_together_or_not_at_all(void **state)
{
	struct io_store_request *r = request();
	struct world *w = *state;
	struct result result = {0};

	io_store_add(r, IO_STORE_WRITE, "a/b")->value = g_strdup("1");
	io_store_add(r, IO_STORE_NEED, "a/c");
	io_store_add(r, IO_STORE_WRITE, "a/d")->value = g_strdup("2");
	assert_int_equal(run(w, r, &result), -ENOENT);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 0);
	result_clear(&result);

	r = request();
	io_store_add(r, IO_STORE_WRITE, "a/b")->value = g_strdup("1");
	io_store_add(r, IO_STORE_REFUSE, "a/c");
	io_store_add(r, IO_STORE_READ, "a/b");
	assert_int_equal(run(w, r, &result), 0);
	assert_string_equal(result.value[2], "1");
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 2);
	result_clear(&result);

	r = request();
	io_store_add(r, IO_STORE_REFUSE, "a/b");
	io_store_add(r, IO_STORE_REMOVE, "a");
	assert_int_equal(run(w, r, &result), -EEXIST);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 2);
	result_clear(&result);
}

static void operations_that_stand_alone_skip_what_fails(void **state)
{
	struct io_store_request *r = request();
	struct world *w = *state;
	struct result result = {0};

	fake_xenstore_break("/local/domain/0/x", EINVAL);
	fake_xenstore_set("/local/domain/0/y", "z");
	r->alone = true;
	io_store_add(r, IO_STORE_READ, "x");
	io_store_add(r, IO_STORE_READ, "y");
	assert_int_equal(run(w, r, &result), -EINVAL);
	assert_null(result.value[0]);
	assert_string_equal(result.value[1], "z");
	result_clear(&result);
}

static void a_condition_stops_operations_that_stand_alone_as_well(void **state)
{
	struct io_store_request *r = request();
	struct world *w = *state;
	struct result result = {0};

	r->alone = true;
	io_store_add(r, IO_STORE_WRITE, "a/b")->value = g_strdup("1");
	io_store_add(r, IO_STORE_REFUSE, "a/b");
	io_store_add(r, IO_STORE_WRITE, "a/c")->value = g_strdup("2");
	assert_int_equal(run(w, r, &result), -EEXIST);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a/b"), 1);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a/c"), 0);
	result_clear(&result);
}

static void a_transaction_that_is_always_disturbed_ends(void **state)
{
	struct io_store_request *r = request();
	struct world *w = *state;
	struct result result = {0};

	fake_xenstore_disturb(1000);
	io_store_add(r, IO_STORE_WRITE, "a")->value = g_strdup("1");
	io_store_add(r, IO_STORE_WRITE, "b")->value = g_strdup("1");
	assert_int_equal(run(w, r, &result), -EAGAIN);
	assert_true(fake_xenstore_calls() < 200);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 0);
	fake_xenstore_disturb(0);
	result_clear(&result);
}

static void only_what_is_ours_and_only_what_is_empty_is_removed(void **state)
{
	static const char top[] = "/local/domain/3/device/vib";
	struct world *w = *state;
	struct result result = {0};

	fake_xenstore_set("/local/domain/3/device/vib/0/backend", "of another");
	for (unsigned int i = 0; i < 2; i++) {
		struct io_store_request *r = request();
		struct io_store_op *op;

		r->alone = true;
		op = io_store_add(r, IO_STORE_REMOVE_IF, "%s/0", top);
		op->child = "backend";
		op->value = g_strdup("ours");
		io_store_add(r, IO_STORE_PRUNE, "%s", top);
		assert_int_equal(run(w, r, &result), 0);
		assert_int_equal(fake_xenstore_nodes(top), i ? 0 : 3);
		fake_xenstore_set("/local/domain/3/device/vib/0/backend", "ours");
		result_clear(&result);
	}
}

static void a_long_value_is_not_kept(void **state)
{
	g_autofree char *huge = g_strnfill(4000, '7');
	g_autofree char *fits = g_strnfill(IO_STORE_VALUE_MAX, '7');
	struct io_store_request *r = request();
	struct world *w = *state;
	struct result result = {0};

	fake_xenstore_set("/huge", huge);
	fake_xenstore_set("/fits", fits);
	io_store_add(r, IO_STORE_READ, "/huge");
	io_store_add(r, IO_STORE_READ, "/fits");
	assert_int_equal(run(w, r, &result), 0);
	assert_null(result.value[0]);
	assert_string_equal(result.value[1], fits);
	result_clear(&result);
}

/* --- watches --- */

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

static struct io_store_watch *watch(struct world *w, struct listener *l, const char *path)
{
	struct io_store_watch_params params = {.fired = heard, .flooded = too_much, .ctx = l};
	struct io_store_watch *watched = io_store_watch_new(w->store, &params, path);

	while (!l->fired)
		turn();
	return watched;
}

static void a_watch_that_fires_a_hundred_times_is_heard_a_few_times(void **state)
{
	struct world *w = *state;
	struct listener l = {0};
	struct io_store_watch *watched = watch(w, &l, "/x");
	struct io_store_request *r = request();
	struct result result = {0};

	l.fired = 0;
	for (unsigned int i = 0; i < 100; i++)
		fake_xenstore_set("/x", "1");
	io_store_add(r, IO_STORE_READ, "/x");
	run(w, r, &result);
	while (fake_xenstore_events() || !l.fired)
		turn();
	assert_in_range(l.fired, 1, 20);
	assert_int_equal(l.flooded, 0);
	io_store_watch_free(watched);
	result_clear(&result);
}

static void a_watch_that_is_refused_never_fires_and_others_do(void **state)
{
	struct io_store_watch_params params = {.fired = heard};
	struct world *w = *state;
	struct listener refused = {0}, other = {0};
	struct io_store_watch *first, *second;

	fake_xenstore_break("/x", EACCES);
	params.ctx = &refused;
	first = io_store_watch_new(w->store, &params, "/x");
	second = watch(w, &other, "/y");
	fake_xenstore_set("/x", "1");
	other.fired = 0;
	fake_xenstore_set("/y", "1");
	while (!other.fired)
		turn();
	assert_int_equal(refused.fired, 0);
	io_store_watch_free(first);
	io_store_watch_free(second);
}

static void a_flood_is_not_watched_for_a_while_and_its_end_is_seen(void **state)
{
	struct world *w = *state;
	struct listener l = {0}, other = {0};
	struct io_store_watch *watched = watch(w, &l, "/x");
	struct io_store_watch *quiet = watch(w, &other, "/y");

	while (!l.flooded) {
		fake_xenstore_set("/x", "1");
		g_main_context_iteration(NULL, FALSE);
	}
	assert_int_equal(fake_xenstore_watches(), 1);
	other.fired = l.fired = 0;
	fake_xenstore_set("/y", "1");
	while (!other.fired)
		turn();
	/* watched again, it fires by itself: whatever has happened is heard of */
	while (!l.fired)
		turn();
	assert_int_equal(fake_xenstore_watches(), 2);
	io_store_watch_free(watched);
	io_store_watch_free(quiet);
}

static void a_watch_that_was_freed_is_heard_of_no_more(void **state)
{
	struct world *w = *state;
	struct listener l = {0};
	struct io_store_watch *watched = watch(w, &l, "/x");
	struct io_store_request *r = request();
	struct result result = {0};

	l.fired = 0;
	fake_xenstore_set("/x", "1");
	io_store_watch_free(watched);
	io_store_add(r, IO_STORE_READ, "/x");
	run(w, r, &result);
	assert_int_equal(l.fired, 0);
	assert_int_equal(fake_xenstore_watches(), 0);
	result_clear(&result);
}

static void a_cancelled_request_happens_and_nobody_hears_of_it(void **state)
{
	struct io_store_request *r = request(), *after = request();
	struct world *w = *state;
	struct result never = {0}, result = {0};

	r->ctx = &never;
	io_store_add(r, IO_STORE_WRITE, "/x")->value = g_strdup("1");
	io_store_send(w->store, r);
	io_store_request_cancel(r);
	io_store_add(after, IO_STORE_READ, "/x");
	run(w, after, &result);
	assert_false(never.done);
	assert_string_equal(result.value[0], "1");
	result_clear(&result);
}

/* --- xenstored --- */

static void a_xenstored_that_stands_still_does_not_hold_up_the_main_loop(void **state)
{
	struct io_store_request *r = request();
	struct world *w = *state;
	struct result result = {0};

	fake_xenstore_stop(true);
	r->ctx = &result;
	io_store_add(r, IO_STORE_READ, "/x");
	io_store_send(w->store, r);
	while (g_main_context_iteration(NULL, FALSE))
		;
	assert_false(result.done);
	fake_xenstore_stop(false);
	while (!result.done)
		turn();
	result_clear(&result);
}

static void more_requests_than_there_may_be_are_refused_not_kept(void **state)
{
	struct world *w = *state;
	struct result *results = g_new0(struct result, IO_STORE_REQUESTS_MAX + 1);
	unsigned int refused = 0;

	fake_xenstore_stop(true);
	for (unsigned int i = 0; i <= IO_STORE_REQUESTS_MAX; i++) {
		struct io_store_request *r = request();

		r->ctx = &results[i];
		io_store_add(r, IO_STORE_READ, "domid");
		io_store_send(w->store, r);
	}
	while (!results[IO_STORE_REQUESTS_MAX].done)
		turn();
	assert_int_equal(results[IO_STORE_REQUESTS_MAX].error, -EAGAIN);
	fake_xenstore_stop(false);
	while (io_store_under_way(w->store))
		turn();
	for (unsigned int i = 0; i <= IO_STORE_REQUESTS_MAX; i++) {
		assert_true(results[i].done);
		refused += results[i].error == -EAGAIN;
		result_clear(&results[i]);
	}
	assert_int_equal(refused, 1);
	g_free(results);
}

static void a_xenstored_that_died_is_found_again_and_watches_fire(void **state)
{
	struct io_store_request *r = request();
	struct world *w = *state;
	struct result result = {0};
	struct listener l = {0};
	struct io_store_watch *watched = watch(w, &l, "/x");

	l.fired = 0;
	fake_xenstore_away(true);
	fake_xenstore_die();
	while (!w->lost)
		turn();
	assert_false(io_store_connected(w->store));
	io_store_add(r, IO_STORE_READ, "/x");
	assert_int_equal(run(w, r, &result), -ENOTCONN);
	fake_xenstore_away(false);
	while (w->connected < 2)
		turn();
	while (!l.fired)
		turn();
	io_store_watch_free(watched);
	result_clear(&result);
}

static void what_was_sent_before_the_end_is_done(void **state)
{
	struct world *w = *state;
	g_autofree char *value = NULL;

	for (unsigned int i = 0; i < 100; i++) {
		struct io_store_request *r = io_store_request_new(NULL, NULL);

		io_store_add(r, IO_STORE_WRITE, "/x")->value = g_strdup_printf("%u", i);
		io_store_send(w->store, r);
	}
	io_store_free(w->store);
	value = fake_xenstore_get("/x");
	assert_string_equal(value, "99");
	setup(state);
	g_free(w);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_written_together_is_there_together_or_not_at_all),
		T(operations_that_stand_alone_skip_what_fails),
		T(a_condition_stops_operations_that_stand_alone_as_well),
		T(a_transaction_that_is_always_disturbed_ends),
		T(only_what_is_ours_and_only_what_is_empty_is_removed),
		T(a_long_value_is_not_kept),
		T(a_watch_that_fires_a_hundred_times_is_heard_a_few_times),
		T(a_watch_that_is_refused_never_fires_and_others_do),
		T(a_flood_is_not_watched_for_a_while_and_its_end_is_seen),
		T(a_watch_that_was_freed_is_heard_of_no_more),
		T(a_cancelled_request_happens_and_nobody_hears_of_it),
		T(a_xenstored_that_stands_still_does_not_hold_up_the_main_loop),
		T(more_requests_than_there_may_be_are_refused_not_kept),
		T(a_xenstored_that_died_is_found_again_and_watches_fire),
		T(what_was_sent_before_the_end_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
