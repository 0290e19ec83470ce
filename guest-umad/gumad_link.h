/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The seam under the umad library: how a process reaches its ports. Chosen when linking:
 * guest-umad/link_channel.c (the gateway, through the local channel) makes the guest's library,
 * tests/fabric/link_ibsim.c (a node of the simulated fabric) makes the tests' native one.
 *
 * One link per process, opened on first use and again after a fork or a lost peer. All calls are
 * made under the library's lock, so opening never waits. Those that ask the peer something (all but
 * open, ready, send, flush, recv and fd) may wait for it, for a bounded time; MADs that arrive meanwhile
 * are kept for gumad_link_recv(), which the library calls before it lets go of the lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"
#include "channel/abi/chan_slot.h"
#include "guest-umad/kmad.h"

struct gumad_link;

#define GUMAD_MAX_PORTS 16

struct gumad_port_info {
	struct chan_port_info info;
	uint16_t pkey[128]; /* info.pkeys of them */
};

/* What differs between links that kmad must know. */
struct gumad_link_traits {
	bool link_times_out;
	uint32_t grace_ms;
	/* How long another peer is awaited when one was lost; 0: it is unplugged at once. */
	uint32_t reconnect_ms;
};

struct gumad_link_traits gumad_link_traits(void);

/* Begins: 0 and a link that is of use when gumad_link_ready() says so, or -errno as that. */
int gumad_link_open(struct gumad_link **ret);
/*
 * Goes on: 1, it is ready; 0, not yet: again when gumad_link_fd() is readable (it may be another one
 * now, or -1) and now and then. -ENODEV, nothing there, as if no adapter were plugged in; -EAGAIN, it
 * went just now, and may be back in a moment; -ECONNRESET, it hung up without a word: it went just now,
 * or will not have us. After an error only gumad_link_close() is left to do.
 */
int gumad_link_ready(struct gumad_link *link);
/* In a forked child the session is the parent's: it is let go of without a word to the peer. */
void gumad_link_close(struct gumad_link *link);

/* Number of ports; their attributes as of now (never cached from the time of opening). */
int gumad_link_ports(struct gumad_link *link);
int gumad_link_port_info(struct gumad_link *link, unsigned int port, struct gumad_port_info *ret);

/* Requests that the peer takes at a time, 0: any number. */
uint32_t gumad_link_outstanding(struct gumad_link *link);

/* An opener of a port came or went (client number chosen by the caller). */
int gumad_link_client_open(struct gumad_link *link, unsigned int port, uint16_t client);
void gumad_link_client_close(struct gumad_link *link, uint16_t client);

/* Tell the peer of an agent. 0 or -errno, as the kernel's registration. */
int gumad_link_register(struct gumad_link *link, unsigned int port, uint16_t client, uint16_t agent,
			const struct kmad_reg *reg);
void gumad_link_unregister(struct gumad_link *link, unsigned int port, uint16_t client,
			   uint16_t agent);

int gumad_link_set_issm(struct gumad_link *link, unsigned int port, bool on);

/* Queue one MAD. -EAGAIN when full, -ENODEV when the peer is gone. */
int gumad_link_send(struct gumad_link *link, const struct chan_slot *slot);
/* Wake the peer if it needs it; called once after a batch of sends. */
void gumad_link_flush(struct gumad_link *link);
/* Next MAD into *slot: 1, 0 when there is none, -ENODEV when the peer is gone. */
int gumad_link_recv(struct gumad_link *link, struct chan_slot *slot);

/*
 * More MADs wait, or may, and gumad_link_fd() shows it: gumad_link_recv() need not be called until it
 * returns 0.
 */
bool gumad_link_shows(const struct gumad_link *link);

/*
 * Instead of polling: true, and gumad_link_peek() tells when there may be something to receive; until
 * gumad_link_recv() returns 0 the descriptor does not. False: this link only has the descriptor.
 */
bool gumad_link_look(struct gumad_link *link);
bool gumad_link_peek(const struct gumad_link *link);

/*
 * A descriptor that polls readable when something arrived, or there is room again for what did not
 * go out. Level-triggered; gumad_link_recv() returning 0 and gumad_link_flush() clear it.
 */
int gumad_link_fd(struct gumad_link *link);
