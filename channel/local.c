/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two sides of a local channel: memory, WELCOME and doorbells (local.h).
 *
 * Ownership: a channel owns its socket, its eventfd and its mapping. The guest's mapping keeps the memory
 * alive. The host also keeps an open file of it, to learn when the guest has none left: only then does the
 * kernel grant the host a write lease. The guest cannot prevent that without holding the memory: it
 * received one open file and cannot open another (the memory's mode is 0).
 */
#include "channel/local.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/container_of.h"
#include "channel/ring.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)
#define WELCOME_FDS 2
#define LOOKS_PER_PUNCH 10 /* time for a guest to read messages before the end */

struct chan_local {
	struct chan chan;
	void *map;
	size_t map_bytes;
	int sock;
	int event; /* the guest writes it, the host polls it */
	int memory; /* host: its own open file of the memory; otherwise -1 */
	unsigned int looks; /* host: checks, after the end, of the memory */
	bool cleared; /* guest: value of consumed when the doorbell was last cleared */
	uint32_t cleared_at;
};

static const struct chan_ops host_ops, guest_ops;

static struct chan_local *local_of(const struct chan *chan)
{
	assert(chan->ops == &host_ops || chan->ops == &guest_ops);
	return container_of(chan, struct chan_local, chan);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* A channel that maps a memfd and does not keep it. NULL and errno: the caller keeps all arguments. */
static struct chan_local *channel_new(int sock, int event, int memfd, uint32_t slots)
{
	struct chan_local *local = calloc(1, sizeof(*local));

	if (!local)
		return NULL;
	local->map_bytes = CHAN_RING_MAP_BYTES(slots);
	local->map = mmap(NULL, local->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	if (local->map == MAP_FAILED) {
		int err = errno;

		free(local);
		errno = err;
		return NULL;
	}
	local->sock = sock;
	local->event = event;
	local->memory = -1;
	return local;
}

/* The zeroed memory of a session; its size is sealed. */
static int sealed_memory(uint32_t slots)
{
	int err, fd = memfd_create("ibgate-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)CHAN_RING_MAP_BYTES(slots)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
		err = errno;
		close(fd);
		return -err;
	}
	return fd;
}

/* Opens the memory for the guest and the host, then sets its mode to 0. 0 or -errno. */
static int open_twice(int memfd, int *ret_guests, int *ret_own)
{
	char path[32];
	int err, guests, own = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd);
	guests = open(path, O_RDWR | O_CLOEXEC);
	if (guests >= 0)
		own = open(path, O_RDWR | O_CLOEXEC);
	if (own >= 0 && fchmod(memfd, 0) == 0) {
		*ret_guests = guests;
		*ret_own = own;
		return 0;
	}
	err = errno;
	close_fd(guests);
	close_fd(own);
	return -err;
}

static int welcome_send(int sock, uint32_t slots, int memfd, int event)
{
	struct chan_welcome welcome = {
		.magic = CHAN_RING_MAGIC,
		.version = CHAN_RING_VERSION,
		.slots = slots,
		.slot_bytes = CHAN_SLOT_BYTES,
		.map_bytes = CHAN_RING_MAP_BYTES(slots),
	};
	struct iovec iov = {.iov_base = &welcome, .iov_len = sizeof(welcome)};
	int fds[WELCOME_FDS] = {memfd, event};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(fds))];
	} control = {0};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	if (sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

int chan_local_host_new(int sock, uint32_t slots, struct chan **ret)
{
	struct chan_local *local;
	int guests = -1, own = -1;
	int memfd, event, err;

	assert(chan_ring_slots_valid(slots));
	memfd = sealed_memory(slots);
	if (memfd < 0)
		return memfd;
	err = open_twice(memfd, &guests, &own);
	if (err)
		goto out_memfd;
	event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (event < 0) {
		err = -errno;
		goto out_files;
	}
	local = channel_new(sock, event, memfd, slots);
	if (!local) {
		err = -errno;
		goto out_event;
	}
	chan_ring_format(local->map, slots);
	chan_ring_host(local->map, slots, &local->chan.out, &local->chan.in);
	local->chan.ops = &host_ops;
	err = welcome_send(sock, slots, guests, event);
	if (err)
		goto out_channel;
	local->memory = own;
	close(guests);
	close(memfd);
	*ret = &local->chan;
	return 0;

out_channel:
	munmap(local->map, local->map_bytes);
	free(local);
out_event:
	close(event);
out_files:
	close(guests);
	close(own);
out_memfd:
	close(memfd);
	return err;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int wait_readable(int sock, unsigned int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;
	struct pollfd pfd = {.fd = sock, .events = POLLIN};
	int n;

	do {
		int64_t left = deadline - now_ms();

		n = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

/* Descriptors of a message, -1 for missing ones; surplus ones are closed. */
static void collect_fds(struct msghdr *msg, int fds[WELCOME_FDS])
{
	struct cmsghdr *cmsg;
	size_t i, n, found = 0;

	fds[0] = fds[1] = -1;
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
			if (found < WELCOME_FDS)
				fds[found++] = fd;
			else
				close(fd);
		}
	}
}

/* 0 and the descriptors, or -errno and none. */
static int welcome_receive(int sock, struct chan_welcome *welcome, int fds[WELCOME_FDS])
{
	struct iovec iov = {.iov_base = welcome, .iov_len = sizeof(*welcome)};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(WELCOME_FDS * sizeof(int))];
	} control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	collect_fds(&msg, fds);
	if (n == 0 && fds[0] < 0)
		return -ECONNRESET;
	if ((size_t)n == sizeof(*welcome) && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	    fds[WELCOME_FDS - 1] >= 0)
		return 0;
	close_fd(fds[0]);
	close_fd(fds[1]);
	return -EPROTO;
}

/* False for memory that the host could shrink while the guest uses it. */
static bool welcome_valid(const struct chan_welcome *welcome, int memfd)
{
	struct stat st;
	int seals;

	if (welcome->magic != CHAN_RING_MAGIC || welcome->version != CHAN_RING_VERSION ||
	    welcome->slot_bytes != CHAN_SLOT_BYTES || !chan_ring_slots_valid(welcome->slots) ||
	    welcome->map_bytes != CHAN_RING_MAP_BYTES(welcome->slots))
		return false;
	seals = fcntl(memfd, F_GET_SEALS);
	return seals >= 0 && (seals & SEALS) == SEALS && fstat(memfd, &st) == 0 &&
	       st.st_size == (off_t)welcome->map_bytes;
}

int chan_local_guest_new(int sock, unsigned int timeout_ms, struct chan **ret)
{
	struct chan_welcome welcome;
	struct chan_local *local;
	int fds[WELCOME_FDS] = {-1, -1};
	int err = wait_readable(sock, timeout_ms);

	if (err)
		return err;
	err = welcome_receive(sock, &welcome, fds);
	if (err)
		return err;
	err = -EPROTO;
	if (!welcome_valid(&welcome, fds[0]))
		goto out_fds;
	local = channel_new(sock, fds[1], fds[0], welcome.slots);
	if (!local) {
		err = -errno;
		goto out_fds;
	}
	close(fds[0]);
	chan_ring_guest(local->map, welcome.slots, &local->chan.out, &local->chan.in);
	local->chan.ops = &guest_ops;
	*ret = &local->chan;
	return 0;

out_fds:
	close(fds[0]);
	close(fds[1]);
	return err;
}

int chan_local_socket(const struct chan *chan)
{
	return local_of(chan)->sock;
}

/* Releases all but the host's file of the memory. */
static void local_end(struct chan_local *local)
{
	if (local->sock < 0)
		return;
	munmap(local->map, local->map_bytes);
	close(local->event);
	close(local->sock);
	local->sock = -1;
}

static void local_close(struct chan *chan)
{
	struct chan_local *local = local_of(chan);

	local_end(local);
	close_fd(local->memory);
	free(local);
}

bool chan_local_host_release(struct chan *chan)
{
	struct chan_local *local = local_of(chan);
	bool held;

	local_end(local);
	held = fcntl(local->memory, F_SETLEASE, F_WRLCK) < 0 && errno == EAGAIN;
	if (held && ++local->looks % LOOKS_PER_PUNCH == 0)
		fallocate(local->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			  (off_t)local->map_bytes);
	if (!held)
		local_close(chan);
	return !held;
}

/*
 * Both ways of ringing fail only if the other side has enough unread doorbells or is gone. The socket
 * reports which.
 */
static void host_ring(struct chan *chan)
{
	ssize_t n = send(local_of(chan)->sock, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);

	(void)n;
}

static void guest_ring(struct chan *chan)
{
	eventfd_write(local_of(chan)->event, 1);
}

static int host_bell(const struct chan *chan)
{
	return local_of(chan)->event;
}

/*
 * Each call clears one doorbell; if more are pending, the next poll returns at once. The read is skipped
 * once if no slot was consumed since the last clear (usual between a request and its answer): a later
 * doorbell either left a slot or makes the poll return. The same holds after polling without sleeping.
 */
static int guest_clear(struct chan *chan)
{
	struct chan_local *local = local_of(chan);
	bool again = local->cleared && local->cleared_at == chan->in.consumed;
	char byte;
	ssize_t n;

	if (chan->looks)
		again = true;
	local->cleared = !again;
	local->cleared_at = chan->in.consumed;
	if (again)
		return 0;
	n = recv(local->sock, &byte, sizeof(byte), MSG_DONTWAIT);
	if (n == 0)
		return -EPIPE;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -EPIPE;
	return 0;
}

/* The host polls its doorbell edge-triggered, so there is nothing to clear. */
static const struct chan_ops host_ops = {
	.ring_bell = host_ring,
	.bell_fd = host_bell,
	.close = local_close,
};

static const struct chan_ops guest_ops = {
	.ring_bell = guest_ring,
	.clear_bell = guest_clear,
	.bell_fd = chan_local_socket,
	.close = local_close,
};
