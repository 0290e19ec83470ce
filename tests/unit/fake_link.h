/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A link (gumad_link.h) without a peer: what the library sends is noted or echoed, what the test
 * feeds is received. One per process, plain memory and an eventfd; the library's lock protects it,
 * and the test's own calls are made while no other thread is in the library.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest-umad/gumad_link.h"

#define FAKE_NOTED 64

struct fake_link {
	atomic_bool absent; /* nobody there: open fails, and an open link is lost */
	atomic_bool slow; /* a link that is being opened does not get on */
	bool echo; /* each request comes back as its answer, from where it was sent to */
	bool full; /* send says -EAGAIN */
	bool two_ports;
	/* instead of those: ports with this name, number, GUID, capability mask, state and node type */
	const struct chan_port_info *given;
	unsigned int given_count;
	bool reversed; /* the second of them is the link's first */
	int register_error;
	uint32_t reconnect_ms; /* how long a lost peer is awaited */

	unsigned int away_for; /* so many opens say: try again */
	unsigned int hangs_up_for; /* so many opens end without a word */
	uint16_t lid, sm_lid; /* of the first port; 0: 7 and 1 */
	unsigned int portless_for; /* so many questions for a port find none yet */

	unsigned int dials; /* that found somebody */
	unsigned int opens; /* that came to a link */
	unsigned int refused; /* that found nobody */
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
/* Make the link's descriptor say that something happened. */
void fake_ring(void);
