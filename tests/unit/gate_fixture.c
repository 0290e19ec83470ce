/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/gate_fixture.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mad-proxy/io/guest_socket.h"
#include "policy/policy_file.h"
#include "wire/mad.h"

static struct policy *parse(const char *text)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("test", text, strlen(text), &errors);

	assert_non_null(policy);
	return policy;
}

static void gate_begin(struct gate_fixture *fixture)
{
	struct io_gateway_params params = {.max_sessions = 16, .max_sessions_per_guest = 4};
	g_autofree char *text = NULL;

	if (!g_file_get_contents(fixture->policy_path, &text, NULL, NULL))
		text = g_strdup(HEAD ALPHA BETA);
	params.run_dir = fixture->dir;
	params.policy = parse(text);
	fixture->gate = io_gateway_new(&params, NULL);
	assert_non_null(fixture->gate);
}

void gate_fixture_restart(struct gate_fixture *fixture)
{
	io_gateway_free(fixture->gate);
	gate_begin(fixture);
}

int gate_fixture_setup(void **state)
{
	struct gate_fixture *fixture = g_new0(struct gate_fixture, 1);

	/* a timer that is removed twice, and similar errors */
	g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
	fake_umad_reset();
	fixture->dir = g_dir_make_tmp("ibgate-XXXXXX", NULL);
	fixture->policy_path = g_build_filename(fixture->dir, "policy", NULL);
	gate_begin(fixture);
	*state = fixture;
	return 0;
}

static int remove_tree(const char *dir)
{
	g_autofree char *quoted = g_shell_quote(dir);
	g_autofree char *command = g_strconcat("rm -r ", quoted, NULL);

	return system(command);
}

int gate_fixture_teardown(void **state)
{
	struct gate_fixture *fixture = *state;

	io_gateway_free(fixture->gate);
	assert_false(socket_exists(fixture, "alpha"));
	assert_false(socket_exists(fixture, "beta"));
	assert_int_equal(fake_umad_open_files(), 0);
	assert_int_equal(remove_tree(fixture->dir), 0);
	g_free(fixture->policy_path);
	g_free(fixture->dir);
	g_free(fixture);
	return 0;
}

void write_policy(const struct gate_fixture *fixture, const char *text)
{
	assert_true(g_file_set_contents(fixture->policy_path, text, -1, NULL));
}

unsigned int sessions(const struct gate_fixture *fixture)
{
	return g_hash_table_size(fixture->gate->sessions);
}

bool socket_exists(const struct gate_fixture *fixture, const char *guest)
{
	g_autofree char *path = io_guest_socket_path(fixture->dir, guest);
	g_autofree char *second = g_build_filename(fixture->dir, "dirs", guest, "guest", NULL);
	struct stat a, b;

	if (stat(path, &a) < 0) {
		assert_int_equal(stat(second, &b), -1);
		return false;
	}
	assert_int_equal(stat(second, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_mode & 0777, 0600);
	return true;
}

void run_until_idle(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

void run_until_sent(unsigned int n)
{
	while (fake_umad.sent_count < n)
		g_main_context_iteration(NULL, TRUE);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, n);
}

struct chan *attach(const struct gate_fixture *fixture, const char *guest)
{
	g_autofree char *path = io_guest_socket_path(fixture->dir, guest);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct chan *chan;

	strcpy(un.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	run_until_idle();
	if (chan_local_guest_new(fd, 0, &chan) == 0)
		return chan;
	close(fd);
	return NULL;
}

void put(struct chan *chan, const struct chan_slot *slot)
{
	assert_int_equal(chan_put(chan, slot), 1);
	chan_kick(chan);
}

void hello(struct chan *chan)
{
	struct chan_hello h = {
		.magic = CHAN_ABI_MAGIC, .version_min = 1, .version_max = CHAN_ABI_VERSION};
	struct chan_register sender = {.mgmt_class = WIRE_CLASS_PERF, .mgmt_class_version = 1};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = 1};

	memcpy(slot.mad, &h, sizeof(h));
	put(chan, &slot);
	slot = (struct chan_slot){.kind = CHAN_KIND_CLIENT_OPEN, .cookie = 2};
	put(chan, &slot);
	slot = (struct chan_slot){.kind = CHAN_KIND_REGISTER, .cookie = 3};
	memcpy(slot.mad, &sender, sizeof(sender));
	put(chan, &slot);
	run_until_idle();
	taken(chan, CHAN_KIND_HELLO_REPLY);
	taken(chan, CHAN_KIND_CLIENT_OPEN_REPLY);
	assert_int_equal(taken(chan, CHAN_KIND_REGISTER_REPLY).status, 0);
}

struct chan *attach_and_hello(const struct gate_fixture *fixture, const char *guest)
{
	struct chan *chan = attach(fixture, guest);

	assert_non_null(chan);
	hello(chan);
	return chan;
}

struct chan_slot perf_get(uint64_t cookie, uint16_t lid)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND,
				 .timeout_ms = 1000,
				 .cookie = cookie,
				 .addr = {.lid = lid, .qpn = 1, .qkey = 0x80010000}};

	slot.mad[0] = 1;
	slot.mad[1] = WIRE_CLASS_PERF;
	slot.mad[2] = 1;
	slot.mad[3] = WIRE_METHOD_GET;
	put_be64(slot.mad + 8, 0x1234567800000000 | cookie);
	put_be16(slot.mad + 16, 0x12);
	slot.mad[65] = 1;
	return slot;
}

void put_perf_get(struct chan *chan, uint64_t cookie, uint16_t lid)
{
	struct chan_slot slot = perf_get(cookie, lid);

	put(chan, &slot);
}

uint16_t sent_to(unsigned int n)
{
	return be16toh(fake_umad.sent[n].umad.addr.lid);
}

void answer_sent(unsigned int n)
{
	const struct fake_message *m = &fake_umad.sent[n];
	struct fake_message *back;
	struct fake_file *f = &fake_umad.file[0];
	uint8_t mad[256];

	memcpy(mad, m->mad, sizeof(mad));
	mad[3] |= WIRE_METHOD_RESPONSE;
	fake_umad_give(0, (int)m->umad.agent_id, 0, mad, 256);
	back = &f->queue[(f->head + f->count - 1) % FAKE_QUEUE];
	back->umad.addr = m->umad.addr;
}

struct chan_slot taken(struct chan *chan, enum chan_kind kind)
{
	struct chan_slot slot;

	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, kind);
	return slot;
}
