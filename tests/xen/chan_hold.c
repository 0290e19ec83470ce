/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holds a guest's end of a channel through a save and restore: makes one, waits for a signal, frees
 * it, and so on. Nobody needs to be at the other end.
 *
 * usage: chan_hold TIMES	(in a guest)
 * prints: "port N" for each channel; SIGUSR1 ends it, and it prints "freed".
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/xen.h"

#define SLOTS CHAN_RING_SLOTS_DEFAULT

static int hold_one(void)
{
	uint32_t ref[CHAN_XEN_REFS(SLOTS)], port;
	struct chan *chan;
	sigset_t usr1;
	int sig;
	int err;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	err = chan_xen_guest_new(0, SLOTS, &chan, ref, &port);
	if (err)
		return err;
	printf("port %u\n", port);
	fflush(stdout);
	sigwait(&usr1, &sig);
	chan_kick(chan);
	chan_sleep_ok(chan);
	chan_free(chan);
	printf("freed\n");
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long times = argc == 2 ? strtoul(argv[1], NULL, 0) : 0;

	if (!times) {
		fprintf(stderr, "usage: chan_hold TIMES\n");
		return 2;
	}
	while (times--) {
		int err = hold_one();

		if (err) {
			fprintf(stderr, "chan_hold: %s\n", strerror(-err));
			return 1;
		}
	}
	return 0;
}
