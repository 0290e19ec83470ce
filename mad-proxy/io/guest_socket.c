/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/guest_socket.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel/local.h"

#define BACKLOG 64

char *io_guest_socket_path(const char *run_dir, const char *name)
{
	return g_build_filename(run_dir, "guests", name, NULL);
}

static char *second_path(const char *run_dir, const char *name)
{
	return g_build_filename(run_dir, "dirs", name, "guest", NULL);
}

/* Whether the name is one path component and not hidden. */
static gboolean name_is_file(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/');
}

/* Gives the socket its second name, atomically. 0 or -errno. */
static int link_second(const char *first, const char *second)
{
	g_autofree char *dir = g_path_get_dirname(second);
	g_autofree char *fresh = g_build_filename(dir, ".guest.new", NULL);

	if (g_mkdir_with_parents(dir, 0755) < 0)
		return -errno;
	if (unlink(fresh) < 0 && errno != ENOENT)
		return -errno;
	if (link(first, fresh) < 0 || rename(fresh, second) < 0)
		return -errno;
	return 0;
}

int io_guest_socket_open(const char *run_dir, const char *name, struct chan_closer *closer,
			 GError **error)
{
	g_autofree char *path = io_guest_socket_path(run_dir, name);
	g_autofree char *second = second_path(run_dir, name);
	struct chan_listen how = {
		.path = path, .mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1, .backlog = BACKLOG};
	int fd, rc;

	if (!name_is_file(name)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "guest '%s' cannot have a socket: its name is no file name", name);
		return -1;
	}
	fd = chan_local_listen(&how);
	rc = fd < 0 ? fd : link_second(path, second);
	if (rc == 0)
		return fd;
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(-rc), "cannot listen at %s: %s",
		    fd < 0 ? path : second, g_strerror(-rc));
	if (fd >= 0) {
		unlink(path);
		chan_closer_socket(closer, NULL, fd); /* a guest may have connected */
	}
	return -1;
}

void io_guest_socket_remove(const char *run_dir, const char *name)
{
	g_autofree char *first = io_guest_socket_path(run_dir, name);
	g_autofree char *second = second_path(run_dir, name);

	unlink(first);
	unlink(second);
}
