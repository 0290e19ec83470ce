/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One keeper at a time has them all: a new one is born before the old one is killed, whose
 * descriptors are not the last ones then. The caller has a lock.
 */
#include "channel/xen_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The @ is how a process asks systemd to be left alone when the system goes down. */
#define NAME "@ibgate-keeper"
#define KEEP_MAX 256 /* restores in the life of a process; more are not survived by its end */

static int kept[KEEP_MAX]; /* ascending */
static unsigned int count;
static pid_t keeper;

static void remember(int fd)
{
	unsigned int i = count++;

	for (; i > 0 && kept[i - 1] > fd; i--)
		kept[i] = kept[i - 1];
	kept[i] = fd;
}

/* In the child, between fork() and its end: system calls only. */
static _Noreturn void keep_for_good(void)
{
	unsigned int from = 0;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Whoever kills our parent by its name does not mean this one. */
	prctl(PR_SET_NAME, &NAME[1]);
	strncpy(program_invocation_name, NAME, strlen(program_invocation_name));
	setsid();
	for (unsigned int i = 0; i < count; i++) {
		if ((unsigned int)kept[i] > from)
			close_range(from, (unsigned int)kept[i] - 1, 0);
		from = (unsigned int)kept[i] + 1;
	}
	close_range(from, ~0U, 0);
	for (;;)
		pause();
}

void chan_xen_keep(int fd)
{
	pid_t old = keeper;
	int copy;

	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0 || count == KEEP_MAX)
		return; /* nothing helps then; the copy, if there is one, still does while we live */
	remember(copy);
	keeper = fork();
	if (keeper == 0)
		keep_for_good();
	if (keeper > 0 && old > 0) {
		kill(old, SIGKILL);
		waitpid(old, NULL, 0);
	}
	if (keeper < 0)
		keeper = old;
}
