/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibguestd's loop, turn by turn, between processes that connect to its socket and gateways that are the
 * host's ends of real channels. The test plays both, the connector and the clock. A sleeper continues only
 * when its doorbell rang or its time has come; missing sleeps are detected. Include after test.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "guest-umad/ibguestd_loop.h"
#include "tests/unit/capture.h"

enum { GATE_SLOTS = 128, GATE_SENT = 512 };

/* A gateway; it answers everything but MADs at once. */
struct gate {
	struct chan *chan; /* its end; NULL: none */
	struct chan *lent; /* ibguestd's end */
	bool is_mute; /* does not answer */
	bool is_slow; /* takes no slots */
	unsigned int clients; /* number of open clients */
	struct chan_slot sent[GATE_SENT]; /* the MADs that it received */
	unsigned int sent_count;
};

struct guestd_fixture {
	struct guestd g;
	struct guestd_feed feed;
	char dir[64], path[80];
	int stop_fd; /* replaces the signal */
	struct gate gate[2];
};

int guestd_fixture_setup(void **state);
int guestd_fixture_teardown(void **state); /* also calls capture_end() */
#define TEST_F(name, fixture) \
	TEST_OVER(guestd_fixture_setup, guestd_fixture_teardown, name, fixture)
/* With a gateway in place 0. */
int guestd_fixture_setup_ready(void **state);
#define TEST_READY(name, fixture) \
	TEST_OVER(guestd_fixture_setup_ready, guestd_fixture_teardown, name, fixture)

/* One turn, false: it sleeps; then turns of the loop and of rung gateways until all sleep. */
bool turn(struct guestd_fixture *fixture);
void settle(struct guestd_fixture *fixture);
/* Time passes. The loop runs when its time-out is over. */
void passes(struct guestd_fixture *fixture, uint64_t ms);
bool sleeps_for_ever(struct guestd_fixture *fixture);

/* --- connector and gateways --- */

/* Offers the loop a session and settles, including HELLO. */
struct gate *gate_comes(struct guestd_fixture *fixture, unsigned int up);
struct gate *gate_is_ready(struct guestd_fixture *fixture, unsigned int up);
/* Closes the gateway's end. */
void gate_goes(struct guestd_fixture *fixture, unsigned int up);
/* If rung, takes and answers slots. Returns their number. */
unsigned int gate_runs(struct gate *gate);
/* The gateway sends this slot. */
void gate_says(struct gate *gate, const struct chan_slot *slot);
/* Answers the MAD number `n` that it received. */
void gate_answers(struct gate *gate, unsigned int n);
/* The loop returned its channel for this reason; frees it. */
void assert_returned(struct guestd_fixture *fixture, unsigned int up, enum guestd_why why);

/* --- processes --- */

/* Connects, without and with waiting; returns a socket that may or may not be answered. */
int connects_only(struct guestd_fixture *fixture);
int connects(struct guestd_fixture *fixture);
/* The session of the connection, NULL: it was closed. Whether it still waits. */
struct chan *is_answered(int sock);
bool is_waiting(int sock);
/* A process with a session; also with a client of that number. */
struct chan *process_new(struct guestd_fixture *fixture);
struct chan *process_with(struct guestd_fixture *fixture, uint16_t client);
void says_hello(struct chan *process);
/* The process puts a slot and rings. */
void says(struct chan *process, const struct chan_slot *slot);
/* It sends a Get of its client. */
void asks(struct chan *process, uint16_t client, uint64_t cookie);
/* Its next slot, which must be of this kind. */
struct chan_slot given(struct chan *process, enum chan_kind kind);
/* It has no slots and sleeps; whether it was woken. */
void sleeps(struct chan *process);
bool is_rung(struct chan *process);
bool is_disconnected(struct chan *process);

/* Puts this slot at the other end just before the loop sleeps on its end. */
void comes_late(struct chan *loops, struct chan *other, const struct chan_slot *slot);
