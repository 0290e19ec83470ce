/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Guests, not sessions, take turns at the port, and each has its quota (gate_fixture.h). */
#include <sys/socket.h>

#include "mad-proxy/io/guest_socket.h"
#include "mad-proxy/io/reload.h"
#include "tests/unit/test.h"
#include "tests/unit/gate_fixture.h"
#include "wire/mad.h"

/* At most one turn of earlier requests of others is sent before it. */
static void is_served_soon(struct chan *chan)
{
	unsigned int before = 0;

	put_perf_get(chan, 1000, 999);
	run_until_idle();
	while (sent_to(before) != 999)
		before++;
	assert_in_range(before, 0, 32);
}

TEST_F(a_flood_of_one_guest_does_not_hold_up_another, struct gate_fixture *fixture)
{
	struct chan *flood = attach_and_hello(fixture, "alpha");
	struct chan *calm = attach_and_hello(fixture, "beta");

	for (uint16_t i = 0; i < 100; i++)
		put_perf_get(flood, i, (uint16_t)(100 + i));
	is_served_soon(calm);
	run_until_sent(101);
	chan_free(flood);
	chan_free(calm);
}

/* A registration is a system call of the port; its guest does nothing else in that turn. */
TEST_F(a_flood_of_registrations_of_one_guest_does_not_hold_up_another, struct gate_fixture *fixture)
{
	struct chan *flood = attach_and_hello(fixture, "alpha");
	struct chan *calm = attach_and_hello(fixture, "beta");
	const unsigned int before = fake_umad.agents;

	for (uint16_t agent = 1; agent <= 16; agent++) {
		struct chan_slot slot = {.kind = CHAN_KIND_REGISTER, .agent = agent};
		struct chan_register what = {.mgmt_class = WIRE_CLASS_OPENIB_PING,
					     .mgmt_class_version = 1,
					     .method_mask = {1u << agent},
					     .oui = {0, 0x14, 5}};

		memcpy(slot.mad, &what, sizeof(what));
		assert_int_equal(chan_put(flood, &slot), 1);
	}
	chan_kick(flood);
	put_perf_get(calm, 1, 7);
	run_until_idle();
	assert_int_equal(fake_umad.agents, before + 16);
	assert_in_range(fake_umad.sent_agents[fake_umad.sent_count - 1], before, before + 2);
	chan_free(flood);
	chan_free(calm);
}

TEST_F(many_sessions_of_one_guest_do_not_hold_up_another, struct gate_fixture *fixture)
{
	struct chan *flood[4], *calm;

	for (unsigned int n = 0; n < G_N_ELEMENTS(flood); n++)
		flood[n] = attach_and_hello(fixture, "alpha");
	calm = attach_and_hello(fixture, "beta");
	for (uint16_t i = 0; i < 128; i++)
		put_perf_get(flood[i % G_N_ELEMENTS(flood)], i, (uint16_t)(100 + i));
	is_served_soon(calm);
	for (unsigned int n = 0; n < G_N_ELEMENTS(flood); n++)
		chan_free(flood[n]);
	chan_free(calm);
}

TEST_F(a_guest_at_its_quota_may_still_come_with_another_session, struct gate_fixture *fixture)
{
	struct chan *first, *second;

	write_policy(fixture, HEAD ALPHA "outstanding = 1\n" BETA);
	g_strfreev(io_reload(fixture->gate, fixture->policy_path, NULL));
	first = attach_and_hello(fixture, "alpha");
	for (uint16_t i = 0; i < 2; i++)
		put_perf_get(first, i, 7);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	second = attach_and_hello(fixture, "alpha");
	put_perf_get(second, 3, 8);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	/* held requests continue in turn */
	chan_free(first);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 2);
	assert_int_equal(sent_to(1), 8);
	chan_free(second);
}

TEST_F(what_sessions_left_when_they_hung_up_does_not_hold_up_another_guest,
       struct gate_fixture *fixture)
{
	struct chan *burst[4], *calm;

	for (unsigned int n = 0; n < G_N_ELEMENTS(burst); n++)
		burst[n] = attach_and_hello(fixture, "alpha");
	calm = attach_and_hello(fixture, "beta");
	for (uint16_t i = 0; i < 128; i++)
		put_perf_get(burst[i % G_N_ELEMENTS(burst)], i, (uint16_t)(100 + i));
	for (unsigned int n = 0; n < G_N_ELEMENTS(burst); n++)
		chan_free(burst[n]);
	is_served_soon(calm);
	/* all were sent, and nothing of those sessions is left */
	run_until_sent(129);
	assert_int_equal(sessions(fixture), 1);
	chan_free(calm);
}

TEST_F(a_session_that_hung_up_ends_although_its_guest_goes_on_writing, struct gate_fixture *fixture)
{
	struct chan *chan = attach_and_hello(fixture, "alpha");
	unsigned int put_after = 0;

	shutdown(chan_local_socket(chan), SHUT_RDWR);
	while (sessions(fixture) == 1 && put_after < 10000) {
		struct chan_slot slot = {.kind = CHAN_KIND_PORT_QUERY, .cookie = put_after};

		put_after += chan_put(chan, &slot) == 1;
		while (chan_take(chan, &slot) == 1)
			;
		g_main_context_iteration(NULL, FALSE);
	}
	assert_int_equal(sessions(fixture), 0);
	chan_free(chan);
}

/* As if it had connected far more often than allowed. */
static void connects_too_often(struct gate_fixture *fixture, const char *name)
{
	struct io_guest *guest = g_hash_table_lookup(fixture->gate->guests, name);

	guest->connects.whole_at = mono_add(fixture->gate->now, (uint64_t)1000 * 1000 * 1000);
}

static void may_connect_again(struct gate_fixture *fixture, const char *name)
{
	struct io_guest *guest = g_hash_table_lookup(fixture->gate->guests, name);

	guest->connects.whole_at = guest->resume_at = fixture->gate->resume_at =
		(struct mono_ms){0};
}

static int connects(const struct gate_fixture *fixture, const char *guest)
{
	g_autofree char *path = io_guest_socket_path(fixture->dir, guest);
	int sock = chan_local_dial(path, 0);

	assert_true(sock >= 0);
	return sock;
}

TEST_F(a_guest_that_connects_too_often_waits_and_no_other_does, struct gate_fixture *fixture)
{
	struct chan *chan, *other;
	int sock;

	run_until_idle();
	connects_too_often(fixture, "alpha");
	sock = connects(fixture, "alpha");
	run_until_idle();
	assert_int_equal(chan_local_guest_new(sock, 0, &chan), -ETIMEDOUT);
	other = attach_and_hello(fixture, "beta");
	assert_int_equal(sessions(fixture), 1);
	may_connect_again(fixture, "alpha");
	run_until_idle();
	assert_int_equal(chan_local_guest_new(sock, 0, &chan), 0);
	hello(chan);
	chan_free(chan);
	chan_free(other);
}

TEST_F(a_guest_that_keeps_the_memory_of_its_sessions_waits, struct gate_fixture *fixture)
{
	struct io_guest *alpha = g_hash_table_lookup(fixture->gate->guests, "alpha");
	struct chan *kept[64], *chan;
	int sock;

	for (unsigned int i = 0; i < G_N_ELEMENTS(kept); i++) {
		kept[i] = attach(fixture, "alpha");
		assert_non_null(kept[i]);
		shutdown(chan_local_socket(kept[i]), SHUT_RDWR);
		run_until_idle();
	}
	assert_int_equal(sessions(fixture), 0);
	assert_int_equal(chan_account_left(alpha->account), G_N_ELEMENTS(kept));
	sock = connects(fixture, "alpha");
	run_until_idle();
	assert_int_equal(chan_local_guest_new(sock, 0, &chan), -ETIMEDOUT);
	for (unsigned int i = 0; i < G_N_ELEMENTS(kept); i++)
		chan_free(kept[i]);
	while (chan_local_guest_new(sock, 0, &chan) == -ETIMEDOUT)
		g_main_context_iteration(NULL, FALSE);
	hello(chan);
	chan_free(chan);
}
