/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/fabric/ibsim_client.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	CTL_MAGIC = (int)0xdeadbeef,
	CTL_TIMEOUT_MS = 20000, /* an ibsim that has ended refuses at once */
};

struct ctl_message {
	uint32_t magic;
	uint32_t client;
	uint32_t type;
	uint32_t len;
	uint8_t data[IBSIM_CTL_BYTES];
};

struct connect_info {
	uint32_t id; /* in a call ours, in the answer the client's number */
	uint32_t qp;
	uint32_t issm;
	char node[32];
};

static_assert(sizeof(struct ibsim_packet) == 288, "ibsim's struct sim_request");
static_assert(sizeof(struct ctl_message) == 80, "ibsim's struct sim_ctl");

struct ibsim_client {
	pid_t pid;
	int ctl;
	int data;
	uint32_t number;
	struct ibsim_packet *early; /* received while a control message waited */
	size_t first, count, room;
};

static socklen_t make_name(struct sockaddr_un *sa, const char *what, uint32_t number)
{
	const char *sim = getenv("IBSIM_SOCKNAME");
	int n;

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	n = snprintf(sa->sun_path + 1, sizeof(sa->sun_path) - 1, "%s:%s", sim ? sim : "sim", what);
	if (number != UINT32_MAX && n > 0 && (size_t)n < sizeof(sa->sun_path) - 1)
		n += snprintf(sa->sun_path + 1 + n, sizeof(sa->sun_path) - 1 - (size_t)n, "%u",
			      number);
	/* ibsim counts the terminating zero as a part of the name */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n + 1);
}

static int name_bind(int fd, const char *what, uint32_t number)
{
	struct sockaddr_un sa;
	socklen_t len = make_name(&sa, what, number);

	return bind(fd, (struct sockaddr *)&sa, len) ? -errno : 0;
}

static int name_connect(int fd, const char *what, uint32_t number)
{
	struct sockaddr_un sa;
	socklen_t len = make_name(&sa, what, number);

	return connect(fd, (struct sockaddr *)&sa, len) ? -ENODEV : 0;
}

/*
 * The simulator knows a client only by its name. Uses the process id, for ibsim's console; another number
 * if it is taken (a second attachment, or another pid namespace).
 */
static int bind_id(struct ibsim_client *c, uint32_t *ret_id)
{
	uint32_t id = (uint32_t)c->pid;
	int r = -EADDRINUSE;

	for (int tries = 0; tries < 16 && r == -EADDRINUSE; tries++) {
		r = name_bind(c->data, "in", id);
		if (!r)
			break;
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			return -EIO;
		/* ibsim prints it as signed, and 0 means free */
		id = (id & 0x3fffffff) | 0x40000000;
	}
	*ret_id = id;
	return r ? r : name_bind(c->ctl, "ctl", id);
}

static int early_push(struct ibsim_client *c, const struct ibsim_packet *packet)
{
	if (c->first + c->count == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct ibsim_packet *p = realloc(c->early, room * sizeof(*p));

		if (!p)
			return -ENOMEM;
		c->early = p;
		c->room = room;
	}
	c->early[c->first + c->count++] = *packet;
	return 0;
}

static int data_read(struct ibsim_client *c, struct ibsim_packet *packet)
{
	ssize_t n;

	/* Skips datagrams that are no packets of ibsim. */
	do
		n = recv(c->data, packet, sizeof(*packet), MSG_DONTWAIT);
	while (n >= 0 && n != sizeof(*packet));
	return n == sizeof(*packet);
}

static int left_ms(const struct timespec *end)
{
	struct timespec now;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)(end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? (int)ms : 0;
}

/* Waits for the answer on ctl; MADs that arrive meanwhile are kept. */
static int ctl_wait(struct ibsim_client *c)
{
	struct pollfd p[2] = {{.fd = c->ctl, .events = POLLIN}, {.fd = c->data, .events = POLLIN}};
	struct ibsim_packet packet;
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += CTL_TIMEOUT_MS / 1000;
	for (;;) {
		int n = poll(p, 2, left_ms(&end));

		if (n < 0 && errno != EINTR)
			return -ENODEV;
		if (n == 0)
			return -ENODEV;
		if (n > 0 && p[1].revents & POLLIN)
			while (data_read(c, &packet) && !early_push(c, &packet))
				;
		if (n > 0 && p[0].revents)
			return 0;
	}
}

int ibsim_client_ctl(struct ibsim_client *c, enum ibsim_ctl_type type, void *data)
{
	struct ctl_message m = {.magic = (uint32_t)CTL_MAGIC, .client = c->number, .type = type};
	struct ctl_message answer;

	m.len = IBSIM_CTL_BYTES;
	memcpy(m.data, data, sizeof(m.data));
	/* the late answer to an earlier message that timed out */
	while (recv(c->ctl, &answer, sizeof(answer), MSG_DONTWAIT) >= 0)
		;
	if (send(c->ctl, &m, sizeof(m), MSG_NOSIGNAL) != sizeof(m) || ctl_wait(c) < 0 ||
	    recv(c->ctl, &answer, sizeof(answer), MSG_DONTWAIT) != sizeof(answer))
		return -ENODEV;
	if (answer.type != type)
		return -EPROTO;
	memcpy(data, answer.data, sizeof(answer.data));
	return 0;
}

static int attach(struct ibsim_client *c, const char *node, bool unsolicited)
{
	union {
		struct connect_info info;
		uint8_t bytes[IBSIM_CTL_BYTES];
	} u = {0};
	int r;

	r = bind_id(c, &u.info.id);
	if (r < 0)
		return r;
	r = name_connect(c->ctl, "ctl", UINT32_MAX);
	if (r < 0)
		return r;
	u.info.issm = unsolicited;
	if (node)
		strncpy(u.info.node, node, sizeof(u.info.node) - 1);
	r = ibsim_client_ctl(c, IBSIM_CTL_CONNECT, &u);
	if (r < 0)
		return -ENODEV;
	c->number = u.info.id;
	return name_connect(c->data, "out", c->number);
}

int ibsim_client_open(const char *node, bool unsolicited, struct ibsim_client **ret)
{
	struct ibsim_client *c = calloc(1, sizeof(*c));
	int r = -ENODEV;

	if (!c)
		return -ENOMEM;
	c->pid = getpid();
	c->number = UINT32_MAX;
	c->ctl = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	c->data = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->ctl >= 0 && c->data >= 0)
		r = attach(c, node, unsolicited);
	if (r < 0) {
		ibsim_client_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void ibsim_client_close(struct ibsim_client *c)
{
	uint8_t none[IBSIM_CTL_BYTES] = {0};

	if (c->number != UINT32_MAX && c->pid == getpid())
		ibsim_client_ctl(c, IBSIM_CTL_DISCONNECT, none);
	if (c->ctl >= 0)
		close(c->ctl);
	if (c->data >= 0)
		close(c->data);
	free(c->early);
	free(c);
}

int ibsim_client_send(struct ibsim_client *c, const struct ibsim_packet *packet)
{
	if (send(c->data, packet, sizeof(*packet), MSG_NOSIGNAL) == sizeof(*packet))
		return 0;
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? -EAGAIN : -ENODEV;
}

int ibsim_client_recv(struct ibsim_client *c, struct ibsim_packet *packet)
{
	if (!c->count)
		return data_read(c, packet);
	*packet = c->early[c->first++];
	if (!--c->count)
		c->first = 0;
	return 1;
}

int ibsim_client_fd(const struct ibsim_client *c)
{
	return c->data;
}

void ibsim_client_inherit(struct ibsim_client *c, struct ibsim_client *old)
{
	struct ibsim_packet packet;

	while (ibsim_client_recv(old, &packet) && !early_push(c, &packet))
		;
}
