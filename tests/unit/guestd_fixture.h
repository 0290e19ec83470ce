/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibguestd's loop, turn by turn, between processes that connect to its socket and gateways that are
 * the host's ends of real channels. The test is both of them, and the connector, and the clock.
 * Nothing waits: who sleeps goes on when its doorbell rang or its time has come, and no sooner; who
 * ought to sleep and does not is found out. After cmocka.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "guest-umad/ibguestd_loop.h"
#include "tests/unit/capture.h"

enum { GATE_SLOTS = 128, GATE_SENT = 512 };

/* A gateway; it answers what is not a MAD at once. */
struct gate {
	struct chan *chan; /* its end; NULL: it is not there */
	struct chan *lent; /* ibguestd's end */
	bool is_mute; /* does not answer */
	bool is_slow; /* takes nothing */
	unsigned int clients; /* that are open */
	struct chan_slot sent[GATE_SENT]; /* the MADs that it got */
	unsigned int sent_count;
};

struct guestd_fixture {
	struct guestd g;
	struct guestd_feed feed;
	char dir[64], path[80];
	int stop_fd; /* for the signal */
	struct gate gate[2];
};

int guestd_fixture_setup(void **state);
int guestd_fixture_teardown(void **state); /* also of capture_begin() */
#define T(name) cmocka_unit_test_setup_teardown(name, guestd_fixture_setup, guestd_fixture_teardown)

/* One turn, false: it sleeps; turns of it and of gateways that are rung, until all sleep. */
bool turn(struct guestd_fixture *fixture);
void settle(struct guestd_fixture *fixture);
/* Time passes. The loop turns when it wanted to be woken. */
void passes(struct guestd_fixture *fixture, uint64_t ms);
bool sleeps_for_ever(struct guestd_fixture *fixture);

/* --- as the connector and the gateways --- */

/* A session is offered to the loop; it is settled, HELLO and all. */
struct gate *gate_comes(struct guestd_fixture *fixture, unsigned int up);
struct gate *gate_is_ready(struct guestd_fixture *fixture, unsigned int up);
/* The gateway's end is closed. */
void gate_goes(struct guestd_fixture *fixture, unsigned int up);
/* It takes and answers what it got, if it was rung. Slots taken. */
unsigned int gate_runs(struct gate *gate);
/* It sends this. */
void gate_says(struct gate *gate, const struct chan_slot *slot);
/* The answer to the MAD that it got as number `n`. */
void gate_answers(struct gate *gate, unsigned int n);
/* The loop gave its channel back, for this reason; it is freed. */
void assert_returned(struct guestd_fixture *fixture, unsigned int up, enum guestd_why why);

/* --- as processes --- */

/* Connects, without waiting for what happens, and with: a socket that is or is not answered. */
int connects_only(struct guestd_fixture *fixture);
int connects(struct guestd_fixture *fixture);
/* What became of it: its session, NULL: hung up on. */
struct chan *is_answered(int sock);
bool is_waiting(int sock);
/* A process with a session, also one with a client of that number. */
struct chan *process_new(struct guestd_fixture *fixture);
struct chan *process_with(struct guestd_fixture *fixture, uint16_t client);
void says_hello(struct chan *process);
/* It puts a slot and rings. */
void says(struct chan *process, const struct chan_slot *slot);
/* A Get of its client. */
void asks(struct chan *process, uint16_t client, uint64_t cookie);
/* The next slot for it, which is of this kind. */
struct chan_slot given(struct chan *process, enum chan_kind kind);
/* It has nothing to take and sleeps; is it woken? */
void sleeps(struct chan *process);
bool is_rung(struct chan *process);
bool is_disconnected(struct chan *process);

/* When the loop goes to sleep over its end next, the other end has just put this. */
void comes_late(struct chan *loops, struct chan *other, const struct chan_slot *slot);
