/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Holds a guest's end of a channel through saves and restores: makes one, waits until it must be
 * given up, frees it, and so on. Nobody needs to be at the other end.
 *
 * usage: chan_hold TIMES	(in a guest)
 * prints: "port N" for each channel, and "given up" when it was; then it ends.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/xen.h"

#define SLOTS CHAN_RING_SLOTS_DEFAULT

static int hold_one(void)
{
	uint32_t ref[CHAN_XEN_REFS(SLOTS)], port;
	struct pollfd bell = {.events = POLLIN};
	struct chan *chan;
	int err = chan_xen_guest_new(0, SLOTS, &chan, ref, &port);

	if (err)
		return err;
	printf("port %u\n", port);
	fflush(stdout);
	bell.fd = chan_bell(chan);
	while ((err = chan_sleep_ok(chan)) >= 0)
		poll(&bell, 1, -1);
	chan_free(chan);
	return err;
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

		if (err != -EPIPE) {
			fprintf(stderr, "chan_hold: %s\n", strerror(-err));
			return 1;
		}
		printf("given up\n");
		fflush(stdout);
	}
	return 0;
}
