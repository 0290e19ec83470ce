/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What closer.h promises: nobody waits for what a peer left in a socket, nor loses count of its memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel/closer.h"
#include "channel/local.h"
#include "tests/fabric/cases/linger.h"

enum {
	SLOTS = 128,
	/* What ought to happen soon; a test that must wait as long as a peer lingers is killed by meson. */
	PATIENCE_MS = 50000,
};

struct fixture {
	struct chan_closer *closer;
	struct chan_account *account;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_int_equal(chan_closer_new(&fixture->closer), 0);
	fixture->account = chan_account_new();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	chan_account_drop(fixture->closer, fixture->account);
	chan_closer_free(fixture->closer);
	free(fixture);
	return 0;
}

static void left_becomes(struct fixture *fixture, unsigned int left)
{
	for (unsigned int ms = 0; chan_account_left(fixture->account) != left && ms < PATIENCE_MS;
	     ms++)
		usleep(1000);
	assert_int_equal(chan_account_left(fixture->account), left);
}

static void pair_with_rights(int pair[2], unsigned int messages)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	for (unsigned int i = 0; i < messages; i++)
		assert_int_equal(linger_send(pair[0]), 0);
}

static void sockets_with_lingering_descriptors_are_closed_before_these_stop_lingering(void **state)
{
	struct fixture *fixture = *state;
	int pair[2];

	for (unsigned int i = 0; i < 16; i++) {
		pair_with_rights(pair, 4);
		chan_closer_socket(fixture->closer, fixture->account, pair[1]);
		close(pair[0]);
	}
	left_becomes(fixture, 0);
}

/* On a socket that takes descriptors, as all of an older kernel's do. */
static void so_are_those_that_were_never_accepted(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct fixture *fixture = *state;
	socklen_t len = sizeof(un);
	int client[4], listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&un, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&un, &len), 0);
	for (unsigned int i = 0; i < 4; i++) {
		client[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(client[i], (struct sockaddr *)&un, len), 0);
		assert_int_equal(linger_send(client[i]), 0);
	}
	chan_closer_socket(fixture->closer, fixture->account, listener);
	left_becomes(fixture, 0);
	for (unsigned int i = 0; i < 4; i++)
		close(client[i]);
}

static void a_peer_hears_of_the_end_at_once(void **state)
{
	struct fixture *fixture = *state;
	int pair[2];
	char byte;

	pair_with_rights(pair, 4);
	chan_closer_socket(fixture->closer, fixture->account, pair[1]);
	/* it sees the end, or that its own messages will not be read any more */
	assert_true(recv(pair[0], &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
	close(pair[0]);
	left_becomes(fixture, 0);
}

static void a_closer_ends_whatever_is_left(void **state)
{
	struct fixture *fixture = *state;
	int pair[2];

	for (unsigned int i = 0; i < 16; i++) {
		pair_with_rights(pair, 4);
		chan_closer_socket(fixture->closer, fixture->account, pair[1]);
		close(pair[0]);
	}
	chan_account_drop(fixture->closer, fixture->account);
	fixture->account = NULL;
	chan_closer_free(fixture->closer);
	fixture->closer = NULL;
}

/* Both ends, and the guest's socket. */
static void channel_pair(struct chan **host, struct chan **guest)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(chan_local_host_new(pair[0], SLOTS, host), 0);
	assert_int_equal(chan_local_guest_new(pair[1], 0, guest), 0);
}

static void memory_counts_as_long_as_the_guest_has_it(void **state)
{
	struct fixture *fixture = *state;
	struct chan *host, *guest;

	channel_pair(&host, &guest);
	chan_closer_channel(fixture->closer, fixture->account, host);
	usleep(300000); /* it may look a few times */
	assert_int_equal(chan_account_left(fixture->account), 1);
	chan_free(guest);
	left_becomes(fixture, 0);
}

/* The welcome's first descriptor, of a channel whose host is now the closer's. */
static int memory_left(struct fixture *fixture)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct chan_welcome welcome;
	struct iovec iov = {.iov_base = &welcome, .iov_len = sizeof(welcome)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct chan *host;
	int pair[2], fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(chan_local_host_new(pair[0], SLOTS, &host), 0);
	assert_int_equal(recvmsg(pair[1], &msg, 0), sizeof(welcome));
	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	close(fd[1]);
	chan_closer_channel(fixture->closer, fixture->account, host);
	close(pair[1]);
	return fd[0];
}

static void memory_that_a_guest_keeps_is_emptied(void **state)
{
	struct fixture *fixture = *state;
	int fd = memory_left(fixture);
	struct stat st = {.st_blocks = 1};

	for (unsigned int ms = 0; st.st_blocks && ms < PATIENCE_MS; ms++) {
		usleep(1000);
		assert_int_equal(fstat(fd, &st), 0);
	}
	assert_int_equal(st.st_blocks, 0);
	assert_int_equal(chan_account_left(fixture->account), 1);
	close(fd);
	left_becomes(fixture, 0);
}

static void a_guest_cannot_open_the_memory_again_where_nobody_sees_it(void **state)
{
	struct fixture *fixture = *state;
	int fd = memory_left(fixture);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0);
	close(fd);
	left_becomes(fixture, 0);
}

static void a_closer_ends_although_a_guest_keeps_its_memory(void **state)
{
	struct fixture *fixture = *state;
	int fd = memory_left(fixture);

	chan_closer_free(fixture->closer);
	fixture->closer = NULL;
	assert_int_equal(chan_account_left(fixture->account), 0);
	free(fixture->account);
	fixture->account = NULL;
	close(fd);
}

static void a_listening_socket_of_a_channel_takes_no_descriptors(void **state)
{
	struct chan_listen how = {.path = "test_chan_closer.socket",
				  .mode = 0600,
				  .uid = (uid_t)-1,
				  .gid = (gid_t)-1,
				  .backlog = 4};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "test_chan_closer.socket"};
	struct fixture *fixture = *state;
	struct chan_peer peer;
	int accepted, client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int listener = chan_local_listen(&how), off = 0;

	assert_true(listener >= 0);
	assert_int_equal(connect(client, (struct sockaddr *)&un, sizeof(un)), 0);
	unlink(how.path);
	/* 83: SO_PASSRIGHTS */
	if (setsockopt(client, SOL_SOCKET, 83, &off, sizeof(off)) == 0)
		assert_int_equal(linger_send(client), EPERM);
	accepted = chan_local_accept(listener, &peer);
	assert_true(accepted >= 0);
	if (setsockopt(client, SOL_SOCKET, 83, &off, sizeof(off)) == 0)
		assert_int_equal(linger_send(client), EPERM);
	chan_closer_socket(fixture->closer, NULL, accepted);
	chan_closer_socket(fixture->closer, NULL, listener);
	close(client);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sockets_with_lingering_descriptors_are_closed_before_these_stop_lingering),
		T(so_are_those_that_were_never_accepted),
		T(a_peer_hears_of_the_end_at_once),
		T(a_closer_ends_whatever_is_left),
		T(memory_counts_as_long_as_the_guest_has_it),
		T(memory_that_a_guest_keeps_is_emptied),
		T(a_guest_cannot_open_the_memory_again_where_nobody_sees_it),
		T(a_closer_ends_although_a_guest_keeps_its_memory),
		T(a_listening_socket_of_a_channel_takes_no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
