/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The local channel alone: a host returns each slot, a guest waits for it. The gateway and the fabric add
 * the rest of a request's time. tests/xen/bench_echo_xen.c is the same between two domains.
 *
 * usage: bench_echo IN_FLIGHT COUNT
 * prints: ROUND_TRIPS_PER_SECOND
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/local.h"
#include "tests/bench/echo.h"
#include "tests/patience.h"

#define SLOTS 128

static void host(int sock)
{
	struct chan *chan;
	struct echo echo;

	if (chan_local_host_new(sock, SLOTS, &chan) ||
	    echo_init(&echo, chan, chan_local_socket(chan)))
		_exit(1);
	echo_serve(&echo);
	chan_free(chan);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct chan *chan;
	struct echo echo;
	int sock[2];
	double start;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_echo IN_FLIGHT COUNT\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock)) {
		perror("bench_echo: socketpair");
		return 1;
	}
	pid = fork();
	if (!pid) {
		close(sock[0]);
		host(sock[1]);
	}
	close(sock[1]);
	if (pid < 0 || chan_local_guest_new(sock[0], TEST_PATIENCE_MS, &chan) ||
	    echo_init(&echo, chan, chan_local_socket(chan))) {
		fprintf(stderr, "bench_echo: no channel\n");
		return 1;
	}
	start = echo_seconds();
	if (echo_ping(&echo, strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0))) {
		fprintf(stderr, "bench_echo: no answer\n");
		return 1;
	}
	printf("%.0f\n", (double)strtoull(argv[2], NULL, 0) / (echo_seconds() - start));
	chan_free(chan);
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
