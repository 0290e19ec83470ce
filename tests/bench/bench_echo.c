/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bare channel: a host that puts each slot back, a guest that waits for it. What a request
 * through the gateway takes longer than this is the gateway and the fabric.
 *
 * usage: bench_echo IN_FLIGHT COUNT
 * prints: ROUND_TRIPS_PER_SECOND
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel/local.h"

#define SLOTS 128
#define WAIT_MS 10000

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Until there is something to take, or the peer is gone. */
static int wait_for(struct chan_local *chan)
{
	struct pollfd fd[2] = {{.fd = chan_local_bell(chan), .events = POLLIN},
			       {.fd = chan_local_socket(chan), .events = POLLIN}};

	if (chan_local_sleep_ok(chan) != 1)
		return 0;
	if (poll(fd, 2, WAIT_MS) <= 0)
		return -ETIMEDOUT;
	return fd[1].revents & (POLLHUP | POLLERR) ? -ENOTCONN : 0;
}

static void echo(int sock)
{
	struct chan_local *chan;
	struct chan_slot slot;

	if (chan_local_host_new(sock, SLOTS, &chan))
		_exit(1);
	for (;;) {
		int got = chan_local_take(chan, &slot);

		if (got > 0) {
			chan_local_put(chan, &slot);
			continue;
		}
		chan_local_kick(chan);
		if (got < 0 || wait_for(chan))
			break;
		/* the bell is a counter; reading it is what the guest's end does by itself */
		if (chan_local_bell(chan) != chan_local_socket(chan)) {
			uint64_t ignored;

			if (read(chan_local_bell(chan), &ignored, sizeof(ignored)) < 0 &&
			    errno != EAGAIN)
				break;
		}
	}
	chan_local_free(chan);
	_exit(0);
}

static int ping(struct chan_local *chan, uint64_t in_flight, uint64_t count)
{
	struct chan_slot slot = {.kind = 1};
	uint64_t sent = 0, received = 0;

	while (received < count) {
		while (sent < count && sent - received < in_flight &&
		       chan_local_put(chan, &slot) == 1)
			sent++;
		chan_local_kick(chan);
		if (chan_local_take(chan, &slot) == 1)
			received++;
		else if (wait_for(chan))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct chan_local *chan;
	int sock[2];
	double start;
	pid_t host;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_echo IN_FLIGHT COUNT\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock)) {
		perror("bench_echo: socketpair");
		return 1;
	}
	host = fork();
	if (!host) {
		close(sock[0]);
		echo(sock[1]);
	}
	close(sock[1]);
	if (host < 0 || chan_local_guest_new(sock[0], WAIT_MS, &chan)) {
		fprintf(stderr, "bench_echo: no channel\n");
		return 1;
	}
	start = seconds();
	if (ping(chan, strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0))) {
		fprintf(stderr, "bench_echo: no answer\n");
		return 1;
	}
	printf("%.0f\n", (double)strtoull(argv[2], NULL, 0) / (seconds() - start));
	chan_local_free(chan);
	return waitpid(host, NULL, 0) == host ? 0 : 1;
}
