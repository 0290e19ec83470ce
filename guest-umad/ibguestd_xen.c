/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The connector on Xen: watches device/vib of this domain and drives each device (ibguestd_device.h). It
 * waits for xenstored without a limit; connected sessions do not need xenstored and continue.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-umad/ibguestd_device.h"
#include "guest-umad/ibguestd_feed.h"
#include "guest-umad/ibguestd_store.h"

enum {
	WATCHES_MAX = 64, /* watches that fired and are handled together */
};

#define LIST_TOKEN "list"
struct xen {
	struct guestd_feed *feed;
	struct guestd_store *store; /* NULL: not connected */
	struct mono_ms open_next;
	uint32_t open_ms;
	int reported; /* the error of the last attempt to open, logged already */
	bool reported_many;
	bool stopping; /* devices are closed and no new ones taken up */
	struct guestd_device device[RELAY_UPSTREAMS];
};

/* --- devices --- */

static struct guestd_device *device_of(struct xen *x, unsigned int handle)
{
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used && x->device[i].handle == handle)
			return &x->device[i];
	return NULL;
}

/* The handle of a device, from a path component. */
static bool parse_handle(const char *text, unsigned int *ret)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || (*end && *end != '/') || n > CHAN_XENBUS_HANDLE_MAX)
		return false;
	*ret = (unsigned int)n;
	return true;
}

static void device_appeared(struct xen *x, unsigned int handle)
{
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++) {
		if (x->device[i].used)
			continue;
		guestd_device_init(&x->device[i], x->store, x->feed, i, handle);
		return;
	}
	if (!x->reported_many)
		guestd_log("vib device %u is not used: %u others are in use already", handle,
			   RELAY_UPSTREAMS);
	x->reported_many = true;
}

/* Lists the devices and takes up new ones. */
static void list(struct xen *x)
{
	unsigned int handle;
	char **names;
	int n = guestd_store_list(x->store, CHAN_XENBUS_FRONT_DIR, CHAN_XENBUS_HANDLE_MAX + 1,
				  &names);

	if (n < 0)
		return;
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			guestd_device_find(&x->device[i]);
	for (int i = 0; i < n; i++)
		if (parse_handle(names[i], &handle) && !device_of(x, handle) && !x->stopping)
			device_appeared(x, handle);
	free(names);
}

/* --- watches --- */

static void fired(struct xen *x, const char *path, const char *token)
{
	const size_t len = strlen(CHAN_XENBUS_FRONT_DIR);
	struct guestd_device *d;
	unsigned int handle;

	if (!strncmp(token, GUESTD_LOOK_TOKEN, strlen(GUESTD_LOOK_TOKEN))) {
		d = parse_handle(token + strlen(GUESTD_LOOK_TOKEN), &handle) ? device_of(x, handle)
									     : NULL;
		if (d)
			guestd_device_look(d);
		return;
	}
	if (strncmp(path, CHAN_XENBUS_FRONT_DIR "/", len + 1) != 0 ||
	    !parse_handle(path + len + 1, &handle)) {
		list(x);
		return;
	}
	d = device_of(x, handle);
	if (d)
		guestd_device_find(d);
	else
		list(x);
}

static void store_lost(struct xen *x, int rc)
{
	guestd_log("the connection to xenstore is lost: %s; connecting again", strerror(-rc));
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			guestd_device_store(&x->device[i], NULL);
	guestd_store_close(x->store);
	x->store = NULL;
	x->open_next = mono_add(guestd_now(), x->open_ms);
}

static void watches_take(struct xen *x)
{
	char path[GUESTD_PATH_MAX], token[GUESTD_PATH_MAX];
	int rc = 1;

	for (unsigned int i = 0; i < WATCHES_MAX && rc == 1; i++) {
		rc = guestd_store_fired(x->store, path, token);
		if (rc == 1)
			fired(x, path, token);
	}
	if (rc < 0)
		store_lost(x, rc);
}

/* --- the connection --- */

static void report_no_store(struct xen *x, int rc)
{
	if (x->reported != rc)
		guestd_log("cannot reach xenstore: %s%s", strerror(-rc),
			   rc == -ENOENT   ? " (is this a Xen guest, and /dev/xen/xenbus there? "
					     "Otherwise give --upstream PATH)"
			   : rc == -EACCES ? " (may this user open /dev/xen/xenbus?)"
					   : "");
	x->reported = rc;
}

static void store_open(struct xen *x)
{
	int rc = guestd_store_open(&x->store);

	if (rc == 0) {
		/* the watch fires at once and lists the devices */
		rc = guestd_store_watch(x->store, CHAN_XENBUS_FRONT_DIR, LIST_TOKEN);
		if (rc < 0)
			guestd_store_close(x->store);
	}
	if (rc < 0) {
		x->store = NULL;
		report_no_store(x, rc);
		x->open_next = mono_add(guestd_now(), x->open_ms);
		x->open_ms = x->open_ms < GUESTD_STORE_LAST_MS / 2 ? x->open_ms * 2
								   : GUESTD_STORE_LAST_MS;
		return;
	}
	x->reported = 0;
	x->open_ms = GUESTD_STORE_FIRST_MS;
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			guestd_device_store(&x->device[i], x->store);
}

/* --- the thread --- */

static bool any_used(const struct xen *x)
{
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			return true;
	return false;
}

/* Sleeps until an event or `end`, then handles events. */
static void turn(struct xen *x, struct mono_ms end)
{
	struct pollfd p[] = {
		{.fd = x->feed->to_connector, .events = POLLIN},
		{.fd = x->store ? guestd_store_fd(x->store) : -1, .events = POLLIN},
	};
	uint64_t wait;

	if (!x->store)
		end = mono_min(end, x->open_next);
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			end = mono_min(end, x->device[i].timer);
	wait = mono_until(guestd_now(), end);
	poll(p, 2, (int)(wait < GUESTD_STORE_LOOK_MS ? wait : GUESTD_STORE_LOOK_MS));
	guestd_feed_woken(p[0].fd);
	if (x->store)
		watches_take(x);
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			guestd_device_poll(&x->device[i], guestd_now());
}

static void stop(struct xen *x)
{
	const struct mono_ms end =
		mono_add(guestd_now(), CHAN_FRONT_STOP_MS + GUESTD_STOP_SLACK_MS);

	x->open_next = MONO_NEVER;
	x->stopping = true;
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			guestd_device_stop(&x->device[i]);
	while (any_used(x) && mono_before(guestd_now(), end))
		turn(x, end);
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (x->device[i].used)
			guestd_device_abandon(&x->device[i]);
	guestd_store_close(x->store);
}

void *guestd_xen_run(void *connector)
{
	const struct guestd_connector *c = connector;
	struct xen *x = calloc(1, sizeof(*x));

	if (!x) {
		guestd_log("out of memory while preparing for Xen's devices");
		return NULL;
	}
	x->feed = c->feed;
	x->open_ms = GUESTD_STORE_FIRST_MS;
	while (!guestd_feed_stopping(x->feed)) {
		if (!x->store && !mono_before(guestd_now(), x->open_next))
			store_open(x);
		turn(x, MONO_NEVER);
	}
	stop(x);
	free(x);
	return NULL;
}
