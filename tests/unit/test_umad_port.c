/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libibumad's ports: what sending, receiving, waiting and registering return. */
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/umad_fixture.h"

TEST_F(a_request_is_answered)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	fake.echo = true;
	get_fill(&b, WIRE_CLASS_PERF, 77);
	b.umad.addr.grh_present = 1;
	b.umad.addr.flow_label = htobe32(0x12345);
	b.umad.addr.gid[15] = 0x42;
	assert_int_equal(umad_send(port, agent, umad_of(&b), 256, 1000, 3), 0);
	assert_int_equal(wire_mad_tid(b.mad),
			 0xabcdef0100000000 | 77); /* the caller's, unchanged */

	memset(&b, 0xff, sizeof(b));
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(len, 256);
	assert_int_equal(umad_status(umad_of(&b)), 0);
	assert_int_equal(b.umad.length, 64 + 256);
	assert_int_equal(b.mad[3], WIRE_METHOD_GET_RESP);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 77);
	assert_int_equal(be16toh(b.umad.addr.lid), LID);
	assert_int_equal(be32toh(b.umad.addr.qpn), 1);
	assert_int_equal(be32toh(b.umad.addr.flow_label), 0x12345);
	assert_int_equal(b.umad.addr.gid[15], 0x42);
}

TEST_F(an_unanswered_request_comes_back_with_etimedout)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	assert_int_equal(get_send(port, agent, 5, 1), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(len, 24);
	assert_int_equal(b.umad.timeout_ms, 1);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 5);
}

TEST_F(every_retry_is_sent)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	get_fill(&b, WIRE_CLASS_PERF, 6);
	assert_int_equal(umad_send(port, agent, umad_of(&b), 256, 1, 2), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(fake.sent, 3);
}

TEST_F(waiting_for_nothing_times_out)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1);

	assert_int_equal(umad_recv(port, umad_of(&b), &len, 1), -ETIMEDOUT);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(umad_poll(port, 1), -ETIMEDOUT);
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 0), -EWOULDBLOCK);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(umad_recv(port, NULL, &len, 0), -EINVAL);
	assert_int_equal(umad_recv(port, umad_of(&b), NULL, 0), -EINVAL);
}

TEST_F(a_message_that_does_not_fit_says_enospc_and_stays)
{
	union {
		struct buffer b;
		uint8_t bytes[1024];
	} u;
	int port = open_port(1), agent = umad_register(port, WIRE_CLASS_SA, 2, 1, NULL);
	int len = 256;

	get_fill(&u.b, WIRE_CLASS_SA, 8);
	u.b.mad[2] = 2;
	u.b.mad[3] = WIRE_METHOD_GET_TABLE;
	assert_int_equal(umad_send(port, agent, umad_of(&u.b), 256, 10000, 0), 0);
	feed_table(&fake.note[0]);

	memset(&u, 0, sizeof(u));
	assert_int_equal(umad_recv(port, umad_of(&u.b), &len, FOREVER), -ENOSPC);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(len, 56 + 2 * 200);
	assert_int_equal(u.b.umad.length, 64 + len);
	assert_int_equal(u.b.mad[56], 0x11);

	/* not even one MAD: as read() of the device */
	len = 100;
	assert_int_equal(umad_recv(port, umad_of(&u.b), &len, FOREVER), -EINVAL);

	assert_int_equal(len, 56 + 2 * 200);
	assert_int_equal(umad_recv(port, umad_of(&u.b), &len, FOREVER), agent);
	assert_int_equal(len, 56 + 2 * 200);
	assert_int_equal(u.bytes[64 + 56], 0x11);
	assert_int_equal(u.bytes[64 + 56 + 200], 0x22);
	len = sizeof(u) - 64;
	assert_int_equal(umad_recv(port, umad_of(&u.b), &len, 0), -EWOULDBLOCK);
}

TEST_F(the_descriptor_polls)
{
	struct buffer b;
	struct epoll_event ev = {.events = EPOLLIN};
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	int fd = umad_get_fd(port), outer = epoll_create1(EPOLL_CLOEXEC);

	assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, fd, &ev), 0);
	assert_false(readable(fd, 0));
	fake.echo = true;
	assert_int_equal(get_send(port, agent, 1, 1000), 0);
	assert_true(readable(fd, FOREVER));
	assert_int_equal(epoll_wait(outer, &ev, 1, FOREVER), 1);
	assert_int_equal(umad_poll(port, 0), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 0), agent);
	assert_false(readable(fd, 0));
	assert_int_equal(epoll_wait(outer, &ev, 1, 0), 0);

	/* a time-out wakes the poller, too */
	fake.echo = false;
	assert_int_equal(get_send(port, agent, 2, 1), 0);
	assert_true(readable(fd, FOREVER));
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	umad_close_port(port);
	close(outer);
}

TEST_F(descriptors_do_not_outlive_exec)
{
	int port = open_port(1);

	for (int fd = 3; fd < 64; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && fd >= port - 4 && fd <= port)
			assert_true(flags & FD_CLOEXEC);
	}
}

TEST_F(answers_go_to_the_port_that_asked)
{
	struct buffer b;
	int len = sizeof(b.mad), one, two, a1, a2;

	fake.two_ports = true;
	fake.echo = true;
	one = open_port(1);
	two = open_port(2);
	a1 = open_agent(one, WIRE_CLASS_PERF);
	a2 = open_agent(two, WIRE_CLASS_PERF);
	assert_int_equal(get_send(two, a2, 22, 1000), 0);
	assert_int_equal(umad_recv(one, umad_of(&b), &len, 0), -EWOULDBLOCK);
	assert_int_equal(get_send(one, a1, 11, 1000), 0);
	assert_int_equal(umad_recv(two, umad_of(&b), &len, FOREVER), a2);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 22);
	assert_int_equal(umad_recv(one, umad_of(&b), &len, FOREVER), a1);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 11);
	assert_int_equal(fake.note[0].port, 1);
	assert_int_equal(fake.note[1].port, 0);
	assert_int_not_equal(fake.note[0].client, fake.note[1].client);
	umad_close_port(one);
	umad_close_port(two);
}

TEST_F(registration_fails_as_the_kernels)
{
	long get_set[16 / sizeof(long)] = {1 << WIRE_METHOD_GET | 1 << WIRE_METHOD_SET};
	struct umad_reg_attr attr = {.mgmt_class = 0x30, .mgmt_class_version = 1};
	uint8_t oui[3] = {0, 0x14, 5};
	uint32_t id;
	int port = open_port(1);

	assert_true(umad_register(port, WIRE_CLASS_PERF, 1, 0, get_set) >= 0);
	assert_int_equal(umad_register(port, WIRE_CLASS_PERF, 1, 0, get_set), -EPERM);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(umad_register_oui(port, WIRE_CLASS_PERF, 0, oui, NULL), -EINVAL);
	assert_true(umad_register_oui(port, 0x32, 0, oui, get_set) >= 0);
	assert_int_equal(umad_register2(port, &attr, &id), EINVAL); /* no OUI */
	attr.oui = 0x001405;
	assert_int_equal(umad_register2(port, &attr, &id), 0);
	attr.flags = 2;
	assert_int_equal(umad_register2(port, &attr, &id), EINVAL);
	assert_int_equal(attr.flags, 0);
	assert_int_equal(umad_unregister(port, (int)id), 0);
	assert_int_equal(umad_unregister(port, (int)id), -1);
	assert_int_equal(errno, EINVAL);

	fake.register_error = EACCES;
	assert_int_equal(umad_register(port, WIRE_CLASS_SA, 2, 0, NULL), -EPERM);
	assert_int_equal(errno, EACCES);
}

TEST_F(a_refused_agent_can_be_registered_later)
{
	int port = open_port(1);

	fake.register_error = EINVAL;
	assert_int_equal(umad_register(port, WIRE_CLASS_SA, 2, 0, NULL), -EPERM);
	fake.register_error = 0;
	assert_int_equal(umad_register(port, WIRE_CLASS_SA, 2, 0, NULL), 0);
}

TEST_F(a_port_id_that_is_none_is_refused)
{
	struct buffer b;
	int len = sizeof(b.mad);

	get_fill(&b, WIRE_CLASS_PERF, 1);
	assert_int_equal(umad_send(1234, 0, umad_of(&b), 256, 1, 0), -EIO);
	assert_int_equal(errno, EBADF);
	assert_int_equal(umad_recv(1234, umad_of(&b), &len, FOREVER), -EBADF);
	assert_int_equal(umad_register(1234, WIRE_CLASS_PERF, 1, 0, NULL), -EPERM);
	assert_int_equal(umad_unregister(1234, 0), -1);
	assert_int_equal(umad_close_port(1234), 0);
}

TEST_F(an_agent_that_is_none_cannot_send)
{
	struct buffer b;
	int port = open_port(1);

	get_fill(&b, WIRE_CLASS_PERF, 1);
	assert_int_equal(umad_send(port, 3, umad_of(&b), 256, 1, 0), -EIO);
	assert_int_equal(errno, EIO);
	assert_int_equal(umad_send(port, -1, umad_of(&b), 256, 1, 0), -EIO);
	assert_int_equal(errno, EINVAL);
}

TEST_F(a_full_link_is_tried_again)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	fake.full = true;
	fake.echo = true;
	assert_int_equal(get_send(port, agent, 12, 1000), 0);
	assert_int_equal(fake.sent, 0);
	fake.full = false;
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
}

TEST_F(as_many_files_as_a_session_has_clients_and_no_more)
{
	int port[CHAN_CLIENTS_MAX];

	fake.two_ports = true;
	for (int i = 0; i < CHAN_CLIENTS_MAX; i++)
		port[i] = open_port(1 + i % 2);
	assert_true(umad_open_port(NULL, 2) < 0);
	umad_close_port(port[77]);
	port[77] = open_port(1);
	for (int i = 0; i < CHAN_CLIENTS_MAX; i++)
		umad_close_port(port[i]);
}
