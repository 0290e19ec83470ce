/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The steps of the handshake: xenstore, grants, event channel (front.h). The ring is in front_ring.c. */
#include "tests/patience.h"
#include "tests/xen/front.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

void out_of_luck(const char *what)
{
	fprintf(stderr, "hostile: %s: %s\n", what, strerror(errno));
	exit(2);
}

void breathe(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool store_read(struct front *f, const char *path, char text[FRONT_TEXT_BYTES])
{
	unsigned int n = 0;
	char *value = xs_read(f->xs, XBT_NULL, path, &n);

	text[0] = '\0';
	if (!value)
		return false;
	snprintf(text, FRONT_TEXT_BYTES, "%.*s", (int)n, value);
	free(value);
	return true;
}

void front_init(struct front *f, unsigned int handle)
{
	char path[128], text[FRONT_TEXT_BYTES];

	memset(f, 0, sizeof(*f));
	f->port = -1;
	f->handle = handle;
	snprintf(f->path, sizeof(f->path), "device/vib/%u", handle);
	f->xs = xs_open(0);
	f->shr = xengntshr_open(NULL, 0);
	f->evtchn = xenevtchn_open(NULL, 0);
	if (!f->xs || !f->shr || !f->evtchn)
		out_of_luck("no Xen here");
	snprintf(path, sizeof(path), "%s/backend", f->path);
	if (!store_read(f, path, text))
		out_of_luck(path);
	snprintf(f->back, sizeof(f->back), "%.255s", text);
	snprintf(path, sizeof(path), "%s/backend-id", f->path);
	if (!store_read(f, path, text))
		out_of_luck(path);
	f->back_id = (unsigned int)strtoul(text, NULL, 10);
	snprintf(path, sizeof(path), "%.100s/state", f->back);
	if (!xs_watch(f->xs, path, "back"))
		out_of_luck("xs_watch");
}

void front_fini(struct front *f)
{
	front_unbind(f);
	front_unshare(f);
	xenevtchn_close(f->evtchn);
	xengntshr_close(f->shr);
	xs_close(f->xs);
}

/* The key was written by hand: front_publish() must write it again. */
static void forget(struct front *f, const char *key)
{
	f->known_version = strcmp(key, "version") ? f->known_version : 0;
	f->known_port = strcmp(key, "event-channel") ? f->known_port : 0;
	for (unsigned int i = 0; i < FRONT_PAGES && !strncmp(key, "ring-ref", 8); i++)
		if (strtoul(key + 8, NULL, 10) == i)
			f->known_ref[i] = 0;
}

void front_forget(struct front *f)
{
	f->known_version = f->known_port = 0;
	memset(f->known_ref, 0, sizeof(f->known_ref));
}

bool front_write_bytes(struct front *f, const char *key, const void *bytes, size_t n)
{
	char path[160];

	forget(f, key);
	snprintf(path, sizeof(path), "%s/%s", f->path, key);
	return xs_write(f->xs, XBT_NULL, path, bytes, (unsigned int)n);
}

bool front_write(struct front *f, const char *key, const char *value)
{
	return front_write_bytes(f, key, value, strlen(value));
}

void front_write_number(struct front *f, const char *key, unsigned long number)
{
	char value[24];

	snprintf(value, sizeof(value), "%lu", number);
	if (!front_write(f, key, value))
		out_of_luck(key);
}

bool front_remove(struct front *f, const char *key)
{
	char path[160];

	forget(f, key);
	snprintf(path, sizeof(path), "%s%s%s", f->path, *key ? "/" : "", key);
	return xs_rm(f->xs, XBT_NULL, path);
}

void front_state(struct front *f, enum front_state state)
{
	front_write_number(f, "state", state);
}

void ring_ref_key(char key[32], unsigned int n)
{
	snprintf(key, 32, "ring-ref%u", n);
}

void back_text(struct front *f, const char *key, char text[FRONT_TEXT_BYTES])
{
	char path[320];

	snprintf(path, sizeof(path), "%s/%s", f->back, key);
	store_read(f, path, text);
}

int back_state(struct front *f)
{
	char text[FRONT_TEXT_BYTES];

	back_text(f, "state", text);
	return atoi(text);
}

bool back_wait(struct front *f, unsigned int mask)
{
	uint64_t end = now_ms() + TEST_PATIENCE_MS;
	struct pollfd pfd = {.fd = xs_fileno(f->xs), .events = POLLIN};
	char **event;

	while (!(mask & ONE_OF(back_state(f)))) {
		if (now_ms() >= end)
			return false;
		poll(&pfd, 1, 200);
		while ((event = xs_check_watch(f->xs)))
			free(event);
	}
	return true;
}

static void pages_get(struct front *f, unsigned int domid, bool writable)
{
	/* Pages of an earlier ring become free when the back-end unmaps them. */
	for (unsigned int tries = 0; !f->ring.page; tries++) {
		f->ring.page =
			xengntshr_share_pages(f->shr, domid, FRONT_PAGES, f->own_ref, writable);
		if (!f->ring.page && tries == 2000)
			out_of_luck("xengntshr_share_pages");
		if (!f->ring.page)
			breathe();
	}
	f->shared_with = domid;
	f->shared_writable = writable;
}

void front_share_with(struct front *f, unsigned int domid, bool writable)
{
	struct chan_ring_page *page;

	if (f->ring.page && (f->shared_with != domid || f->shared_writable != writable))
		front_unshare(f);
	if (!f->ring.page)
		pages_get(f, domid, writable);
	memcpy(f->ref, f->own_ref, sizeof(f->ref));
	page = f->ring.page;
	memset(page, 0, (size_t)FRONT_PAGES * FRONT_PAGE_BYTES);
	page->magic = CHAN_RING_MAGIC;
	page->version = CHAN_RING_VERSION;
	page->slots = FRONT_SLOTS;
	page->slot_bytes = CHAN_SLOT_BYTES;
	front_ring_new(f);
}

void front_share(struct front *f)
{
	front_share_with(f, f->back_id, true);
}

void front_unshare(struct front *f)
{
	if (f->ring.page)
		xengntshr_unshare(f->shr, f->ring.page, FRONT_PAGES);
	f->ring.page = NULL;
}

void front_bind_for(struct front *f, unsigned int domid)
{
	front_unbind(f);
	f->port = xenevtchn_bind_unbound_port(f->evtchn, domid);
	if (f->port < 0)
		out_of_luck("xenevtchn_bind_unbound_port");
}

void front_bind(struct front *f)
{
	front_bind_for(f, f->back_id);
}

void front_unbind(struct front *f)
{
	if (f->port >= 0)
		xenevtchn_unbind(f->evtchn, (evtchn_port_t)f->port);
	f->port = -1;
}

/* No error if the back-end has closed its end. */
void front_ring_bell(struct front *f)
{
	if (f->port >= 0)
		xenevtchn_notify(f->evtchn, (evtchn_port_t)f->port);
}

static void publish(struct front *f, const char *key, unsigned long value, unsigned long *known)
{
	if (*known == value && value)
		return;
	front_write_number(f, key, value);
	*known = value;
}

void front_publish(struct front *f)
{
	char key[32];

	publish(f, "version", 1, &f->known_version);
	for (unsigned int i = 0; i < FRONT_PAGES; i++) {
		ring_ref_key(key, i);
		publish(f, key, f->ref[i], &f->known_ref[i]);
	}
	publish(f, "event-channel", (unsigned long)f->port, &f->known_port);
}

bool front_restart(struct front *f)
{
	front_state(f, INITIALISING);
	return back_wait(f, ONE_OF(INIT_WAIT));
}

bool front_roll(struct front *f)
{
	front_state(f, CLOSED);
	return back_wait(f, ONE_OF(CLOSED)) && front_restart(f);
}

bool front_connect(struct front *f)
{
	front_share(f);
	front_bind(f);
	front_publish(f);
	front_state(f, INITIALISED);
	if (!back_wait(f, ONE_OF(CONNECTED) | ONE_OF(CLOSED)) || back_state(f) != CONNECTED)
		return false;
	front_state(f, CONNECTED);
	return true;
}

bool front_up(struct front *f)
{
	return front_restart(f) && front_connect(f) && front_hello(f);
}

bool front_down(struct front *f)
{
	bool ok;

	front_state(f, CLOSING);
	ok = back_wait(f, ONE_OF(CLOSING) | ONE_OF(CLOSED));
	front_state(f, CLOSED);
	ok = ok && back_wait(f, ONE_OF(CLOSED));
	front_unbind(f);
	return ok;
}
