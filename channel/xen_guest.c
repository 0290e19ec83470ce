/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest's end of a Xen channel (xen.h): grants pages, offers a port, and survives a restore.
 *
 * After a restore grants and port are void. The pages can be freed; the holder keeps the port's file
 * (evtchn_holder.h). The guest is not notified of a restore, so close asks the kernel whether the port
 * still exists. If another channel of this process has the same number by then, the older port is void.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <xengnttab.h>

#include "base/container_of.h"
#include "channel/evtchn_holder.h"
#include "channel/xen_priv.h"

struct xen_guest {
	struct chan chan;
	struct chan_xen_events events;
	xengntshr_handle *grants;
	void *map;
	uint32_t pages;
	uint32_t backend_domid;
	bool kept; /* the holder has the port's file */
	bool bound; /* and in `bound_guests` */
	bool is_void; /* the kernel does not know the port, or another channel has its number */
	LIST_ENTRY(xen_guest) link;
};

/* All channels with a port. The lock also covers the end of a port. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(xen_guest_list, xen_guest) bound_guests = LIST_HEAD_INITIALIZER(bound_guests);

static const struct chan_ops guest_ops;

static struct xen_guest *guest_of(const struct chan *chan)
{
	assert(chan->ops == &guest_ops);
	return container_of(chan, struct xen_guest, chan);
}

/* A port number is in use once: an older channel with the same number has lost its port. */
static void guest_register(struct xen_guest *guest)
{
	struct xen_guest *other;

	for (other = LIST_FIRST(&bound_guests); other; other = LIST_NEXT(other, link)) {
		if (other->events.port == guest->events.port)
			other->is_void = true;
	}
	LIST_INSERT_HEAD(&bound_guests, guest, link);
	guest->bound = true;
}

static void guest_unregister(struct xen_guest *guest)
{
	LIST_REMOVE(guest, link);
	if (!guest->is_void)
		guest->is_void = !chan_xen_port_is_known(guest->events.port, guest->backend_domid);
}

/* Works in any state of the channel. */
static void guest_close(struct chan *chan)
{
	struct xen_guest *guest = guest_of(chan);
	int fd = guest->kept ? xenevtchn_fd(guest->events.handle) : -1;

	pthread_mutex_lock(&lock);
	if (guest->bound)
		guest_unregister(guest);
	if (guest->is_void)
		chan_evtchn_holder_void(fd);
	chan_xen_events_close(&guest->events);
	if (guest->kept)
		chan_evtchn_holder_end(fd);
	pthread_mutex_unlock(&lock);
	if (guest->map)
		xengntshr_unshare(guest->grants, guest->map, guest->pages);
	if (guest->grants)
		xengntshr_close(guest->grants);
	free(guest);
}

static int guest_share(struct xen_guest *guest, uint32_t *ret_ref)
{
	guest->grants = xengntshr_open(&chan_xen_quiet, 0);
	if (!guest->grants)
		return chan_xen_failure();
	guest->map = xengntshr_share_pages(guest->grants, guest->backend_domid, (int)guest->pages,
					   ret_ref, 1);
	if (!guest->map)
		return chan_xen_failure();
	memset(guest->map, 0, (size_t)guest->pages * CHAN_RING_PAGE_BYTES);
	return 0;
}

static int guest_bind(struct xen_guest *guest)
{
	int fd, err = chan_xen_events_open(&guest->events);

	if (err)
		return err;
	fd = xenevtchn_fd(guest->events.handle);
	pthread_mutex_lock(&lock);
	err = chan_evtchn_hold(fd);
	guest->kept = !err;
	if (!err)
		err = chan_xen_events_bound(&guest->events,
					    xenevtchn_bind_unbound_port(guest->events.handle,
									guest->backend_domid));
	if (!err) {
		chan_evtchn_holder_port(fd, guest->events.port, guest->backend_domid);
		guest_register(guest);
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int chan_xen_guest_new(uint32_t backend_domid, uint32_t slots, struct chan **ret, uint32_t *ret_ref,
		       uint32_t *ret_port)
{
	struct xen_guest *guest;
	int err;

	assert(chan_ring_slots_valid(slots));
	if (backend_domid >= CHAN_XEN_DOMIDS)
		return -EINVAL;
	guest = calloc(1, sizeof(*guest));
	if (!guest)
		return -ENOMEM;
	guest->chan.ops = &guest_ops;
	guest->backend_domid = backend_domid;
	guest->pages = CHAN_XEN_REFS(slots);
	err = guest_share(guest, ret_ref);
	if (!err)
		err = guest_bind(guest);
	if (err) {
		guest_close(&guest->chan);
		return err;
	}
	chan_ring_format(guest->map, slots);
	chan_ring_guest(guest->map, slots, &guest->chan.out, &guest->chan.in);
	*ret_port = guest->events.port;
	*ret = &guest->chan;
	return 0;
}

/* Fails when the host's port is gone; xenstore reports that. */
static void guest_ring(struct chan *chan)
{
	struct xen_guest *guest = guest_of(chan);

	xenevtchn_notify(guest->events.handle, guest->events.port);
}

static int guest_bell(const struct chan *chan)
{
	return xenevtchn_fd(guest_of(chan)->events.handle);
}

static int guest_clear(struct chan *chan)
{
	struct xen_guest *guest = guest_of(chan);
	int rang = chan_xen_events_take(&guest->events);

	if (rang > 0 && xenevtchn_unmask(guest->events.handle, guest->events.port) < 0)
		return chan_xen_failure();
	return rang < 0 ? rang : 0;
}

static const struct chan_ops guest_ops = {
	.ring_bell = guest_ring,
	.clear_bell = guest_clear,
	.bell_fd = guest_bell,
	.close = guest_close,
};
