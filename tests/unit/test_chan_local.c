/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* channel/local: two correct sides, over real sockets. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/local.h"
#define TEST_OWN_MAIN
#include "tests/unit/test.h"
#include "tests/patience.h"

#define SLOTS 16u

static char dir[] = "/tmp/ibgate-chan-XXXXXX";
static char sock_path[sizeof(dir) + 16];

static int make_dir(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(sock_path, sizeof(sock_path), "%s/alpha", dir);
	return 0;
}

static int remove_dir(void **state)
{
	unlink(sock_path);
	return rmdir(dir);
}

static int listen_at(const char *path, mode_t mode)
{
	return chan_local_listen(&(struct chan_listen){
		.path = path, .mode = mode, .uid = (uid_t)-1, .gid = (gid_t)-1, .backlog = 4});
}

static int accept_one(int listener, struct chan_peer *peer)
{
	struct pollfd pfd = {.fd = listener, .events = POLLIN};

	assert_int_equal(poll(&pfd, 1, -1), 1);
	return chan_local_accept(listener, peer);
}

static bool readable(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, 0) == 1;
}

/* Both sides of a session in this process. */
static void pair_new(struct chan **host, struct chan **guest)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	assert_int_equal(chan_local_host_new(sv[0], SLOTS, host), 0);
	assert_int_equal(chan_local_guest_new(sv[1], TEST_PATIENCE_MS, guest), 0);
}

static void wait_bell(struct chan *chan)
{
	struct pollfd pfd = {.fd = chan_bell(chan), .events = POLLIN};

	poll(&pfd, 1, -1);
}

/* In a child: sends `count` slots, never more than the ring holds, and expects each back in order. */
static int guest_process(unsigned int count)
{
	struct chan *chan;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	unsigned int sent = 0, got = 0;

	if (chan_local_connect(sock_path, TEST_PATIENCE_MS, &chan))
		return 1;
	while (got < count) {
		int asleep;

		do {
			slot.cookie = sent;
			while (sent < count && sent - got < SLOTS && chan_put(chan, &slot) == 1)
				slot.cookie = ++sent;
			while (chan_take(chan, &slot) == 1) {
				if (slot.cookie != got++)
					return 2;
			}
			asleep = got == count ? 1 : chan_sleep_ok(chan);
			if (asleep < 0)
				return 3;
		} while (!asleep);
		if (got < count && (sent == count || sent - got == SLOTS))
			wait_bell(chan);
	}
	chan_free(chan);
	return 0;
}

TEST(a_guest_process_gets_its_slots_echoed)
{
	int listener = listen_at(sock_path, 0600);
	struct chan *host;
	struct chan_peer peer;
	struct chan_slot slot, *place;
	int status, sock;
	pid_t pid;

	assert_true(listener >= 0);
	pid = fork();
	if (pid == 0)
		_exit(guest_process(5000));
	sock = accept_one(listener, &peer);
	assert_true(sock >= 0);
	assert_int_equal(peer.pid, pid);
	assert_int_equal(peer.uid, getuid());
	assert_int_equal(peer.gid, getgid());
	assert_int_equal(chan_local_host_new(sock, SLOTS, &host), 0);
	for (;;) {
		struct pollfd pfd[2] = {{.fd = chan_bell(host), .events = POLLIN},
					{.fd = chan_local_socket(host), .events = POLLIN}};
		uint64_t rung;

		do {
			while (chan_take(host, &slot) == 1) {
				assert_int_equal(chan_reserve(host, &place), 1);
				*place = slot;
				chan_commit(host);
			}
		} while (chan_sleep_ok(host) == 0);
		assert_true(poll(pfd, 2, -1) > 0);
		if (pfd[1].revents)
			break;
		/* poll() has no EPOLLET: clear the eventfd here, unlike the daemon */
		assert_int_equal(read(pfd[0].fd, &rung, sizeof(rung)), sizeof(rung));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	chan_free(host);
	close(listener);
}

TEST(each_side_hears_of_the_others_end)
{
	struct chan *host, *guest;
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};

	pair_new(&host, &guest);
	assert_int_equal(chan_sleep_ok(guest), 1);
	assert_int_equal(chan_put(host, &slot), 1);
	chan_free(host);
	assert_true(readable(chan_bell(guest)));
	assert_int_equal(chan_take(guest, &slot), 1); /* the memory is still mapped */
	assert_int_equal(chan_sleep_ok(guest), -EPIPE);
	assert_int_equal(chan_put(guest, &slot), 1);
	chan_kick(guest);
	chan_free(guest);

	pair_new(&host, &guest);
	assert_false(readable(chan_local_socket(host)));
	assert_int_equal(chan_sleep_ok(guest), 1);
	chan_free(guest);
	assert_true(readable(chan_local_socket(host)));
	assert_int_equal(chan_put(host, &slot), 1);
	chan_kick(host);
	assert_int_equal(chan_sleep_ok(host), 1);
	chan_free(host);
}

TEST(who_looks_again_is_spared_a_doorbell_and_loses_none)
{
	struct chan *host, *guest;
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};

	pair_new(&host, &guest);
	assert_int_equal(chan_sleep_ok(guest), 1);
	assert_int_equal(chan_sleep_ok(guest), 1); /* system call skipped */
	assert_int_equal(chan_put(host, &slot), 1);
	chan_kick(host);
	assert_true(readable(chan_bell(guest)));
	assert_int_equal(chan_take(guest, &slot), 1);
	assert_int_equal(chan_sleep_ok(guest), 1);
	assert_false(readable(chan_bell(guest)));

	/* a doorbell for room, without a slot: the second call takes it at the latest */
	while (chan_put(guest, &slot) == 1)
		;
	assert_false(chan_want_room(guest, 1));
	assert_int_equal(chan_take(host, &slot), 1);
	chan_kick(host);
	assert_true(readable(chan_bell(guest)));
	assert_int_equal(chan_sleep_ok(guest), 1);
	assert_int_equal(chan_sleep_ok(guest), 1);
	assert_false(readable(chan_bell(guest)));

	/* and so is the disconnect */
	assert_int_equal(chan_sleep_ok(guest), 1);
	chan_free(host);
	assert_true(readable(chan_bell(guest)));
	assert_int_equal(chan_sleep_ok(guest) == 1 ? chan_sleep_ok(guest) : -EPIPE, -EPIPE);
	chan_free(guest);
}

TEST(who_looks_instead_of_sleeping_costs_no_doorbell_and_then_misses_none)
{
	struct chan *host, *guest;
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};

	pair_new(&host, &guest);
	assert_int_equal(chan_sleep_ok(guest), 1);
	chan_look(guest);
	assert_false(chan_peek(guest));
	assert_int_equal(chan_put(host, &slot), 1);
	chan_kick(host);
	assert_int_equal(host->rung, 0);
	assert_true(chan_peek(guest));
	assert_false(chan_bell_shows(guest));
	assert_int_equal(chan_take(guest, &slot), 1);

	/* asleep again: it rings, and the descriptor is readable */
	assert_int_equal(chan_sleep_ok(guest), 1);
	assert_int_equal(chan_put(host, &slot), 1);
	chan_kick(host);
	assert_int_equal(host->rung, 1);
	assert_true(readable(chan_bell(guest)));
	chan_free(guest);
	chan_free(host);
}

TEST(slots_may_be_left_in_the_ring_as_long_as_the_doorbell_shows_them)
{
	struct chan *host, *guest;
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};

	pair_new(&host, &guest);
	assert_int_equal(chan_sleep_ok(guest), 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(chan_put(host, &slot), 1);
	chan_kick(host);
	assert_int_equal(chan_take(guest, &slot), 1);
	assert_true(chan_bell_shows(guest));
	assert_true(readable(chan_bell(guest)));
	assert_int_equal(chan_take(guest, &slot), 1);
	assert_false(chan_bell_shows(guest));
	assert_int_equal(chan_sleep_ok(guest), 1);
	assert_false(readable(chan_bell(guest)));
	chan_free(guest);
	chan_free(host);
}

TEST(a_forked_child_can_drop_its_copy_and_the_session_lives)
{
	struct chan *host, *guest;
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	int status;
	pid_t pid;

	pair_new(&host, &guest);
	pid = fork();
	if (pid == 0) {
		chan_free(guest);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(readable(chan_local_socket(host)));
	assert_int_equal(chan_put(guest, &slot), 1);
	assert_int_equal(chan_take(host, &slot), 1);
	chan_free(guest);
	chan_free(host);
}

TEST(connecting_fails_with_the_reason)
{
	struct chan *chan = NULL;
	struct chan_peer peer;
	int listener, sock;
	pid_t pid;

	unlink(sock_path);
	assert_int_equal(chan_local_connect(sock_path, TEST_PATIENCE_MS, &chan), -ENOENT);
	assert_int_equal(chan_local_connect("", TEST_PATIENCE_MS, &chan), -EINVAL);
	listener = listen_at(sock_path, 0600);
	assert_int_equal(chan_local_connect(sock_path, 20, &chan), -ETIMEDOUT); /* no reply */
	sock = accept_one(listener, &peer);
	assert_true(sock >= 0);
	close(sock);

	pid = fork();
	if (pid == 0) {
		sock = accept_one(listener, &peer);
		close(sock);
		_exit(0);
	}
	assert_int_equal(chan_local_connect(sock_path, TEST_PATIENCE_MS, &chan),
			 -ECONNRESET); /* refused */
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	close(listener);
	assert_int_equal(chan_local_connect(sock_path, TEST_PATIENCE_MS, &chan), -ECONNREFUSED);
	assert_null(chan);
}

TEST(a_full_backlog_is_waited_for_no_longer_than_asked)
{
	int listener = listen_at(sock_path, 0600);
	struct chan *chan = NULL;
	int err, tries = 0;

	do /* not accepted: first without a reply, then the backlog is full */
		err = chan_local_connect(sock_path, 1, &chan);
	while (err == -ETIMEDOUT && ++tries < 20);
	assert_int_equal(tries, 20);
	assert_null(chan);
	close(listener);
}

TEST(accept_without_a_guest_says_so)
{
	int listener = listen_at(sock_path, 0600);
	struct chan_peer peer;

	assert_int_equal(chan_local_accept(listener, &peer), -EAGAIN);
	close(listener);
}

TEST(listening_replaces_what_an_older_gateway_left)
{
	int first, second, third, other;
	struct stat st;
	char other_path[sizeof(sock_path) + 8];

	first = listen_at(sock_path, 0600);
	assert_true(first >= 0);
	second = listen_at(sock_path, 0620);
	assert_true(second >= 0);
	assert_int_equal(stat(sock_path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0620);
	/* its name could be that of another guest's socket */
	snprintf(other_path, sizeof(other_path), "%s.new", sock_path);
	other = listen_at(other_path, 0600);
	third = listen_at(sock_path, 0600);
	assert_true(other >= 0 && third >= 0);
	assert_int_equal(stat(other_path, &st), 0);
	assert_int_equal(unlink(other_path), 0);
	close(other);
	close(third);
	close(first);
	close(second);
	assert_int_equal(listen_at("/nonexistent/alpha", 0600), -ENOENT);
}

TEST(a_path_longer_than_an_address_works)
{
	char deep[256], path[600];
	struct chan *guest, *host;
	struct chan_peer peer;
	int listener, status, sock;
	pid_t pid;

	snprintf(deep, sizeof(deep), "%s/%0100d", dir, 1);
	assert_int_equal(mkdir(deep, 0700), 0);
	snprintf(path, sizeof(path), "%s/%0255d", deep, 2);
	listener = listen_at(path, 0600);
	assert_true(listener >= 0);
	pid = fork();
	if (pid == 0)
		_exit(chan_local_connect(path, TEST_PATIENCE_MS, &guest) != 0);
	sock = accept_one(listener, &peer);
	assert_int_equal(chan_local_host_new(sock, SLOTS, &host), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	chan_free(host);
	close(listener);
	unlink(path);
	rmdir(deep);
}

int main(void)
{
	return test_run(make_dir, remove_dir);
}
