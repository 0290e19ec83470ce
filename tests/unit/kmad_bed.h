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

#define BED_SENT 70000
#define BED_FILES 8
#define BED_LID 4 /* whom bed_asks() asks */

struct bed {
	struct kmad *k;
	struct mono_ms now;
	struct chan_slot *sent; /* what the link has taken */
	unsigned int sent_count;
	unsigned int seen; /* bed_next_sent() is here */
	unsigned int room; /* slots that the link takes until it is full */
	int link_error; /* what the link says instead */
	struct kmad_queue inbox[BED_FILES];

	/* The first file and its agent, when bed_open_agent() made them. */
	int file, agent;
	struct kmad_reg reg;
	uint64_t tid; /* of the test's transaction, as it is on the link */
};

/* A link as the kernel's, where kmad times out by itself, and one as the gateway's, which does it. */
extern const struct kmad_params bed_kernel_like, bed_gateway_like;

/* --- its life --- */

void bed_open(struct bed *b, const struct kmad_params *params);
void bed_close(struct bed *b);
int bed_open_file(struct bed *b);
/* The agent's number or -errno. */
int bed_register_as(struct bed *b, int file, const struct kmad_reg *reg);
/* An OUI, where the class needs one, is 0x000037. */
int bed_register(struct bed *b, int file, uint8_t mgmt_class, uint8_t version, uint8_t rmpp,
		 uint32_t methods);
int bed_unregister(struct bed *b, int file, int agent);
/* A bench with one agent, and one that asks for port counters: what most tests need. */
void bed_open_agent(struct bed *b, const struct kmad_params *params, uint8_t mgmt_class,
		    uint8_t version, uint8_t rmpp, uint32_t methods);
void bed_open_perf(struct bed *b, const struct kmad_params *params);

/* Moves the clock step by step, as a poll loop with kmad_deadline() does. */
void bed_pass(struct bed *b, uint64_t ms);

/* --- what a process does --- */

/* The header of a MAD of 256 zero bytes otherwise. */
void bed_mad(uint8_t *mad, uint8_t mgmt_class, uint8_t version, uint8_t method, uint64_t tid);
/* What kmad_send() says. */
int bed_post(struct bed *b, int file, int agent, uint16_t lid, uint8_t *mad, size_t len,
	     uint32_t timeout_ms, uint32_t retries);
/* The agent of bed_open_agent() sends a MAD of its class to BED_LID; likewise. */
int bed_sends(struct bed *b, uint8_t method, uint32_t tid, uint32_t timeout_ms, uint32_t retries);
/* ... and this is a Get, and it goes. */
void bed_asks(struct bed *b, uint32_t tid, uint32_t timeout_ms, uint32_t retries);

/* --- the link --- */

/* The next slot that the link got, or NULL. */
struct chan_slot *bed_next_sent(struct bed *b);
void bed_expect_silence(struct bed *b);
/* A MAD from this LID. */
void bed_arrive(struct bed *b, uint16_t lid, const uint8_t *mad);
/* What was sent comes back as its answer. */
void bed_answer(struct bed *b, const struct chan_slot *sent);
/* The link tells how a send ended. */
void bed_send_done(struct bed *b, const struct chan_slot *sent, uint32_t status);

/* --- what a file gets --- */

/* The oldest message of a file, or NULL; the caller frees it. */
struct kmad_msg *bed_read(struct bed *b, int file);
/* The file has a good message of this length; it is consumed. */
void bed_expect(struct bed *b, int file, size_t len);
/* ... which is a single MAD. */
void bed_expect_mad(struct bed *b, int file);
/* ... which says that a request failed: the head of it. */
void bed_expect_failure(struct bed *b, int file, uint32_t status);
void bed_expect_nothing(struct bed *b, int file);
