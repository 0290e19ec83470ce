/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine's own cost of a wake-up and of a context switch: two processes alternate, on one processor
 * and on two. No request through the gateway costs less than its wake-ups.
 *
 * usage: bench_wake [ROUNDS]
 * prints lines: WAY ONE
 * TWO
 * ANY MICROSECONDS, per switch
 */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <signal.h>

#include "tests/bench/echo.h"

static int event[2], sock[2];
static uint32_t *turn; /* shared: the side whose turn it is */

static void event_give(int side)
{
	uint64_t one = 1;

	if (write(event[!side], &one, sizeof(one)) < 0)
		exit(1);
}

static void event_take(int side)
{
	uint64_t count;

	if (read(event[side], &count, sizeof(count)) < 0)
		exit(1);
}

static void sock_give(int side)
{
	if (send(sock[side], "", 1, MSG_NOSIGNAL) < 0)
		exit(1);
}

static void sock_take(int side)
{
	char byte;

	if (recv(sock[side], &byte, 1, 0) <= 0)
		exit(1);
}

static void futex_give(int side)
{
	__atomic_store_n(turn, (uint32_t)!side, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void futex_take(int side)
{
	while (__atomic_load_n(turn, __ATOMIC_SEQ_CST) != (uint32_t)side)
		syscall(SYS_futex, turn, FUTEX_WAIT, (uint32_t)!side, NULL, NULL, 0);
}

/* No side sleeps: measures the context switch alone. Only meaningful on one processor. */
static void yield_give(int side)
{
	__atomic_store_n(turn, (uint32_t)!side, __ATOMIC_SEQ_CST);
}

static void yield_take(int side)
{
	while (__atomic_load_n(turn, __ATOMIC_SEQ_CST) != (uint32_t)side)
		sched_yield();
}

static const struct way {
	const char *name;
	void (*give)(int side), (*take)(int side);
} ways[] = {
	{"eventfd", event_give, event_take},
	{"socket", sock_give, sock_take},
	{"futex", futex_give, futex_take},
	{"yield", yield_give, yield_take},
};

static void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		exit(1);
}

/* In a process of its own, since it may pin itself. */
static void measure(const struct way *way, const char *where, int here, int there, int rounds)
{
	pid_t parent, child;
	double start = 0;

	if ((parent = fork()) != 0) {
		waitpid(parent, NULL, 0);
		return;
	}
	*turn = 0;
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(there);
		for (;;) {
			way->take(1);
			way->give(1);
		}
	}
	pin(here);
	for (int i = -rounds / 10; i < rounds; i++) { /* negative: warm-up */
		if (!i)
			start = echo_seconds();
		way->give(0);
		way->take(0);
	}
	printf("%s %s %.2f\n", way->name, where, (echo_seconds() - start) * 1e6 / rounds / 2);
	fflush(stdout);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	_exit(0);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 0) : 20000, cpu[2] = {-1, -1}, cpus = 0;
	cpu_set_t allowed;

	turn = mmap(NULL, sizeof(*turn), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	event[0] = eventfd(0, EFD_CLOEXEC);
	event[1] = eventfd(0, EFD_CLOEXEC);
	if (rounds < 10 || turn == MAP_FAILED || event[0] < 0 || event[1] < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) ||
	    sched_getaffinity(0, sizeof(allowed), &allowed)) {
		perror("bench_wake");
		return 1;
	}
	for (int i = 0; i < CPU_SETSIZE && cpus < 2; i++)
		if (CPU_ISSET(i, &allowed))
			cpu[cpus++] = i;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		measure(&ways[i], "one", cpu[0], cpu[0], rounds);
		if (ways[i].take == yield_take)
			continue;
		if (cpus == 2)
			measure(&ways[i], "two", cpu[0], cpu[1], rounds);
		measure(&ways[i], "any", -1, -1, rounds);
	}
	return 0;
}
