/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kmad for tests: a link that records its slots and can be full, files that keep their messages, a clock
 * that the test moves. Checks the invariants after every step.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guest-umad/kmad.h"
#include "wire/mad.h"
#include "wire/rmpp.h"

#define FIXTURE_SENT 70000
#define FIXTURE_FILES 8
#define FIXTURE_LID 4 /* destination of fixture_asks() */

struct fixture {
	struct kmad *k;
	struct mono_ms now;
	struct chan_slot *sent; /* slots that the link took */
	unsigned int sent_count;
	unsigned int seen; /* position of fixture_next_sent() */
	unsigned int room; /* number of slots until the link is full */
	int link_error; /* error of the link instead */
	struct kmad_queue inbox[FIXTURE_FILES];

	/* The first file and its agent, made by fixture_open_agent(). */
	int file, agent;
	struct kmad_reg reg;
	uint64_t tid; /* of the test's transaction, on the link */
};

/* A link like the kernel's, where kmad times out itself, and one like the gateway's, which times out. */
extern const struct kmad_params fixture_kernel_like, fixture_gateway_like;

/* --- setup --- */

void fixture_open(struct fixture *b, const struct kmad_params *params);
void fixture_close(struct fixture *b);
int fixture_open_file(struct fixture *b);
/* The agent's number or -errno. */
int fixture_register_as(struct fixture *b, int file, const struct kmad_reg *reg);
/* Classes that need an OUI get 0x000037. */
int fixture_register(struct fixture *b, int file, uint8_t mgmt_class, uint8_t version, uint8_t rmpp,
		     uint32_t methods);
int fixture_unregister(struct fixture *b, int file, int agent);
/* A fixture with one agent; and one that sends Gets of port counters. */
void fixture_open_agent(struct fixture *b, const struct kmad_params *params, uint8_t mgmt_class,
			uint8_t version, uint8_t rmpp, uint32_t methods);
void fixture_open_perf(struct fixture *b, const struct kmad_params *params);

/* Moves the clock step by step, as a poll loop with kmad_deadline() does. */
void fixture_pass(struct fixture *b, uint64_t ms);

/* --- calls of a process --- */

/* A MAD of 256 bytes, zero after its header. */
void fixture_mad(uint8_t *mad, uint8_t mgmt_class, uint8_t version, uint8_t method, uint64_t tid);
/* The result of kmad_send(). */
int fixture_post(struct fixture *b, int file, int agent, uint16_t lid, uint8_t *mad, size_t len,
		 uint32_t timeout_ms, uint32_t retries);
/* The agent of fixture_open_agent() sends a MAD of its class to FIXTURE_LID; same result. */
int fixture_sends(struct fixture *b, uint8_t method, uint32_t tid, uint32_t timeout_ms,
		  uint32_t retries);
/* The same with a Get, which must be sent. */
void fixture_asks(struct fixture *b, uint32_t tid, uint32_t timeout_ms, uint32_t retries);

/* --- the link --- */

/* The next slot that the link received, or NULL. */
struct chan_slot *fixture_next_sent(struct fixture *b);
void fixture_expect_silence(struct fixture *b);
/* A MAD from this LID. */
void fixture_arrive(struct fixture *b, uint16_t lid, const uint8_t *mad);
/* The sent MAD returns as its answer. */
void fixture_answer(struct fixture *b, const struct chan_slot *sent);
/* The link reports the end of a send. */
void fixture_send_done(struct fixture *b, const struct chan_slot *sent, uint32_t status);

/* --- messages of a file --- */

/* The oldest message of a file, or NULL; the caller frees it. */
struct kmad_msg *fixture_read(struct fixture *b, int file);
/* The next message of the file is good and has this length; frees it. */
void fixture_expect(struct fixture *b, int file, size_t len);
/* The same for a single MAD. */
void fixture_expect_mad(struct fixture *b, int file);
/* The next message reports a failed request: its header only. */
void fixture_expect_failure(struct fixture *b, int file, uint32_t status);
void fixture_expect_nothing(struct fixture *b, int file);
