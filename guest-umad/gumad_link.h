/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface below the umad library: how a process reaches its ports. The implementation is chosen when
 * linking: guest-umad/link_channel.c (the gateway, through the local channel) for the guest's library,
 * tests/fabric/link_ibsim.c (a node of the simulated fabric) for the tests' native one.
 *
 * One link per process, opened on first use and again after a fork or a lost peer. All calls are
 * made under the library's lock, so opening never blocks. Calls that ask the peer (all except
 * open, ready, send, flush, recv and fd) may block, for a limited time; MADs that arrive meanwhile
 * are kept for gumad_link_recv(), which the library calls before it releases the lock.
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

/* Properties of a link that kmad needs. */
struct gumad_link_traits {
	bool link_times_out;
	uint32_t grace_ms;
	/* How long to wait for another peer when one was lost; 0: not at all. */
	uint32_t reconnect_ms;
};

struct gumad_link_traits gumad_link_traits(void);

/* Starts opening: 0 and a link that may be used when gumad_link_ready() returns 1; or -errno as there. */
int gumad_link_open(struct gumad_link **ret);
/*
 * Continues opening. 1: ready. 0: not yet, call again when gumad_link_fd() is readable (it may have changed,
 * or be -1) and now and then. -ENODEV: no gateway, as without an adapter. -EAGAIN: the gateway has just ended
 * and may be back soon. -ECONNRESET: it closed the connection before the welcome, because it ended or refuses
 * this process. After an error only gumad_link_close() may be called.
 */
int gumad_link_ready(struct gumad_link *link);
/* Closes the link. In a forked child this does not affect the parent's session. */
void gumad_link_close(struct gumad_link *link);

/* Number of ports; their current attributes (not those at the time of opening). */
int gumad_link_ports(struct gumad_link *link);
int gumad_link_port_info(struct gumad_link *link, unsigned int port, struct gumad_port_info *ret);

/* Requests that the peer takes at a time, 0: any number. */
uint32_t gumad_link_outstanding(struct gumad_link *link);

/* Opens or closes a client on a port; the caller chooses the client's number. */
int gumad_link_client_open(struct gumad_link *link, unsigned int port, uint16_t client);
void gumad_link_client_close(struct gumad_link *link, uint16_t client);

/* Registers an agent with the peer. 0 or -errno, as the kernel's registration. */
int gumad_link_register(struct gumad_link *link, unsigned int port, uint16_t client, uint16_t agent,
			const struct kmad_reg *reg);
void gumad_link_unregister(struct gumad_link *link, unsigned int port, uint16_t client,
			   uint16_t agent);

int gumad_link_set_issm(struct gumad_link *link, unsigned int port, bool on);

/* Queues one MAD. -EAGAIN: the queue is full; -ENODEV: the peer is lost. */
int gumad_link_send(struct gumad_link *link, const struct chan_slot *slot);
/* Rings the peer's doorbell if needed; called once after a batch of sends. */
void gumad_link_flush(struct gumad_link *link);
/* Next MAD into *slot: 1; 0 if there is none; -ENODEV: the peer is lost. */
int gumad_link_recv(struct gumad_link *link, struct chan_slot *slot);

/*
 * True: more MADs may wait, and gumad_link_fd() is readable then, so gumad_link_recv() need not be called until
 * it returns 0.
 */
bool gumad_link_shows(const struct gumad_link *link);

/*
 * Busy polling instead of sleeping. True: gumad_link_peek() tells whether there may be something to receive,
 * and until gumad_link_recv() returns 0 the descriptor does not. False: this link only has the descriptor.
 */
bool gumad_link_look(struct gumad_link *link);
bool gumad_link_peek(const struct gumad_link *link);

/*
 * A descriptor that is readable when something has arrived, or when there is room again after a full queue.
 * Level-triggered; gumad_link_recv() returning 0 and gumad_link_flush() clear it.
 */
int gumad_link_fd(struct gumad_link *link);
