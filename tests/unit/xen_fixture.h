/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway on a fake Xen host: xenstore in memory (fake_xenstore.c), grants and event channels as a socket
 * pair and shared memory, a fake libibumad. The test plays toolstack and front-ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/abi/chan_xenbus.h"
#include "channel/chan.h"
#include "mad-proxy/io/gateway.h"

struct fake_chan_xen {
	int error; /* of the next connections; 0: they succeed */
	unsigned int tries;
	void (*mapping)(void); /* called by each attempt; NULL: nothing */
	struct chan *guest; /* the front-end's end of the last one; owned by the fixture */
	uint32_t domid, port;
};

extern struct fake_chan_xen fake_chan_xen;

struct xen_fixture {
	char *dir;
	char *policy_path;
	struct io_gateway *gate;
};

/* Two ports, fake0/1 and fake0/2; guests alpha, beta, and one named by its UUID. */
#define XEN_FIXTURE_UUID "11111111-2222-3333-4444-555555555555"
int xen_fixture_setup(void **state);
int xen_fixture_teardown(void **state); /* also calls capture_end() */
/* No gateway until xen_fixture_restart(). */
void xen_fixture_stop(struct xen_fixture *fixture);
/* Replaces the gateway by another one; it was stopped or killed. */
void xen_fixture_restart(struct xen_fixture *fixture, bool killed);
/* Another one, in this domain (fake_xenstore_be()). */
void xen_fixture_be(struct xen_fixture *fixture, unsigned int domid);
void xen_fixture_reload(struct xen_fixture *fixture, const char *policy);

/* Runs until nothing is pending, except timers. */
void xen_fixture_settle(void);

/* As the toolstack. uuid NULL: a generated one. */
void xen_fixture_domain(unsigned int domid, const char *name, const char *uuid);
void xen_fixture_destroy(unsigned int domid);

/* As a front-end: writes a key of F; key and value NULL: removes F. */
void xen_fixture_front(unsigned int domid, unsigned int handle, const char *key, const char *value);
/* Writes valid keys, and state 3. */
void xen_fixture_offer(unsigned int domid, unsigned int handle);
/* Writes 1, then an offer when the back-end waits, then 4. Its end of the ring is fake_chan_xen.guest. */
void xen_fixture_connect(unsigned int domid, unsigned int handle);

/* Runs the main loop, timers included, until B has this state. */
void xen_fixture_until(unsigned int domid, unsigned int handle, const char *state);

/* The same until B is removed. */
void xen_fixture_until_removed(unsigned int domid, unsigned int handle);

/* The value of a key of B, or ""; valid until the next call. */
const char *xen_fixture_back(unsigned int domid, unsigned int handle, const char *key);
