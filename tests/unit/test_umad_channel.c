/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libibumad over the channel (link_channel.c), against a gateway that the test has in hand: control
 * messages and MADs in each other's way, refusals, a full ring, a gateway that goes and comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <infiniband/umad.h>

#include "guest-umad/umad_lib.h"
#include "tests/unit/fake_gateway.h"
#include "wire/mad.h"

enum { FOREVER = -1, LONG_MS = 1000000 };

struct buffer {
	struct ib_user_mad umad;
	uint8_t mad[256];
};

static int setup(void **state)
{
	gumad_hope_max_ms = UINT32_MAX;
	memset(&gateway, 0, sizeof(gateway));
	gateway.version = CHAN_ABI_VERSION;
	gateway.pkeys = 1;
	fake_gateway_start();
	return 0;
}

static int teardown(void **state)
{
	umad_done();
	fake_gateway_stop();
	return 0;
}

static int open_perf(int *ret_agent)
{
	int port = umad_open_port("mlx5_0", 1);

	assert_true(port >= 0);
	*ret_agent = umad_register(port, WIRE_CLASS_PERF, 1, 0, NULL);
	assert_true(*ret_agent >= 0);
	return port;
}

static int ask(int port, int agent, uint32_t tid, int timeout_ms)
{
	struct buffer b;

	memset(&b, 0, sizeof(b));
	b.mad[0] = 1;
	b.mad[1] = WIRE_CLASS_PERF;
	b.mad[2] = 1;
	b.mad[3] = WIRE_METHOD_GET;
	wire_mad_set_tid(b.mad, tid);
	umad_set_addr(&b, 5, 1, 0, (int)0x80010000);
	return umad_send(port, agent, &b, 256, timeout_ms, 0);
}

/* The status of the next message, which must have this TID (0: any); -errno when there is none. */
static int next(int port, int agent, uint32_t tid, int timeout_ms)
{
	struct buffer b;
	int len = sizeof(b.mad), r = umad_recv(port, &b, &len, timeout_ms);

	if (r < 0)
		return r;
	assert_int_equal(r, agent);
	if (tid)
		assert_int_equal((uint32_t)wire_mad_tid(b.mad), tid);
	return umad_status(&b);
}

static void the_gateways_port_is_shown(void **state)
{
	umad_port_t port;
	umad_ca_t ca;

	gateway.pkeys = 128; /* two control messages */
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	assert_string_equal(ca.ca_name, "mlx5_0");
	assert_int_equal(ca.numports, 1);
	assert_int_equal(umad_release_ca(&ca), 0);
	assert_int_equal(umad_get_port(NULL, 0, &port), 0);
	assert_int_equal(port.base_lid, 17);
	assert_int_equal(port.pkeys_size, 128);
	assert_int_equal(port.pkeys[0], 0x8001);
	assert_int_equal(port.pkeys[127], 0x8080);
	assert_int_equal(umad_release_port(&port), 0);
	assert_int_equal(gateway.sessions, 1);
}

static void a_request_is_answered(void **state)
{
	int agent, port = open_perf(&agent);

	assert_int_equal(ask(port, agent, 1, LONG_MS), 0);
	assert_int_equal(next(port, agent, 1, FOREVER), 0);
	umad_close_port(port);
}

static void the_gateways_time_out_is_the_requests(void **state)
{
	int agent, port = open_perf(&agent);

	gateway.mode = FAKE_GATEWAY_TIMES_OUT;
	assert_int_equal(ask(port, agent, 2, LONG_MS), 0);
	assert_int_equal(next(port, agent, 2, FOREVER), ETIMEDOUT);
	assert_int_equal(gateway.sends, 1);
	umad_close_port(port);
}

static void an_answer_that_comes_during_a_registration_is_kept(void **state)
{
	int agent, port = open_perf(&agent);

	gateway.mode = FAKE_GATEWAY_HOLDS;
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(ask(port, agent, 1 + i, LONG_MS), 0);
	assert_int_equal(next(port, agent, 0, 0), -EWOULDBLOCK);
	assert_true(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL) >= 0);
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(next(port, agent, 1 + i, 0), 0);
	umad_close_port(port);
}

static void a_refusal_has_the_gateways_errno(void **state)
{
	int agent, port = open_perf(&agent);

	gateway.register_status = EACCES;
	assert_int_equal(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL), -EPERM);
	assert_int_equal(errno, EACCES);
	assert_int_equal(gateway.registers, 1);
	umad_close_port(port);
}

static void noise_between_the_replies_does_no_harm(void **state)
{
	int agent, port;

	gateway.noisy = true;
	port = open_perf(&agent);
	assert_int_equal(ask(port, agent, 3, LONG_MS), 0);
	assert_int_equal(next(port, agent, 3, FOREVER), 0);
	assert_int_equal(next(port, agent, 0, 0), -EWOULDBLOCK);
	umad_close_port(port);
}

static void more_requests_than_slots_wait_their_turn(void **state)
{
	int agent, port = open_perf(&agent);

	gateway.asleep = true;
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(ask(port, agent, 1 + i, LONG_MS), 0);
	gateway.asleep = false;
	fake_gateway_wake();
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(next(port, agent, 0, FOREVER), 0);
	assert_int_equal(gateway.sends, 500);
	umad_close_port(port);
}

/* As natively, where the request's own timer comes first; the gateway says nothing at all here. */
/* The request's 20 ms are over; a few more make no difference to what is tested. */
static void overdue_wait(void)
{
	struct mono_ms end = mono_add(gumad_now(), 40);

	while (mono_before(gumad_now(), end))
		poll(NULL, 0, 1);
}

static void *wake_when_overdue(void *arg)
{
	overdue_wait();
	gateway.asleep = false;
	fake_gateway_wake();
	return NULL;
}

static void *replace_when_overdue(void *arg)
{
	overdue_wait();
	fake_gateway_stop();
	gateway.asleep = false;
	fake_gateway_start();
	return NULL;
}

static void of_two_equal_timeouts_the_requests_comes_first(void **state)
{
	int agent, port = open_perf(&agent);
	pthread_t late;

	gateway.mode = FAKE_GATEWAY_TIMES_OUT;
	gateway.asleep = true;
	assert_int_equal(ask(port, agent, 5, 20), 0);
	assert_int_equal(pthread_create(&late, NULL, wake_when_overdue, NULL), 0);
	assert_int_equal(next(port, agent, 5, 20), ETIMEDOUT);
	pthread_join(late, NULL);
	assert_int_equal(next(port, agent, 0, 1), -ETIMEDOUT);
	umad_close_port(port);
}

/* It is silent until it is gone, as on Xen; the next one has the answer. */
static void who_waits_for_a_silent_gateway_is_answered_by_the_next(void **state)
{
	int agent, port = open_perf(&agent);
	pthread_t late;

	gateway.asleep = true;
	assert_int_equal(ask(port, agent, 5, 20), 0);
	assert_int_equal(pthread_create(&late, NULL, replace_when_overdue, NULL), 0);
	assert_int_equal(next(port, agent, 5, 20), 0);
	pthread_join(late, NULL);
	umad_close_port(port);
}

static void an_unsolicited_mad_reaches_its_owner(void **state)
{
	long get[16 / sizeof(long)] = {1 << WIRE_METHOD_GET};
	uint8_t oui[3] = {0, 0x14, 5};
	struct chan_slot s = {.kind = CHAN_KIND_RECV, .addr = {.lid = 3, .qpn = 1}};
	int port = umad_open_port(NULL, 0);
	int agent = umad_register_oui(port, WIRE_CLASS_OPENIB_PING, 0, oui, get);

	assert_int_equal(agent, 0);
	s.mad[0] = 1;
	s.mad[1] = WIRE_CLASS_OPENIB_PING;
	s.mad[2] = 1;
	s.mad[3] = WIRE_METHOD_GET;
	memcpy(s.mad + 37, oui, 3);
	wire_mad_set_tid(s.mad, 44);
	fake_gateway_push(&s);
	assert_int_equal(next(port, agent, 44, FOREVER), 0);
	umad_close_port(port);
}

static void a_lost_gateway_ends_what_waits_and_a_new_one_goes_on(void **state)
{
	int agent, port = open_perf(&agent);

	gumad_hope_max_ms = 0;
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
	umad_close_port(port);
}

static void *start_soon(void *arg)
{
	fake_gateway_start();
	return NULL;
}

/* Nobody but the library itself sees that there was another gateway. */
static void what_a_lost_gateway_was_asked_the_next_one_answers(void **state)
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
	umad_close_port(port);
}

/* Who comes while there is none waits for the next, whatever is asked first. */
static void what_needs_a_gateway_waits_for_the_next(void **state)
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
	umad_close_port(port);
}

/* It takes the session, and goes before it answered the first question. */
static void a_gateway_that_dies_under_a_question_is_asked_again(void **state)
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
	umad_close_port(port);
	gateway.dies_at = CHAN_KIND_HELLO;
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
}

/* Hope ends: one that dies each time is no gateway. */
static void a_gateway_that_always_dies_is_no_adapter(void **state)
{
	umad_ca_t ca;

	gumad_hope_max_ms = 100;
	gateway.dies_at = CHAN_KIND_PORT_QUERY;
	gateway.dies_always = true;
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
}

/* What it said counts, and is not asked again: that could go on for ever. */
static void a_gateway_that_dies_after_its_answer_has_answered(void **state)
{
	char names[2][UMAD_CA_NAME_LEN];

	assert_int_equal(umad_get_cas_names(names, 2), 1);
	gateway.dies_after = CHAN_KIND_PKEY_QUERY;
	assert_int_equal(umad_get_cas_names(names, 2), 1);
	assert_int_equal(gateway.sessions, 1);
}

static void a_waiting_server_comes_back_with_the_gateway(void **state)
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
	/* pushed as soon as the library, which only waits, has attached again */
	fake_gateway_push(&s);
	assert_int_equal(next(port, agent, 0, FOREVER), 0);
	assert_int_equal(gateway.sessions, 2);
	umad_close_port(port);
}

static void a_gateway_of_another_version_is_no_adapter(void **state)
{
	gateway.version = CHAN_ABI_VERSION + 1;
	assert_int_equal(umad_open_port(NULL, 0), -ENODEV);
	assert_null(umad_get_ca_device_list());
}

static void *receive_one(void *arg)
{
	int *port = arg;
	struct buffer b;
	int len = sizeof(b.mad);

	return umad_recv(*port, &b, &len, FOREVER) >= 0 ? port : NULL;
}

static void control_and_a_blocked_receiver_do_not_hinder_each_other(void **state)
{
	int agent, port = open_perf(&agent);
	pthread_t thread;
	umad_ca_t ca;
	void *ret;

	gateway.mode = FAKE_GATEWAY_HOLDS;
	assert_int_equal(pthread_create(&thread, NULL, receive_one, &port), 0);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(umad_get_ca("mlx5_0", &ca), 0);
		umad_release_ca(&ca);
	}
	assert_int_equal(ask(port, agent, 8, LONG_MS), 0);
	/* the answer comes while this thread waits for a reply; the receiver must wake */
	while (!gateway.sends)
		;
	assert_int_equal(umad_get_ca("mlx5_0", &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(pthread_join(thread, &ret), 0);
	assert_ptr_equal(ret, &port);
	umad_close_port(port);
}

static void issm_goes_with_the_file(void **state)
{
	char path[64];
	int port = umad_open_port(NULL, 0), fd;

	assert_int_equal(umad_get_issm_path(NULL, 0, path, sizeof(path)), 0);
	fd = open(path, O_NONBLOCK);
	assert_true(fd >= 0);
	umad_poll(port, 0);
	assert_int_equal(gateway.issm, 1);
	close(fd);
	umad_poll(port, 0);
	assert_int_equal(gateway.issm, 0);
	umad_close_port(port);
}

static void closing_tells_the_gateway(void **state)
{
	int agent, port = open_perf(&agent), other = open_perf(&agent);
	umad_ca_t ca;

	assert_int_equal(gateway.clients, 2);
	assert_int_equal(umad_unregister(other, agent), 0);
	umad_close_port(other);
	/* a reply says that what went before has been seen */
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(gateway.clients, 1);
	assert_int_equal(gateway.unregisters, 1);
	umad_close_port(port);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_gateways_port_is_shown),
		T(a_request_is_answered),
		T(the_gateways_time_out_is_the_requests),
		T(an_answer_that_comes_during_a_registration_is_kept),
		T(a_refusal_has_the_gateways_errno),
		T(noise_between_the_replies_does_no_harm),
		T(more_requests_than_slots_wait_their_turn),
		T(of_two_equal_timeouts_the_requests_comes_first),
		T(who_waits_for_a_silent_gateway_is_answered_by_the_next),
		T(an_unsolicited_mad_reaches_its_owner),
		T(a_lost_gateway_ends_what_waits_and_a_new_one_goes_on),
		T(what_a_lost_gateway_was_asked_the_next_one_answers),
		T(what_needs_a_gateway_waits_for_the_next),
		T(a_gateway_that_dies_under_a_question_is_asked_again),
		T(a_gateway_that_always_dies_is_no_adapter),
		T(a_gateway_that_dies_after_its_answer_has_answered),
		T(a_waiting_server_comes_back_with_the_gateway),
		T(a_gateway_of_another_version_is_no_adapter),
		T(control_and_a_blocked_receiver_do_not_hinder_each_other),
		T(issm_goes_with_the_file),
		T(closing_tells_the_gateway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
