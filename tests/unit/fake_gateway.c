/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/fake_gateway.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "channel/local.h"
#include "wire/mad.h"

enum { SLOTS = 64, HELD_MAX = 256, AT_BELL = 0, AT_LISTEN, AT_SOCKET, AT_WAKE };

struct fake_gateway gateway;

static struct {
	pthread_t thread;
	int listen, epoll, wake;
	atomic_bool stop;
	struct chan *chan;
	struct chan_slot held[HELD_MAX];
	unsigned int held_count;
	/* slots without room in the ring so far */
	struct chan_slot late[1024];
	unsigned int late_first, late_count;
	pthread_mutex_t lock; /* of push */
	struct chan_slot push;
	bool pushed;
} g = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void watch(int fd, int tag, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.u32 = (uint32_t)tag};

	assert(!epoll_ctl(g.epoll, EPOLL_CTL_ADD, fd, &ev));
}

static void put(const struct chan_slot *slot)
{
	assert(g.late_count < 1024);
	g.late[(g.late_first + g.late_count++) % 1024] = *slot;
}

static void put_out(void)
{
	while (g.late_count && chan_put(g.chan, &g.late[g.late_first]) == 1) {
		g.late_first = (g.late_first + 1) % 1024;
		g.late_count--;
	}
}

static void answer_hello(struct chan_slot *s)
{
	struct chan_hello_reply r = {
		.magic = CHAN_ABI_MAGIC,
		.version = (uint16_t)gateway.version,
		.ports = 1,
		.outstanding = 4096,
	};

	memset(s->mad, 0, sizeof(s->mad));
	memcpy(s->mad, &r, sizeof(r));
}

static void answer_port(struct chan_slot *s)
{
	struct chan_port_info info = {
		.ca_name = "mlx5_0",
		.link_layer = "InfiniBand",
		.node_guid = 0x1234,
		.port_guid = 0x1235,
		.base_lid = 17,
		.pkeys = (uint16_t)gateway.pkeys,
		.node_type = 1,
		.ca_ports = 1,
		.port_num = 1,
		.state = 4,
		.phys_state = 5,
	};

	memset(s->mad, 0, sizeof(s->mad));
	memcpy(s->mad, &info, sizeof(info));
}

static void answer_pkeys(struct chan_slot *s)
{
	struct chan_pkeys p;

	memcpy(&p, s->mad, sizeof(p));
	p.total = (uint16_t)gateway.pkeys;
	if (p.first + p.count > p.total)
		p.count = (uint16_t)(p.total - p.first);
	for (uint16_t i = 0; i < p.count; i++)
		p.pkey[i] = (uint16_t)(0x8000 | (p.first + i + 1));
	memcpy(s->mad, &p, sizeof(p));
}

static void be_noisy(const struct chan_slot *asked)
{
	struct chan_slot s = *asked;

	s.kind = (uint8_t)(asked->kind + 1);
	s.cookie = asked->cookie + 1000; /* matches no request */
	s.status = EIO;
	put(&s);
	s.kind = CHAN_KIND_PORT_EVENT;
	put(&s);
	s.kind = 200;
	put(&s);
	s = (struct chan_slot){.kind = CHAN_KIND_RECV, .port = 9, .client = 77, .agent = 99};
	put(&s);
	s = (struct chan_slot){.kind = CHAN_KIND_SEND_DONE, .client = 60000, .cookie = UINT64_MAX};
	put(&s);
}

static void release_held(void)
{
	for (unsigned int i = 0; i < g.held_count; i++)
		put(&g.held[i]);
	g.held_count = 0;
}

static void control(struct chan_slot *s)
{
	struct chan_slot reply = *s;

	release_held();
	if (gateway.noisy)
		be_noisy(s);
	reply.kind = (uint8_t)(s->kind + 1);
	reply.status = 0;
	if (s->kind == CHAN_KIND_HELLO) {
		reply.status = (uint32_t)gateway.hello_status;
		answer_hello(&reply);
	} else if (s->kind == CHAN_KIND_PORT_QUERY)
		answer_port(&reply);
	else if (s->kind == CHAN_KIND_PKEY_QUERY)
		answer_pkeys(&reply);
	else if (s->kind == CHAN_KIND_CLIENT_OPEN)
		gateway.clients++;
	else if (s->kind == CHAN_KIND_CLIENT_CLOSE)
		gateway.clients--;
	else if (s->kind == CHAN_KIND_UNREGISTER)
		gateway.unregisters++;
	if (s->kind == CHAN_KIND_REGISTER || s->kind == CHAN_KIND_SET_ISSM)
		reply.status = (uint32_t)gateway.register_status;
	if (s->kind == CHAN_KIND_REGISTER && !reply.status)
		gateway.registers++;
	if (s->kind == CHAN_KIND_SET_ISSM && !reply.status)
		gateway.issm = s->mad[0];
	put(&reply);
}

static void handle(struct chan_slot *s)
{
	struct chan_slot answer = *s;

	if (s->kind != CHAN_KIND_SEND) {
		control(s);
		return;
	}
	gateway.sends++;
	if (!s->timeout_ms)
		return;
	if (gateway.mode == FAKE_GATEWAY_TIMES_OUT) {
		answer.kind = CHAN_KIND_SEND_DONE;
		answer.status = ETIMEDOUT;
	} else {
		answer.kind = CHAN_KIND_RECV;
		answer.mad[3] |= WIRE_METHOD_RESPONSE;
	}
	if (gateway.mode == FAKE_GATEWAY_HOLDS) {
		assert(g.held_count < HELD_MAX);
		g.held[g.held_count++] = answer;
	} else {
		put(&answer);
	}
}

static void session_end(void)
{
	if (!g.chan)
		return;
	chan_free(g.chan);
	g.chan = NULL;
	g.held_count = g.late_count = 0;
	gateway.clients = 0;
}

static void session_begin(void)
{
	struct chan_peer peer;
	int err, sock = chan_local_accept(g.listen, &peer);

	if (sock < 0)
		return;
	gateway.connections++;
	if (gateway.hangs_up_for) {
		gateway.hangs_up_for--;
		close(sock);
		return;
	}
	session_end();
	err = chan_local_host_new(sock, SLOTS, &g.chan);
	if (err) {
		/* who waited too long has hung up, and connects again */
		assert(err == -EPIPE || err == -ECONNRESET);
		close(sock);
		return;
	}
	gateway.sessions++;
	watch(chan_bell(g.chan), AT_BELL, EPOLLIN | EPOLLET);
	watch(chan_local_socket(g.chan), AT_SOCKET, EPOLLIN | EPOLLRDHUP);
}

static void session_work(void)
{
	struct chan_slot s;

	if (!g.chan || gateway.asleep)
		return;
	pthread_mutex_lock(&g.lock);
	if (g.pushed)
		put(&g.push);
	g.pushed = false;
	pthread_mutex_unlock(&g.lock);
	do {
		put_out();
		while (chan_take(g.chan, &s) == 1) {
			if (s.kind == gateway.dies_at) {
				if (!gateway.dies_always)
					gateway.dies_at = 0;
				session_end();
				return;
			}
			handle(&s);
			put_out();
			if (s.kind == gateway.dies_after) {
				session_end();
				return;
			}
		}
		if (g.late_count && chan_want_room(g.chan, 1))
			continue;
	} while (chan_sleep_ok(g.chan) == 0);
}

static void *serve(void *arg)
{
	struct epoll_event ev;

	while (!g.stop) {
		eventfd_t ignored;

		if (epoll_wait(g.epoll, &ev, 1, -1) < 1)
			continue;
		if (ev.data.u32 == AT_LISTEN)
			session_begin();
		else if (ev.data.u32 == AT_SOCKET)
			session_end();
		else if (ev.data.u32 == AT_WAKE)
			eventfd_read(g.wake, &ignored);
		session_work();
	}
	session_end();
	return NULL;
}

void fake_gateway_start(void)
{
	char path[64];
	struct chan_listen how = {.mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1, .backlog = 4};

	snprintf(path, sizeof(path), "/tmp/fake-gateway.%d", getpid());
	setenv("IBGATE_SOCKET", path, 0);
	how.path = getenv("IBGATE_SOCKET");
	g.stop = false;
	g.listen = chan_local_listen(&how);
	g.epoll = epoll_create1(EPOLL_CLOEXEC);
	g.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert(g.listen >= 0 && g.epoll >= 0 && g.wake >= 0);
	watch(g.listen, AT_LISTEN, EPOLLIN);
	watch(g.wake, AT_WAKE, EPOLLIN);
	assert(!pthread_create(&g.thread, NULL, serve, NULL));
}

void fake_gateway_kill(void)
{
	g.stop = true;
	fake_gateway_wake();
	pthread_join(g.thread, NULL);
	close(g.listen);
	close(g.epoll);
	close(g.wake);
}

void fake_gateway_stop(void)
{
	fake_gateway_kill();
	unlink(getenv("IBGATE_SOCKET"));
}

void fake_gateway_wake(void)
{
	eventfd_write(g.wake, 1);
}

void fake_gateway_push(const struct chan_slot *slot)
{
	pthread_mutex_lock(&g.lock);
	g.push = *slot;
	g.pushed = true;
	pthread_mutex_unlock(&g.lock);
	fake_gateway_wake();
}
