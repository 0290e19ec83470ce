/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libibumad over the channel (link_channel.c), when the gateway ends, returns, ends during a request or
 * refuses.
 */
#include "tests/unit/test.h"
#include "tests/unit/gateway_fixture.h"

static void *replace_when_overdue(void *arg)
{
	overdue_wait();
	fake_gateway_stop();
	gateway.asleep = false;
	fake_gateway_start();
	return NULL;
}

/* It is silent until it ends, as on Xen; the next one answers. */
TEST_F(who_waits_for_a_silent_gateway_is_answered_by_the_next)
{
	int agent, port = open_perf(&agent);
	pthread_t late;

	gateway.asleep = true;
	assert_int_equal(ask(port, agent, 5, 20), 0);
	assert_int_equal(pthread_create(&late, NULL, replace_when_overdue, NULL), 0);
	assert_int_equal(next(port, agent, 5, 20), 0);
	pthread_join(late, NULL);
}

TEST_F(a_lost_gateway_ends_what_waits_and_a_new_one_goes_on)
{
	int agent, port = open_perf(&agent);

	gumad_grace_max_ms = 0;
	gateway.mode = FAKE_GATEWAY_HOLDS;
	assert_int_equal(ask(port, agent, 5, LONG_MS), 0);
	fake_gateway_stop();
	assert_int_equal(next(port, agent, 5, FOREVER), ETIMEDOUT);
	assert_int_equal(ask(port, agent, 6, LONG_MS), -EIO);
	assert_int_equal(errno, EIO);
	assert_int_equal(umad_open_port("mlx5_0", 1), -EINVAL);
	assert_null(umad_get_ca_device_list());

	gateway.mode = FAKE_GATEWAY_ANSWERS;
	gateway.registers = 0;
	fake_gateway_start();
	while (ask(port, agent, 7, LONG_MS))
		assert_int_equal(umad_poll(port, 100), -ETIMEDOUT);
	assert_int_equal(next(port, agent, 7, FOREVER), 0);
	assert_int_equal(gateway.registers, 1);
	assert_int_equal(gateway.sessions, 2);
}

static void *start_soon(void *arg)
{
	fake_gateway_start();
	return NULL;
}

/* Only the library itself notices the change of gateway. */
TEST_F(what_a_lost_gateway_was_asked_the_next_one_answers)
{
	int agent, port = open_perf(&agent);

	gateway.mode = FAKE_GATEWAY_HOLDS;
	for (uint32_t tid = 5; tid < 8; tid++)
		assert_int_equal(ask(port, agent, tid, LONG_MS), 0);
	fake_gateway_stop();
	while (gumad.link)
		assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(ask(port, agent, 8, LONG_MS), 0);
	gateway.mode = FAKE_GATEWAY_ANSWERS;
	gateway.sends = 0;
	fake_gateway_start();
	for (uint32_t tid = 5; tid < 9; tid++)
		assert_int_equal(next(port, agent, tid, FOREVER), 0);
	assert_int_equal(gateway.sends, 4);
	assert_int_equal(gateway.sessions, 2);
}

/* Without a gateway every call waits for the next one. */
TEST_F(what_needs_a_gateway_waits_for_the_next)
{
	char names[2][UMAD_CA_NAME_LEN];
	int agent, port = open_perf(&agent);

	for (int what = 0; what < 3; what++) {
		pthread_t starter;
		int other;

		fake_gateway_stop();
		umad_poll(port, 0);
		assert_int_equal(pthread_create(&starter, NULL, start_soon, NULL), 0);
		if (what == 0) {
			assert_int_equal(umad_get_cas_names(names, 2), 1);
		} else if (what == 1) {
			other = umad_open_port(NULL, 0);
			assert_true(other >= 0);
			umad_close_port(other);
		} else {
			assert_true(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL) >= 0);
		}
		pthread_join(starter, NULL);
	}
}

/* It accepts the session, and ends before it answers the first request. */
TEST_F(a_gateway_that_dies_under_a_question_is_asked_again)
{
	umad_ca_t ca;

	gateway.dies_at = CHAN_KIND_PORT_QUERY;
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(gateway.sessions, 2);
	gateway.dies_at = CHAN_KIND_REGISTER;
	int agent, port = open_perf(&agent);
	assert_int_equal(gateway.sessions, 3);
	gateway.dies_at = CHAN_KIND_CLIENT_OPEN;
	int other = umad_open_port(NULL, 0);
	assert_true(other >= 0);
	umad_close_port(other);
	assert_int_equal(gateway.sessions, 4);
	gateway.dies_at = CHAN_KIND_SEND;
	assert_int_equal(ask(port, agent, 9, LONG_MS), 0);
	assert_int_equal(next(port, agent, 9, FOREVER), 0);
	assert_int_equal(gateway.sessions, 5);
}

TEST_F(a_gateway_that_dies_before_it_said_hello_is_asked_again)
{
	umad_ca_t ca;

	gumad_grace_end();
	gateway.dies_at = CHAN_KIND_HELLO;
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(gateway.sessions, 2);
}

/* The grace period ends: a gateway that always dies does not extend it. */
TEST_F(a_gateway_that_always_dies_is_no_adapter)
{
	umad_ca_t ca;

	gumad_grace_max_ms = 100;
	gateway.dies_at = CHAN_KIND_PORT_QUERY;
	gateway.dies_always = true;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
}

/* Its answer is valid, and the request is not repeated: that could go on for ever. */
TEST_F(a_gateway_that_dies_after_its_answer_has_answered)
{
	char names[2][UMAD_CA_NAME_LEN];

	assert_int_equal(umad_get_cas_names(names, 2), 1);
	gateway.dies_after = CHAN_KIND_PKEY_QUERY;
	assert_int_equal(umad_get_cas_names(names, 2), 1);
	assert_int_equal(gateway.sessions, 1);
}

TEST_F(a_waiting_server_comes_back_with_the_gateway)
{
	long get[16 / sizeof(long)] = {1 << WIRE_METHOD_GET};
	struct chan_slot s = {.kind = CHAN_KIND_RECV};
	int port = umad_open_port(NULL, 0);
	int agent = umad_register(port, WIRE_CLASS_PERF, 1, 0, get);

	s.mad[0] = 1;
	s.mad[1] = WIRE_CLASS_PERF;
	s.mad[2] = 1;
	s.mad[3] = WIRE_METHOD_GET;
	fake_gateway_stop();
	fake_gateway_start();
	/* sent as soon as the library, which only waits, is attached again */
	fake_gateway_push(&s);
	assert_int_equal(next(port, agent, 0, FOREVER), 0);
	assert_int_equal(gateway.sessions, 2);
}

TEST_F(a_gateway_of_another_version_is_no_adapter)
{
	gateway.version = CHAN_ABI_VERSION + 1;
	assert_int_equal(umad_open_port(NULL, 0), -ENODEV);
	assert_null(umad_get_ca_device_list());
}

/* As if killed between connect() and accept(): the next one is tried. */
TEST_F(a_client_disconnected_without_a_word_asks_once_more)
{
	umad_ca_t ca;

	gateway.hangs_up_for = 1;
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(gateway.connections, 2);
	assert_int_equal(gateway.sessions, 1);
}

TEST_F(a_client_disconnected_twice_has_no_adapter)
{
	umad_ca_t ca;

	gateway.hangs_up_for = 2;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(gateway.connections, 2);
	/* each call tries again */
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
}

TEST_F(a_gateway_that_says_no_is_not_asked_again)
{
	umad_ca_t ca;

	gateway.hello_status = EACCES;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(gateway.connections, 1);
	gateway.hello_status = 0;
	gateway.version = CHAN_ABI_VERSION + 1;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(gateway.connections, 2);
}

static void *start_in_grace(void *arg)
{
	bool in_grace;

	do {
		struct gumad_guard guard = gumad_lock();

		in_grace = gumad_in_grace();
		gumad_unlock(guard);
	} while (!in_grace);
	fake_gateway_start();
	return NULL;
}

/* As a killed gateway leaves it, before its successor replaces it. */
TEST_F(a_socket_with_nobody_behind_it_is_waited_at)
{
	umad_ca_t ca;
	pthread_t starter;

	gumad_grace_end();
	fake_gateway_kill();
	gumad_grace_max_ms = 0;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);

	gumad_grace_end();
	gumad_grace_max_ms = UINT32_MAX;
	assert_int_equal(pthread_create(&starter, NULL, start_in_grace, NULL), 0);
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
	pthread_join(starter, NULL);
}
