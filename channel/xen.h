/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Substrate xen: one session over pages that the guest grants, and an event channel
 * (docs/design.md, The channel). The data path is chan.h's. What the two ends must know of each
 * other travels through xenstore (abi/chan_xenbus.h), and so does the news that the other side is
 * gone: nothing here tells. A library of its own, with libxengnttab and libxenevtchn.
 *
 * Each channel has handles of its own for grants and events, so closing it frees all that it had,
 * and so does the kernel when the process is killed. Nothing blocks.
 *
 * Host: chan_bell() is the event channel's descriptor: EPOLLIN | EPOLLET, never read. Once it fired,
 * the channel stays masked until chan_sleep_ok(): while the host is busy no event of the guest costs
 * anything. A guest that rings for nothing CHAN_XEN_SPURIOUS_MAX times in a row is held: see
 * chan_unmask_due().
 *
 * Guest: chan_bell() is the event channel's descriptor, level-triggered. After a save and restore
 * grants and port are void: the channel rings nobody any more, and is freed like any other, before a
 * new one is made. The kernel could not bear to close the port's file then; so it stays open, in a
 * process of its own beyond the end of this one (evtchn_holder.h).
 */
#pragma once

#include <stdint.h>

#include "channel/chan.h"

/* Pages of a session, one reference each: 21 for the default of 128 slots. */
#define CHAN_XEN_REFS(slots) (CHAN_RING_MAP_BYTES(slots) / CHAN_RING_PAGE_BYTES)
#define CHAN_XEN_REFS_MAX CHAN_XEN_REFS(CHAN_RING_SLOTS_MAX)

/* Rings for nothing that are answered at once. One or two may happen to an honest guest. */
#define CHAN_XEN_SPURIOUS_MAX 8

/* What a front-end says of itself; nothing of it is believed. `slots` is the gateway's own. */
struct chan_xen_peer {
	uint32_t domid;
	uint32_t slots; /* valid for chan_ring.h */
	uint32_t refs; /* how many, in the order of the pages */
	const uint32_t *ref;
	uint32_t port; /* the front-end's, unbound */
};

/*
 * Host: maps the grants and binds the event channel. 0, or -errno and nothing is left: -EINVAL for a
 * wrong number of references, the same one twice, one that is not granted to this domain or for
 * reading only, and for a port that nobody offers.
 */
int chan_xen_host_new(const struct chan_xen_peer *peer, struct chan **ret);

/*
 * Guest: allocates the pages and grants them to the back-end, formats them and offers a port.
 * ret_ref: room for CHAN_XEN_REFS(slots). 0, or -errno and nothing is left: -ENOSPC is
 * gntalloc's limit.
 */
int chan_xen_guest_new(uint32_t backend_domid, uint32_t slots, struct chan **ret, uint32_t *ret_ref,
		       uint32_t *ret_port);
