/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opens many sessions on guests' sockets and keeps them idle until standard input ends.
 *
 * usage: bench_sessions COUNT SOCKET...
 * prints: "attached TOTAL" when COUNT sessions on each socket have a client
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/session.h"
#include "wire/mad.h"

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
			struct chan *chan; /* open until the end */
			int err = session_open(argv[s], WIRE_CLASS_SA, &chan);

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
