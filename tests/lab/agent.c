// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands for the machines of a Xen lab (agent.h):
 *
 * agent serve PORT PEER
 * agent call [-w SECONDS] [-C DIRECTORY] [-e NAME=VALUE]... ADDRESS PORT COMMAND [ARGUMENT...]
 *
 * This file: frames, used by both.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lab/agent.h"

void agent_die(const char *what)
{
	fprintf(stderr, "lab agent: %s: %s\n", what, strerror(errno));
	exit(AGENT_LOST);
}

size_t agent_store_length(const struct agent_store *store)
{
	return store->end - store->begin;
}

/* Makes room for `length` more bytes after the stored ones. */
static void store_make_room(struct agent_store *store, size_t length)
{
	size_t used = agent_store_length(store);

	if (store->size - store->end >= length)
		return;
	if (store->begin) {
		memmove(store->data, store->data + store->begin, used);
		store->begin = 0;
		store->end = used;
	}
	if (store->size - used < length) {
		store->size = 2 * (used + length);
		store->data = realloc(store->data, store->size);
		if (!store->data)
			agent_die("memory");
	}
}

static void store_drop(struct agent_store *store, size_t length)
{
	store->begin += length;
	if (store->begin == store->end)
		store->begin = store->end = 0;
}

void agent_store_put(struct agent_store *store, const void *data, size_t length)
{
	if (!length)
		return;
	store_make_room(store, length);
	memcpy(store->data + store->end, data, length);
	store->end += length;
}

int agent_store_write(struct agent_store *store, int fd)
{
	while (agent_store_length(store)) {
		ssize_t n = write(fd, store->data + store->begin, agent_store_length(store));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		store_drop(store, (size_t)n);
	}
	return 0;
}

static void option_set(int fd, int level, int option, int value)
{
	/* An option only improves speed. */
	(void)!setsockopt(fd, level, option, &value, sizeof(value));
}

void agent_link_init(struct agent_link *link, int fd)
{
	*link = (struct agent_link){.fd = fd};
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		agent_die("fcntl");
	option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	/*
	 * A destroyed domain closes no connection; one that is being saved is silent too, but returns: five
	 * minutes.
	 */
	option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	option_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
	option_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
	option_set(fd, IPPROTO_TCP, TCP_KEEPCNT, 60);
}

void agent_link_fini(struct agent_link *link)
{
	close(link->fd);
	free(link->in.data);
	free(link->out.data);
}

void agent_link_put(struct agent_link *link, enum agent_frame kind, const void *body, size_t length)
{
	uint8_t head[AGENT_HEAD] = {(uint8_t)kind, (uint8_t)(length >> 16), (uint8_t)(length >> 8),
				    (uint8_t)length};

	agent_store_put(&link->out, head, sizeof(head));
	agent_store_put(&link->out, body, length);
}

int agent_link_read(struct agent_link *link)
{
	ssize_t n;

	store_make_room(&link->in, AGENT_CHUNK);
	n = recv(link->fd, link->in.data + link->in.end, AGENT_CHUNK, 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n <= 0)
		return 0;
	link->in.end += (size_t)n;
	return 1;
}

int agent_link_flush(struct agent_link *link)
{
	struct agent_store *out = &link->out;

	while (agent_store_length(out)) {
		ssize_t n = send(link->fd, out->data + out->begin, agent_store_length(out),
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		store_drop(out, (size_t)n);
	}
	return 1;
}

int agent_link_frame(struct agent_link *link, const uint8_t **ret_body, size_t *ret_length)
{
	struct agent_store *in = &link->in;
	const uint8_t *head = in->data + in->begin;
	size_t length;

	if (agent_store_length(in) < AGENT_HEAD)
		return 0;
	length = (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (length > AGENT_BODY_MAX)
		return -1;
	if (agent_store_length(in) < AGENT_HEAD + length)
		return 0;
	*ret_body = head + AGENT_HEAD;
	*ret_length = length;
	store_drop(in, AGENT_HEAD + length); /* the bytes stay in place until the next read */
	return head[0];
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "serve"))
		return agent_serve(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "call"))
		return agent_call(argc - 1, argv + 1);
	fprintf(stderr, "usage: agent serve PORT PEER\n"
			"       agent call [-w SECONDS] [-C DIRECTORY] [-e NAME=VALUE]... "
			"ADDRESS PORT COMMAND [ARGUMENT...]\n");
	return 2;
}
