/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A link (gumad_link.h) without a peer: what the library sends is recorded or echoed, and the test injects
 * what it receives. One per process, plain memory and an eventfd; the library's lock protects it, and the
 * test's calls are made while no other thread is in the library.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest-umad/gumad_link.h"

#define FAKE_NOTED 64

struct fake_link {
	atomic_bool absent; /* no peer: open fails, and an open link is lost */
	atomic_bool slow; /* the opening of a link does not proceed */
	bool echo; /* each request returns as its answer, from its destination */
	bool full; /* send returns -EAGAIN */
	bool two_ports;
	/* if set: ports with this name, number, GUID, capability mask, state and node type */
	const struct chan_port_info *given;
	unsigned int given_count;
	bool reversed; /* the second port is the link's first */
	int register_error;
	uint32_t reconnect_ms; /* the grace period after a loss */

	unsigned int away_for; /* number of opens that return -EAGAIN */
	unsigned int hangs_up_for; /* number of opens that are disconnected without a reply */
	uint16_t lid, sm_lid; /* of the first port; 0: 7 and 1 */
	unsigned int portless_for; /* number of port queries that find none */

	unsigned int dials; /* that reached a peer */
	unsigned int opens; /* that completed */
	unsigned int refused; /* that reached no peer */
	unsigned int closes;
	unsigned int clients_opened;
	unsigned int clients_closed;
	unsigned int registered;
	unsigned int unregistered;
	unsigned int sent;
	struct chan_slot note[FAKE_NOTED]; /* the last ones, by number % FAKE_NOTED */
	unsigned int issm_raised;
	unsigned int issm_lowered;
};

extern struct fake_link fake;

/* A MAD for the library to receive. */
void fake_feed(const struct chan_slot *slot);
/* Makes the link's descriptor readable. */
void fake_ring(void);
