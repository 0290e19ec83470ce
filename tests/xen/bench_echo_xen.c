/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bench_echo between two domains: dom0 returns each slot, a guest waits for it.
 *
 * usage: bench_echo_xen host GUEST_DOMID NAME	in dom0; ends with the guest's program
 * bench_echo_xen guest NAME IN_FLIGHT COUNT	in the guest
 * prints (guest): ROUND_TRIPS_PER_SECOND DOORBELLS_RUNG
 * prints (host): DOORBELLS_RUNG
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/echo.h"
#include "tests/xen/meet.h"

#define SLOTS CHAN_RING_SLOTS_DEFAULT

static int fail(const char *what, int err)
{
	fprintf(stderr, "bench_echo_xen: %s: %s\n", what, strerror(-err));
	return 1;
}

static int host(uint32_t domid, const char *name)
{
	struct chan_xen_peer peer = {.domid = domid, .slots = SLOTS};
	struct chan *chan;
	struct meet meet;
	struct echo echo;
	int err = meet_wait(domid, name, &meet);

	if (err)
		return fail("no guest", err);
	peer.refs = meet.refs;
	peer.ref = meet.ref;
	peer.port = meet.port;
	err = chan_xen_host_new(&peer, &chan);
	if (err)
		return fail("no channel", err);
	err = echo_init(&echo, chan, -1);
	if (!err)
		err = echo_serve(&echo);
	printf("%" PRIu64 "\n", chan->rung);
	chan_free(chan);
	return err ? fail("no end", err) : 0;
}

static int guest(const char *name, uint64_t in_flight, uint64_t count)
{
	struct meet meet = {.refs = CHAN_XEN_REFS(SLOTS)};
	struct chan *chan;
	struct echo echo;
	double start;
	int err = chan_xen_guest_new(0, SLOTS, &chan, meet.ref, &meet.port);

	if (err)
		return fail("no channel", err);
	err = echo_init(&echo, chan, -1);
	if (!err)
		err = meet_publish(name, &meet);
	if (!err)
		err = echo_ping(&echo, 1, 1); /* both have connected */
	start = echo_seconds();
	chan->rung = 0;
	if (!err)
		err = echo_ping(&echo, in_flight, count);
	if (!err)
		printf("%.0f %" PRIu64 "\n", (double)count / (echo_seconds() - start), chan->rung);
	echo_end(&echo);
	chan_free(chan);
	return err ? fail("no answer", err) : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "host"))
		return host((uint32_t)strtoul(argv[2], NULL, 0), argv[3]);
	if (argc == 5 && !strcmp(argv[1], "guest"))
		return guest(argv[2], strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
	fprintf(stderr, "usage: bench_echo_xen host GUEST_DOMID NAME\n"
			"       bench_echo_xen guest NAME IN_FLIGHT COUNT\n");
	return 2;
}
