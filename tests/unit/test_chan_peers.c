/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * channel/local against hostile and broken peers: a guest that uses the socket without the library, or
 * keeps its descriptors and memory after its session, and a gateway that sends invalid messages.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/closer.h"
#include "channel/local.h"
#include "tests/unit/test.h"
#include "tests/fabric/cases/linger.h"

#define SLOTS 16u
#define PASSRIGHTS 83 /* SO_PASSRIGHTS */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

/* A host, and a guest as plain descriptors and memory. */
struct fixture {
	struct chan *host;
	int sock, memfd, event;
	struct chan_ring_page *page;
	struct chan_welcome welcome;
};

/* Receives one message with up to four descriptors into fds; the rest is -1. */
static ssize_t receive(int sock, void *data, size_t len, int fds[4])
{
	struct iovec iov = {.iov_base = data, .iov_len = len};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	memset(fds, 0xff, 4 * sizeof(int));
	if (n >= 0 && cmsg)
		memcpy(fds, CMSG_DATA(cmsg), cmsg->cmsg_len - CMSG_LEN(0));
	return n;
}

static ssize_t send_with(int sock, const void *data, size_t len, const int *fds, size_t count)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int sv[2], fds[4];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	assert_int_equal(chan_local_host_new(sv[0], SLOTS, &f->host), 0);
	f->sock = sv[1];
	assert_int_equal(receive(f->sock, &f->welcome, sizeof(f->welcome), fds),
			 sizeof(f->welcome));
	f->memfd = fds[0];
	f->event = fds[1];
	assert_int_equal(fds[2], -1);
	f->page = mmap(NULL, f->welcome.map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->memfd, 0);
	assert_true(f->page != MAP_FAILED);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	chan_free(f->host);
	munmap(f->page, f->welcome.map_bytes);
	close(f->memfd);
	close(f->event);
	if (f->sock >= 0)
		close(f->sock);
	free(f);
	return 0;
}

static short events_of(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN | POLLRDHUP};

	poll(&pfd, 1, 0);
	return pfd.revents;
}

static unsigned int open_fds(void)
{
	unsigned int count = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* The host still works. */
static void assert_host_works(struct fixture *f)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};

	assert_true(chan_take(f->host, &slot) >= 0);
	assert_true(chan_put(f->host, &slot) >= 0);
	chan_kick(f->host);
	assert_true(chan_sleep_ok(f->host) >= 0);
}

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)

TEST_F(the_memory_cannot_change_its_size, struct fixture *f)
{
	struct stat st;

	assert_int_equal(f->welcome.map_bytes, CHAN_RING_MAP_BYTES(SLOTS));
	assert_int_equal(ftruncate(f->memfd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(f->memfd, f->welcome.map_bytes + 4096), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(fallocate(f->memfd, 0, 0, 1 << 24), -1);
	assert_int_equal(fcntl(f->memfd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_int_equal(fcntl(f->memfd, F_GET_SEALS), SEALS);
	assert_int_equal(fstat(f->memfd, &st), 0);
	assert_int_equal(st.st_size, f->welcome.map_bytes);
	/* nor be opened again, which the host could not detect */
	assert_int_equal(st.st_mode & 07777, 0);
}

TEST_F(an_idle_session_costs_one_page, struct fixture *f)
{
	struct stat st;

	assert_int_equal(chan_sleep_ok(f->host), 1);
	assert_int_equal(fstat(f->memfd, &st), 0);
	assert_int_equal(st.st_blocks * 512, CHAN_RING_PAGE_BYTES);
}

TEST_F(memory_punched_away_reads_as_zeros, struct fixture *f)
{
	struct chan_slot slot = {.kind = 9};

	f->page->to_host.produced = 1;
	assert_int_equal(fallocate(f->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   CHAN_RING_PAGE_BYTES, CHAN_RING_PAGE_BYTES),
			 0);
	assert_int_equal(chan_take(f->host, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_NONE);
	assert_int_equal(fallocate(f->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				   CHAN_RING_PAGE_BYTES),
			 0);
	assert_int_equal(chan_take(f->host, &slot), -EBADMSG); /* produced went backwards */
}

TEST_F(a_guest_that_goes_is_seen_on_the_socket, struct fixture *f)
{
	assert_int_equal(events_of(chan_local_socket(f->host)), 0);
	assert_int_equal(shutdown(f->sock, SHUT_WR), 0); /* shutting down one direction is an end */
	assert_true(events_of(chan_local_socket(f->host)) & POLLRDHUP);
	assert_host_works(f);
	close(f->sock);
	f->sock = -1;
	assert_true(events_of(chan_local_socket(f->host)) & POLLHUP);
	f->page->to_guest.data_event = 1;
	assert_host_works(f);
}

TEST_F(whatever_a_guest_says_on_the_socket_is_an_event_and_is_bounded, struct fixture *f)
{
	char garbage[4096];
	unsigned int sent = 0;
	unsigned int before;
	int fds[4] = {f->sock, f->memfd, f->event, 0};

	memset(garbage, 0xa5, sizeof(garbage));
	assert_int_equal(send_with(f->sock, garbage, 1, fds, 4), 1); /* even itself */
	assert_true(events_of(chan_local_socket(f->host)) & POLLIN);
	while (send_with(f->sock, garbage, sizeof(garbage), fds, sent % 4 == 0) > 0)
		assert_true(++sent < 100000);
	assert_int_equal(errno, EAGAIN);

	before = open_fds();
	assert_host_works(f);
	assert_int_equal(open_fds(), before); /* it keeps no descriptor of the guest */
}

TEST_F(a_guest_that_never_reads_cannot_block_the_host, struct fixture *f)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};
	uint32_t i;

	for (i = 0; i < 10000; i++) {
		f->page->to_guest.data_event = i + 1; /* it announces each time that it sleeps */
		f->page->to_guest.consumed = i;
		assert_int_equal(chan_put(f->host, &slot), 1);
		chan_kick(f->host);
	}
	assert_true(events_of(f->sock) & POLLIN); /* it was rung */
}

/* O_NONBLOCK belongs to the open file, which the guest shares: the host must not depend on it. */
TEST_F(a_guest_that_spoils_its_descriptors_cannot_block_the_host, struct fixture *f)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};
	uint64_t full = UINT64_MAX - 1;

	assert_int_equal(write(f->event, &full, sizeof(full)), sizeof(full));
	assert_int_equal(fcntl(f->event, F_SETFL, 0), 0);
	assert_int_equal(fcntl(f->sock, F_SETFL, 0), 0);
	f->page->to_guest.data_event = 1;
	assert_int_equal(chan_put(f->host, &slot), 1);
	chan_kick(f->host);
	assert_int_equal(chan_sleep_ok(f->host), 1);
	f->page->to_host.produced = 1;
	assert_int_equal(chan_take(f->host, &slot), 1);
}

/* --- a guest that keeps memory and descriptors (closer.h) --- */

TEST_F(memory_that_a_guest_keeps_is_emptied_and_counts_until_it_lets_go, struct fixture *f)
{
	struct chan_account *account = chan_account_new();
	struct stat st = {.st_blocks = 1};
	struct chan_closer *closer;

	assert_int_equal(chan_closer_new(&closer), 0);
	memset(f->page, 0xa5, f->welcome.map_bytes);
	chan_closer_channel(closer, account, f->host);
	f->host = NULL;
	while (st.st_blocks) {
		usleep(1000);
		assert_int_equal(fstat(f->memfd, &st), 0);
	}
	assert_int_equal(chan_account_left(account), 1);
	munmap(f->page, f->welcome.map_bytes);
	close(f->memfd);
	f->page = mmap(NULL, f->welcome.map_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	f->memfd = -1;
	while (chan_account_left(account))
		usleep(1000);
	chan_account_drop(closer, account);
	chan_closer_free(closer);
}

/* Descriptors that linger for ten minutes, on accepted sockets and on others. */
TEST_F(a_closer_ends_whatever_is_left, struct fixture *f)
{
	struct chan_listen how = {.path = "test_chan_peers.socket",
				  .mode = 0600,
				  .uid = (uid_t)-1,
				  .gid = (gid_t)-1,
				  .backlog = 4};
	int pair[2], client[4], accepted, on = 1, listener = chan_local_listen(&how);
	struct chan_closer *closer;
	struct chan_peer peer;
	bool can;

	assert_int_equal(chan_closer_new(&closer), 0);
	chan_closer_channel(closer, NULL, f->host); /* the guest still maps the memory */
	f->host = NULL;
	for (unsigned int i = 0; i < 16; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
		assert_int_equal(linger_send(pair[0]), 0);
		close(pair[0]);
		chan_closer_socket(closer, NULL, pair[1]);
	}
	/* a kernel that can refuse descriptors does so, accepted or not, and takes them if enabled */
	client[0] = chan_local_dial(how.path, 0);
	can = !setsockopt(client[0], SOL_SOCKET, PASSRIGHTS, &on, sizeof(on));
	assert_true(!can || linger_send(client[0]) == EPERM);
	accepted = chan_local_accept(listener, &peer);
	assert_true(accepted >= 0);
	assert_true(!can || linger_send(client[0]) == EPERM);
	chan_closer_socket(closer, NULL, accepted);
	setsockopt(listener, SOL_SOCKET, PASSRIGHTS, &on, sizeof(on));
	for (unsigned int i = 1; i < 4; i++) {
		client[i] = chan_local_dial(how.path, 0);
		assert_int_equal(linger_send(client[i]), 0);
	}
	unlink(how.path);
	chan_closer_socket(closer, NULL, listener);
	chan_closer_free(closer);
	for (unsigned int i = 0; i < 4; i++)
		close(client[i]);
}

/* --- the guest's side, with an invalid gateway --- */

static int memory(size_t bytes, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

struct fake {
	struct chan_welcome welcome;
	size_t len;
	size_t fd_count;
	size_t memory_bytes;
	int seals;
};

static const struct fake good = {
	.welcome = {.magic = CHAN_RING_MAGIC,
		    .version = CHAN_RING_VERSION,
		    .slots = SLOTS,
		    .slot_bytes = CHAN_SLOT_BYTES,
		    .map_bytes = CHAN_RING_MAP_BYTES(SLOTS)},
	.len = sizeof(struct chan_welcome),
	.fd_count = 2,
	.memory_bytes = CHAN_RING_MAP_BYTES(SLOTS),
	.seals = SEALS,
};

/* Of those above the standard ones. */
static unsigned int inherited_fds(void)
{
	unsigned int count = 0;
	int fd;

	for (fd = 3; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) == 0;
	return count;
}

/* The guest's result; in any case no descriptor may be left open. */
static int welcomed_with(const struct fake *fake)
{
	struct chan *guest = NULL;
	char data[sizeof(fake->welcome) + 1] = {0};
	unsigned int before, inherited;
	int sv[2], fds[4], err;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	fds[0] = memory(fake->memory_bytes, fake->seals);
	fds[1] = fds[2] = fds[3] = eventfd(0, EFD_CLOEXEC);
	memcpy(data, &fake->welcome, sizeof(fake->welcome));
	assert_int_equal(send_with(sv[0], data, fake->len, fds, fake->fd_count), fake->len);
	before = open_fds();
	inherited = inherited_fds();
	err = chan_local_guest_new(sv[1], 1000, &guest);
	assert_int_equal(open_fds(), before + (err ? 0 : 1)); /* the eventfd */
	assert_int_equal(inherited_fds(), inherited);
	if (err) {
		assert_null(guest);
		close(sv[1]);
	}
	chan_free(guest);
	assert_int_equal(open_fds(), before - 1);
	close(fds[0]);
	close(fds[1]);
	close(sv[0]);
	return err;
}

TEST(a_guest_believes_only_a_sound_welcome)
{
	struct fake f = good;

	assert_int_equal(welcomed_with(&f), 0);
#define SPOILED(field, value)                                 \
	do {                                                  \
		f = good;                                     \
		f.field = (value);                            \
		assert_int_equal(welcomed_with(&f), -EPROTO); \
	} while (0)
	SPOILED(welcome.magic, 0);
	SPOILED(welcome.version, CHAN_RING_VERSION + 1);
	SPOILED(welcome.slots, 0);
	SPOILED(welcome.slots, SLOTS + 1);
	SPOILED(welcome.slots, SLOTS * 2);
	SPOILED(welcome.slots, 0x80000000u);
	SPOILED(welcome.slot_bytes, 256);
	SPOILED(welcome.map_bytes, 4096);
	SPOILED(welcome.map_bytes, UINT32_MAX);
	SPOILED(len, sizeof(struct chan_welcome) - 1);
	SPOILED(len, sizeof(struct chan_welcome) + 1);
	SPOILED(len, 1);
	SPOILED(fd_count, 0);
	SPOILED(fd_count, 1);
	SPOILED(fd_count, 3);
	SPOILED(fd_count, 4);
	SPOILED(memory_bytes, 4096);
	SPOILED(memory_bytes, CHAN_RING_MAP_BYTES(SLOTS) + 4096);
	SPOILED(seals, 0);
	SPOILED(seals, F_SEAL_GROW | F_SEAL_SEAL);
#undef SPOILED
}

TEST(a_gateway_that_hangs_up_is_no_gateway)
{
	struct chan *guest = NULL;
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	close(sv[0]);
	assert_int_equal(chan_local_guest_new(sv[1], 1000, &guest), -ECONNRESET);
	assert_int_equal(fcntl(sv[1], F_GETFD), FD_CLOEXEC); /* still the caller's */
	close(sv[1]);
}

TEST(a_host_whose_guest_left_before_the_welcome_keeps_nothing)
{
	struct chan *host = NULL;
	unsigned int before;
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	close(sv[1]);
	before = open_fds();
	assert_int_equal(chan_local_host_new(sv[0], SLOTS, &host), -EPIPE);
	assert_int_equal(open_fds(), before);
	assert_null(host);
	close(sv[0]);
}
