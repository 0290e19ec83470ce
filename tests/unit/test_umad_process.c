/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Callers of libibumad: forked children, several threads, cancelled and stopped ones. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-umad/umad_lib.h"
#include "tests/unit/test.h"
#include "tests/unit/umad_fixture.h"

static int child_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(a_forked_child_has_an_attachment_of_its_own)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	pid_t pid;

	fake.echo = true;
	assert_int_equal(exchange(port, agent, 1), 0);
	pid = fork();
	if (!pid) {
		int r = exchange(port, agent, 2);

		/* one open by the parent, one by the child; files and agents registered again */
		_exit(r || fake.opens != 2 || fake.registered != 2 || fake.clients_opened != 2);
	}
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(exchange(port, agent, 3), 0);
	assert_int_equal(fake.opens, 1);
}

TEST_F(what_the_parent_asked_is_not_answered_to_the_child)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	pid_t pid;

	fake.echo = true;
	assert_int_equal(get_send(port, agent, 4, 10000), 0);
	pid = fork();
	if (!pid)
		_exit(umad_recv(port, umad_of(&b), &len, 0) != -EWOULDBLOCK);
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
}

TEST_F(a_child_that_closed_the_descriptors_keeps_its_own)
{
	int port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	fake.echo = true;
	pid = fork();
	if (!pid) {
		dup2(null, port);
		_exit(!get_send(port, agent, 5, 1000) || read(port, &null, 1) != 0);
	}
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(exchange(port, agent, 6), 0);
	close(null);
}

struct asker {
	pthread_t thread;
	int port;
	int agent;
	uint32_t first_tid;
	uint32_t rounds;
	unsigned int wrong;
};

static void *ask_many(void *arg)
{
	struct asker *a = arg;
	struct buffer b;
	int len;

	for (uint32_t i = 0; i < a->rounds; i++) {
		if (get_send(a->port, a->agent, a->first_tid + i, 10000))
			a->wrong++;
		len = sizeof(b.mad);
		/* on a shared port it may be the other's answer; each arrives once */
		if (umad_recv(a->port, umad_of(&b), &len, FOREVER) < 0 || umad_status(umad_of(&b)))
			a->wrong++;
	}
	return NULL;
}

static void run_askers(struct asker *a, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(pthread_create(&a[i].thread, NULL, ask_many, &a[i]), 0);
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(a[i].thread, NULL);
		assert_int_equal(a[i].wrong, 0);
	}
}

TEST_F(two_threads_on_one_port_get_every_answer)
{
	struct asker a[2] = {{.first_tid = 1, .rounds = 3000},
			     {.first_tid = 100001, .rounds = 3000}};
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);

	fake.echo = true;
	a[0].port = a[1].port = port;
	a[0].agent = a[1].agent = agent;
	run_askers(a, 2);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, 0), -EWOULDBLOCK);
}

TEST_F(two_threads_on_two_ports_get_their_answers)
{
	struct asker a[2] = {{.first_tid = 1, .rounds = 3000}, {.first_tid = 1, .rounds = 3000}};

	fake.echo = true;
	fake.two_ports = true;
	for (int i = 0; i < 2; i++) {
		a[i].port = open_port(1 + i);
		a[i].agent = open_agent(a[i].port, WIRE_CLASS_PERF);
	}
	run_askers(a, 2);
	umad_close_port(a[0].port);
	umad_close_port(a[1].port);
}

static void *wait_for_one(void *arg)
{
	struct buffer b;
	int len = sizeof(b.mad);

	pthread_cleanup_push(frames_are_left, NULL);
	umad_recv(*(int *)arg, umad_of(&b), &len, FOREVER);
	pthread_cleanup_pop(false);
	return NULL;
}

TEST_F(a_waiting_thread_can_be_cancelled)
{
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1), agent = open_agent(port, WIRE_CLASS_PERF);
	pthread_t thread;
	void *how;

	assert_int_equal(pthread_create(&thread, NULL, wait_for_one, &port), 0);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &how), 0);
	assert_ptr_equal(how, PTHREAD_CANCELED);
	/* the lock is free */
	fake.echo = true;
	assert_int_equal(get_send(port, agent, 1, 1000), 0);
	assert_int_equal(umad_recv(port, umad_of(&b), &len, FOREVER), agent);
}

static char state_of(pid_t pid)
{
	char path[40], line[200];
	FILE *f;
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, pid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	end = strrchr(line, ')');
	return end ? end[2] : 0;
}

static int told; /* a pipe's end */

static void *feed_when_told(void *arg)
{
	struct chan_slot s = {.kind = CHAN_KIND_RECV};
	char byte;

	s.mad[0] = 1;
	s.mad[1] = WIRE_CLASS_PERF;
	s.mad[2] = 1;
	s.mad[3] = WIRE_METHOD_GET;
	if (read(told, &byte, 1) == 1) {
		struct gumad_guard guard = gumad_lock();

		fake_feed(&s);
		gumad_unlock(guard);
	}
	return NULL;
}

/* In a process of its own: 0 if the wait ends with the pipe's data. */
static int wait_to_be_told(void)
{
	long get[16 / sizeof(long)] = {1 << WIRE_METHOD_GET};
	struct buffer b;
	int len = sizeof(b.mad), port = open_port(1);
	pthread_t feeder;

	if (umad_register(port, WIRE_CLASS_PERF, 1, 0, get) < 0 ||
	    pthread_create(&feeder, NULL, feed_when_told, NULL))
		return 1;
	if (umad_recv(port, umad_of(&b), &len, FOREVER) < 0)
		return 1;
	return pthread_join(feeder, NULL);
}

/* As at a save and restore of the guest: the kernel stops processes in the same way. */
TEST_F(who_is_stopped_and_continued_goes_on_waiting)
{
	int fd[2], status;
	pid_t pid;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	told = fd[0];
	pid = fork();
	if (pid == 0)
		_exit(wait_to_be_told());
	while (state_of(pid) != 'S')
		;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(write(fd[1], "", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd[0]);
	close(fd[1]);
}

static void *poll_for_ever(void *arg)
{
	pthread_cleanup_push(frames_are_left, NULL);
	for (;;) {
		umad_poll(*(int *)arg, 0);
		pthread_testcancel();
	}
	pthread_cleanup_pop(false);
	return NULL;
}

TEST_F(a_cancelled_thread_leaves_the_lock_free)
{
	char path[64];
	int port = open_port(1);
	pthread_t thread;

	/* with an issm file there is a read() under the lock, which is a cancellation point */
	assert_int_equal(umad_get_issm_path("fake0", 1, path, sizeof(path)), 0);
	assert_int_equal(pthread_create(&thread, NULL, poll_for_ever, &port), 0);
	for (int i = 0; i < 100; i++)
		umad_poll(port, 0);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
}
