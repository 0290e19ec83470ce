/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The unix socket of the local channel: path, listening and connecting (local.h). */
#include "channel/local.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_PASSRIGHTS /* Linux 6.16 */
#define SO_PASSRIGHTS 83
#endif

/* A path as a socket address. A path that is too long goes through the open file `fd`. */
struct address {
	struct sockaddr_un un;
	int fd;
};

static void address_fini(struct address *a)
{
	if (a->fd >= 0)
		close(a->fd);
}

/* The address of an existing socket. */
static int address_of_socket(struct address *a, const char *path)
{
	*a = (struct address){.un.sun_family = AF_UNIX, .fd = -1};
	if (path[0] == '\0')
		return -EINVAL;
	if (strlen(path) < sizeof(a->un.sun_path)) {
		memcpy(a->un.sun_path, path, strlen(path) + 1);
		return 0;
	}
	a->fd = open(path, O_PATH | O_CLOEXEC);
	if (a->fd < 0)
		return -errno;
	snprintf(a->un.sun_path, sizeof(a->un.sun_path), "/proc/self/fd/%d", a->fd);
	return 0;
}

/* --- listening --- */

/* The path at which a socket is created first: a hidden name beside its own, invalid as a guest name. */
static int fresh_path(char fresh[PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int n = snprintf(fresh, PATH_MAX, "%.*s.%.40s.new", (int)(name - path), path, name);

	if (name[0] == '\0')
		return -EINVAL;
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* The address for bind(); the last component of the path is short. */
static int address_to_bind(struct address *a, const char *fresh)
{
	const char *slash = strrchr(fresh, '/');
	char parent[PATH_MAX];

	*a = (struct address){.un.sun_family = AF_UNIX, .fd = -1};
	if (!slash || strlen(fresh) < sizeof(a->un.sun_path))
		return address_of_socket(a, fresh);
	memcpy(parent, fresh, (size_t)(slash - fresh));
	parent[slash - fresh] = '\0';
	a->fd = open(slash == fresh ? "/" : parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->fd < 0)
		return -errno;
	snprintf(a->un.sun_path, sizeof(a->un.sun_path), "/proc/self/fd/%d%.60s", a->fd, slash);
	return 0;
}

/*
 * Connecting is possible only after listen(), so owner and mode apply from the start. Connections inherit
 * SO_PASSRIGHTS=0, where the kernel has it, so peers cannot send descriptors (other kernels: closer.h).
 */
static int listen_at(int sock, const struct address *a, const struct chan_listen *how,
		     const char *fresh)
{
	static const int off;

	setsockopt(sock, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
	if (unlink(fresh) < 0 && errno != ENOENT)
		return -errno;
	if (bind(sock, (const struct sockaddr *)&a->un, sizeof(a->un)) < 0)
		return -errno;
	if ((how->uid != (uid_t)-1 || how->gid != (gid_t)-1) &&
	    lchown(fresh, how->uid, how->gid) < 0)
		goto undo;
	if (chmod(fresh, how->mode) < 0 || listen(sock, how->backlog) < 0 ||
	    rename(fresh, how->path) < 0)
		goto undo;
	return 0;

undo:;
	int err = errno;

	unlink(fresh);
	return -err;
}

int chan_local_listen(const struct chan_listen *how)
{
	char fresh[PATH_MAX];
	struct address a;
	int sock, err = fresh_path(fresh, how->path);

	if (!err)
		err = address_to_bind(&a, fresh);
	if (err)
		return err;
	sock = socket(AF_UNIX,
		      (how->stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      0);
	err = sock < 0 ? -errno : listen_at(sock, &a, how, fresh);
	address_fini(&a);
	if (sock >= 0 && err)
		close(sock);
	return err ? err : sock;
}

int chan_local_accept(int listen_fd, struct chan_peer *ret_peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int sock = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (sock < 0)
		return -errno;
	/* this does not fail for a connected socket */
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		cred = (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
	*ret_peer = (struct chan_peer){.pid = cred.pid, .uid = cred.uid, .gid = cred.gid};
	return sock;
}

/* --- connecting --- */

static unsigned int ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned int)((now.tv_sec - start->tv_sec) * 1000 +
			      (now.tv_nsec - start->tv_nsec) / 1000000);
}

/* connect() on a unix socket waits only while the backlog is full; SO_SNDTIMEO limits that. */
static int connect_to(int sock, const struct address *a, unsigned int timeout_ms)
{
	struct timeval limit = {.tv_sec = timeout_ms / 1000,
				.tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};

	if (timeout_ms == 0)
		limit.tv_usec = 1;
	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	while (connect(sock, (const struct sockaddr *)&a->un, sizeof(a->un)) < 0) {
		if (errno == EINTR)
			continue;
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	}
	return 0;
}

int chan_local_dial(const char *path, unsigned int timeout_ms)
{
	struct address a;
	int sock, err = address_of_socket(&a, path);

	if (err)
		return err;
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	err = sock < 0 ? -errno : connect_to(sock, &a, timeout_ms);
	address_fini(&a);
	if (sock >= 0 && err)
		close(sock);
	return err ? err : sock;
}

int chan_local_connect(const char *path, unsigned int timeout_ms, struct chan **ret)
{
	struct timespec start;
	unsigned int spent;
	int sock, err;

	clock_gettime(CLOCK_MONOTONIC, &start);
	sock = chan_local_dial(path, timeout_ms);
	if (sock < 0)
		return sock;
	spent = ms_since(&start);
	err = chan_local_guest_new(sock, spent < timeout_ms ? timeout_ms - spent : 0, ret);
	if (err)
		close(sock);
	return err;
}
