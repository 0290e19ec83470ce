/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kmad on a bench: a link that records what it is given and can be full, files that keep what
 * they get, a clock that the test moves. The invariants are checked after every step.
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
#define FIXTURE_LID 4 /* whom fixture_asks() asks */

struct fixture {
	struct kmad *k;
	struct mono_ms now;
	struct chan_slot *sent; /* what the link has taken */
	unsigned int sent_count;
	unsigned int seen; /* fixture_next_sent() is here */
	unsigned int room; /* slots that the link takes until it is full */
	int link_error; /* what the link says instead */
	struct kmad_queue inbox[FIXTURE_FILES];

	/* The first file and its agent, when fixture_open_agent() made them. */
	int file, agent;
	struct kmad_reg reg;
	uint64_t tid; /* of the test's transaction, as it is on the link */
};

/* A link as the kernel's, where kmad times out by itself, and one as the gateway's, which does it. */
extern const struct kmad_params fixture_kernel_like, fixture_gateway_like;

/* --- its life --- */

void fixture_open(struct fixture *b, const struct kmad_params *params);
void fixture_close(struct fixture *b);
int fixture_open_file(struct fixture *b);
/* The agent's number or -errno. */
int fixture_register_as(struct fixture *b, int file, const struct kmad_reg *reg);
/* An OUI, where the class needs one, is 0x000037. */
int fixture_register(struct fixture *b, int file, uint8_t mgmt_class, uint8_t version, uint8_t rmpp,
		     uint32_t methods);
int fixture_unregister(struct fixture *b, int file, int agent);
/* A bench with one agent, and one that asks for port counters: what most tests need. */
void fixture_open_agent(struct fixture *b, const struct kmad_params *params, uint8_t mgmt_class,
			uint8_t version, uint8_t rmpp, uint32_t methods);
void fixture_open_perf(struct fixture *b, const struct kmad_params *params);

/* Moves the clock step by step, as a poll loop with kmad_deadline() does. */
void fixture_pass(struct fixture *b, uint64_t ms);

/* --- what a process does --- */

/* The header of a MAD of 256 zero bytes otherwise. */
void fixture_mad(uint8_t *mad, uint8_t mgmt_class, uint8_t version, uint8_t method, uint64_t tid);
/* What kmad_send() says. */
int fixture_post(struct fixture *b, int file, int agent, uint16_t lid, uint8_t *mad, size_t len,
		 uint32_t timeout_ms, uint32_t retries);
/* The agent of fixture_open_agent() sends a MAD of its class to FIXTURE_LID; likewise. */
int fixture_sends(struct fixture *b, uint8_t method, uint32_t tid, uint32_t timeout_ms,
		  uint32_t retries);
/* ... and this is a Get, and it goes. */
void fixture_asks(struct fixture *b, uint32_t tid, uint32_t timeout_ms, uint32_t retries);

/* --- the link --- */

/* The next slot that the link got, or NULL. */
struct chan_slot *fixture_next_sent(struct fixture *b);
void fixture_expect_silence(struct fixture *b);
/* A MAD from this LID. */
void fixture_arrive(struct fixture *b, uint16_t lid, const uint8_t *mad);
/* What was sent comes back as its answer. */
void fixture_answer(struct fixture *b, const struct chan_slot *sent);
/* The link tells how a send ended. */
void fixture_send_done(struct fixture *b, const struct chan_slot *sent, uint32_t status);

/* --- what a file gets --- */

/* The oldest message of a file, or NULL; the caller frees it. */
struct kmad_msg *fixture_read(struct fixture *b, int file);
/* The file has a good message of this length; it is consumed. */
void fixture_expect(struct fixture *b, int file, size_t len);
/* ... which is a single MAD. */
void fixture_expect_mad(struct fixture *b, int file);
/* ... which says that a request failed: the head of it. */
void fixture_expect_failure(struct fixture *b, int file, uint32_t status);
void fixture_expect_nothing(struct fixture *b, int file);
