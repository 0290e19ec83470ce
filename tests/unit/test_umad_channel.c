/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libibumad over the channel (link_channel.c), against a gateway of the test: interleaved control messages
 * and MADs, refusals, a full ring.
 */
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/gateway_fixture.h"

TEST_F(the_gateways_port_is_shown)
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

TEST_F(a_request_is_answered)
{
	int agent, port = open_perf(&agent);

	assert_int_equal(ask(port, agent, 1, LONG_MS), 0);
	assert_int_equal(next(port, agent, 1, FOREVER), 0);
}

TEST_F(the_gateways_time_out_is_the_requests)
{
	int agent, port = open_perf(&agent);

	gateway.mode = FAKE_GATEWAY_TIMES_OUT;
	assert_int_equal(ask(port, agent, 2, LONG_MS), 0);
	assert_int_equal(next(port, agent, 2, FOREVER), ETIMEDOUT);
	assert_int_equal(gateway.sends, 1);
}

TEST_F(an_answer_that_comes_during_a_registration_is_kept)
{
	int agent, port = open_perf(&agent);

	gateway.mode = FAKE_GATEWAY_HOLDS;
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(ask(port, agent, 1 + i, LONG_MS), 0);
	assert_int_equal(next(port, agent, 0, 0), -EWOULDBLOCK);
	assert_true(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL) >= 0);
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(next(port, agent, 1 + i, 0), 0);
}

TEST_F(a_refusal_has_the_gateways_errno)
{
	int agent, port = open_perf(&agent);

	gateway.register_status = EACCES;
	assert_int_equal(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL), -EPERM);
	assert_int_equal(errno, EACCES);
	assert_int_equal(gateway.registers, 1);
}

TEST_F(noise_between_the_replies_does_no_harm)
{
	int agent, port;

	gateway.noisy = true;
	port = open_perf(&agent);
	assert_int_equal(ask(port, agent, 3, LONG_MS), 0);
	assert_int_equal(next(port, agent, 3, FOREVER), 0);
	assert_int_equal(next(port, agent, 0, 0), -EWOULDBLOCK);
}

TEST_F(more_requests_than_slots_wait_their_turn)
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
}

static void *wake_when_overdue(void *arg)
{
	overdue_wait();
	gateway.asleep = false;
	fake_gateway_wake();
	return NULL;
}

/* As natively, where the request's own timer comes first. */
TEST_F(of_two_equal_timeouts_the_requests_comes_first)
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
}

TEST_F(an_unsolicited_mad_reaches_its_owner)
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
}

static void *receive_one(void *arg)
{
	int *port = arg;
	struct buffer b;
	int len = sizeof(b.mad);

	return umad_recv(*port, &b, &len, FOREVER) >= 0 ? port : NULL;
}

TEST_F(control_and_a_blocked_receiver_do_not_hinder_each_other)
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
	/* the answer arrives while this thread waits for a reply; the receiver must wake */
	while (!gateway.sends)
		;
	assert_int_equal(umad_get_ca("mlx5_0", &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(pthread_join(thread, &ret), 0);
	assert_ptr_equal(ret, &port);
}

TEST_F(issm_goes_with_the_file)
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
}

TEST_F(closing_tells_the_gateway)
{
	int agent, other;
	umad_ca_t ca;

	open_perf(&agent);
	other = open_perf(&agent);
	assert_int_equal(gateway.clients, 2);
	assert_int_equal(umad_unregister(other, agent), 0);
	umad_close_port(other);
	/* a reply means that earlier messages were handled */
	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	umad_release_ca(&ca);
	assert_int_equal(gateway.clients, 1);
	assert_int_equal(gateway.unregisters, 1);
}
