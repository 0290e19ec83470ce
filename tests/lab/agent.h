/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How commands travel to dom0 and to the domUs of a Xen lab: a TCP connection per command.
 *
 * A frame is a head of four bytes (kind, and the length of what follows in three) and its body. The
 * server says hello first, so a caller knows that somebody is there and not only QEMU's forwarder. The
 * caller names directory, environment and arguments, says go, then sends input and signals; the
 * server sends output and errors, and last the exit status as a shell counts it. Input is sent
 * against credit (AGENT_WINDOW bytes, given back by ACKs), so the server never has to stop reading:
 * the end of the caller, and its signals, always arrive.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AGENT_WINDOW (256u << 10) /* input under way, at most */
#define AGENT_CHUNK (32u << 10) /* output is sent in pieces of this */
#define AGENT_BODY_MAX (1u << 20)
#define AGENT_HEAD 4u

/* Exit status when the connection is lost or there is none: no tool of the lab ends with it. */
#define AGENT_LOST 125

enum agent_frame {
	AGENT_HELLO = 'H', /* server: here I am */
	AGENT_DIRECTORY = 'D', /* caller: where to run it, if that exists */
	AGENT_ENVIRONMENT = 'E', /* caller: NAME=VALUE */
	AGENT_ARGUMENT = 'A',
	AGENT_GO = 'G',
	AGENT_INPUT = 'I',
	AGENT_INPUT_END = 'Z',
	AGENT_SIGNAL = 'S', /* caller: one byte, the signal */
	AGENT_ACK = 'K', /* server: four bytes, so much input was taken */
	AGENT_OUTPUT = 'O',
	AGENT_ERROR = 'R',
	AGENT_EXIT = 'X', /* server: one byte */
};

/* A queue of bytes; it grows as it must. */
struct agent_store {
	uint8_t *data;
	size_t begin, end, size;
};

/* One end of a connection, its descriptor non-blocking. */
struct agent_link {
	int fd;
	struct agent_store in, out;
};

void agent_die(const char *what) __attribute__((noreturn));

size_t agent_store_length(const struct agent_store *store);
void agent_store_put(struct agent_store *store, const void *data, size_t length);
/* Writes what the descriptor takes; -1 with errno, EAGAIN aside, when it takes no more. */
int agent_store_write(struct agent_store *store, int fd);

/* Sets the descriptor up: non-blocking, no delay, and a dead peer is found out some time. */
void agent_link_init(struct agent_link *link, int fd);
void agent_link_fini(struct agent_link *link);
void agent_link_put(struct agent_link *link, enum agent_frame kind, const void *body,
		    size_t length);
/* Reads what there is: 1, or 0 when the peer has gone. */
int agent_link_read(struct agent_link *link);
/* Sends what can be sent: 1, or 0 when the peer has gone. */
int agent_link_flush(struct agent_link *link);
/*
 * The next whole frame, in place until the next read: its kind, 0 when there is none yet, -1 when
 * the peer sends nonsense.
 */
int agent_link_frame(struct agent_link *link, const uint8_t **ret_body, size_t *ret_length);

int agent_serve(int argc, char **argv);
int agent_call(int argc, char **argv);
