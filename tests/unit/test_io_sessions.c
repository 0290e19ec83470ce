/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Guests' sessions (gate_fixture.h): their limit, their ends, and the records of them. */
#include <sys/socket.h>

#include "mad-proxy/io/control_commands.h"
#include "tests/unit/test.h"
#include "tests/unit/gate_fixture.h"

TEST_F(a_guest_that_sends_on_its_socket_is_disconnected, struct gate_fixture *fixture)
{
	struct chan *chan = attach_and_hello(fixture, "alpha");

	assert_int_equal(sessions(fixture), 1);
	assert_int_equal(send(chan_local_socket(chan), "x", 1, MSG_NOSIGNAL), 1);
	run_until_idle();
	assert_int_equal(sessions(fixture), 0);
	assert_int_equal(chan_sleep_ok(chan), -EPIPE);
	chan_free(chan);
}

TEST_F(a_slot_before_the_hello_ends_that_session_alone, struct gate_fixture *fixture)
{
	struct chan *bad = attach(fixture, "alpha"), *good = attach_and_hello(fixture, "alpha");

	put_perf_get(bad, 1, 4);
	run_until_idle();
	assert_int_equal(sessions(fixture), 1);
	assert_int_equal(chan_sleep_ok(bad), -EPIPE);
	put_perf_get(good, 1, 4);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	chan_free(bad);
	chan_free(good);
}

TEST_F(more_sessions_than_allowed_are_refused_until_one_ends, struct gate_fixture *fixture)
{
	struct chan *chan[4];

	for (int i = 0; i < 4; i++)
		assert_non_null(chan[i] = attach(fixture, "alpha"));
	assert_null(attach(fixture, "alpha"));
	chan_free(chan[0]);
	run_until_idle();
	assert_non_null(chan[0] = attach(fixture, "alpha"));
	for (int i = 0; i < 4; i++)
		chan_free(chan[i]);
}

TEST_F(detach_ends_all_sessions_of_one_guest, struct gate_fixture *fixture)
{
	struct chan *a = attach(fixture, "alpha"), *b = attach(fixture, "alpha"),
		    *c = attach(fixture, "beta");

	assert_int_equal(io_gateway_detach(fixture->gate, "alpha"), 2);
	assert_int_equal(io_gateway_detach(fixture->gate, "nobody"), 0);
	run_until_idle();
	assert_int_equal(sessions(fixture), 1);
	assert_int_equal(chan_sleep_ok(a), -EPIPE);
	assert_int_equal(chan_sleep_ok(c), 1);
	chan_free(a);
	chan_free(b);
	chan_free(c);
}

static uint64_t counter_of(struct gate_fixture *fixture, const char *guest, const char *name)
{
	struct io_commands commands = {.gate = fixture->gate, .policy_path = fixture->policy_path};
	char *args[] = {(char *)guest, NULL};
	g_autoptr(GVariant) reply =
		g_variant_ref_sink(io_commands_answer(&commands, 1, "counters", args));
	g_autoptr(GVariant) box = g_variant_get_child_value(reply, 2);
	g_autoptr(GVariant) data = g_variant_get_variant(box);
	g_autoptr(GVariant) counters = g_variant_lookup_value(data, "counters", NULL);
	guint64 value;

	assert_true(g_variant_lookup(counters, name, "t", &value));
	return value;
}

TEST_F(a_guests_counters_outlive_its_sessions, struct gate_fixture *fixture)
{
	for (uint64_t n = 1; n <= 2; n++) {
		struct chan *chan = attach_and_hello(fixture, "alpha");

		put_perf_get(chan, 1, 4);
		run_until_idle();
		assert_int_equal(counter_of(fixture, "alpha", "from_guest"), n);
		chan_free(chan);
		run_until_idle();
		assert_int_equal(counter_of(fixture, "alpha", "from_guest"), n);
	}
	assert_int_equal(counter_of(fixture, "beta", "from_guest"), 0);
}

TEST_F(commands_answer_and_refuse, struct gate_fixture *fixture)
{
	static const struct {
		const char *command;
		const char *args[4];
		gboolean done;
	} rows[] = {
		{"status", {NULL}, TRUE},	   {"status", {"x", NULL}, FALSE},
		{"guests", {NULL}, TRUE},	   {"counters", {NULL}, TRUE},
		{"counters", {"alpha"}, TRUE},	   {"counters", {"nobody"}, FALSE},
		{"detach", {NULL}, FALSE},	   {"detach", {"nobody"}, FALSE},
		{"detach", {"alpha", "b"}, FALSE}, {"detach", {"beta"}, TRUE},
		{"reload", {NULL}, FALSE},	   {"", {NULL}, FALSE},
		{"groups", {NULL}, FALSE},	   {"attach", {"alpha", "", ""}, FALSE},
		{"attach", {"alpha"}, FALSE},
	};
	struct io_commands commands = {.gate = fixture->gate, .policy_path = fixture->policy_path};
	struct chan *chan = attach_and_hello(fixture, "alpha");

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GVariant) reply = g_variant_ref_sink(
			io_commands_answer(&commands, 1, rows[i].command, (char **)rows[i].args));
		g_autoptr(GVariant) data = NULL;
		const char *why;
		gboolean done;

		g_variant_get(reply, "(b&sv)", &done, &why, &data);
		assert_int_equal(done, rows[i].done);
		assert_int_equal(why[0] == '\0', done);
	}
	chan_free(chan);
}
