/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs commands in dom0 and the domUs of a Xen lab: a TCP connection per command.
 *
 * A frame has a head of four bytes (kind, and the length of the body in three) and a body. The server sends
 * HELLO first, so the caller knows that it is not only QEMU's forwarder. The caller sends directory,
 * environment and arguments, then GO, then input and signals; the server sends output and errors, and last
 * the exit status as in a shell. Input has a window (AGENT_WINDOW bytes, opened by ACKs), so the server
 * always reads: the caller's end and its signals always arrive.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AGENT_WINDOW (256u << 10) /* maximum of unacknowledged input */
#define AGENT_CHUNK (32u << 10) /* maximum of output per frame */
#define AGENT_BODY_MAX (1u << 20)
#define AGENT_HEAD 4u

/* Exit status without a connection: no tool of the lab uses it. */
#define AGENT_LOST 125

enum agent_frame {
	AGENT_HELLO = 'H', /* server: ready */
	AGENT_DIRECTORY = 'D', /* caller: working directory, if it exists */
	AGENT_ENVIRONMENT = 'E', /* caller: NAME=VALUE */
	AGENT_ARGUMENT = 'A',
	AGENT_GO = 'G',
	AGENT_INPUT = 'I',
	AGENT_INPUT_END = 'Z',
	AGENT_SIGNAL = 'S', /* caller: one byte, the signal */
	AGENT_ACK = 'K', /* server: four bytes, the amount of input taken */
	AGENT_OUTPUT = 'O',
	AGENT_ERROR = 'R',
	AGENT_EXIT = 'X', /* server: one byte */
};

/* A growing queue of bytes. */
struct agent_store {
	uint8_t *data;
	size_t begin, end, size;
};

/* One end of a connection; its descriptor is non-blocking. */
struct agent_link {
	int fd;
	struct agent_store in, out;
};

void agent_die(const char *what) __attribute__((noreturn));

size_t agent_store_length(const struct agent_store *store);
void agent_store_put(struct agent_store *store, const void *data, size_t length);
/* Writes what the descriptor takes; -1 with errno on an error other than EAGAIN. */
int agent_store_write(struct agent_store *store, int fd);

/* Makes the descriptor non-blocking, without delay, with keep-alives. */
void agent_link_init(struct agent_link *link, int fd);
void agent_link_fini(struct agent_link *link);
void agent_link_put(struct agent_link *link, enum agent_frame kind, const void *body,
		    size_t length);
/* Reads what is available: 1, or 0 if the peer has closed. */
int agent_link_read(struct agent_link *link);
/* Sends what is possible: 1, or 0 if the peer has closed. */
int agent_link_flush(struct agent_link *link);
/* The next complete frame, valid until the next read: its kind; 0: none yet; -1: invalid. */
int agent_link_frame(struct agent_link *link, const uint8_t **ret_body, size_t *ret_length);

int agent_serve(int argc, char **argv);
int agent_call(int argc, char **argv);
