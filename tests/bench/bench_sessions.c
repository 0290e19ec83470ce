/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches many sessions to guests' sockets and holds them, idle, until its input ends.
 *
 * usage: bench_sessions COUNT SOCKET...
 * prints: "attached TOTAL" when COUNT at each socket have said hello and opened a client
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channel/local.h"
#include "wire/mad.h"

#define WAIT_MS 5000

/* The answer to one control slot; 0 or -errno. */
static int ask(struct chan *chan, uint8_t kind, const void *body, size_t len)
{
	struct pollfd fd = {.fd = chan_bell(chan), .events = POLLIN};
	struct chan_slot slot = {.kind = kind};
	int got;

	memcpy(slot.mad, body, len);
	if (chan_put(chan, &slot) != 1)
		return -EPROTO;
	chan_kick(chan);
	while ((got = chan_take(chan, &slot)) == 0) {
		if (chan_sleep_ok(chan) != 1)
			continue;
		if (poll(&fd, 1, WAIT_MS) <= 0)
			return -ETIMEDOUT;
	}
	if (got < 0)
		return got;
	return slot.kind == kind + 1 && !slot.status ? 0 : -EPROTO;
}

static int attach(const char *path)
{
	struct chan_hello hello = {.magic = CHAN_ABI_MAGIC, .version_min = 1, .version_max = 1};
	struct chan_register reg = {.mgmt_class = WIRE_CLASS_SA, .mgmt_class_version = 2};
	struct chan *chan;
	int err = chan_local_connect(path, WAIT_MS, &chan);

	if (!err)
		err = ask(chan, CHAN_KIND_HELLO, &hello, sizeof(hello));
	if (!err)
		err = ask(chan, CHAN_KIND_CLIENT_OPEN, &hello, 0);
	if (!err)
		err = ask(chan, CHAN_KIND_REGISTER, &reg, sizeof(reg));
	return err; /* the channel stays open until we end */
}

int main(int argc, char **argv)
{
	struct rlimit files = {1 << 20, 1 << 20};
	int count, total = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_sessions COUNT SOCKET...\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	count = (int)strtol(argv[1], NULL, 0);
	for (int s = 2; s < argc; s++) {
		for (int i = 0; i < count; i++, total++) {
			int err = attach(argv[s]);

			if (err) {
				fprintf(stderr, "bench_sessions: session %d at %s: %s\n", i,
					argv[s], strerror(-err));
				return 1;
			}
		}
	}
	printf("attached %d\n", total);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
