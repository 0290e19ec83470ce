/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libibumad's ports, on a link without a peer (fake_link.h): what sending, receiving, waiting and
 * registering return, several ports and threads, fork, and a peer that goes and comes back.
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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <infiniband/umad.h>

#include "tests/unit/fake_link.h"
#include "wire/mad.h"

enum { FOREVER = -1, LID = 9 };

struct buffer {
	struct ib_user_mad umad;
	uint8_t mad[256];
};

static void *umad_of(struct buffer *b)
{
	return &b->umad;
}

static int setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	return 0;
}

static int teardown(void **state)
{
	umad_done();
	return 0;
}

static int open_port(int portnum)
{
	int port = umad_open_port("fake0", portnum);

	assert_true(port >= 0);
	return port;
}

static int open_agent(int port, int mgmt_class)
{
	int agent = umad_register(port, mgmt_class, 1, 0, NULL);

	assert_true(agent >= 0);
	return agent;
}

/* A Get of this TID in the buffer. */
static void get_fill(struct buffer *b, uint8_t mgmt_class, uint32_t tid)
{
	memset(b, 0, sizeof(*b));
	b->mad[0] = 1;
	b->mad[1] = mgmt_class;
	b->mad[2] = 1;
	b->mad[3] = WIRE_METHOD_GET;
	wire_mad_set_tid(b->mad, 0xabcdef0100000000 | tid);
	umad_set_addr(umad_of(b), LID, 1, 0, 0x80010000);
}

static int get_send(int port, int agent, uint32_t tid, int timeout_ms)
{
	struct buffer b;

	get_fill(&b, WIRE_CLASS_PERF, tid);
	return umad_send(port, agent, umad_of(&b), 256, timeout_ms, 0);
}

static void a_request_is_answered(void **state)
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
			 0xabcdef0100000000 | 77); /* the caller's, untouched */

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
	umad_close_port(port);
}

static void an_unanswered_request_comes_back_with_etimedout(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	assert_int_equal(get_send(port, agent, 5, 1), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(len, 24);
	assert_int_equal(b.umad.timeout_ms, 1);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 5);
	umad_close_port(port);
}

static void every_retry_is_sent(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	get_fill(&b, WIRE_CLASS_PERF, 6);
	assert_int_equal(umad_send(port, agent, umad_of(&b), 256, 1, 2), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(fake.sent, 3);
	umad_close_port(port);
}

static void waiting_for_nothing_times_out(void **state)
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
	umad_close_port(port);
}

/* Two RMPP segments of a table, answered to an agent with RMPP. */
static void feed_table(const struct chan_slot *request)
{
	struct chan_slot s = *request;

	s.kind = CHAN_KIND_RECV;
	s.mad[3] = WIRE_METHOD_GET_TABLE | WIRE_METHOD_RESPONSE;
	s.mad[24] = 1; /* RMPP version */
	s.mad[25] = 1; /* DATA */
	s.mad[26] = 0x1f << 3 | 3; /* active, first */
	put_be32(s.mad + 28, 1); /* segment */
	put_be32(s.mad + 32, 2 * 220); /* payload */
	memset(s.mad + 36, 0x11, 220);
	fake_feed(&s);
	s.mad[26] = 0x1f << 3 | 5; /* active, last */
	put_be32(s.mad + 28, 2);
	put_be32(s.mad + 32, 220);
	memset(s.mad + 56, 0x22, 200);
	fake_feed(&s);
}

static void a_message_that_does_not_fit_says_enospc_and_stays(void **state)
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
	umad_close_port(port);
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, timeout_ms) == 1 && (p.revents & POLLIN);
}

static void the_descriptor_polls(void **state)
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

static void descriptors_do_not_outlive_exec(void **state)
{
	int port = open_port(1);

	for (int fd = 3; fd < 64; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && fd >= port - 4 && fd <= port)
			assert_true(flags & FD_CLOEXEC);
	}
	umad_close_port(port);
}

static void answers_go_to_the_port_that_asked(void **state)
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

static void registration_fails_as_the_kernels(void **state)
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
	umad_close_port(port);
}

static void a_refused_agent_can_be_registered_later(void **state)
{
	int port = open_port(1);

	fake.register_error = EINVAL;
	assert_int_equal(umad_register(port, WIRE_CLASS_SA, 2, 0, NULL), -EPERM);
	fake.register_error = 0;
	assert_int_equal(umad_register(port, WIRE_CLASS_SA, 2, 0, NULL), 0);
	umad_close_port(port);
}

static void a_port_id_that_is_none_is_refused(void **state)
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

static void an_agent_that_is_none_cannot_send(void **state)
{
	struct buffer b;
	int port = open_port(1);

	get_fill(&b, WIRE_CLASS_PERF, 1);
	assert_int_equal(umad_send(port, 3, umad_of(&b), 256, 1, 0), -EIO);
	assert_int_equal(errno, EIO);
	assert_int_equal(umad_send(port, -1, umad_of(&b), 256, 1, 0), -EIO);
	assert_int_equal(errno, EINVAL);
	umad_close_port(port);
}

static void without_a_peer_there_is_no_adapter(void **state)
{
	char names[4][UMAD_CA_NAME_LEN];
	__be64 guids[4];
	umad_port_t port;
	umad_ca_t ca;
	char path[64];

	fake.absent = true;
	assert_int_equal(umad_get_cas_names(names, 4), 0);
	assert_null(umad_get_ca_device_list());
	assert_int_equal(errno, 0);
	assert_int_equal(umad_get_ca("fake0", &ca), -ENOENT);
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(umad_get_port("fake0", 1, &port), -EIO);
	assert_int_equal(umad_get_port(NULL, 0, &port), -ENODEV);
	assert_int_equal(umad_get_ca_portguids(NULL, guids, 4), -ENODEV);
	assert_int_equal(umad_open_port(NULL, 0), -ENODEV);
	assert_int_equal(umad_open_port("fake0", 1), -EINVAL);
	assert_int_equal(umad_get_issm_path(NULL, 0, path, sizeof(path)), -ENODEV);
}

static void a_port_outlives_the_loss_of_its_peer(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	int other = open_agent(port, WIRE_CLASS_CM);

	assert_int_equal(umad_unregister(port, other), 0);
	assert_int_equal(get_send(port, agent, 9, 100000), 0);
	fake.absent = true;
	fake_ring();
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_int_equal(get_send(port, agent, 10, 1000), -EIO);
	assert_int_equal(errno, EIO);
	assert_int_equal(umad_register(port, WIRE_CLASS_CM, 2, 0, NULL), -EPERM);
	assert_int_equal(umad_poll(port, 1), -ETIMEDOUT);

	fake.absent = false;
	fake.echo = true;
	fake.registered = 0;
	/* the library looks for the peer by itself; here nothing but its timer wakes the waiter */
	while (get_send(port, agent, 11, 1000))
		assert_int_equal(umad_poll(port, 100), -ETIMEDOUT);
	len = sizeof(b.mad);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
	assert_int_equal((uint32_t)wire_mad_tid(b.mad), 11);
	assert_int_equal(fake.opens, 2);
	assert_int_equal(fake.clients_opened, 2);
	assert_int_equal(fake.registered, 1);
	umad_close_port(port);
}

/* Waiting takes as long as it takes; then the whole time again. */
static void who_waits_for_a_lost_peer_does_not_time_out(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	fake.hope_ms = 300;
	assert_int_equal(get_send(port, agent, 9, 20), 0);
	fake.absent = true;
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	/* far beyond its own 20 ms, until hope is over */
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 20), agent);
	assert_int_equal(umad_status(umad_of(&b)), ETIMEDOUT);
	assert_true(fake.refused > 1);
	assert_int_equal(get_send(port, agent, 10, 1000), -EIO);
	fake.absent = false;
	while (umad_poll(port, 50), fake.opens < 2)
		;
	assert_int_equal(get_send(port, agent, 11, 1000), 0);
	umad_close_port(port);
}

static void who_comes_while_the_peer_is_away_waits_for_it(void **state)
{
	char names[4][UMAD_CA_NAME_LEN];

	fake.away_for = 3;
	assert_int_equal(umad_get_cas_names(names, 4), 1);
	assert_int_equal(fake.away_for, 0);
	assert_int_equal(fake.opens, 1);
}

static void a_peer_whose_port_is_not_there_yet_is_asked_again(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	fake.hope_ms = 1000000;
	assert_int_equal(get_send(port, agent, 9, 20), 0);
	fake.absent = true;
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	fake.absent = false;
	fake.portless_for = 2;
	fake.echo = true;
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 20), agent);
	assert_int_equal(umad_status(umad_of(&b)), 0);
	assert_true(fake.opens > 2);
	umad_close_port(port);
}

static void a_full_link_is_tried_again(void **state)
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
	umad_close_port(port);
}

static int exchange(int port, int agent, uint32_t tid)
{
	struct buffer b;
	int len = sizeof(b.mad);

	if (get_send(port, agent, tid, 10000) ||
	    umad_recv(port, umad_of(&b), &len, FOREVER) != agent)
		return 1;
	return umad_status(umad_of(&b)) || (uint32_t)wire_mad_tid(b.mad) != tid;
}

static int child_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_forked_child_has_an_attachment_of_its_own(void **state)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	pid_t pid;

	fake.echo = true;
	assert_int_equal(exchange(port, agent, 1), 0);
	pid = fork();
	if (!pid) {
		int r = exchange(port, agent, 2);

		/* one open by the parent, one by the child; files and agents announced again */
		_exit(r || fake.opens != 2 || fake.registered != 2 || fake.clients_opened != 2);
	}
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(exchange(port, agent, 3), 0);
	assert_int_equal(fake.opens, 1);
	umad_close_port(port);
}

static void what_the_parent_asked_is_not_answered_to_the_child(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	pid_t pid;

	fake.echo = true;
	assert_int_equal(get_send(port, agent, 4, 10000), 0);
	pid = fork();
	if (!pid)
		_exit(umad_recv(port, umad_of(&b), &len, 0) != -EWOULDBLOCK);
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	umad_close_port(port);
}

static void a_child_that_closed_the_descriptors_keeps_its_own(void **state)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	fake.echo = true;
	pid = fork();
	if (!pid) {
		dup2(null, port);
		_exit(!get_send(port, agent, 5, 1000) || read(port, &null, 1) != 0);
	}
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(exchange(port, agent, 6), 0);
	close(null);
	umad_close_port(port);
}

struct asker {
	pthread_t thread;
	int port;
	int agent;
	uint32_t first_tid;
	uint32_t rounds;
	unsigned int wrong;
};

static void *ask_many(void *arg)
{
	struct asker *a = arg;
	struct buffer b;
	int len;

	for (uint32_t i = 0; i < a->rounds; i++) {
		if (get_send(a->port, a->agent, a->first_tid + i, 10000))
			a->wrong++;
		len = sizeof(b.mad);
		/* on a shared port it may be the other one's answer; each comes once */
		if (umad_recv(a->port, umad_of(&b), &len, FOREVER) < 0 || umad_status(umad_of(&b)))
			a->wrong++;
	}
	return NULL;
}

static void run_askers(struct asker *a, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(pthread_create(&a[i].thread, NULL, ask_many, &a[i]), 0);
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(a[i].thread, NULL);
		assert_int_equal(a[i].wrong, 0);
	}
}

static void two_threads_on_one_port_get_every_answer(void **state)
{
	struct asker a[2] = {{.first_tid = 1, .rounds = 3000},
			     {.first_tid = 100001, .rounds = 3000}};
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	fake.echo = true;
	a[0].port = a[1].port = port;
	a[0].agent = a[1].agent = agent;
	run_askers(a, 2);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 0), -EWOULDBLOCK);
	umad_close_port(port);
}

static void two_threads_on_two_ports_get_their_answers(void **state)
{
	struct asker a[2] = {{.first_tid = 1, .rounds = 3000}, {.first_tid = 1, .rounds = 3000}};

	fake.echo = true;
	fake.two_ports = true;
	for (int i = 0; i < 2; i++) {
		a[i].port = open_port(1 + i);
		a[i].agent = open_agent(a[i].port, WIRE_CLASS_PERF);
	}
	run_askers(a, 2);
	umad_close_port(a[0].port);
	umad_close_port(a[1].port);
}

static void as_many_files_as_a_session_has_clients_and_no_more(void **state)
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

static void *wait_for_one(void *arg)
{
	struct buffer b;
	int len = sizeof(b.mad);

	umad_recv(*(int *)arg, umad_of(&b), &len, FOREVER);
	return NULL;
}

static void a_waiting_thread_can_be_cancelled(void **state)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	pthread_t thread;
	void *how;

	assert_int_equal(pthread_create(&thread, NULL, wait_for_one, &port), 0);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &how), 0);
	assert_ptr_equal(how, PTHREAD_CANCELED);
	/* the lock is free */
	fake.echo = true;
	assert_int_equal(get_send(port, agent, 1, 1000), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
	umad_close_port(port);
}

static char state_of(pid_t pid)
{
	char path[40], line[200];
	FILE *f;
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, pid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	end = strrchr(line, ')');
	return end ? end[2] : 0;
}

static int told; /* a pipe's end */

static void *feed_when_told(void *arg)
{
	struct chan_slot s = {.kind = CHAN_KIND_RECV};
	char byte;

	s.mad[0] = 1;
	s.mad[1] = WIRE_CLASS_PERF;
	s.mad[2] = 1;
	s.mad[3] = WIRE_METHOD_GET;
	if (read(told, &byte, 1) == 1)
		fake_feed(&s);
	return NULL;
}

/* In a process of its own: 0 when the wait ends with what came. */
static int wait_to_be_told(void)
{
	long get[16 / sizeof(long)] = {1 << WIRE_METHOD_GET};
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1);
	pthread_t feeder;

	if (umad_register(port, WIRE_CLASS_PERF, 1, 0, get) < 0 ||
	    pthread_create(&feeder, NULL, feed_when_told, NULL))
		return 1;
	return umad_recv(port, umad_of(&b), &len, FOREVER) < 0;
}

/* As it is when its guest is saved and restored: the kernel stops it in the same way. */
static void who_is_stopped_and_continued_goes_on_waiting(void **state)
{
	int fd[2], status;
	pid_t pid;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	told = fd[0];
	pid = fork();
	if (pid == 0)
		_exit(wait_to_be_told());
	while (state_of(pid) != 'S')
		;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(write(fd[1], "", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd[0]);
	close(fd[1]);
}

static void *poll_for_ever(void *arg)
{
	for (;;) {
		umad_poll(*(int *)arg, 0);
		pthread_testcancel();
	}
	return NULL;
}

static void a_cancelled_thread_leaves_the_lock_free(void **state)
{
	char path[64];
	int port = open_port(1);
	pthread_t thread;

	/* with an issm file there is a read() under the lock, where a cancellation could strike */
	assert_int_equal(umad_get_issm_path("fake0", 1, path, sizeof(path)), 0);
	assert_int_equal(pthread_create(&thread, NULL, poll_for_ever, &port), 0);
	for (int i = 0; i < 100; i++)
		umad_poll(port, 0);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	umad_close_port(port);
}

static void opening_the_issm_file_raises_issm_and_closing_it_lowers_it(void **state)
{
	char path[64];
	int port = open_port(1), fd;

	assert_int_equal(umad_get_issm_path("fake0", 1, path, sizeof(path)), 0);
	assert_int_equal(fake.issm_raised, 0);
	fd = open(path, O_NONBLOCK);
	assert_true(fd >= 0);
	assert_true(readable(umad_get_fd(port), FOREVER));
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(fake.issm_raised, 1);
	assert_false(readable(umad_get_fd(port), 0));
	close(fd);
	assert_true(readable(umad_get_fd(port), FOREVER));
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(fake.issm_lowered, 1);
	umad_close_port(port);
}

static void a_new_peer_is_told_of_issm(void **state)
{
	char path[64];
	int port = open_port(1), fd;

	assert_int_equal(umad_get_issm_path("fake0", 1, path, sizeof(path)), 0);
	fd = open(path, O_NONBLOCK);
	umad_poll(port, 0);
	assert_int_equal(fake.issm_raised, 1);
	fake.absent = true;
	umad_poll(port, 0);
	fake.absent = false;
	while (fake.opens < 2)
		umad_poll(port, 100);
	assert_int_equal(fake.issm_raised, 2);
	close(fd);
	umad_close_port(port);
}

static void ports_and_adapters_are_what_the_peer_says(void **state)
{
	char names[4][UMAD_CA_NAME_LEN];
	struct umad_device_node *list;
	__be64 guids[4];
	umad_port_t port;
	umad_ca_t ca;

	fake.two_ports = true;
	assert_int_equal(umad_get_cas_names(names, 4), 1);
	assert_string_equal(names[0], "fake0");
	list = umad_get_ca_device_list();
	assert_non_null(list);
	assert_string_equal(list->ca_name, "fake0");
	assert_null(list->next);
	assert_int_equal(umad_sort_ca_device_list(&list, 0), 0);
	umad_free_ca_device_list(list);

	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	assert_int_equal(ca.numports, 2);
	assert_null(ca.ports[0]);
	assert_int_equal(ca.ports[2]->base_lid, 8);
	assert_int_equal(be64toh(ca.node_guid), 0x100);
	assert_int_equal(umad_release_ca(&ca), 0);
	assert_null(ca.ports[2]);

	assert_int_equal(umad_get_port("fake0", 2, &port), 0);
	assert_int_equal(port.portnum, 2);
	assert_int_equal(be32toh(port.capmask), 0x0050c048);
	assert_int_equal(be64toh(port.gid_prefix), 0xfe80000000000000);
	assert_int_equal(port.pkeys_size, 2);
	assert_int_equal(port.pkeys[1], 0x8001);
	assert_string_equal(port.link_layer, "InfiniBand");
	assert_int_equal(umad_release_port(&port), 0);

	assert_int_equal(umad_get_ca_portguids("fake0", guids, 4), 3);
	assert_int_equal(guids[0], 0);
	assert_int_equal(be64toh(guids[2]), 0x102);
	assert_int_equal(umad_get_ca_portguids("fake0", guids, 2), -ENOMEM);
	assert_int_equal(umad_get_ca_portguids("fake0", NULL, 0), 0);
}

static void a_list_of_adapters_is_sorted_by_name(void **state)
{
	struct umad_device_node c = {NULL, "c"}, a = {&c, "a"}, b = {&a, "b"}, *head = &b;

	assert_int_equal(umad_sort_ca_device_list(&head, 2), EINVAL);
	assert_int_equal(umad_sort_ca_device_list(&head, 4), EINVAL);
	assert_int_equal(umad_sort_ca_device_list(&head, 0), 0);
	assert_ptr_equal(head, &a);
	assert_ptr_equal(a.next, &b);
	assert_ptr_equal(b.next, &c);
	assert_null(c.next);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_request_is_answered),
		T(an_unanswered_request_comes_back_with_etimedout),
		T(every_retry_is_sent),
		T(waiting_for_nothing_times_out),
		T(a_message_that_does_not_fit_says_enospc_and_stays),
		T(the_descriptor_polls),
		T(descriptors_do_not_outlive_exec),
		T(answers_go_to_the_port_that_asked),
		T(registration_fails_as_the_kernels),
		T(a_refused_agent_can_be_registered_later),
		T(a_port_id_that_is_none_is_refused),
		T(an_agent_that_is_none_cannot_send),
		T(without_a_peer_there_is_no_adapter),
		T(a_port_outlives_the_loss_of_its_peer),
		T(who_waits_for_a_lost_peer_does_not_time_out),
		T(who_comes_while_the_peer_is_away_waits_for_it),
		T(a_peer_whose_port_is_not_there_yet_is_asked_again),
		T(a_full_link_is_tried_again),
		T(a_forked_child_has_an_attachment_of_its_own),
		T(what_the_parent_asked_is_not_answered_to_the_child),
		T(a_child_that_closed_the_descriptors_keeps_its_own),
		T(two_threads_on_one_port_get_every_answer),
		T(two_threads_on_two_ports_get_their_answers),
		T(as_many_files_as_a_session_has_clients_and_no_more),
		T(who_is_stopped_and_continued_goes_on_waiting),
		T(a_waiting_thread_can_be_cancelled),
		T(a_cancelled_thread_leaves_the_lock_free),
		T(opening_the_issm_file_raises_issm_and_closing_it_lowers_it),
		T(a_new_peer_is_told_of_issm),
		T(ports_and_adapters_are_what_the_peer_says),
		T(a_list_of_adapters_is_sorted_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
