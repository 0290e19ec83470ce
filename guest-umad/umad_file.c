/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Open files: their descriptors, their place in the tables, and fork. */
#include "guest-umad/umad_lib.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <fcntl.h>

struct gumad_file *gumad_file_find(int portid)
{
	struct gumad_file *f;

	LIST_FOREACH (f, &gumad.files, of_all)
		if (f->epoll_fd == portid)
			return f;
	return NULL;
}

struct gumad_file *gumad_file_again(int portid, uint64_t serial)
{
	struct gumad_file *f = gumad_file_find(portid);

	return f && f->serial == serial ? f : NULL;
}

/* The lowest unused client number, or -EMFILE. */
static int client_number(void)
{
	bool used[GUMAD_FILES_MAX] = {false};
	const struct gumad_file *f;

	LIST_FOREACH (f, &gumad.files, of_all)
		used[f->client] = true;
	for (int i = 0; i < GUMAD_FILES_MAX; i++)
		if (!used[i])
			return i;
	return -EMFILE;
}

static int watch(int epoll_fd, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0 || !epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) || errno == EEXIST)
		return 0;
	return -errno;
}

int gumad_file_watch(struct gumad_file *f)
{
	int r;

	/* The first file creates the timer and inotify. */
	if (gumad.timer_fd < 0) {
		gumad.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (gumad.timer_fd < 0)
			return -errno;
		gumad.armed = MONO_NEVER;
	}
	if ((r = watch(f->epoll_fd, f->event_fd)) || (r = watch(f->epoll_fd, gumad.timer_fd)) ||
	    (r = watch(f->epoll_fd, gumad.inotify_fd)) || (r = watch(f->epoll_fd, gumad.link_fd)))
		return r;
	return 0;
}

struct kmad_msg *gumad_file_pop(struct gumad_file *f)
{
	struct kmad_msg *msg = STAILQ_FIRST(&f->queue);

	if (!msg)
		return NULL;
	STAILQ_REMOVE_HEAD(&f->queue, in_queue);
	gumad.unsignalled = true;
	return msg;
}

static void queue_drop(struct gumad_file *f)
{
	struct kmad_msg *msg;

	while ((msg = gumad_file_pop(f)))
		free(msg);
}

void gumad_files_signal(void)
{
	struct gumad_file *f;
	eventfd_t ignored;

	if (!gumad.unsignalled)
		return;
	gumad.unsignalled = false;
	LIST_FOREACH (f, &gumad.files, of_all) {
		const bool waits = !STAILQ_EMPTY(&f->queue);

		if (waits && !f->signalled)
			eventfd_write(f->event_fd, 1);
		else if (!waits && f->signalled)
			eventfd_read(f->event_fd, &ignored);
		f->signalled = waits;
	}
}

int gumad_file_open(struct gumad_port *port)
{
	struct gumad_file *f = NULL;
	int r, number, client = client_number();

	if (client < 0)
		return client;
	r = gumad_port_kmad(port);
	if (r < 0)
		return r;
	number = kmad_file_open(port->kmad);
	if (number < 0)
		return number;
	r = -EMFILE;
	if (number >= GUMAD_FILES_MAX)
		goto err_number;
	r = -ENOMEM;
	f = calloc(1, sizeof(*f));
	if (!f)
		goto err_number;
	f->port = port;
	f->number = (unsigned int)number;
	f->client = (uint16_t)client;
	port->client[number] = f->client;
	f->serial = ++gumad.serials;
	STAILQ_INIT(&f->queue);
	f->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (f->event_fd < 0 || f->epoll_fd < 0) {
		r = -errno;
		goto err_fds;
	}
	r = gumad_file_watch(f);
	if (r < 0)
		goto err_fds;
	r = gumad_link_client_open(gumad.link, (unsigned int)port->index, f->client);
	if (r < 0)
		goto err_fds;
	/* The kernel reused the number: the application closed the old file's descriptor itself. */
	for (struct gumad_file *old = gumad_file_find(f->epoll_fd); old; old = NULL) {
		old->epoll_fd = -1;
		gumad_file_free(old);
	}
	port->files++;
	LIST_INSERT_HEAD(&gumad.files, f, of_all);
	return f->epoll_fd;

err_fds:
	if (f->event_fd >= 0)
		close(f->event_fd);
	if (f->epoll_fd >= 0)
		close(f->epoll_fd);
	free(f);
err_number:
	kmad_file_close(port->kmad, (unsigned int)number);
	return r;
}

void gumad_file_free(struct gumad_file *f)
{
	LIST_REMOVE(f, of_all);
	if (gumad.link && f->port->index >= 0)
		gumad_link_client_close(gumad.link, f->client);
	kmad_file_close(f->port->kmad, f->number);
	queue_drop(f);
	if (f->epoll_fd >= 0)
		close(f->epoll_fd);
	close(f->event_fd);
	f->port->files--;
	if (!f->port->files)
		gumad_issm_drop(f->port);
	free(f);
}

/* Whether a descriptor is still an epoll instance, according to /proc. */
static bool still_epoll(int fd)
{
	char path[40], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return errno == ENOENT ? access("/proc/self/fd", F_OK) < 0 : true;
	target[n] = '\0';
	return !strcmp(target, "anon_inode:[eventpoll]");
}

/*
 * The inherited epoll, timer and event descriptors share their state with the parent, so the child replaces
 * them; port ids keep their numbers. Pending requests remain the parent's.
 */
static int file_renew(struct gumad_file *f)
{
	int epoll_fd, event_fd;

	queue_drop(f);
	if (!still_epoll(f->epoll_fd))
		return -EBADF;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (epoll_fd < 0 || event_fd < 0 || dup3(epoll_fd, f->epoll_fd, O_CLOEXEC) < 0) {
		if (epoll_fd >= 0)
			close(epoll_fd);
		if (event_fd >= 0)
			close(event_fd);
		return -EMFILE;
	}
	close(epoll_fd);
	close(f->event_fd);
	f->event_fd = event_fd;
	f->signalled = false;
	return gumad_file_watch(f);
}

void gumad_after_fork(void)
{
	struct gumad_file *f, *next;

	gumad.link_fd = -1; /* the epoll sets that contain it are the parent's as well */
	gumad_link_drop();
	gumad.fresh = true;
	gumad.next_attempt = (struct mono_ms){0};
	gumad.backoff_ms = GUMAD_BACKOFF_FIRST_MS;
	gumad_grace_end();
	if (gumad.timer_fd >= 0)
		close(gumad.timer_fd);
	gumad.timer_fd = -1;
	for (unsigned int i = 0; i < gumad.ports; i++) {
		gumad_issm_drop(&gumad.port[i]);
		gumad.port[i].index = -1;
		if (gumad.port[i].kmad)
			kmad_fail_all(gumad.port[i].kmad, ETIMEDOUT);
	}
	if (gumad.inotify_fd >= 0)
		close(gumad.inotify_fd);
	gumad.inotify_fd = -1;
	for (f = LIST_FIRST(&gumad.files); f; f = next) {
		next = LIST_NEXT(f, of_all);
		if (file_renew(f) < 0) {
			f->epoll_fd = -1;
			gumad_file_free(f);
		}
	}
}
