/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The link: opened in steps that do not wait, then given the existing files and agents, and closed when it
 * is lost or unused.
 *
 * After a loss the library waits for the next peer for the grace period (umad_grace.c), and requests wait.
 * After the grace period pending requests end with ETIMEDOUT, as with an unplugged cable, and sends fail.
 * The open ports stay, and a timer tries for a new link.
 */
#include "guest-umad/umad_lib.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

int gumad_find_index(const char *ca_name, int portnum)
{
	struct gumad_port_info info;
	int n = gumad.link ? gumad_link_ports(gumad.link) : 0;

	for (int i = 0; i < n; i++) {
		if (gumad_link_port_info(gumad.link, (unsigned int)i, &info) < 0)
			continue;
		if (!strncmp(info.info.ca_name, ca_name, sizeof(info.info.ca_name)) &&
		    info.info.port_num == portnum)
			return i;
	}
	return -ENODEV;
}

/* Registers a file that was opened before the link. */
static void file_announce(struct gumad_file *f)
{
	uint16_t client = f->client;

	if (f->port->index < 0)
		return;
	if (gumad_link_client_open(gumad.link, (unsigned int)f->port->index, client) < 0)
		return;
	for (uint16_t a = 0; a < KMAD_MAX_AGENTS; a++)
		if (f->agent[a].used)
			gumad_link_register(gumad.link, (unsigned int)f->port->index, client, a,
					    &f->agent[a].reg);
}

/* False while a used port is missing on the link and the grace period runs. */
static bool ports_found(void)
{
	bool all = true;

	for (unsigned int i = 0; i < gumad.ports; i++) {
		struct gumad_port *port = &gumad.port[i];

		port->index = gumad_find_index(port->ca_name, port->portnum);
		all &= port->index >= 0 || !port->files;
	}
	if (all && !LIST_EMPTY(&gumad.files))
		gumad_grace_end();
	return all || !gumad_in_grace();
}

static void link_watch(int fd)
{
	struct gumad_file *f;

	gumad.link_fd = fd;
	LIST_FOREACH (f, &gumad.files, of_all)
		gumad_file_watch(f);
}

/* Before the close: epoll would report a descriptor that a forked child still has open. */
static void link_unwatch(void)
{
	struct gumad_file *f;

	if (gumad.link_fd < 0)
		return;
	LIST_FOREACH (f, &gumad.files, of_all)
		epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, gumad.link_fd, NULL);
	gumad.link_fd = -1;
}

static void opening_drop(void)
{
	link_unwatch();
	if (gumad.opening)
		gumad_link_close(gumad.opening);
	gumad.opening = NULL;
}

/* Takes the opened link into use. 0; -EAGAIN: it is not usable yet. */
static int link_take(void)
{
	struct gumad_file *f;

	gumad.link = gumad.opening;
	gumad.opening = NULL;
	gumad.lost = false;
	link_watch(gumad_link_fd(gumad.link));
	if (!ports_found()) {
		gumad_detach();
		return -EAGAIN;
	}
	gumad.attachments++;
	gumad.backoff_ms = GUMAD_BACKOFF_FIRST_MS;
	for (unsigned int i = 0; i < gumad.ports; i++)
		gumad_issm_restore(&gumad.port[i]);
	LIST_FOREACH (f, &gumad.files, of_all)
		file_announce(f);
	return 0;
}

/* 0: there is a link; -EINPROGRESS; or -errno as gumad_link_open() and gumad_link_ready(). */
static int open_step(void)
{
	int r = 0;

	if (!gumad.opening)
		r = gumad_link_open(&gumad.opening);
	if (r < 0) {
		gumad.opening = NULL;
		return r;
	}
	r = gumad_link_ready(gumad.opening);
	if (r > 0)
		return link_take();
	if (r < 0) {
		opening_drop();
		return r;
	}
	if (gumad_link_fd(gumad.opening) != gumad.link_fd)
		link_watch(gumad_link_fd(gumad.opening));
	return -EINPROGRESS;
}

/*
 * Tries once more after a disconnect without a reply: the peer may have been killed just then. Not after a
 * long wait: then ibguestd waited for its gateway and gave up.
 */
static int open_on(void)
{
	int r;

	if (!gumad.opening)
		gumad.opening_since = gumad_now();
	r = open_step();
	if (r == -ECONNRESET && !gumad.hung_up &&
	    mono_until(gumad.opening_since, gumad_now()) < GUMAD_FIRST_GRACE_MS) {
		gumad.hung_up = true;
		r = open_step();
	}
	if (r != -EINPROGRESS)
		gumad.hung_up = gumad.fresh = false;
	return r;
}

int gumad_attach(bool now_please)
{
	struct mono_ms now = gumad_now();
	int r;

	if (gumad.link)
		return 0;
	if (!gumad.opening && !now_please && mono_before(now, gumad.next_attempt))
		return -ENODEV;
	r = open_on();
	if (!r)
		return 0;
	if (r == -EAGAIN)
		gumad_grace_begin(GUMAD_FIRST_GRACE_MS);
	if (r == -EINPROGRESS)
		gumad.next_attempt = mono_add(now, GUMAD_BACKOFF_LAST_MS);
	if (r == -EINPROGRESS || (now_please && gumad_in_grace()))
		return -EAGAIN;
	gumad.next_attempt = mono_add(now, gumad.backoff_ms);
	gumad.backoff_ms *= 2;
	if (gumad.backoff_ms > GUMAD_BACKOFF_LAST_MS)
		gumad.backoff_ms = GUMAD_BACKOFF_LAST_MS;
	return -ENODEV;
}

/* Pending requests are sent again to the next peer. */
static void wait_for_next(void)
{
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			kmad_link_lost(gumad.port[i].kmad, gumad_now());
}

void gumad_fail_requests(void)
{
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			kmad_fail_all(gumad.port[i].kmad, ETIMEDOUT);
}

void gumad_detach(void)
{
	if (!gumad.link)
		return;
	link_unwatch();
	gumad_link_close(gumad.link);
	gumad.link = NULL;
	gumad.lost = false;
	gumad.next_attempt = gumad_now();
	for (unsigned int i = 0; i < gumad.ports; i++) {
		gumad.port[i].index = -1;
		gumad.port[i].issm_on = false;
	}
	if (gumad_in_grace())
		wait_for_next();
	else
		gumad_fail_requests();
}

void gumad_idle(void)
{
	if (!LIST_EMPTY(&gumad.files))
		return;
	gumad_detach();
	opening_drop();
}

void gumad_link_drop(void)
{
	opening_drop();
	if (gumad.link)
		gumad_link_close(gumad.link);
	gumad.link = NULL;
	gumad.lost = gumad.hung_up = false;
}
