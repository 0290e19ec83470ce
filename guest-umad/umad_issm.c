/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * umad_get_issm_path(): a path whose opening sets IsSM in the port's capability mask and whose closing
 * clears it, as with /dev/infiniband/issmN.
 *
 * The path names a memfd of this process in /proc/self/fd, and inotify reports opening and closing; the
 * inotify descriptor is part of every port id, so threads that wait for MADs handle it. A process without
 * /proc gets /dev/null, and IsSM is set at once and cleared when its last port closes. If the peer refuses
 * IsSM, open() succeeds nevertheless (the kernel would refuse it); the capability mask shows the refusal.
 */
#include "guest-umad/umad_ca.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

static void issm_path(const struct gumad_port *port, char *path, size_t size)
{
	snprintf(path, size, "/proc/self/fd/%d", port->issm_fd);
}

static void issm_apply(struct gumad_port *port)
{
	bool want = port->issm_forever || port->issm_opens > 0;

	if (want == port->issm_on || !gumad.link || port->index < 0)
		return;
	if (!gumad_link_set_issm(gumad.link, (unsigned int)port->index, want))
		port->issm_on = want;
}

void gumad_issm_restore(struct gumad_port *port)
{
	port->issm_on = false;
	issm_apply(port);
}

void gumad_issm_poll(void)
{
	char buf[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *ev;
	ssize_t n;

	while (gumad.inotify_fd >= 0 && (n = read(gumad.inotify_fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n; p += sizeof(*ev) + ev->len) {
			ev = (const struct inotify_event *)p;
			for (unsigned int i = 0; i < gumad.ports; i++) {
				struct gumad_port *port = &gumad.port[i];

				if (port->issm_watch != ev->wd)
					continue;
				if (ev->mask & IN_OPEN)
					port->issm_opens++;
				else if ((ev->mask & IN_CLOSE) && port->issm_opens)
					port->issm_opens--;
				issm_apply(port);
			}
		}
	}
}

/* Creates the memfd and its watch: 0, or -errno if this process cannot have them. */
static int issm_watch(struct gumad_port *port)
{
	struct gumad_file *f;
	char path[40];
	int r;

	if (gumad.inotify_fd < 0) {
		gumad.inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (gumad.inotify_fd < 0)
			return -errno;
		LIST_FOREACH (f, &gumad.files, of_all)
			gumad_file_watch(f);
	}
	port->issm_fd = memfd_create("ibgate-issm", MFD_CLOEXEC);
	if (port->issm_fd < 0)
		return -errno;
	issm_path(port, path, sizeof(path));
	port->issm_watch = inotify_add_watch(gumad.inotify_fd, path, IN_OPEN | IN_CLOSE);
	if (port->issm_watch >= 0)
		return 0;
	r = -errno;
	close(port->issm_fd);
	port->issm_fd = -1;
	return r;
}

void gumad_issm_drop(struct gumad_port *port)
{
	port->issm_opens = 0;
	port->issm_forever = false;
	issm_apply(port);
	port->issm_on = false;
	if (port->issm_fd >= 0)
		close(port->issm_fd);
	port->issm_fd = -1;
	port->issm_watch = -1;
}

static int issm_path_once(const char *ca_name, int portnum, char *path, size_t size)
{
	char name[UMAD_CA_NAME_LEN];
	struct gumad_port *port;
	int index;

	if (gumad_resolve(ca_name, &portnum, false, name) < 0)
		return -ENODEV;
	index = gumad_find_index(name, portnum);
	port = index < 0 ? NULL : gumad_port_get(name, portnum);
	if (!port)
		return -EINVAL;
	port->index = index;
	if (port->issm_fd < 0 && issm_watch(port) < 0) {
		port->issm_forever = true;
		issm_apply(port);
		snprintf(path, size, "/dev/null");
	} else {
		issm_path(port, path, size);
	}
	return 0;
}

int umad_get_issm_path(const char *ca_name, int portnum, char path[], int max)
{
	struct gumad_guard guard = gumad_lock();
	uint64_t asked;
	int r;

	do {
		gumad_call_begin(&guard, &asked);
		r = issm_path_once(ca_name, portnum, path, (size_t)max);
	} while (gumad_call_again(asked) && r < 0);
	gumad_unlock(guard);
	return r;
}
