/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/fake_xen.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "channel/evtchn_holder.h"

#define PAGE 4096u
#define GRANTS 1024u
#define FIRST_REF 8u
#define PORTS 64u

/* A handle of either kind, with at most one area. */
struct xengntdev_handle {
	int memfd;
	uint32_t first, pages; /* its grants */
};

struct xenevtchn_handle {
	int fd; /* eventfd: readable while the port is queued */
	evtchn_port_t port; /* 0: none */
};

struct grant {
	int memfd; /* -1: free */
	uint32_t page;
	bool writable;
};

struct port {
	struct xenevtchn_handle *owner; /* NULL: free */
	evtchn_port_t peer;
	bool of_guest, masked, pending;
};

static struct grant grants[GRANTS];
static struct port ports[PORTS];
static unsigned int handles, shared, mapped, bound, held, kept, fail_in;
static int kept_fd = -1; /* closed with its handle */

unsigned int fake_xen_in_use(void)
{
	return handles + shared + mapped + bound + held;
}

void fake_xen_fail(unsigned int call)
{
	fail_in = call;
}

static bool fails(void)
{
	if (!fail_in || --fail_in)
		return false;
	errno = EIO;
	return true;
}

static struct grant *grant_of(uint32_t ref)
{
	if (ref < FIRST_REF || ref - FIRST_REF >= GRANTS)
		return NULL;
	return grants[ref - FIRST_REF].memfd > 0 ? &grants[ref - FIRST_REF] : NULL;
}

void fake_xen_read_only(uint32_t ref)
{
	grant_of(ref)->writable = false;
}

void fake_xen_revoke(uint32_t ref)
{
	grant_of(ref)->memfd = 0;
}

/* --- grants: the guest's side --- */

static struct xengntdev_handle *handle_new(void)
{
	struct xengntdev_handle *handle;

	if (fails())
		return NULL;
	handle = calloc(1, sizeof(*handle));
	assert(handle);
	handles++;
	return handle;
}

xengntshr_handle *xengntshr_open(struct xentoollog_logger *logger, unsigned int flags)
{
	assert(logger); /* the default logger prints a line for each error of a guest */
	return handle_new();
}

int xengntshr_close(xengntshr_handle *handle)
{
	if (handle->memfd) {
		for (uint32_t i = 0; i < handle->pages; i++)
			grants[handle->first + i].memfd = 0;
		close(handle->memfd);
	}
	free(handle);
	handles--;
	return 0;
}

static bool has_room(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (grants[first + i].memfd)
			return false;
	}
	return true;
}

void *xengntshr_share_pages(xengntshr_handle *handle, uint32_t domid, int count, uint32_t *refs,
			    int writable)
{
	uint32_t pages = (uint32_t)count, first = 0;
	void *map;

	if (fails())
		return NULL;
	assert(!handle->memfd);
	while (first + pages <= GRANTS && !has_room(first, pages))
		first++;
	if (first + pages > GRANTS) {
		errno = ENOSPC;
		return NULL;
	}
	*handle = (struct xengntdev_handle){
		.memfd = memfd_create("fake-grants", MFD_CLOEXEC), .first = first, .pages = pages};
	assert(handle->memfd > 0 && !ftruncate(handle->memfd, (off_t)pages * PAGE));
	map = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, handle->memfd,
		   0);
	assert(map != MAP_FAILED);
	for (uint32_t i = 0; i < pages; i++) {
		grants[first + i] = (struct grant){handle->memfd, i, writable};
		refs[i] = FIRST_REF + first + i;
	}
	shared += pages;
	return map;
}

int xengntshr_unshare(xengntshr_handle *handle, void *map, uint32_t count)
{
	assert(!munmap(map, (size_t)count * PAGE));
	shared -= count;
	return 0;
}

/* --- grants: the back-end's side --- */

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger, unsigned int flags)
{
	assert(logger);
	return handle_new();
}

int xengnttab_close(xengnttab_handle *handle)
{
	free(handle);
	handles--;
	return 0;
}

static bool may_map(uint32_t domid, uint32_t ref, int prot)
{
	const struct grant *grant = grant_of(ref);

	return domid == FAKE_XEN_GUEST && grant && (grant->writable || !(prot & PROT_WRITE));
}

void *xengnttab_map_domain_grant_refs(xengnttab_handle *handle, uint32_t count, uint32_t domid,
				      uint32_t *refs, int prot)
{
	uint8_t *map;

	if (fails())
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (!may_map(domid, refs[i], prot)) {
			errno = EINVAL;
			return NULL;
		}
	}
	map = mmap(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert(map != MAP_FAILED);
	for (uint32_t i = 0; i < count; i++) {
		const struct grant *grant = grant_of(refs[i]);
		void *page = mmap(map + (size_t)i * PAGE, PAGE, prot, MAP_SHARED | MAP_FIXED,
				  grant->memfd, (off_t)grant->page * PAGE);

		assert(page != MAP_FAILED);
	}
	mapped += count;
	return map;
}

int xengnttab_unmap(xengnttab_handle *handle, void *map, uint32_t count)
{
	assert(!munmap(map, (size_t)count * PAGE));
	mapped -= count;
	return 0;
}

/* --- event channels --- */

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
	struct xenevtchn_handle *handle;

	assert(logger);
	if (fails())
		return NULL;
	handle = calloc(1, sizeof(*handle));
	assert(handle);
	handle->fd = eventfd(0, EFD_CLOEXEC);
	assert(handle->fd >= 0);
	handles++;
	return handle;
}

int xenevtchn_close(xenevtchn_handle *handle)
{
	struct port *port = &ports[handle->port];
	bool is_kept = handle->fd == kept_fd;

	if (is_kept)
		kept_fd = -1;
	if (handle->port && !is_kept) {
		assert(port->owner == handle); /* BUG() in the kernel */
		ports[port->peer].peer = 0;
		*port = (struct port){.owner = NULL};
		bound--;
	}
	close(handle->fd);
	free(handle);
	handles--;
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *handle)
{
	return handle->fd;
}

static void deliver(struct port *port)
{
	static const uint64_t one = 1;

	if (port->masked) {
		port->pending = true;
		return;
	}
	port->masked = true;
	assert(write(port->owner->fd, &one, sizeof(one)) == sizeof(one));
}

static xenevtchn_port_or_error_t port_new(xenevtchn_handle *handle, bool of_guest)
{
	assert(!handle->port);
	for (evtchn_port_t i = 1; i < PORTS; i++) {
		if (ports[i].owner)
			continue;
		ports[i] = (struct port){.owner = handle, .of_guest = of_guest};
		handle->port = i;
		bound++;
		return (xenevtchn_port_or_error_t)i;
	}
	errno = ENOSPC;
	return -1;
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *handle, uint32_t domid)
{
	assert(held > 0); /* by the holder, before the port exists */
	return fails() ? -1 : port_new(handle, true);
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *handle, uint32_t domid,
						     evtchn_port_t remote)
{
	xenevtchn_port_or_error_t local;

	if (fails())
		return -1;
	if (domid != FAKE_XEN_GUEST || remote >= PORTS || !ports[remote].of_guest ||
	    ports[remote].peer) {
		errno = EINVAL;
		return -1;
	}
	local = port_new(handle, false);
	if (local < 0)
		return local;
	ports[remote].peer = (evtchn_port_t)local;
	ports[local].peer = remote;
	deliver(&ports[local]); /* as the hypervisor does: an event may be pending */
	return local;
}

int xenevtchn_notify(xenevtchn_handle *handle, evtchn_port_t port)
{
	assert(handle->port == port);
	if (ports[port].owner == handle && ports[port].peer)
		deliver(&ports[ports[port].peer]);
	return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *handle)
{
	uint64_t count;

	assert(fcntl(handle->fd, F_GETFL) & O_NONBLOCK);
	if (read(handle->fd, &count, sizeof(count)) < 0)
		return -1;
	assert(count == 1);
	return (xenevtchn_port_or_error_t)handle->port;
}

int xenevtchn_unmask(xenevtchn_handle *handle, evtchn_port_t number)
{
	struct port *port = &ports[number];

	assert(handle->port == number);
	if (port->owner != handle || !port->masked)
		return 0;
	port->masked = false;
	if (port->pending) {
		port->pending = false;
		deliver(port);
	}
	return 0;
}

/* --- save and restore --- */

void fake_xen_restore(void)
{
	for (evtchn_port_t i = 1; i < PORTS; i++) {
		if (!ports[i].owner || !ports[i].of_guest)
			continue;
		ports[ports[i].peer].peer = 0;
		ports[i] = (struct port){.owner = NULL};
		bound--;
	}
	/* Freeing pages whose grants are void is harmless. */
}

bool chan_xen_port_is_known(uint32_t number, uint32_t domid)
{
	return !fails() && number < PORTS && ports[number].owner;
}

int chan_evtchn_hold(int fd)
{
	if (fails())
		return -EIO;
	held++;
	return 0;
}

void chan_evtchn_holder_port(int fd, uint32_t port, uint32_t domid)
{
	assert(held && ports[port].owner->fd == fd);
}

void chan_evtchn_holder_void(int fd)
{
	assert(held && kept_fd < 0);
	kept_fd = fd;
	kept++;
}

void chan_evtchn_holder_end(int fd)
{
	assert(held && fcntl(fd, F_GETFD) < 0); /* the holder closes it last */
	held--;
}

unsigned int fake_xen_kept(void)
{
	return kept;
}
