/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The host's end of a Xen channel (xen.h): maps the pages that a guest granted, and rings its doorbell.
 *
 * Clearing comes before arming (chan_sleep_ok()): the slot of a cleared event is seen by the check of the
 * ring that follows.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xengnttab.h>

#include "base/container_of.h"
#include "channel/xen_priv.h"

struct xen_host {
	struct chan chan;
	struct chan_xen_events events;
	xengnttab_handle *grants;
	void *map;
	uint32_t pages;
	/* Ring state at the last doorbell, and the number of doorbells in a row that found nothing new. */
	uint32_t consumed, consumed_seen;
	uint32_t spurious;
};

static const struct chan_ops host_ops;

static struct xen_host *host_of(const struct chan *chan)
{
	assert(chan->ops == &host_ops);
	return container_of(chan, struct xen_host, chan);
}

/* Works in any state of the channel. */
static void host_close(struct chan *chan)
{
	struct xen_host *host = host_of(chan);

	chan_xen_events_close(&host->events);
	if (host->map)
		xengnttab_unmap(host->grants, host->map, host->pages);
	if (host->grants)
		xengnttab_close(host->grants);
	free(host);
}

static bool has_twice(const uint32_t *ref, uint32_t refs)
{
	for (uint32_t i = 1; i < refs; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (ref[i] == ref[j])
				return true;
		}
	}
	return false;
}

/* Maps all pages or none; xengnttab undoes a partial mapping itself. */
static int host_map(struct xen_host *host, const struct chan_xen_peer *peer)
{
	host->grants = xengnttab_open(&chan_xen_quiet, 0);
	if (!host->grants)
		return chan_xen_failure();
	host->map = xengnttab_map_domain_grant_refs(host->grants, peer->refs, peer->domid,
						    (uint32_t *)(uintptr_t)peer->ref,
						    PROT_READ | PROT_WRITE);
	return host->map ? 0 : chan_xen_failure();
}

static int host_bind(struct xen_host *host, const struct chan_xen_peer *peer)
{
	int err = chan_xen_events_open(&host->events);

	if (err)
		return err;
	return chan_xen_events_bound(&host->events,
				     xenevtchn_bind_interdomain(host->events.handle, peer->domid,
								peer->port));
}

int chan_xen_host_new(const struct chan_xen_peer *peer, struct chan **ret)
{
	struct xen_host *host;
	int err;

	assert(chan_ring_slots_valid(peer->slots));
	if (peer->refs != CHAN_XEN_REFS(peer->slots) || peer->domid >= CHAN_XEN_DOMIDS ||
	    has_twice(peer->ref, peer->refs))
		return -EINVAL;
	host = calloc(1, sizeof(*host));
	if (!host)
		return -ENOMEM;
	host->chan.ops = &host_ops;
	host->pages = peer->refs;
	err = host_map(host, peer);
	if (!err)
		err = host_bind(host, peer);
	if (err) {
		host_close(&host->chan);
		return err;
	}
	chan_ring_host_reset(host->map);
	chan_ring_host(host->map, peer->slots, &host->chan.out, &host->chan.in);
	*ret = &host->chan;
	return 0;
}

/* Fails when the guest's port is gone; xenstore reports that. */
static void host_ring(struct chan *chan)
{
	struct xen_host *host = host_of(chan);

	xenevtchn_notify(host->events.handle, host->events.port);
}

static int host_bell(const struct chan *chan)
{
	return xenevtchn_fd(host_of(chan)->events.handle);
}

/* Cannot fail: the port is ours until the close. */
static void host_unmask(struct chan *chan)
{
	struct xen_host *host = host_of(chan);

	chan->held = false;
	xenevtchn_unmask(host->events.handle, host->events.port);
}

/*
 * A doorbell was justified if a slot was consumed since the previous one, or if a full ring has room again.
 * (Since the previous doorbell, not the last check: a slot may be seen before its event.)
 */
static bool rang_for_something(struct xen_host *host)
{
	bool moved = host->consumed != host->chan.in.consumed ||
		     host->consumed_seen != host->chan.out.consumed_seen;

	host->consumed = host->chan.in.consumed;
	host->consumed_seen = host->chan.out.consumed_seen;
	return moved;
}

static int host_clear(struct chan *chan)
{
	struct xen_host *host = host_of(chan);
	int rang = chan_xen_events_take(&host->events);

	if (rang <= 0 && !chan->held)
		return rang;
	if (rang_for_something(host))
		host->spurious = 0;
	else if (host->spurious < CHAN_XEN_SPURIOUS_MAX)
		host->spurious++;
	else
		chan->held = true;
	if (!chan->held || !host->spurious)
		host_unmask(chan);
	return 0;
}

static const struct chan_ops host_ops = {
	.ring_bell = host_ring,
	.clear_bell = host_clear,
	.unmask = host_unmask,
	.bell_fd = host_bell,
	.close = host_close,
};
