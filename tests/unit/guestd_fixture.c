/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/guestd_fixture.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel/local.h"
#include "wire/mad.h"

/* --- replaces ibguestd_clock.c and epoll_wait() --- */

static struct mono_ms now;

struct mono_ms guestd_now(void)
{
	return now;
}

static struct {
	int wanted_ms; /* -1: no limit */
	bool over; /* the time-out is over */
	jmp_buf asleep;
} slept;

int __real_epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms);
int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms);

/* Instead of sleeping, returns to the test. */
int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
	int n = __real_epoll_wait(epoll_fd, events, max, 0);

	slept.wanted_ms = timeout_ms;
	if (!n && timeout_ms && !slept.over)
		longjmp(slept.asleep, 1);
	slept.over = false;
	return n;
}

/* --- wraps chan_sleep_ok() --- */

static struct {
	struct chan *loops, *other; /* NULL: nothing arrives late */
	struct chan_slot slot;
} late;

void comes_late(struct chan *loops, struct chan *other, const struct chan_slot *slot)
{
	late.loops = loops;
	late.other = other;
	late.slot = *slot;
}

int __real_chan_sleep_ok(struct chan *chan);
int __wrap_chan_sleep_ok(struct chan *chan);

int __wrap_chan_sleep_ok(struct chan *chan)
{
	if (chan == late.loops) {
		late.loops = NULL;
		assert_int_equal(chan_put(late.other, &late.slot), 1);
	}
	return __real_chan_sleep_ok(chan);
}

/* --- setup --- */

int guestd_fixture_setup(void **state)
{
	struct guestd_fixture *fixture = calloc(1, sizeof(*fixture));
	int listen_fd;

	assert_non_null(fixture);
	now.ms = 1000000;
	strcpy(fixture->dir, "/tmp/ibguestd-XXXXXX");
	assert_non_null(mkdtemp(fixture->dir));
	assert_int_equal(chmod(fixture->dir, 0711), 0); /* other users may connect */
	snprintf(fixture->path, sizeof(fixture->path), "%s/socket", fixture->dir);
	listen_fd = chan_local_listen(&(struct chan_listen){.path = fixture->path,
							    .mode = 0666,
							    .uid = (uid_t)-1,
							    .gid = (gid_t)-1,
							    .backlog = 16});
	assert_true(listen_fd >= 0);
	fixture->stop_fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(guestd_feed_init(&fixture->feed), 0);
	assert_int_equal(guestd_init(&fixture->g, &fixture->feed, listen_fd, fixture->stop_fd), 0);
	*state = fixture;
	return 0;
}

static void gate_end(struct gate *gate)
{
	chan_free(gate->chan);
	chan_free(gate->lent);
	memset(gate, 0, sizeof(*gate));
}

/* Ends the service as a signal does; closes all. */
int guestd_fixture_teardown(void **state)
{
	struct guestd_fixture *fixture = *state;

	eventfd_write(fixture->stop_fd, 1);
	guestd_run(&fixture->g);
	relay_check(fixture->g.relay);
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		assert_null(fixture->g.process[i].chan);
	for (unsigned int i = 0; i < 2; i++) {
		assert_null(fixture->g.up[i].chan);
		assert_int_not_equal(fixture->feed.up[i].state, GUESTD_TAKEN);
		gate_end(&fixture->gate[i]);
	}
	guestd_fini(&fixture->g);
	guestd_feed_fini(&fixture->feed);
	close(fixture->g.listen_fd);
	close(fixture->stop_fd);
	unlink(fixture->path);
	rmdir(fixture->dir);
	free(fixture);
	capture_end();
	return 0;
}

bool turn(struct guestd_fixture *fixture)
{
	if (setjmp(slept.asleep))
		return false;
	guestd_turn(&fixture->g);
	relay_check(fixture->g.relay);
	return true;
}

void settle(struct guestd_fixture *fixture)
{
	bool moved;

	for (unsigned int turns = 0; turns < 1000; turns++) {
		moved = turn(fixture);
		for (unsigned int i = 0; i < 2; i++)
			moved |= fixture->gate[i].chan && gate_runs(&fixture->gate[i]);
		if (!moved)
			return;
	}
	fail_msg("it never sleeps");
}

void passes(struct guestd_fixture *fixture, uint64_t ms)
{
	const struct mono_ms end = mono_add(now, ms);

	settle(fixture);
	while (slept.wanted_ms > 0 && !mono_before(end, mono_add(now, (uint64_t)slept.wanted_ms))) {
		now = mono_add(now, (uint64_t)slept.wanted_ms);
		slept.over = true;
		settle(fixture);
	}
	now = end;
}

bool sleeps_for_ever(struct guestd_fixture *fixture)
{
	settle(fixture);
	return slept.wanted_ms < 0;
}

/* --- connector and gateways --- */

struct gate *gate_comes(struct guestd_fixture *fixture, unsigned int up)
{
	struct gate *gate = &fixture->gate[up];
	int pair[2];

	gate_end(gate);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(chan_local_host_new(pair[0], GATE_SLOTS, &gate->chan), 0);
	assert_int_equal(chan_local_guest_new(pair[1], 0, &gate->lent), 0);
	assert_int_equal(chan_sleep_ok(gate->chan), 1);
	guestd_feed_offer(&fixture->feed, up, gate->lent, up ? "gate 1" : "gate 0");
	return gate;
}

struct gate *gate_is_ready(struct guestd_fixture *fixture, unsigned int up)
{
	struct gate *gate = gate_comes(fixture, up);

	settle(fixture);
	assert_true(guestd_feed_settled(&fixture->feed, up));
	return gate;
}

int guestd_fixture_setup_ready(void **state)
{
	int rc = guestd_fixture_setup(state);

	gate_is_ready(*state, 0);
	return rc;
}

void gate_goes(struct guestd_fixture *fixture, unsigned int up)
{
	chan_free(fixture->gate[up].chan);
	fixture->gate[up].chan = NULL;
}

static void answer(struct gate *gate, const struct chan_slot *to)
{
	struct chan_hello_reply hello = {.magic = CHAN_ABI_MAGIC,
					 .version = CHAN_ABI_VERSION,
					 .ports = 1,
					 .outstanding = GATE_SLOTS};
	struct chan_slot slot = *to;

	slot.kind++;
	if (to->kind == CHAN_KIND_HELLO)
		memcpy(slot.mad, &hello, sizeof(hello));
	gate->clients += to->kind == CHAN_KIND_CLIENT_OPEN;
	gate->clients -= to->kind == CHAN_KIND_CLIENT_CLOSE;
	assert_int_equal(chan_put(gate->chan, &slot), 1);
}

static void gate_slot(struct gate *gate, const struct chan_slot *slot)
{
	if (slot->kind == CHAN_KIND_SEND) {
		assert_true(gate->sent_count < GATE_SENT);
		gate->sent[gate->sent_count++] = *slot;
	} else if (!gate->is_mute) {
		answer(gate, slot);
	}
}

static bool is_readable(int fd)
{
	return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

unsigned int gate_runs(struct gate *gate)
{
	struct chan_slot slot;
	unsigned int n = 0;
	eventfd_t rung;
	int rc;

	if (gate->is_slow || !is_readable(chan_bell(gate->chan)))
		return 0;
	eventfd_read(chan_bell(gate->chan), &rung);
	do {
		while (chan_take(gate->chan, &slot) == 1) {
			gate_slot(gate, &slot);
			n++;
		}
		rc = chan_sleep_ok(gate->chan);
	} while (rc == 0);
	assert_int_equal(rc, 1);
	return n;
}

void gate_says(struct gate *gate, const struct chan_slot *slot)
{
	assert_int_equal(chan_put(gate->chan, slot), 1);
	chan_kick(gate->chan);
}

void gate_answers(struct gate *gate, unsigned int n)
{
	struct chan_slot slot = gate->sent[n];

	slot.kind = CHAN_KIND_RECV;
	slot.timeout_ms = 0;
	slot.mad[3] |= WIRE_METHOD_RESPONSE;
	gate_says(gate, &slot);
}

void assert_returned(struct guestd_fixture *fixture, unsigned int up, enum guestd_why why)
{
	enum guestd_why is;

	assert_null(fixture->g.up[up].chan);
	assert_true(guestd_feed_back(&fixture->feed, up, &is));
	assert_int_equal(is, why);
	gate_end(&fixture->gate[up]);
}

/* --- processes --- */

int connects_only(struct guestd_fixture *fixture)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", fixture->path);
	assert_int_equal(connect(sock, (struct sockaddr *)&un, sizeof(un)), 0);
	return sock;
}

int connects(struct guestd_fixture *fixture)
{
	int sock = connects_only(fixture);

	settle(fixture);
	return sock;
}

bool is_waiting(int sock)
{
	return !is_readable(sock);
}

struct chan *is_answered(int sock)
{
	struct chan *chan;
	int rc = chan_local_guest_new(sock, 0, &chan);

	if (rc == 0)
		return chan;
	assert_int_equal(rc, -ECONNRESET);
	close(sock);
	return NULL;
}

void says_hello(struct chan *process)
{
	struct chan_hello ask = {.magic = CHAN_ABI_MAGIC,
				 .version_min = CHAN_ABI_VERSION,
				 .version_max = CHAN_ABI_VERSION};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = 1};

	memcpy(slot.mad, &ask, sizeof(ask));
	says(process, &slot);
}

struct chan *process_new(struct guestd_fixture *fixture)
{
	struct chan *process = is_answered(connects(fixture));

	assert_non_null(process);
	says_hello(process);
	settle(fixture);
	given(process, CHAN_KIND_HELLO_REPLY);
	return process;
}

struct chan *process_with(struct guestd_fixture *fixture, uint16_t client)
{
	struct chan_slot slot = {.kind = CHAN_KIND_CLIENT_OPEN, .client = client, .cookie = 2};
	struct chan *process = process_new(fixture);

	says(process, &slot);
	settle(fixture);
	assert_int_equal(given(process, CHAN_KIND_CLIENT_OPEN_REPLY).status, 0);
	return process;
}

void says(struct chan *process, const struct chan_slot *slot)
{
	assert_int_equal(chan_put(process, slot), 1);
	chan_kick(process);
}

void asks(struct chan *process, uint16_t client, uint64_t cookie)
{
	struct chan_slot slot = {
		.kind = CHAN_KIND_SEND, .client = client, .timeout_ms = 1000, .cookie = cookie};

	slot.mad[3] = WIRE_METHOD_GET;
	says(process, &slot);
}

struct chan_slot given(struct chan *process, enum chan_kind kind)
{
	struct chan_slot slot;

	assert_int_equal(chan_take(process, &slot), 1);
	assert_int_equal(slot.kind, kind);
	return slot;
}

void sleeps(struct chan *process)
{
	assert_int_equal(chan_sleep_ok(process), 1);
}

bool is_rung(struct chan *process)
{
	return is_readable(chan_bell(process));
}

bool is_disconnected(struct chan *process)
{
	struct chan_slot slot;

	while (chan_take(process, &slot) == 1)
		;
	/* at the second call (local.h) */
	return chan_sleep_ok(process) == -EPIPE || chan_sleep_ok(process) == -EPIPE;
}
