/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway on a Xen host that is none: xenstore in memory (fake_xenstore.c), grants and event
 * channels that are a socket pair and shared memory, a fake libibumad. The test is toolstack and
 * front-ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/abi/chan_xenbus.h"
#include "channel/chan.h"
#include "mad-proxy/io/gateway.h"

struct fake_chan_xen {
	int error; /* of the next connections, 0: they succeed */
	unsigned int tries;
	void (*mapping)(void); /* called by each try; NULL: nothing */
	struct chan *guest; /* the front-end's end of the last one; the fixture's */
	uint32_t domid, port;
};

extern struct fake_chan_xen fake_chan_xen;

struct xen_fixture {
	char *dir;
	char *policy_path;
	struct io_gateway *gate;
};

/* Two ports, fake0/1 and fake0/2; guests alpha, beta, and one that is named by its UUID. */
#define XEN_FIXTURE_UUID "11111111-2222-3333-4444-555555555555"
int xen_fixture_setup(void **state);
int xen_fixture_teardown(void **state); /* also of capture_begin() */
/* No gateway until xen_fixture_restart(). */
void xen_fixture_stop(struct xen_fixture *fixture);
/* Another gateway in the place of this one, which was stopped, or killed. */
void xen_fixture_restart(struct xen_fixture *fixture, bool killed);
/* Another one, in this domain (fake_xenstore_be()). */
void xen_fixture_be(struct xen_fixture *fixture, unsigned int domid);
void xen_fixture_reload(struct xen_fixture *fixture, const char *policy);

/* Until nothing happens any more, short of timers. */
void xen_fixture_settle(void);

/* As the toolstack. uuid NULL: some of its own. */
void xen_fixture_domain(unsigned int domid, const char *name, const char *uuid);
void xen_fixture_destroy(unsigned int domid);

/* As a front-end: key of F; NULL is the whole of it with value NULL. */
void xen_fixture_front(unsigned int domid, unsigned int handle, const char *key, const char *value);
/* Good keys, and state 3. */
void xen_fixture_offer(unsigned int domid, unsigned int handle);
/* 1, then an offer once the back-end waits, then 4. Its end of the ring is fake_chan_xen.guest. */
void xen_fixture_connect(unsigned int domid, unsigned int handle);

/* The main loop runs until B shows this state: a timer may have to come first. */
void xen_fixture_until(unsigned int domid, unsigned int handle, const char *state);

/* The same until B is gone. */
void xen_fixture_until_removed(unsigned int domid, unsigned int handle);

/* The value of a key of B, or ""; good until the next call. */
const char *xen_fixture_back(unsigned int domid, unsigned int handle, const char *key);
