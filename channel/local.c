/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two sides of a local channel: memory, welcome, and the data path over the ring (local.h).
 *
 * Ownership: a channel owns its socket, its eventfd and its mapping; the memfd is closed as soon as
 * it is mapped and sent, the mapping keeps the memory.
 */
#include "channel/local.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "channel/ring.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)
#define WELCOME_FDS 2

struct chan_local {
	struct chan_producer out;
	struct chan_consumer in;
	void *map;
	size_t map_bytes;
	int sock;
	int event; /* the guest writes it, the host polls it */
	bool host;
	bool broken; /* the other side's index was impossible: it stays so */
};

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* A channel around a memfd, which it maps and does not keep. NULL and errno: nothing is taken. */
static struct chan_local *channel_new(int sock, int event, int memfd, uint32_t slots)
{
	struct chan_local *chan = calloc(1, sizeof(*chan));

	if (!chan)
		return NULL;
	chan->map_bytes = CHAN_RING_MAP_BYTES(slots);
	chan->map = mmap(NULL, chan->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	if (chan->map == MAP_FAILED) {
		int err = errno;

		free(chan);
		errno = err;
		return NULL;
	}
	chan->sock = sock;
	chan->event = event;
	return chan;
}

/* The memory of a session, all zeros, of a size that nobody can change any more. */
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

int chan_local_host_new(int sock, uint32_t slots, struct chan_local **ret)
{
	struct chan_local *chan;
	int memfd, event, err;

	assert(chan_ring_slots_valid(slots));
	memfd = sealed_memory(slots);
	if (memfd < 0)
		return memfd;
	event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (event < 0) {
		err = -errno;
		goto out_memfd;
	}
	chan = channel_new(sock, event, memfd, slots);
	if (!chan) {
		err = -errno;
		goto out_event;
	}
	chan_ring_format(chan->map, slots);
	chan_ring_host(chan->map, slots, &chan->out, &chan->in);
	chan->host = true;
	err = welcome_send(sock, slots, memfd, event);
	if (err)
		goto out_channel;
	close(memfd);
	*ret = chan;
	return 0;

out_channel:
	munmap(chan->map, chan->map_bytes);
	free(chan);
out_event:
	close(event);
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

/* Descriptors of a message, -1 for those that did not come; more than expected are closed. */
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

/* The guest does not touch memory that could shrink under it. */
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

int chan_local_guest_new(int sock, unsigned int timeout_ms, struct chan_local **ret)
{
	struct chan_welcome welcome;
	struct chan_local *chan;
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
	chan = channel_new(sock, fds[1], fds[0], welcome.slots);
	if (!chan) {
		err = -errno;
		goto out_fds;
	}
	close(fds[0]);
	chan_ring_guest(chan->map, welcome.slots, &chan->out, &chan->in);
	*ret = chan;
	return 0;

out_fds:
	close(fds[0]);
	close(fds[1]);
	return err;
}

void chan_local_free(struct chan_local *chan)
{
	if (!chan)
		return;
	munmap(chan->map, chan->map_bytes);
	close(chan->event);
	close(chan->sock);
	free(chan);
}

int chan_local_bell(const struct chan_local *chan)
{
	return chan->host ? chan->event : chan->sock;
}

int chan_local_socket(const struct chan_local *chan)
{
	return chan->sock;
}

/* A session that was bad once is bad for good, whatever its memory says later. */
static int result(struct chan_local *chan, enum chan_verdict verdict)
{
	if (verdict == CHAN_BAD_INDEX)
		chan->broken = true;
	if (chan->broken)
		return -EBADMSG;
	return verdict == CHAN_DONE;
}

int chan_local_take(struct chan_local *chan, struct chan_slot *ret_slot)
{
	return result(chan, chan_consumer_take(&chan->in, ret_slot));
}

int chan_local_reserve(struct chan_local *chan, struct chan_slot **ret_slot)
{
	return result(chan, chan_producer_reserve(&chan->out, ret_slot));
}

void chan_local_commit(struct chan_local *chan)
{
	chan_producer_commit(&chan->out);
}

int chan_local_put(struct chan_local *chan, const struct chan_slot *slot)
{
	struct chan_slot *place;
	int done = chan_local_reserve(chan, &place);

	if (done == 1) {
		*place = *slot;
		chan_local_commit(chan);
	}
	return done;
}

bool chan_local_want_room(struct chan_local *chan, uint32_t room)
{
	return chan_producer_want_room(&chan->out, room);
}

/*
 * Both ways of ringing fail only when the other side has doorbells enough that it did not read, or
 * is gone; which of them, the socket tells.
 */
static void ring_bell(struct chan_local *chan)
{
	static const uint64_t one = 1;
	ssize_t n;

	if (chan->host)
		n = send(chan->sock, &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(chan->event, &one, sizeof(one));
	(void)n;
}

void chan_local_kick(struct chan_local *chan)
{
	bool data = chan_producer_should_notify(&chan->out);
	bool room = chan_consumer_should_notify(&chan->in);

	if (data || room)
		ring_bell(chan);
}

/*
 * One doorbell is taken per call: should more be waiting, the next poll returns at once and comes
 * here again.
 */
static int clear_bell(struct chan_local *chan)
{
	char byte;
	ssize_t n = recv(chan->sock, &byte, sizeof(byte), MSG_DONTWAIT);

	if (n == 0)
		return -EPIPE;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -EPIPE;
	return 0;
}

int chan_local_sleep_ok(struct chan_local *chan)
{
	int err;

	chan_local_kick(chan);
	if (!chan->host) {
		err = clear_bell(chan);
		if (err)
			return err;
	}
	err = result(chan, chan_consumer_arm(&chan->in));
	return err < 0 ? err : !err;
}
