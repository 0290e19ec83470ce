/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The holder (channel/evtchn_holder.h) with pipes instead of ports: the reader sees when the last writer is
 * closed. A shared page replaces kernel and guest; each owner is a process of its own, and the test is the
 * subreaper of holders whose owner has ended.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/evtchn_holder.h"
#include "tests/unit/test.h"

#define TEST_F(name) TEST_OVER(setup, teardown, name, void *no_state)

enum { PORTS = 16, FILES = 4 };

static struct {
	atomic_bool known[PORTS]; /* by the kernel */
	atomic_int asked; /* number of queries */
} * kernel;

/* File i: the owner has writer[i], the test reader[i]. */
static int reader[FILES], writer[FILES];

bool chan_xen_port_is_known(uint32_t port, uint32_t domid)
{
	kernel->asked++;
	return kernel->known[port];
}

static int setup(void **state)
{
	if (!kernel)
		kernel = mmap(NULL, sizeof(*kernel), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(kernel, MAP_FAILED);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (int i = 0; i < PORTS; i++)
		kernel->known[i] = true;
	kernel->asked = 0;
	for (int i = 0; i < FILES; i++) {
		int fd[2];

		assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
		reader[i] = fd[0];
		writer[i] = fd[1];
	}
	return 0;
}

/* A holder that stays becomes a child of the test when its owner has ended. */
static int teardown(void **state)
{
	for (int i = 0; i < FILES; i++)
		close(reader[i]);
	return 0;
}

/* Runs `does` as owner in a process, which is then killed. */
static pid_t owner_begin(void (*does)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		does();
		raise(SIGKILL);
	}
	for (int i = 0; i < FILES; i++)
		close(writer[i]);
	return pid;
}

static void owner_ended(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Waits until every writer is closed. */
static void is_closed(int i)
{
	struct pollfd p = {.fd = reader[i], .events = POLLIN};

	assert_int_equal(poll(&p, 1, -1), 1);
	assert_true(p.revents & POLLHUP);
}

static void is_open(int i)
{
	struct pollfd p = {.fd = reader[i], .events = POLLIN};

	assert_int_equal(poll(&p, 1, 0), 0);
}

static void holder_ends(void)
{
	int status;

	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The state of our only child in /proc, or 0; and its pid. */
static char child_state(pid_t *ret_pid)
{
	char path[300], line[200], state = 0;
	struct dirent *d;
	DIR *proc = opendir("/proc");

	assert_non_null(proc);
	while ((d = readdir(proc))) {
		FILE *f;
		char its;
		int parent;

		snprintf(path, sizeof(path), "/proc/%s/stat", d->d_name);
		f = d->d_name[0] >= '1' && d->d_name[0] <= '9' ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		if (fgets(line, sizeof(line), f) && strrchr(line, ')') &&
		    sscanf(strrchr(line, ')'), ") %c %d", &its, &parent) == 2 &&
		    parent == getpid()) {
			state = its;
			*ret_pid = atoi(d->d_name);
		}
		fclose(f);
	}
	closedir(proc);
	return state;
}

/* The holder sleeps and its socket is closed, so it receives nothing more. */
static void holder_stays(void)
{
	char path[40];
	pid_t pid;
	int status;

	do
		assert_int_not_equal(child_state(&pid), 0);
	while (snprintf(path, sizeof(path), "/proc/%d/fd/0", pid) < 0 || access(path, F_OK) == 0 ||
	       child_state(&pid) != 'S');
	assert_int_equal(kill(pid, SIGTERM), 0); /* which it ignores */
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void keep(int i)
{
	if (chan_evtchn_hold(writer[i]))
		_exit(1);
}

static void hold_port(int i, uint32_t port)
{
	keep(i);
	chan_evtchn_holder_port(writer[i], port, 0);
}

static void done(int i)
{
	close(writer[i]);
	chan_evtchn_holder_end(writer[i]);
}

/* Save and restore by kernel and guest. */
static void restore(void)
{
	for (int i = 0; i < PORTS; i++)
		kernel->known[i] = false;
}

/* --- the owner --- */

static void dies(void)
{
	hold_port(0, 1);
	hold_port(1, 2);
}

TEST_F(an_owner_that_is_killed_leaves_no_port_behind)
{
	owner_ended(owner_begin(dies));
	holder_ends();
	for (int i = 0; i < FILES; i++)
		is_closed(i);
	assert_int_equal(kernel->asked, 2);
}

static void is_restored_and_dies(void)
{
	dies();
	restore();
}

/* The case that nothing else covers: restored, and killed before it noticed. */
TEST_F(an_owner_that_is_killed_after_a_restore_closes_nothing)
{
	owner_ended(owner_begin(is_restored_and_dies));
	is_closed(2);
	is_open(0);
	is_open(1);
	holder_stays();
}

static void dies_while_it_binds(void)
{
	keep(0);
}

TEST_F(a_file_of_which_nobody_knows_whether_it_has_a_port_is_not_closed)
{
	owner_ended(owner_begin(dies_while_it_binds));
	is_closed(1);
	is_open(0);
	holder_stays();
}

static void closes(void)
{
	hold_port(0, 1);
	keep(1);
	done(0);
	done(1);
	is_closed(0);
	is_closed(1);
	hold_port(2, 1);
	done(2);
	is_closed(2);
}

TEST_F(what_its_owner_closes_is_closed)
{
	owner_ended(owner_begin(closes));
	holder_ends();
	assert_int_equal(kernel->asked, 2); /* a file that never had a port needs no query */
}

static void finds_it_void(void)
{
	hold_port(0, 1);
	kernel->known[1] = false;
	chan_evtchn_holder_void(writer[0]);
	kernel->known[1] = true; /* the number belongs to another port by now */
	done(0);
	hold_port(1, 2);
	done(1);
	is_closed(1);
}

TEST_F(a_void_port_is_never_closed)
{
	owner_ended(owner_begin(finds_it_void));
	is_closed(2);
	is_open(0);
	holder_stays();
}

static void has_a_number_twice(void)
{
	hold_port(0, 1);
	hold_port(1, 1);
	done(1);
	is_closed(1);
}

TEST_F(of_two_ports_with_one_number_the_older_is_void)
{
	owner_ended(owner_begin(has_a_number_twice));
	is_closed(1);
	is_open(0);
	holder_stays();
}

static void is_restored_in_between(void)
{
	hold_port(0, 1);
	restore();
	done(0); /* it had not noticed */
}

TEST_F(a_restore_just_before_the_close_is_noticed_by_the_holder)
{
	owner_ended(owner_begin(is_restored_in_between));
	is_closed(1);
	is_open(0);
	holder_stays();
}

static void loses_its_holder(void)
{
	pid_t pid = 0;

	hold_port(0, 1);
	hold_port(1, 2);
	chan_evtchn_holder_void(writer[1]);
	done(1);
	child_state(&pid);
	kill(pid, SIGKILL);
	while (child_state(&pid) != 'Z')
		;
	hold_port(2, 3);
	restore();
}

TEST_F(a_holder_that_is_killed_is_replaced)
{
	owner_ended(owner_begin(loses_its_holder));
	is_closed(3);
	for (int i = 0; i < 3; i++)
		is_open(i);
	holder_stays();
}

static void has_too_many(void)
{
	int fd[1000], n = 0;

	do
		fd[n] = dup(writer[0]);
	while (!chan_evtchn_hold(fd[n]) && ++n < 1000);
	if (n == 1000)
		_exit(1);
	close(fd[n]);
	while (n--) {
		close(fd[n]);
		chan_evtchn_holder_end(fd[n]);
	}
	hold_port(1, 1);
}

TEST_F(more_files_than_it_can_have_are_refused)
{
	owner_ended(owner_begin(has_too_many));
	holder_ends();
	is_closed(1);
}
