/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ibguestd's users (guestd_fixture.h): none delays or excludes another. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/local.h"
#include "tests/unit/test.h"
#include "tests/fabric/cases/linger.h"
#include "tests/unit/guestd_fixture.h"

enum { NOBODY = 65534, OTHER = 65533 };

static void be(uid_t uid)
{
	if (geteuid() && uid)
		skip();
	assert_int_equal(seteuid(uid), 0);
}

static struct guestd_user *user_of(struct guestd_fixture *fixture, uid_t uid)
{
	struct guestd_user *u = fixture->g.user;

	while (!u->account || u->uid != uid)
		u++;
	return u;
}

static struct chan *process_of(struct guestd_fixture *fixture, uid_t uid)
{
	struct chan *process;

	be(uid);
	process = process_with(fixture, 0);
	be(0);
	return process;
}

static int connects_as(struct guestd_fixture *fixture, uid_t uid)
{
	int sock;

	be(uid);
	sock = connects(fixture);
	be(0);
	return sock;
}

/* Each of so many uids connects once; the number that gets a session and keeps it to the end. */
static unsigned int connect_once_each(struct guestd_fixture *fixture, struct chan **ret,
				      uid_t first, unsigned int uids, unsigned int step)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < uids; i++) {
		ret[n] = is_answered(connects_as(fixture, first + i * step));
		n += ret[n] != NULL;
	}
	return n;
}

/* One uid, the subordinate uids of one account, and as many users with equal shares. */
TEST_READY(whoever_has_no_session_gets_one, struct guestd_fixture *fixture)
{
	static const struct {
		uid_t first;
		unsigned int uids, step, sessions;
	} rows[] = {{NOBODY, 113, 0, 112}, {200000, 113, 585, 112}, {1000, 100, 1, 100}};
	struct chan *process[113], *other;
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/subuid", fixture->dir);
	fixture->g.subuid.path = path;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		file = fopen(path, "w");
		assert_non_null(file);
		fputs("\n# root:1:2\nroot:0:70000\nx:1000\ny:200000:65536\n", file);
		fclose(file);
		assert_int_equal(connect_once_each(fixture, process, rows[i].first, rows[i].uids,
						   rows[i].step),
				 rows[i].sessions);
		assert_non_null(other = is_answered(connects_as(fixture, OTHER)));
		chan_free(other);
		for (unsigned int n = 0; n < rows[i].sessions; n++)
			chan_free(process[n]);
		settle(fixture);
		while (chan_closer_queue(fixture->g.closer))
			usleep(1000);
	}
	unlink(path);
}

/* Enables what the kernel refuses for us since 6.16. */
static void takes_descriptors(struct guestd_fixture *fixture)
{
	const int on = 1;

	setsockopt(fixture->g.listen_fd, SOL_SOCKET, 83 /* SO_PASSRIGHTS */, &on, sizeof(on));
}

/* If it waited for them, meson's time-out would end the test. */
TEST_READY(descriptors_that_linger_hold_up_nobody, struct guestd_fixture *fixture)
{
	struct chan *process, *other = process_new(fixture);
	int sock;

	takes_descriptors(fixture);
	for (unsigned int round = 0; round < 4; round++) {
		/* of a session, of a connection just accepted, of a broken one */
		process = process_with(fixture, 0);
		assert_int_equal(linger_send(chan_local_socket(process)), 0);
		chan_free(process);
		settle(fixture);
		sock = connects_only(fixture);
		assert_int_equal(linger_send(sock), 0);
		close(sock);
		settle(fixture);
		sock = connects(fixture);
		assert_int_equal(linger_send(sock), 0);
		settle(fixture);
		close(sock);
	}
	/* and those not handled at the end: the teardown */
	sock = connects_only(fixture);
	assert_int_equal(linger_send(sock), 0);
	close(sock);
	chan_free(other);
}

TEST_READY(a_user_with_many_processes_has_no_more_turns_than_one_with_one,
	   struct guestd_fixture *fixture)
{
	struct gate *gate = &fixture->gate[0];
	struct chan *many[8], *one = process_of(fixture, OTHER);
	unsigned int before = 0;

	for (unsigned int n = 0; n < 8; n++)
		many[n] = process_of(fixture, NOBODY);
	gate->is_slow = true;
	for (unsigned int i = 0; i < 12 * 8; i++)
		asks(many[i % 8], 0, i);
	asks(one, 0, 1000);
	settle(fixture);
	gate->is_slow = false;
	settle(fixture);
	while (gate->sent[before].cookie != 1000)
		before++;
	assert_in_range(before, 0, 80);
	for (unsigned int n = 0; n < 8; n++)
		chan_free(many[n]);
	chan_free(one);
}

TEST_READY(a_user_that_connects_too_often_waits_and_no_other_does, struct guestd_fixture *fixture)
{
	struct chan *process = process_of(fixture, NOBODY), *other;
	struct guestd_user *u = user_of(fixture, NOBODY);
	int sock[GUESTD_PARKED + 1];

	u->connects.whole_at = mono_add(fixture->g.now, (uint64_t)5 * RELAY_PROCESSES + 100);
	for (unsigned int n = 0; n <= GUESTD_PARKED; n++)
		sock[n] = connects_as(fixture, NOBODY);
	for (unsigned int n = 0; n < GUESTD_PARKED; n++)
		assert_true(is_waiting(sock[n]));
	/* connections beyond the limit are closed */
	assert_null(is_answered(sock[GUESTD_PARKED]));
	other = process_new(fixture);
	passes(fixture, 99);
	assert_true(is_waiting(sock[0]));
	/* the first is accepted first, then one per interval */
	passes(fixture, 6);
	assert_false(is_waiting(sock[0]));
	assert_true(is_waiting(sock[1]));
	passes(fixture, 5 * GUESTD_PARKED);
	chan_free(process);
	for (unsigned int n = 0; n < GUESTD_PARKED; n++) {
		assert_non_null(process = is_answered(sock[n]));
		chan_free(process);
	}
	chan_free(other);
}

TEST_READY(a_user_that_keeps_the_memory_of_its_sessions_waits, struct guestd_fixture *fixture)
{
	struct chan *kept[64];
	int sock, other;

	for (unsigned int n = 0; n < 64; n++) {
		kept[n] = process_of(fixture, NOBODY);
		shutdown(chan_local_socket(kept[n]), SHUT_RDWR);
		settle(fixture);
	}
	sock = connects_as(fixture, NOBODY);
	other = connects_as(fixture, OTHER);
	assert_true(is_waiting(sock));
	chan_free(is_answered(other));
	for (unsigned int n = 0; n < 64; n++)
		chan_free(kept[n]);
	while (is_waiting(sock)) {
		usleep(1000);
		passes(fixture, 10);
	}
	chan_free(is_answered(sock));
}

static unsigned int signs;

static void sign(void)
{
	signs++;
}

TEST_READY(the_loop_gives_signs_of_life_if_it_is_asked_to, struct guestd_fixture *fixture)
{
	assert_true(sleeps_for_ever(fixture));
	fixture->g.alive = sign;
	fixture->g.alive_ms = 1000;
	settle(fixture);
	signs = 0;
	passes(fixture, 10000);
	assert_int_equal(signs, 10);
}
