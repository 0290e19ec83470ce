/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two ends of a Xen channel: grants, event channel, doorbells (xen.h).
 *
 * The event channel's driver (Linux, drivers/xen/evtchn.c): an event that is delivered masks its
 * port and puts it into the descriptor's queue; reading takes it out, writing it unmasks. What rings
 * meanwhile is one pending bit. So a queue never holds more than our one port, and EPOLLET sees
 * each event.
 *
 * Clearing comes before arming (chan_sleep_ok()): an event that is taken here rang for what the
 * look at the ring that follows will see.
 */
#include "channel/xen.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xentoollog.h>

#define DOMIDS 0x7ff0u /* xen.h's DOMID_FIRST_RESERVED */

struct chan_xen {
	struct chan chan;
	void *map;
	uint32_t pages;
	xengnttab_handle *gnttab; /* host: it holds the mapping */
	xengntshr_handle *gntshr; /* guest: it holds the pages */
	xenevtchn_handle *evtchn;
	evtchn_port_t port;
	/* Host: what the last doorbell found, and how many in a row found nothing new. */
	uint32_t consumed, consumed_seen;
	uint32_t spurious;
};

static const struct chan_ops host_ops, guest_ops;

static struct chan_xen *xen_of(const struct chan *chan)
{
	assert(chan->ops == &host_ops || chan->ops == &guest_ops);
	return (struct chan_xen *)((char *)(uintptr_t)chan - offsetof(struct chan_xen, chan));
}

/* A front-end's bad reference is its device's error, and no line of the library's in our log. */
static void quiet_message(struct xentoollog_logger *logger, xentoollog_level level, int errnoval,
			  const char *context, const char *format, va_list al)
{
}

static void quiet_progress(struct xentoollog_logger *logger, const char *context,
			   const char *doing_what, int percent, unsigned long done,
			   unsigned long total)
{
}

static void quiet_destroy(struct xentoollog_logger *logger)
{
}

static struct xentoollog_logger quiet = {
	.vmessage = quiet_message,
	.progress = quiet_progress,
	.destroy = quiet_destroy,
};

/* The libraries' calls fail with errno, but not each of them promises one. */
static int failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

/* Everything that the channel has, in whatever state it is. */
static void xen_close(struct chan *chan)
{
	struct chan_xen *xen = xen_of(chan);

	if (xen->evtchn)
		xenevtchn_close(xen->evtchn);
	if (xen->gnttab) {
		if (xen->map)
			xengnttab_unmap(xen->gnttab, xen->map, xen->pages);
		xengnttab_close(xen->gnttab);
	}
	if (xen->gntshr) {
		if (xen->map)
			xengntshr_unshare(xen->gntshr, xen->map, xen->pages);
		xengntshr_close(xen->gntshr);
	}
	free(xen);
}

static struct chan_xen *xen_new(const struct chan_ops *ops, uint32_t slots)
{
	struct chan_xen *xen = calloc(1, sizeof(*xen));

	if (xen) {
		xen->chan.ops = ops;
		xen->pages = CHAN_XEN_REFS(slots);
	}
	return xen;
}

/* A handle whose reads do not wait, as xenevtchn_pending() would. */
static int events_open(struct chan_xen *xen)
{
	int fd, flags;

	xen->evtchn = xenevtchn_open(&quiet, 0);
	if (!xen->evtchn)
		return failure();
	fd = xenevtchn_fd(xen->evtchn);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return failure();
	return 0;
}

static int port_keep(struct chan_xen *xen, xenevtchn_port_or_error_t port)
{
	if (port < 0)
		return failure();
	xen->port = (evtchn_port_t)port;
	return 0;
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

/* All of the pages or none of them; xengnttab undoes its part itself. */
static int host_map(struct chan_xen *xen, const struct chan_xen_peer *peer)
{
	xen->gnttab = xengnttab_open(&quiet, 0);
	if (!xen->gnttab)
		return failure();
	xen->map = xengnttab_map_domain_grant_refs(xen->gnttab, peer->refs, peer->domid,
						   (uint32_t *)(uintptr_t)peer->ref,
						   PROT_READ | PROT_WRITE);
	return xen->map ? 0 : failure();
}

int chan_xen_host_new(const struct chan_xen_peer *peer, struct chan **ret)
{
	struct chan_xen *xen;
	int err;

	assert(chan_ring_slots_valid(peer->slots));
	if (peer->refs != CHAN_XEN_REFS(peer->slots) || peer->domid >= DOMIDS ||
	    has_twice(peer->ref, peer->refs))
		return -EINVAL;
	xen = xen_new(&host_ops, peer->slots);
	if (!xen)
		return -ENOMEM;
	err = host_map(xen, peer);
	if (!err)
		err = events_open(xen);
	if (!err)
		err = port_keep(xen,
				xenevtchn_bind_interdomain(xen->evtchn, peer->domid, peer->port));
	if (err) {
		xen_close(&xen->chan);
		return err;
	}
	chan_ring_host_reset(xen->map);
	chan_ring_host(xen->map, peer->slots, &xen->chan.out, &xen->chan.in);
	*ret = &xen->chan;
	return 0;
}

static int guest_share(struct chan_xen *xen, uint32_t backend_domid, uint32_t *ret_ref)
{
	xen->gntshr = xengntshr_open(&quiet, 0);
	if (!xen->gntshr)
		return failure();
	xen->map = xengntshr_share_pages(xen->gntshr, backend_domid, (int)xen->pages, ret_ref, 1);
	return xen->map ? 0 : failure();
}

int chan_xen_guest_new(uint32_t backend_domid, uint32_t slots, struct chan **ret, uint32_t *ret_ref,
		       uint32_t *ret_port)
{
	struct chan_xen *xen;
	int err;

	assert(chan_ring_slots_valid(slots));
	if (backend_domid >= DOMIDS)
		return -EINVAL;
	xen = xen_new(&guest_ops, slots);
	if (!xen)
		return -ENOMEM;
	err = guest_share(xen, backend_domid, ret_ref);
	if (!err)
		err = events_open(xen);
	if (!err)
		err = port_keep(xen, xenevtchn_bind_unbound_port(xen->evtchn, backend_domid));
	if (err) {
		xen_close(&xen->chan);
		return err;
	}
	memset(xen->map, 0, CHAN_RING_MAP_BYTES(slots));
	chan_ring_format(xen->map, slots);
	chan_ring_guest(xen->map, slots, &xen->chan.out, &xen->chan.in);
	*ret_port = xen->port;
	*ret = &xen->chan;
	return 0;
}

/* It fails when the other side's port is gone; that is heard of in xenstore. */
static void xen_ring(struct chan *chan)
{
	struct chan_xen *xen = xen_of(chan);

	xenevtchn_notify(xen->evtchn, xen->port);
}

static int xen_bell(const struct chan *chan)
{
	return xenevtchn_fd(xen_of(chan)->evtchn);
}

/* 1: it rang, and is masked until it is unmasked; 0; -errno. */
static int bell_take(struct chan_xen *xen)
{
	if (xenevtchn_pending(xen->evtchn) >= 0)
		return 1;
	return errno == EAGAIN || errno == EINTR ? 0 : failure();
}

static int guest_clear(struct chan *chan)
{
	struct chan_xen *xen = xen_of(chan);
	int rang = bell_take(xen);

	if (rang > 0 && xenevtchn_unmask(xen->evtchn, xen->port) < 0)
		return failure();
	return rang < 0 ? rang : 0;
}

static void host_unmask(struct chan *chan)
{
	struct chan_xen *xen = xen_of(chan);

	chan->held = false;
	/* It cannot fail: the port is ours until the close. */
	xenevtchn_unmask(xen->evtchn, xen->port);
}

/*
 * A doorbell rang for something if a slot was taken since the one before, or room was found that a
 * full ring had waited for. (Rather than since the last look: a slot may be seen before its event.)
 */
static bool was_worth_it(struct chan_xen *xen)
{
	bool moved = xen->consumed != xen->chan.in.consumed ||
		     xen->consumed_seen != xen->chan.out.consumed_seen;

	xen->consumed = xen->chan.in.consumed;
	xen->consumed_seen = xen->chan.out.consumed_seen;
	return moved;
}

static int host_clear(struct chan *chan)
{
	struct chan_xen *xen = xen_of(chan);
	int rang = bell_take(xen);

	if (rang <= 0 && !chan->held)
		return rang;
	if (was_worth_it(xen))
		xen->spurious = 0;
	else if (xen->spurious < CHAN_XEN_SPURIOUS_MAX)
		xen->spurious++;
	else
		chan->held = true;
	if (!chan->held || !xen->spurious)
		host_unmask(chan);
	return 0;
}

static const struct chan_ops host_ops = {
	.ring_bell = xen_ring,
	.clear_bell = host_clear,
	.unmask = host_unmask,
	.bell_fd = xen_bell,
	.close = xen_close,
};

static const struct chan_ops guest_ops = {
	.ring_bell = xen_ring,
	.clear_bell = guest_clear,
	.bell_fd = xen_bell,
	.close = xen_close,
};
