// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The caller's side: runs a remote command as if it were local. It forwards input, output, errors, exit
 * status and the signals that end a process. When this process ends, so does the command. Input is read
 * ahead, as by ssh: redirect it from /dev/null for a command that reads none.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/lab/agent.h"

#define PATIENCE_MAX_MS 32000

struct call {
	struct agent_link link;
	size_t credit;
	bool input_ended;
	int signals;
};

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for the server's HELLO until the time is over. */
static bool hello_comes(struct agent_link *link, long long until)
{
	struct pollfd p = {.fd = link->fd, .events = POLLIN};
	const uint8_t *body;
	size_t length;
	int kind;

	for (;;) {
		long long left = until - now_ms();

		if (left <= 0 || poll(&p, 1, (int)left) <= 0 || !agent_link_read(link))
			return false;
		kind = agent_link_frame(link, &body, &length);
		if (kind)
			return kind == AGENT_HELLO;
	}
}

/* 0 or an errno; ECONNREFUSED is distinct. */
static int connect_once(struct agent_link *link, const struct sockaddr_in *to, long long until)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t length = sizeof(error);

	if (fd < 0)
		agent_die("socket");
	agent_link_init(link, fd);
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		error = errno;
	if (error == EINPROGRESS) {
		error = ETIMEDOUT;
		if (poll(&p, 1, (int)(until - now_ms())) == 1)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	}
	if (!error && !hello_comes(link, until))
		error = ETIMEDOUT;
	if (error)
		agent_link_fini(link);
	return error;
}

/*
 * Retries until HELLO arrives: QEMU accepts connections for a dom0 that is not up, and a domain may be
 * suspended. With `refusable` a refusal is final: QEMU itself has ended.
 */
static bool connect_patiently(struct agent_link *link, const struct sockaddr_in *to, long seconds,
			      bool refusable)
{
	long long end = now_ms() + seconds * 1000, patience = 2000, now, until;
	int error;

	for (;;) {
		now = now_ms();
		until = now + patience < end ? now + patience : end;
		if (until <= now)
			return false;
		error = connect_once(link, to, until);
		if (!error)
			return true;
		if (refusable && error == ECONNREFUSED)
			return false;
		/* Wait before the next attempt. */
		if (now_ms() < until)
			poll(NULL, 0, 100);
		else if (patience < PATIENCE_MAX_MS)
			patience *= 2;
	}
}

static void signals_take(struct call *call)
{
	static const int wanted[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		sigaddset(&set, wanted[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	call->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (call->signals < 0)
		agent_die("signalfd");
}

static void signals_pass(struct call *call)
{
	struct signalfd_siginfo info;
	uint8_t number;

	while (read(call->signals, &info, sizeof(info)) == sizeof(info)) {
		number = (uint8_t)info.ssi_signo;
		agent_link_put(&call->link, AGENT_SIGNAL, &number, 1);
	}
}

static void input_read(struct call *call)
{
	uint8_t chunk[AGENT_CHUNK];
	size_t most = call->credit < sizeof(chunk) ? call->credit : sizeof(chunk);
	ssize_t n = read(STDIN_FILENO, chunk, most);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		call->input_ended = true;
		agent_link_put(&call->link, AGENT_INPUT_END, NULL, 0);
		return;
	}
	call->credit -= (size_t)n;
	agent_link_put(&call->link, AGENT_INPUT, chunk, (size_t)n);
}

/* Writes all of it; the reader may be slow. A closed pipe ends this process, and so the command. */
static void output_write(struct call *call, int fd, const uint8_t *body, size_t length)
{
	struct pollfd p[] = {{.fd = fd, .events = POLLOUT},
			     {.fd = call->signals, .events = POLLIN}};

	while (length) {
		ssize_t n;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			agent_die("poll");
		if (p[1].revents) {
			signals_pass(call);
			agent_link_flush(&call->link);
		}
		if (!p[0].revents)
			continue;
		/* A pipe that is writable takes PIPE_BUF without blocking. */
		n = write(fd, body, length < 4096 ? length : 4096);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			agent_die("output");
		body += n;
		length -= (size_t)n;
	}
}

static void frame_handle(struct call *call, int kind, const uint8_t *body, size_t length)
{
	switch (kind) {
	case AGENT_ACK:
		if (length == 4)
			call->credit += (size_t)body[0] << 24 | (size_t)body[1] << 16 |
					(size_t)body[2] << 8 | body[3];
		break;
	case AGENT_OUTPUT:
		output_write(call, STDOUT_FILENO, body, length);
		break;
	case AGENT_ERROR:
		output_write(call, STDERR_FILENO, body, length);
		break;
	case AGENT_EXIT:
		exit(length == 1 ? body[0] : AGENT_LOST);
	default:
		fprintf(stderr, "lab agent: the other side speaks another language\n");
		exit(AGENT_LOST);
	}
}

static void link_lost(void)
{
	fprintf(stderr, "lab agent: the connection is lost\n");
	exit(AGENT_LOST);
}

static void frames_handle(struct call *call)
{
	const uint8_t *body;
	bool there = agent_link_read(&call->link);
	size_t length;
	int kind;

	while ((kind = agent_link_frame(&call->link, &body, &length)) != 0)
		frame_handle(call, kind, body, length);
	if (!there)
		link_lost();
}

static void call_run(struct call *call)
{
	enum { LINK, INPUT, SIGNALS, COUNT };

	for (;;) {
		bool reading = !call->input_ended && call->credit;
		struct pollfd p[COUNT] = {
			[LINK] = {.fd = call->link.fd, .events = POLLIN},
			[INPUT] = {.fd = reading ? STDIN_FILENO : -1, .events = POLLIN},
			[SIGNALS] = {.fd = call->signals, .events = POLLIN},
		};

		if (agent_store_length(&call->link.out))
			p[LINK].events |= POLLOUT;
		if (poll(p, COUNT, -1) < 0 && errno != EINTR)
			agent_die("poll");
		if (p[SIGNALS].revents)
			signals_pass(call);
		if (p[INPUT].revents)
			input_read(call);
		if (p[LINK].revents & ~POLLOUT)
			frames_handle(call);
		if (!agent_link_flush(&call->link))
			link_lost();
	}
}

static void text_put(struct agent_link *link, enum agent_frame kind, const char *text)
{
	if (strlen(text) > AGENT_BODY_MAX) {
		errno = E2BIG;
		agent_die("argument");
	}
	agent_link_put(link, kind, text, strlen(text));
}

int agent_call(int argc, char **argv)
{
	struct call call = {.credit = AGENT_WINDOW};
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct agent_store environment = {0};
	const char *directory = NULL;
	bool refusable = false;
	long seconds = 10;
	int option;

	while ((option = getopt(argc, argv, "+rw:C:e:")) != -1) {
		switch (option) {
		case 'r':
			refusable = true;
			break;
		case 'w':
			seconds = atol(optarg);
			break;
		case 'C':
			directory = optarg;
			break;
		case 'e':
			agent_store_put(&environment, optarg, strlen(optarg) + 1);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind < 3 || inet_pton(AF_INET, argv[optind], &to.sin_addr) != 1) {
		fprintf(stderr,
			"usage: agent call [-r] [-w SECONDS] [-C DIRECTORY] [-e NAME=VALUE]... "
			"ADDRESS PORT COMMAND [ARGUMENT...]\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)atoi(argv[optind + 1]));
	if (!connect_patiently(&call.link, &to, seconds, refusable)) {
		fprintf(stderr, "lab agent: nobody answers at %s\n", argv[optind]);
		return AGENT_LOST;
	}
	if (directory)
		text_put(&call.link, AGENT_DIRECTORY, directory);
	for (size_t at = 0; at < environment.end; at += strlen((char *)environment.data + at) + 1)
		text_put(&call.link, AGENT_ENVIRONMENT, (char *)environment.data + at);
	for (int i = optind + 2; i < argc; i++)
		text_put(&call.link, AGENT_ARGUMENT, argv[i]);
	agent_link_put(&call.link, AGENT_GO, NULL, 0);
	free(environment.data);
	signals_take(&call);
	call_run(&call);
	return AGENT_LOST;
}
