/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests to xenstore: transactions and single operations, their order, and a xenstored that blocks. */
#include "tests/unit/test.h"
#include "tests/unit/store_fixture.h"

TEST_F(what_is_written_together_is_there_together_or_not_at_all, struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	struct result result = {0};

	add_write(r, "a/b", "1");
	io_store_add(r, IO_STORE_NEED, "a/c");
	add_write(r, "a/d", "2");
	assert_int_equal(run(fixture, r, &result), -ENOENT);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 0);
	result_clear(&result);

	r = request();
	add_write(r, "a/b", "1");
	io_store_add(r, IO_STORE_REFUSE, "a/c");
	io_store_add(r, IO_STORE_READ, "a/b");
	assert_int_equal(run(fixture, r, &result), 0);
	assert_string_equal(result.value[2], "1");
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 2);
	result_clear(&result);

	r = request();
	io_store_add(r, IO_STORE_REFUSE, "a/b");
	io_store_add(r, IO_STORE_REMOVE, "a");
	assert_int_equal(run(fixture, r, &result), -EEXIST);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 2);
	result_clear(&result);
}

TEST_F(operations_that_stand_alone_skip_what_fails, struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	struct result result = {0};

	fake_xenstore_break("/local/domain/0/x", EINVAL);
	fake_xenstore_break("/local/domain/0/z", EIO);
	fake_xenstore_set("/local/domain/0/y", "z");
	r->alone = true;
	io_store_add(r, IO_STORE_READ, "x");
	io_store_add(r, IO_STORE_READ, "y");
	io_store_add(r, IO_STORE_READ, "z");
	assert_int_equal(run(fixture, r, &result), -EINVAL); /* the first of them */
	assert_null(result.value[0]);
	assert_string_equal(result.value[1], "z");
	result_clear(&result);
}

TEST_F(a_condition_stops_operations_that_stand_alone_as_well, struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	struct result result = {0};

	r->alone = true;
	add_write(r, "a/b", "1");
	io_store_add(r, IO_STORE_REFUSE, "a/b");
	add_write(r, "a/c", "2");
	assert_int_equal(run(fixture, r, &result), -EEXIST);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a/b"), 1);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a/c"), 0);
	result_clear(&result);
}

TEST_F(a_transaction_that_is_always_disturbed_ends, struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	struct result result = {0};

	fake_xenstore_disturb(1000);
	add_write(r, "a", "1");
	add_write(r, "b", "1");
	assert_int_equal(run(fixture, r, &result), -EAGAIN);
	assert_true(fake_xenstore_calls() < 200);
	assert_int_equal(fake_xenstore_nodes("/local/domain/0/a"), 0);
	fake_xenstore_disturb(0);
	result_clear(&result);
}

TEST_F(only_what_is_ours_and_only_what_is_empty_is_removed, struct store_fixture *fixture)
{
	static const char *const backends[] = {"of another", "our", "ours too", "ours"};
	static const char top[] = "/local/domain/3/device/vib";
	struct result result = {0};

	for (unsigned int i = 0; i < G_N_ELEMENTS(backends); i++) {
		struct io_store_request *r = request();
		struct io_store_op *op;

		fake_xenstore_set("/local/domain/3/device/vib/0/backend", backends[i]);
		r->alone = true;
		op = io_store_add(r, IO_STORE_REMOVE_IF, "%s/0", top);
		op->child = "backend";
		op->value = g_strdup("ours");
		io_store_add(r, IO_STORE_PRUNE, "%s", top);
		assert_int_equal(run(fixture, r, &result), 0);
		assert_int_equal(fake_xenstore_nodes(top), strcmp(backends[i], "ours") ? 3 : 0);
		result_clear(&result);
	}
}

TEST_F(a_long_value_is_not_kept, struct store_fixture *fixture)
{
	g_autofree char *huge = g_strnfill(4000, '7');
	g_autofree char *fits = g_strnfill(IO_STORE_VALUE_MAX, '7');
	struct io_store_request *r = request();
	struct result result = {0};

	fake_xenstore_set("/huge", huge);
	fake_xenstore_set("/fits", fits);
	io_store_add(r, IO_STORE_READ, "/huge");
	io_store_add(r, IO_STORE_READ, "/fits");
	assert_int_equal(run(fixture, r, &result), 0);
	assert_null(result.value[0]);
	assert_string_equal(result.value[1], fits);
	result_clear(&result);
}

TEST_F(a_cancelled_request_happens_and_nobody_hears_of_it, struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	g_autofree char *value = NULL;
	struct result never = {0};

	r->ctx = &never;
	add_write(r, "/x", "1");
	io_store_send(fixture->store, r);
	io_store_request_cancel(r);
	round_trip(fixture);
	assert_false(never.done);
	value = fake_xenstore_get("/x");
	assert_string_equal(value, "1");
}

TEST_F(a_xenstored_that_stands_still_does_not_hold_up_the_main_loop, struct store_fixture *fixture)
{
	struct io_store_request *r = request();
	struct result result = {0};

	fake_xenstore_stop(true);
	r->ctx = &result;
	io_store_add(r, IO_STORE_READ, "/x");
	io_store_send(fixture->store, r);
	while (g_main_context_iteration(NULL, FALSE))
		;
	assert_false(result.done);
	fake_xenstore_stop(false);
	while (!result.done)
		turn();
	result_clear(&result);
}

TEST_F(more_requests_than_there_may_be_are_refused_not_kept, struct store_fixture *fixture)
{
	struct result *results = g_new0(struct result, IO_STORE_REQUESTS_MAX + 1);
	unsigned int refused = 0;

	fake_xenstore_stop(true);
	for (unsigned int i = 0; i <= IO_STORE_REQUESTS_MAX; i++) {
		struct io_store_request *r = request();

		r->ctx = &results[i];
		io_store_add(r, IO_STORE_READ, "domid");
		io_store_send(fixture->store, r);
	}
	while (!results[IO_STORE_REQUESTS_MAX].done)
		turn();
	assert_int_equal(results[IO_STORE_REQUESTS_MAX].error, -EAGAIN);
	fake_xenstore_stop(false);
	while (io_store_under_way(fixture->store))
		turn();
	for (unsigned int i = 0; i <= IO_STORE_REQUESTS_MAX; i++) {
		assert_true(results[i].done);
		refused += results[i].error == -EAGAIN;
		result_clear(&results[i]);
	}
	assert_int_equal(refused, 1);
	g_free(results);
}

TEST_F(what_was_sent_before_the_end_is_done, struct store_fixture *fixture)
{
	g_autofree char *value = NULL;

	for (unsigned int i = 0; i < 100; i++) {
		struct io_store_request *r = io_store_request_new(NULL, NULL);

		io_store_add(r, IO_STORE_WRITE, "/x")->value = g_strdup_printf("%u", i);
		io_store_send(fixture->store, r);
	}
	io_store_free(fixture->store);
	value = fake_xenstore_get("/x");
	assert_string_equal(value, "99");
	fixture->store = NULL;
}
