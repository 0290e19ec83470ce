/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flood by one guest of what only a gateway handles: control slots, requests whose keys collide, sessions
 * that open and close. (Floods of MADs: bench_umad ... flood, which also runs natively.) Runs until killed.
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

static struct chan *session(uint8_t mgmt_class)
{
	struct chan *chan;
	int err;

	while ((err = session_open(path, mgmt_class, &chan)) == -ETIMEDOUT || err == -ECONNRESET ||
	       err == -EPIPE)
		;
	if (err)
		give_up("no session", err);
	return chan;
}

/* Sends two slots alternately, as many as the ring takes, each changed by `vary`; drops replies. */
static _Noreturn void slots(uint8_t mgmt_class, struct chan_slot turn[2],
			    void (*vary)(struct chan_slot *slot, uint64_t n))
{
	struct chan *chan = session(mgmt_class);
	struct pollfd fd = {.fd = chan_bell(chan), .events = POLLIN};
	struct chan_slot reply;
	int got;

	for (uint64_t n = 1;;) {
		if (vary)
			vary(&turn[n % 2], n);
		if (chan_put(chan, &turn[n % 2]) == 1) {
			n++;
			continue;
		}
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

static _Noreturn void control(uint8_t first, uint8_t second, uint16_t client)
{
	struct chan_register reg = {.mgmt_class = WIRE_CLASS_SUBN_LID, .mgmt_class_version = 1};
	struct chan_slot turn[2] = {{.kind = second, .client = client, .agent = 1},
				    {.kind = first, .client = client, .agent = 1}};

	if (first == CHAN_KIND_REGISTER)
		memcpy(turn[1].mad, &reg, sizeof(reg));
	slots(WIRE_CLASS_PERF, turn, NULL);
}

static void another_gid(struct chan_slot *slot, uint64_t n)
{
	put_be64(slot->addr.gid, n);
	wire_mad_set_tid(slot->mad, n);
}

/* Gets of NodeInfo that differ only in a GID without a GRH. */
static _Noreturn void collisions(void)
{
	struct chan_slot turn[2] = {{.kind = CHAN_KIND_SEND,
				     .timeout_ms = 1000,
				     .addr = {.lid = 1},
				     .mad = {1, WIRE_CLASS_SUBN_LID, 1, WIRE_METHOD_GET}}};

	put_be16(turn[0].mad + 16, 0x11);
	turn[1] = turn[0];
	slots(WIRE_CLASS_SUBN_LID, turn, another_gid);
}

static void connects(void)
{
	for (;;)
		chan_free(session(WIRE_CLASS_PERF));
}

/* Full rings, all closed at once. */
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
		control(CHAN_KIND_PORT_QUERY, CHAN_KIND_PORT_QUERY, 0);
	else if (!strcmp(kind, "pkey-query"))
		control(CHAN_KIND_PKEY_QUERY, CHAN_KIND_PKEY_QUERY, 0);
	else if (!strcmp(kind, "register"))
		control(CHAN_KIND_REGISTER, CHAN_KIND_UNREGISTER, 0);
	else if (!strcmp(kind, "client"))
		control(CHAN_KIND_CLIENT_OPEN, CHAN_KIND_CLIENT_CLOSE, 1);
	else if (!strcmp(kind, "collide"))
		collisions();
	else if (!strcmp(kind, "connect"))
		connects();
	else if (!strcmp(kind, "hang-up"))
		hangups();
	fprintf(stderr,
		"usage: bench_flood port-query|pkey-query|register|client|collide|connect|hang-up "
		"[SOCKET]\n");
	return 2;
}
