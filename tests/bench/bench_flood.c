/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One guest as hard as it can, with what only a gateway answers: control slots, and sessions that
 * come and go. (Floods of MADs: bench_umad ... flood, which runs natively too.) Goes on until it is
 * ended.
 *
 * usage: bench_flood KIND [SOCKET]
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "tests/bench/session.h"
#include "tests/patience.h"
#include "wire/mad.h"

enum { BURST = 250 };

static const char *path = "/run/ibgate/guest";

static void give_up(const char *what, int err)
{
	fprintf(stderr, "bench_flood: %s: %s\n", what, strerror(-err));
	exit(1);
}

static struct chan *session(void)
{
	struct chan *chan;
	int err;

	while ((err = session_open(path, WIRE_CLASS_PERF, &chan)) == -ETIMEDOUT ||
	       err == -ECONNRESET || err == -EPIPE)
		;
	if (err)
		give_up("no session", err);
	return chan;
}

/* One kind of slot and another in turn, as many as the ring takes; replies are thrown away. */
static void slots(uint8_t first, uint8_t second)
{
	struct chan_register reg = {.mgmt_class = WIRE_CLASS_SUBN_LID, .mgmt_class_version = 1};
	struct chan_slot ask[2] = {{.kind = first, .client = 1, .agent = 1},
				   {.kind = second, .client = 1, .agent = 1}};
	struct chan *chan = session();
	struct pollfd fd = {.fd = chan_bell(chan), .events = POLLIN};
	struct chan_slot reply;
	int got;

	if (first == CHAN_KIND_REGISTER) {
		memcpy(ask[0].mad, &reg, sizeof(reg));
		ask[0].client = ask[1].client = 0;
	}
	for (unsigned int n = 0;;) {
		while (chan_put(chan, &ask[n % 2]) == 1)
			n++;
		chan_kick(chan);
		while ((got = chan_take(chan, &reply)) == 1)
			;
		if (got == 0)
			got = chan_sleep_ok(chan);
		if (got == 1)
			poll(&fd, 1, 10);
		if (got < 0)
			give_up("the session ended", got);
	}
}

static void connects(void)
{
	for (;;)
		chan_free(session());
}

/* Full rings, closed all at once. */
static void hangups(void)
{
	static struct chan *chan[BURST];
	struct chan_slot send = {.kind = CHAN_KIND_SEND,
				 .timeout_ms = 1000,
				 .retries = 3,
				 .addr = {.lid = 1, .qpn = 1, .qkey = 0x80010000},
				 .mad = {1, WIRE_CLASS_PERF, 1, WIRE_METHOD_GET}};

	put_be16(send.mad + 16, 0x12);
	send.mad[65] = 1; /* PortSelect */
	for (uint64_t tid = 1;;) {
		int open = 0;

		while (open < BURST && !session_open(path, WIRE_CLASS_PERF, &chan[open]))
			open++;
		for (int i = 0; i < open; i++) {
			do
				wire_mad_set_tid(send.mad, tid++);
			while (chan_put(chan[i], &send) == 1);
			chan_kick(chan[i]);
		}
		while (open)
			chan_free(chan[--open]);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = {1 << 20, 1 << 20};
	const char *kind = argc > 1 ? argv[1] : "";

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc > 2)
		path = argv[2];
	if (!strcmp(kind, "port-query"))
		slots(CHAN_KIND_PORT_QUERY, CHAN_KIND_PORT_QUERY);
	else if (!strcmp(kind, "pkey-query"))
		slots(CHAN_KIND_PKEY_QUERY, CHAN_KIND_PKEY_QUERY);
	else if (!strcmp(kind, "register"))
		slots(CHAN_KIND_REGISTER, CHAN_KIND_UNREGISTER);
	else if (!strcmp(kind, "client"))
		slots(CHAN_KIND_CLIENT_OPEN, CHAN_KIND_CLIENT_CLOSE);
	else if (!strcmp(kind, "connect"))
		connects();
	else if (!strcmp(kind, "hang-up"))
		hangups();
	fprintf(stderr, "usage: bench_flood port-query|pkey-query|register|client|connect|hang-up "
			"[SOCKET]\n");
	return 2;
}
