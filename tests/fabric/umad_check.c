/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A process with threads, forks, time-outs and several ports, on the libibumad.so.3 and the CA/PORT of its
 * environment. Prints a line per check, exits with 0 if all hold.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <infiniband/umad.h>

#include "tests/patience.h"
#include "wire/mad.h"

enum { ROUNDS = 500, ABSENT_LID = 0xbffe };

struct buffer {
	struct ib_user_mad umad;
	uint8_t mad[256];
};

static int failed;

static void check(const char *what, bool ok)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failed += !ok;
}

/* Get NodeInfo of the own node by directed route, or of a LID. */
static int ask(int port, int agent, uint32_t tid, uint16_t lid, int timeout_ms, int retries)
{
	struct buffer b;

	memset(&b, 0, sizeof(b));
	b.mad[0] = 1;
	b.mad[1] = lid ? WIRE_CLASS_SUBN_LID : WIRE_CLASS_SUBN_DR;
	b.mad[2] = 1;
	b.mad[3] = WIRE_METHOD_GET;
	b.mad[17] = 0x11;
	wire_mad_set_tid(b.mad, tid);
	if (!lid)
		memset(b.mad + 32, 0xff, 4);
	umad_set_addr(&b, lid ? lid : 0xffff, 0, 0, 0);
	return umad_send(port, agent, &b, 256, timeout_ms, retries);
}

/* 0 for a good answer to this TID (0: any), otherwise an error. */
static int answer(int port, uint32_t tid)
{
	struct buffer b;
	int len = 256, agent = umad_recv(port, &b, &len, TEST_PATIENCE_MS);

	if (agent < 0)
		return agent;
	if (umad_status(&b))
		return umad_status(&b);
	if (len != 256 || b.mad[3] != WIRE_METHOD_GET_RESP || b.mad[17] != 0x11)
		return -EPROTO;
	return tid && (uint32_t)wire_mad_tid(b.mad) != tid ? -EPROTO : 0;
}

static int open_both(int *agent)
{
	int port = umad_open_port(NULL, 0);

	agent[0] = port < 0 ? -1 : umad_register(port, WIRE_CLASS_SUBN_DR, 1, 0, NULL);
	agent[1] = port < 0 ? -1 : umad_register(port, WIRE_CLASS_SUBN_LID, 1, 0, NULL);
	return agent[0] < 0 || agent[1] < 0 ? -1 : port;
}

struct asker {
	pthread_t thread;
	int port, agent;
	uint32_t first_tid;
	bool mine; /* no other thread receives on this port */
	int wrong;
};

static void *asking(void *arg)
{
	struct asker *a = arg;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t tid = a->first_tid + i;

		if (ask(a->port, a->agent, tid, 0, 5000, 3) || answer(a->port, a->mine ? tid : 0))
			a->wrong++;
	}
	return NULL;
}

static bool run(struct asker *a, int n)
{
	int wrong = 0;

	for (int i = 0; i < n; i++)
		pthread_create(&a[i].thread, NULL, asking, &a[i]);
	for (int i = 0; i < n; i++) {
		pthread_join(a[i].thread, NULL);
		wrong += a[i].wrong;
	}
	return !wrong;
}

static void threads(int port, int agent)
{
	int agents[2], other = open_both(agents);
	struct asker one[2] = {{.port = port, .agent = agent, .first_tid = 1},
			       {.port = port, .agent = agent, .first_tid = 10001}};
	struct asker two[2] = {{.port = port, .agent = agent, .first_tid = 1, .mine = true},
			       {.port = other, .agent = agents[0], .first_tid = 1, .mine = true}};

	check("two threads on one port", run(one, 2));
	check("a second open of the port", other >= 0);
	check("two threads on two opens", other >= 0 && run(two, 2));
	umad_close_port(other);
}

static void time_out(int port, int agent)
{
	struct buffer b;
	struct pollfd p = {.fd = umad_get_fd(port), .events = POLLIN};
	int len = 256;

	check("send to an absent LID", !ask(port, agent, 77, ABSENT_LID, 20, 1));
	check("the descriptor polls readable", poll(&p, 1, TEST_PATIENCE_MS) == 1);
	check("it comes back", umad_recv(port, &b, &len, TEST_PATIENCE_MS) == agent);
	check("with ETIMEDOUT", umad_status(&b) == ETIMEDOUT);
	check("and its TID", (uint32_t)wire_mad_tid(b.mad) == 77);
	check("and no more", umad_recv(port, &b, &len, 0) == -EWOULDBLOCK);
}

static void many_at_once(int port, int agent)
{
	int wrong = 0;

	for (uint32_t i = 0; i < 2000; i++)
		wrong += ask(port, agent, 1 + i, 0, 10000, 3) != 0;
	for (uint32_t i = 0; i < 2000; i++)
		wrong += answer(port, 0) != 0;
	check("2000 requests in flight", !wrong);
}

static void child(int port, int agent)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(ask(port, agent, 5, 0, 5000, 3) || answer(port, 5));
	waitpid(pid, &status, 0);
	check("a forked child uses its parent's port", status == 0);
	check("and the parent goes on", !ask(port, agent, 6, 0, 5000, 3) && !answer(port, 6));
}

static void duplicate(int port, int agent)
{
	struct buffer b;
	int len = 256;

	check("a request", !ask(port, agent, 9, ABSENT_LID, 20, 0));
	check("the same again is refused",
	      ask(port, agent, 9, ABSENT_LID, 20, 0) == -EIO && errno == EINVAL);
	umad_recv(port, &b, &len, TEST_PATIENCE_MS);
}

int main(void)
{
	int agent[2], port = open_both(agent);

	setvbuf(stdout, NULL, _IOLBF, 0);
	check("open and register", port >= 0);
	if (port < 0)
		return 1;
	threads(port, agent[0]);
	time_out(port, agent[1]);
	duplicate(port, agent[1]);
	many_at_once(port, agent[0]);
	child(port, agent[0]);
	umad_close_port(port);
	umad_done();
	return failed != 0;
}
