// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The process that a lab depends on: the first of a pid namespace, with its own mount, network and ipc
 * namespaces. When it ends, the kernel ends every process of the lab and removes its mounts and sockets.
 *
 * anchor FILE SETUP [ARGUMENT...]
 *
 * writes the pid and the start time (field 22 of /proc/PID/stat) of the first process, as seen by the
 * caller, to FILE, and runs SETUP inside the namespaces. If SETUP exits with 0, returns 0 and the first
 * process stays and reaps. Otherwise, or if the caller is killed meanwhile, the namespaces end.
 *
 * Mounts must not propagate to the caller. In a plain chroot "/" is no mount point and cannot be made
 * private, so the anchor leaves to the real root of its namespace, makes that private and pivots back into
 * the chroot's directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "anchor: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* From a plain chroot to the real root of this mount namespace. */
static void root_leave(void)
{
	/* With a new root below the working directory, ".." no longer stops at the old root. */
	if (chdir("/") || chroot("/usr"))
		die("chroot");
	for (int depth = 0; depth < 256; depth++) {
		if (chdir(".."))
			die("chdir");
	}
	if (chroot("."))
		die("chroot");
}

/* Makes `dir` a mount and the root of this mount namespace. */
static void root_enter(int dir)
{
	int tree = open_tree(dir, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);

	if (tree < 0)
		die("open_tree");
	if (move_mount(tree, "", dir, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		die("move_mount");
	if (fchdir(tree))
		die("fchdir");
	if (syscall(SYS_pivot_root, ".", ".") == 0) {
		if (umount2(".", MNT_DETACH))
			die("umount2");
	} else if (chroot(".")) { /* the real root is an initramfs */
		die("chroot");
	}
	if (chdir("/"))
		die("chdir");
	close(tree);
}

static void mounts_make_private(void)
{
	int dir;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return;
	if (errno != EINVAL)
		die("cannot make mounts private");
	dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		die("/");
	root_leave();
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("cannot make mounts private");
	root_enter(dir);
	close(dir);
}

static void null_onto(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, fd) < 0)
		die("/dev/null");
	close(null);
}

/* Runs the command; its exit status, 128 and the signal when it was killed. */
static int run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execvp(argv[0], argv);
		die(argv[0]);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			die("waitpid");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The first process of the namespace: does not return. */
static void anchor(char **argv, int ready)
{
	unsigned char status;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl");
	setsid();
	null_onto(STDIN_FILENO);
	status = (unsigned char)run(argv);
	prctl(PR_SET_PDEATHSIG, 0);
	if (write(ready, &status, 1) != 1 || status != 0)
		exit(1);
	close(ready);
	null_onto(STDOUT_FILENO);
	null_onto(STDERR_FILENO);
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps from now on */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	for (;;)
		pause();
}

static unsigned long long start_time(pid_t pid)
{
	unsigned long long value = 0;
	char path[64], stat[1024], *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(stat, sizeof(stat), f))
		die(path);
	fclose(f);
	/* After the name, which may contain anything: fields from 3. */
	p = strrchr(stat, ')');
	for (int field = 3; p && field <= 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		value = strtoull(p, NULL, 10);
	return value;
}

/* Written atomically: `lab down` may read it at any time. */
static void record(const char *file, pid_t pid)
{
	char new[4096];
	FILE *f;

	snprintf(new, sizeof(new), "%s.new", file);
	f = fopen(new, "we");
	if (!f || fprintf(f, "%d %llu\n", (int)pid, start_time(pid)) < 0 || fclose(f) ||
	    rename(new, file))
		die(file);
}

int main(int argc, char **argv)
{
	unsigned char status = 1;
	int ready[2];
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: anchor FILE SETUP [ARGUMENT...]\n");
		return 2;
	}
	/* The lab must not keep the caller's locks or pipes open. */
	close_range(3, ~0U, 0);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC))
		die("cannot make namespaces (root needed)");
	mounts_make_private();
	if (pipe2(ready, O_CLOEXEC))
		die("pipe2");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		close(ready[0]);
		anchor(argv + 2, ready[1]);
	}
	close(ready[1]);
	record(argv[1], pid);
	while (read(ready[0], &status, 1) < 0 && errno == EINTR)
		;
	if (status != 0) {
		waitpid(pid, NULL, 0);
		return status;
	}
	return 0;
}
