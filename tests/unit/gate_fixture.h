/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The whole gateway, core included, between a fake libibumad and guests that are channels of this process.
 * Nothing waits: the main loop runs until it is idle. Include after test.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel/local.h"
#include "mad-proxy/io/gateway.h"
#include "tests/unit/fake_umad.h"

/* Its first policy: HEAD ALPHA BETA. */
#define HEAD "[gateway]\nport = fake0/1\n"
#define ALPHA "[guest alpha]\naccess = fabric\n"
#define BETA "[guest beta]\naccess = fabric\n"

struct gate_fixture {
	char *dir;
	char *policy_path;
	struct io_gateway *gate;
};

int gate_fixture_setup(void **state);
int gate_fixture_teardown(void **state);
#define TEST_F(name, fixture) TEST_OVER(gate_fixture_setup, gate_fixture_teardown, name, fixture)

/* Starts another gateway, with the policy that was written last, if any. */
void gate_fixture_restart(struct gate_fixture *fixture);
void write_policy(const struct gate_fixture *fixture, const char *text);
unsigned int sessions(const struct gate_fixture *fixture);
/* The guest's socket exists under both names, for its own user alone. */
bool socket_exists(const struct gate_fixture *fixture, const char *guest);
void run_until_idle(void);
/* Also requests that the gateway holds for a while (request.h, the window) are sent: `n` in all, and no more. */
void run_until_sent(unsigned int n);

/* Connects, lets the gateway answer, then reads WELCOME. NULL: refused. */
struct chan *attach(const struct gate_fixture *fixture, const char *guest);
void put(struct chan *chan, const struct chan_slot *slot);
/* Sends HELLO, up to an agent for sends. */
void hello(struct chan *chan);
struct chan *attach_and_hello(const struct gate_fixture *fixture, const char *guest);

/* A Get of port counters. */
struct chan_slot perf_get(uint64_t cookie, uint16_t lid);
void put_perf_get(struct chan *chan, uint64_t cookie, uint16_t lid);
/* The destination of the port's send number `n`; answers it. */
uint16_t sent_to(unsigned int n);
void answer_sent(unsigned int n);
/* The next slot, which must be of this kind. */
struct chan_slot taken(struct chan *chan, enum chan_kind kind);
