/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Substrate xen: one session over pages that the guest grants, and an event channel
 * (docs/design.md, The channel). The data path is in chan.h. The two ends exchange their parameters
 * through xenstore (abi/chan_xenbus.h), which also reports the end of the other side; this file does
 * not. It is a separate library, with libxengnttab and libxenevtchn.
 *
 * Each channel has its own handles for grants and events, so closing it, or the end of the process,
 * releases everything. Nothing blocks.
 *
 * Host: chan_bell() is the event channel's descriptor: EPOLLIN | EPOLLET, never read. After it has fired,
 * the event channel stays masked until chan_sleep_ok(), so a busy host gets no events. If a guest rings
 * without a new slot CHAN_XEN_SPURIOUS_MAX times in a row, the event channel stays masked: see
 * chan_unmask_due().
 *
 * Guest: chan_bell() is the event channel's descriptor, level-triggered. After a save and restore,
 * grants and port are void; free the channel before making a new one. The kernel would crash at the last
 * close of the port's file, so another process keeps it open (evtchn_holder.h).
 */
#pragma once

#include <stdint.h>

#include "channel/chan.h"

/* Pages of a session, one reference each: 21 for the default of 128 slots. */
#define CHAN_XEN_REFS(slots) (CHAN_RING_MAP_BYTES(slots) / CHAN_RING_PAGE_BYTES)
#define CHAN_XEN_REFS_MAX CHAN_XEN_REFS(CHAN_RING_SLOTS_MAX)

/* Spurious doorbells in a row that do not mask. A correct guest may cause one or two. */
#define CHAN_XEN_SPURIOUS_MAX 8

/* The front-end's parameters, unchecked, except for `slots`, which the gateway sets. */
struct chan_xen_peer {
	uint32_t domid;
	uint32_t slots; /* valid for chan_ring.h */
	uint32_t refs; /* how many, in the order of the pages */
	const uint32_t *ref;
	uint32_t port; /* the front-end's, unbound */
};

/*
 * Host: maps the grants and binds the event channel. 0, or -errno without a change: -EINVAL for a
 * wrong number of references, a repeated one, one that is not granted to this domain or is granted
 * read-only, and for a port that the front-end does not offer.
 */
int chan_xen_host_new(const struct chan_xen_peer *peer, struct chan **ret);

/*
 * Guest: allocates the pages and grants them to the back-end, formats them and offers a port.
 * ret_ref: CHAN_XEN_REFS(slots) elements. 0, or -errno without a change; -ENOSPC: gntalloc's limit.
 */
int chan_xen_guest_new(uint32_t backend_domid, uint32_t slots, struct chan **ret, uint32_t *ret_ref,
		       uint32_t *ret_port);
