// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The server's side: a process for each connection, which runs the command in its own session.
 *
 * When the command ends, its status is sent after the rest of its output; its background processes
 * continue. When the caller disconnects first, the command's process group gets SIGTERM, and SIGKILL
 * fifteen seconds later.
 *
 * Only PEER may call: domUs cannot use dom0's agent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/agent.h"

#define ARGUMENTS_MAX 4096
#define OUT_HIGH (4 * AGENT_CHUNK) /* with so much unsent output the pipes are not read */
#define COMMAND_PATIENCE_MS 15000

struct pipe_end {
	int fd; /* -1: closed */
	enum agent_frame kind;
	size_t left; /* after the command's end: the remaining bytes that may be its own */
};

struct job {
	struct agent_link link;
	char *argv[ARGUMENTS_MAX + 1];
	int argc;
	pid_t pid;
	int pidfd;
	int input; /* the command's stdin; -1: closed */
	bool input_ended;
	struct agent_store pending; /* input that the command has not taken yet */
	struct pipe_end output, error;
	bool ended;
	uint8_t status;
};

static char *text_of(const uint8_t *body, size_t length)
{
	char *text = strndup((const char *)body, length);

	if (!text)
		agent_die("memory");
	return text;
}

static void pipe_make(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		agent_die("pipe");
}

static void command_exec(struct job *job, int in, int out, int err)
{
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	setsid();
	signal(SIGPIPE, SIG_DFL);
	execvp(job->argv[0], job->argv);
	dprintf(STDERR_FILENO, "lab: %s: %s\n", job->argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void command_start(struct job *job)
{
	int in[2], out[2], err[2];

	if (!job->argc)
		exit(1);
	pipe_make(in);
	pipe_make(out);
	pipe_make(err);
	job->pid = fork();
	if (job->pid < 0)
		agent_die("fork");
	if (job->pid == 0)
		command_exec(job, in[0], out[1], err[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	job->pidfd = pidfd_open(job->pid, 0);
	if (job->pidfd < 0)
		agent_die("pidfd_open");
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	job->input = in[1];
	job->output = (struct pipe_end){.fd = out[0], .kind = AGENT_OUTPUT};
	job->error = (struct pipe_end){.fd = err[0], .kind = AGENT_ERROR};
}

static void input_close(struct job *job)
{
	if (job->input >= 0)
		close(job->input);
	job->input = -1;
}

static void input_ack(struct job *job, size_t length)
{
	uint8_t count[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16),
			    (uint8_t)(length >> 8), (uint8_t)length};

	agent_link_put(&job->link, AGENT_ACK, count, sizeof(count));
}

/* Passes as much input as the command takes. If it has closed its stdin, drops the input. */
static void input_feed(struct job *job)
{
	size_t before = agent_store_length(&job->pending);

	if (before && job->input >= 0 && agent_store_write(&job->pending, job->input) &&
	    errno != EAGAIN)
		input_close(job);
	if (job->input < 0)
		job->pending.begin = job->pending.end = 0;
	if (before > agent_store_length(&job->pending))
		input_ack(job, before - agent_store_length(&job->pending));
	if (job->input_ended && !agent_store_length(&job->pending))
		input_close(job);
}

static void signal_pass(const struct job *job, const uint8_t *body, size_t length)
{
	if (job->pid > 0 && !job->ended && length == 1 && body[0] > 0 && body[0] < NSIG)
		kill(-job->pid, body[0]);
}

static void argument_add(struct job *job, const uint8_t *body, size_t length)
{
	if (job->argc == ARGUMENTS_MAX)
		exit(1);
	job->argv[job->argc++] = text_of(body, length);
}

static void environment_add(const uint8_t *body, size_t length)
{
	char *text = text_of(body, length);

	if (strchr(text, '='))
		putenv(text);
}

static void directory_enter(const uint8_t *body, size_t length)
{
	char *text = text_of(body, length);

	(void)!chdir(text); /* otherwise it stays in "/" */
	free(text);
}

static void frame_handle(struct job *job, int kind, const uint8_t *body, size_t length)
{
	if (job->pid == 0) {
		switch (kind) {
		case AGENT_DIRECTORY:
			directory_enter(body, length);
			break;
		case AGENT_ENVIRONMENT:
			environment_add(body, length);
			break;
		case AGENT_ARGUMENT:
			argument_add(job, body, length);
			break;
		case AGENT_GO:
			command_start(job);
			break;
		default:
			exit(1);
		}
		return;
	}
	switch (kind) {
	case AGENT_INPUT:
		if (agent_store_length(&job->pending) + length > AGENT_WINDOW)
			exit(1);
		agent_store_put(&job->pending, body, length);
		break;
	case AGENT_INPUT_END:
		job->input_ended = true;
		break;
	case AGENT_SIGNAL:
		signal_pass(job, body, length);
		break;
	default:
		exit(1);
	}
}

/* Handles all received frames: false if the caller has disconnected. */
static bool frames_handle(struct job *job)
{
	const uint8_t *body;
	size_t length;
	int kind;

	if (!agent_link_read(&job->link))
		return false;
	while ((kind = agent_link_frame(&job->link, &body, &length)) != 0) {
		if (kind < 0)
			return false;
		frame_handle(job, kind, body, length);
	}
	if (job->pid)
		input_feed(job);
	return true;
}

static void pipe_read(struct job *job, struct pipe_end *end)
{
	uint8_t chunk[AGENT_CHUNK];
	size_t most = job->ended && end->left < sizeof(chunk) ? end->left : sizeof(chunk);
	ssize_t n = most ? read(end->fd, chunk, most) : 0;

	if (n < 0 && (errno == EINTR || (errno == EAGAIN && !job->ended)))
		return;
	if (n <= 0) {
		close(end->fd);
		end->fd = -1;
		return;
	}
	if (job->ended)
		end->left -= (size_t)n;
	agent_link_put(&job->link, end->kind, chunk, (size_t)n);
}

static size_t pipe_size(const struct pipe_end *end)
{
	int size = end->fd < 0 ? 0 : fcntl(end->fd, F_GETPIPE_SZ);

	return size > 0 ? (size_t)size : 65536;
}

static void command_ended(struct job *job)
{
	siginfo_t info = {0};

	if (waitid(P_PIDFD, (id_t)job->pidfd, &info, WEXITED) || info.si_pid == 0)
		return;
	job->ended = true;
	job->status = (uint8_t)(info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status);
	job->output.left = pipe_size(&job->output);
	job->error.left = pipe_size(&job->error);
	input_close(job);
}

/* The caller disconnected: ends the command. */
static void command_end(struct job *job)
{
	struct pollfd gone = {.fd = job->pidfd, .events = POLLIN};

	if (job->pid <= 0 || job->ended)
		return;
	/* A command that is blocked on its output must be able to end. */
	close(job->output.fd);
	close(job->error.fd);
	input_close(job);
	kill(-job->pid, SIGTERM);
	while (poll(&gone, 1, COMMAND_PATIENCE_MS) < 0 && errno == EINTR)
		;
	kill(-job->pid, SIGKILL);
}

/* One round; false if nothing is left to do for this caller. */
static bool job_step(struct job *job)
{
	enum { LINK, INPUT, OUTPUT, ERROR, PID, COUNT };
	bool roomy = agent_store_length(&job->link.out) < OUT_HIGH;
	bool waiting = agent_store_length(&job->pending) && job->input >= 0;
	struct pollfd p[COUNT] = {
		[LINK] = {.fd = job->link.fd, .events = POLLIN},
		[INPUT] = {.fd = waiting ? job->input : -1, .events = POLLOUT},
		[OUTPUT] = {.fd = roomy ? job->output.fd : -1, .events = POLLIN},
		[ERROR] = {.fd = roomy ? job->error.fd : -1, .events = POLLIN},
		[PID] = {.fd = job->ended ? -1 : job->pidfd, .events = POLLIN},
	};

	if (agent_store_length(&job->link.out))
		p[LINK].events |= POLLOUT;
	if (poll(p, COUNT, -1) < 0)
		return errno == EINTR;
	if (p[LINK].revents & ~POLLOUT && !frames_handle(job))
		return false;
	if (p[INPUT].revents)
		input_feed(job);
	if (p[PID].revents)
		command_ended(job);
	/* After the command's end others may hold its pipes open: read what is there, without waiting. */
	if (job->output.fd >= 0 && (p[OUTPUT].revents || (job->ended && roomy)))
		pipe_read(job, &job->output);
	if (job->error.fd >= 0 && (p[ERROR].revents || (job->ended && roomy)))
		pipe_read(job, &job->error);
	return agent_link_flush(&job->link);
}

static bool job_over(const struct job *job)
{
	return job->ended && job->output.fd < 0 && job->error.fd < 0;
}

/* Sends all that is left. */
static void job_finish(struct job *job)
{
	struct pollfd p = {.fd = job->link.fd, .events = POLLOUT};

	agent_link_put(&job->link, AGENT_EXIT, &job->status, 1);
	while (agent_link_flush(&job->link) && agent_store_length(&job->link.out))
		poll(&p, 1, -1);
}

static void connection_serve(int fd)
{
	static struct job job = {
		.pidfd = -1, .input = -1, .output = {.fd = -1}, .error = {.fd = -1}};

	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	agent_link_init(&job.link, fd);
	agent_link_put(&job.link, AGENT_HELLO, NULL, 0);
	agent_link_flush(&job.link);
	while (job_step(&job)) {
		if (!job_over(&job))
			continue;
		job_finish(&job);
		exit(0);
	}
	command_end(&job);
	exit(0);
}

static bool peer_may(const struct sockaddr_in *peer, const char *allowed)
{
	struct in_addr address;

	return inet_pton(AF_INET, allowed, &address) == 1 &&
	       address.s_addr == peer->sin_addr.s_addr;
}

int agent_serve(int argc, char **argv)
{
	struct sockaddr_in here = {.sin_family = AF_INET}, peer;
	int one = 1, fd, listener;
	socklen_t length;

	if (argc != 3) {
		fprintf(stderr, "usage: agent serve PORT PEER\n");
		return 2;
	}
	here.sin_port = htons((uint16_t)atoi(argv[1]));
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0)
		agent_die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) || listen(listener, 128))
		agent_die("listen");
	signal(SIGCHLD, SIG_IGN);
	if (chdir("/"))
		agent_die("/");
	for (;;) {
		length = sizeof(peer);
		fd = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		if (peer_may(&peer, argv[2]) && fork() == 0) {
			close(listener);
			connection_serve(fd);
		}
		close(fd);
	}
}
