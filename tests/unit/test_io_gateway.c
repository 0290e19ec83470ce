/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The whole gateway, core included, between a fake libibumad and guests that are channels of this
 * very process. Nothing waits: the main loop is run until it is idle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mad-proxy/io/control_commands.h"
#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/guest_socket.h"
#include "mad-proxy/io/reload.h"
#include "policy/policy_file.h"
#include "tests/unit/fake_umad.h"
#include "wire/mad.h"

#define HEAD "[gateway]\nport = fake0/1\n"
#define ALPHA "[guest alpha]\naccess = fabric\n"
#define BETA "[guest beta]\naccess = fabric\n"

struct fixture {
	char *dir;
	char *policy_path;
	struct io_gateway *gate;
};

static void write_policy(const struct fixture *f, const char *text)
{
	assert_true(g_file_set_contents(f->policy_path, text, -1, NULL));
}

static struct policy *parse(const char *text)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("test", text, strlen(text), &errors);

	assert_non_null(policy);
	return policy;
}

static int setup(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);
	struct io_gateway_params params = {
		.max_sessions = 16, .max_sessions_per_guest = 4, .smp_cache_ms = 1000};

	fake_umad_reset();
	f->dir = g_dir_make_tmp("ibgate-XXXXXX", NULL);
	f->policy_path = g_build_filename(f->dir, "policy", NULL);
	params.run_dir = f->dir;
	params.policy = parse(HEAD ALPHA BETA);
	f->gate = io_gateway_new(&params, NULL);
	assert_non_null(f->gate);
	*state = f;
	return 0;
}

static void run_until_idle(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static bool socket_exists(const struct fixture *f, const char *guest)
{
	g_autofree char *path = io_guest_socket_path(f->dir, guest);
	g_autofree char *second = g_build_filename(f->dir, "dirs", guest, "guest", NULL);
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

static int remove_tree(const char *dir)
{
	g_autofree char *quoted = g_shell_quote(dir);
	g_autofree char *command = g_strconcat("rm -r ", quoted, NULL);

	return system(command);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	io_gateway_free(f->gate);
	assert_false(socket_exists(f, "alpha"));
	assert_false(socket_exists(f, "beta"));
	assert_int_equal(fake_umad_open_files(), 0);
	assert_int_equal(remove_tree(f->dir), 0);
	g_free(f->policy_path);
	g_free(f->dir);
	g_free(f);
	return 0;
}

/* Connects first, lets the gateway answer, then reads the welcome: one thread, no waiting. */
static struct chan *attach(const struct fixture *f, const char *guest)
{
	g_autofree char *path = io_guest_socket_path(f->dir, guest);
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

static void put(struct chan *chan, const struct chan_slot *slot)
{
	assert_int_equal(chan_put(chan, slot), 1);
	chan_kick(chan);
}

/* Up to an agent that may send. */
static void hello(struct chan *chan)
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
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_HELLO_REPLY);
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_CLIENT_OPEN_REPLY);
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_REGISTER_REPLY);
	assert_int_equal(slot.status, 0);
}

static struct chan_slot perf_get(uint64_t cookie, uint16_t lid)
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

/* The port answers what was sent as number `n`. */
static void answer_sent(unsigned int n)
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

static void a_request_goes_out_and_its_answer_comes_back(void **state)
{
	struct fixture *f = *state;
	struct chan *chan = attach(f, "alpha");
	struct chan_slot slot = perf_get(99, 4);

	hello(chan);
	put(chan, &slot);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	assert_int_not_equal(get_be64(fake_umad.sent[0].mad + 8), get_be64(slot.mad + 8));
	answer_sent(0);
	run_until_idle();
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_RECV);
	assert_int_equal(slot.cookie, 99);
	assert_int_equal(slot.mad[3], WIRE_METHOD_GET_RESP);
	assert_int_equal(get_be64(slot.mad + 8), 0x1234567800000000 | 99);
	chan_free(chan);
	run_until_idle();
	assert_int_equal(g_hash_table_size(f->gate->sessions), 0);
}

static void a_send_that_the_port_refuses_ends_at_once(void **state)
{
	struct fixture *f = *state;
	struct chan *chan = attach(f, "alpha");
	struct chan_slot slot = perf_get(7, 4);

	hello(chan);
	fake_umad.send_errno = EIO;
	put(chan, &slot);
	run_until_idle();
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_SEND_DONE);
	assert_int_equal(slot.cookie, 7);
	assert_int_not_equal(slot.status, 0);
	chan_free(chan);
}

static void a_registration_is_answered_when_the_port_has_answered(void **state)
{
	struct chan_register what = {.mgmt_class = 0x32,
				     .mgmt_class_version = 1,
				     .oui = {0, 0x14, 5},
				     .method_mask = {2}};
	struct chan_slot slot = {.kind = CHAN_KIND_REGISTER, .agent = 3, .cookie = 5};
	struct fixture *f = *state;
	struct chan *chan = attach(f, "alpha");
	int agents = 0;

	hello(chan);
	memcpy(slot.mad, &what, sizeof(what));
	put(chan, &slot);
	run_until_idle();
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_REGISTER_REPLY);
	assert_int_equal(slot.status, 0);
	for (int i = 0; i < FAKE_AGENTS; i++)
		agents += fake_umad.file[0].agent[i].used &&
			  fake_umad.file[0].agent[i].mgmt_class == 0x32;
	assert_int_equal(agents, 1);
	/* Its end takes the registration along. */
	chan_free(chan);
	run_until_idle();
	for (int i = 0; i < FAKE_AGENTS; i++)
		assert_false(fake_umad.file[0].agent[i].used &&
			     fake_umad.file[0].agent[i].mgmt_class == 0x32);
}

static void a_flood_of_one_guest_does_not_hold_up_another(void **state)
{
	struct fixture *f = *state;
	struct chan *flood = attach(f, "alpha"), *calm = attach(f, "beta");
	struct chan_slot slot;
	unsigned int before_calm = 0;

	hello(flood);
	hello(calm);
	for (uint16_t i = 0; i < 100; i++) {
		slot = perf_get(i, (uint16_t)(100 + i));
		put(flood, &slot);
	}
	slot = perf_get(1000, 999);
	put(calm, &slot);
	run_until_idle();
	while (be16toh(fake_umad.sent[before_calm].umad.addr.lid) != 999)
		before_calm++;
	assert_in_range(before_calm, 0, 32);
	assert_int_equal(fake_umad.sent_count, 101);
	chan_free(flood);
	chan_free(calm);
}

static void many_sessions_of_one_guest_do_not_hold_up_another(void **state)
{
	struct fixture *f = *state;
	struct chan *flood[4], *calm;
	unsigned int before_calm = 0;
	struct chan_slot slot;

	for (unsigned int n = 0; n < G_N_ELEMENTS(flood); n++) {
		flood[n] = attach(f, "alpha");
		hello(flood[n]);
	}
	calm = attach(f, "beta");
	hello(calm);
	for (uint16_t i = 0; i < 128; i++) {
		slot = perf_get(i, (uint16_t)(100 + i));
		put(flood[i % G_N_ELEMENTS(flood)], &slot);
	}
	slot = perf_get(1000, 999);
	put(calm, &slot);
	run_until_idle();
	while (be16toh(fake_umad.sent[before_calm].umad.addr.lid) != 999)
		before_calm++;
	assert_in_range(before_calm, 0, 32);
	for (unsigned int n = 0; n < G_N_ELEMENTS(flood); n++)
		chan_free(flood[n]);
	chan_free(calm);
}

static void a_guest_at_its_quota_may_still_come_with_another_session(void **state)
{
	struct fixture *f = *state;
	struct chan *first, *second;
	struct chan_slot slot;

	write_policy(f, HEAD ALPHA "outstanding = 1\n" BETA);
	g_strfreev(io_reload(f->gate, f->policy_path, NULL));
	first = attach(f, "alpha");
	hello(first);
	for (uint16_t i = 0; i < 2; i++) {
		slot = perf_get(i, 7);
		put(first, &slot);
	}
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	second = attach(f, "alpha");
	hello(second);
	slot = perf_get(3, 8);
	put(second, &slot);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	/* what was held goes on in turn */
	chan_free(first);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 2);
	assert_int_equal(be16toh(fake_umad.sent[1].umad.addr.lid), 8);
	chan_free(second);
}

static void a_guest_that_sends_on_its_socket_is_hung_up_on(void **state)
{
	struct fixture *f = *state;
	struct chan *chan = attach(f, "alpha");

	hello(chan);
	assert_int_equal(g_hash_table_size(f->gate->sessions), 1);
	assert_int_equal(send(chan_local_socket(chan), "x", 1, MSG_NOSIGNAL), 1);
	run_until_idle();
	assert_int_equal(g_hash_table_size(f->gate->sessions), 0);
	assert_int_equal(chan_sleep_ok(chan), -EPIPE);
	chan_free(chan);
}

static void a_slot_before_the_hello_ends_that_session_alone(void **state)
{
	struct fixture *f = *state;
	struct chan *bad = attach(f, "alpha"), *good = attach(f, "alpha");
	struct chan_slot slot = perf_get(1, 4);

	hello(good);
	put(bad, &slot);
	run_until_idle();
	assert_int_equal(g_hash_table_size(f->gate->sessions), 1);
	assert_int_equal(chan_sleep_ok(bad), -EPIPE);
	put(good, &slot);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	chan_free(bad);
	chan_free(good);
}

static void more_sessions_than_allowed_are_refused_until_one_ends(void **state)
{
	struct fixture *f = *state;
	struct chan *chan[4];

	for (int i = 0; i < 4; i++)
		assert_non_null(chan[i] = attach(f, "alpha"));
	assert_null(attach(f, "alpha"));
	chan_free(chan[0]);
	run_until_idle();
	assert_non_null(chan[0] = attach(f, "alpha"));
	for (int i = 0; i < 4; i++)
		chan_free(chan[i]);
}

static void a_reload_adds_and_removes_sockets_and_sessions(void **state)
{
	struct fixture *f = *state;
	struct chan *alpha = attach(f, "alpha"), *beta = attach(f, "beta");
	g_auto(GStrv) changes = NULL;
	struct chan_slot slot = perf_get(1, 4);

	hello(alpha);
	hello(beta);
	write_policy(f, HEAD "[guest alpha]\naccess = admin\n[guest gamma]\naccess = port\n");
	changes = io_reload(f->gate, f->policy_path, NULL);
	assert_non_null(changes);
	assert_int_equal(g_strv_length(changes), 3);
	run_until_idle();
	assert_true(socket_exists(f, "alpha"));
	assert_false(socket_exists(f, "beta"));
	assert_true(socket_exists(f, "gamma"));
	assert_int_equal(chan_sleep_ok(beta), -EPIPE);
	put(alpha, &slot);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	chan_free(alpha);
	chan_free(beta);
}

static void a_policy_with_errors_changes_nothing(void **state)
{
	static const char *const bad[] = {HEAD "[guest gamma]\naccess = everything\n",
					  "[gateway]\nport = other0/1\n" ALPHA};
	struct fixture *f = *state;
	struct chan *alpha = attach(f, "alpha");
	const struct policy *before = f->gate->policy;

	hello(alpha);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		write_policy(f, bad[i]);
		assert_null(io_reload(f->gate, f->policy_path, &error));
		assert_non_null(strstr(error->message, f->policy_path));
		assert_ptr_equal(f->gate->policy, before);
	}
	run_until_idle();
	assert_true(socket_exists(f, "beta"));
	assert_false(socket_exists(f, "gamma"));
	assert_int_equal(g_hash_table_size(f->gate->sessions), 1);
	chan_free(alpha);
}

static void a_socket_in_the_way_keeps_a_reload_from_happening(void **state)
{
	struct fixture *f = *state;
	g_autofree char *path = io_guest_socket_path(f->dir, "zeta");
	g_autoptr(GError) error = NULL;

	/* A directory that is not empty cannot be replaced by a socket. */
	assert_int_equal(g_mkdir(path, 0700), 0);
	write_policy(f, HEAD ALPHA "[guest gamma]\naccess = port\n[guest zeta]\naccess = port\n");
	assert_null(io_reload(f->gate, f->policy_path, &error));
	assert_non_null(error);
	assert_false(socket_exists(f, "gamma"));
	assert_true(socket_exists(f, "beta"));
}

static void detach_ends_all_sessions_of_one_guest(void **state)
{
	struct fixture *f = *state;
	struct chan *a = attach(f, "alpha"), *b = attach(f, "alpha"), *c = attach(f, "beta");

	assert_int_equal(io_gateway_detach(f->gate, "alpha"), 2);
	assert_int_equal(io_gateway_detach(f->gate, "nobody"), 0);
	run_until_idle();
	assert_int_equal(g_hash_table_size(f->gate->sessions), 1);
	assert_int_equal(chan_sleep_ok(a), -EPIPE);
	assert_int_equal(chan_sleep_ok(c), 1);
	chan_free(a);
	chan_free(b);
	chan_free(c);
}

static uint64_t counter_of(struct fixture *f, const char *guest, const char *name)
{
	struct io_commands commands = {.gate = f->gate, .policy_path = f->policy_path};
	char *args[] = {(char *)guest, NULL};
	g_autoptr(GVariant) reply =
		g_variant_ref_sink(io_commands_answer(&commands, 1, "counters", args));
	g_autoptr(GVariant) box = g_variant_get_child_value(reply, 2);
	g_autoptr(GVariant) data = g_variant_get_variant(box);
	g_autoptr(GVariant) counters = g_variant_lookup_value(data, "counters", NULL);
	guint64 value;

	assert_true(g_variant_lookup(counters, name, "t", &value));
	return value;
}

static void a_guests_counters_outlive_its_sessions(void **state)
{
	struct fixture *f = *state;
	struct chan_slot slot = perf_get(1, 4);

	for (uint64_t n = 1; n <= 2; n++) {
		struct chan *chan = attach(f, "alpha");

		hello(chan);
		put(chan, &slot);
		run_until_idle();
		assert_int_equal(counter_of(f, "alpha", "from_guest"), n);
		chan_free(chan);
		run_until_idle();
		assert_int_equal(counter_of(f, "alpha", "from_guest"), n);
	}
	assert_int_equal(counter_of(f, "beta", "from_guest"), 0);
}

static void a_lost_port_is_told_to_guests(void **state)
{
	struct fixture *f = *state;
	struct chan *chan = attach(f, "alpha");
	struct chan_event event;
	struct chan_slot slot;

	hello(chan);
	fake_umad.present = false;
	fake_umad.recv_errno = EIO;
	fake_umad_poke(0);
	run_until_idle();
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_PORT_EVENT);
	memcpy(&event, slot.mad, sizeof(event));
	assert_int_equal(event.event, CHAN_PORT_DOWN);
	slot = (struct chan_slot){.kind = CHAN_KIND_PORT_QUERY, .cookie = 3};
	put(chan, &slot);
	run_until_idle();
	assert_int_equal(chan_take(chan, &slot), 1);
	assert_int_equal(slot.kind, CHAN_KIND_PORT_REPLY);
	assert_int_equal(((struct chan_port_info *)slot.mad)->state, 1);
	chan_free(chan);
}

static void commands_answer_and_refuse(void **state)
{
	static const struct {
		const char *command;
		const char *args[4];
		gboolean done;
	} rows[] = {
		{"status", {NULL}, TRUE},	   {"status", {"x", NULL}, FALSE},
		{"guests", {NULL}, TRUE},	   {"counters", {NULL}, TRUE},
		{"counters", {"alpha"}, TRUE},	   {"counters", {"nobody"}, FALSE},
		{"detach", {NULL}, FALSE},	   {"detach", {"nobody"}, FALSE},
		{"detach", {"alpha", "b"}, FALSE}, {"detach", {"beta"}, TRUE},
		{"reload", {NULL}, FALSE},	   {"", {NULL}, FALSE},
		{"groups", {NULL}, FALSE},	   {"attach", {"alpha", "", ""}, FALSE},
		{"attach", {"alpha"}, FALSE},
	};
	struct fixture *f = *state;
	struct io_commands commands = {.gate = f->gate, .policy_path = f->policy_path};
	struct chan *chan = attach(f, "alpha");

	hello(chan);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GVariant) reply = g_variant_ref_sink(
			io_commands_answer(&commands, 1, rows[i].command, (char **)rows[i].args));
		g_autoptr(GVariant) data = NULL;
		const char *why;
		gboolean done;

		g_variant_get(reply, "(b&sv)", &done, &why, &data);
		assert_int_equal(done, rows[i].done);
		assert_int_equal(why[0] == '\0', done);
	}
	chan_free(chan);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_request_goes_out_and_its_answer_comes_back),
		T(a_send_that_the_port_refuses_ends_at_once),
		T(a_registration_is_answered_when_the_port_has_answered),
		T(a_flood_of_one_guest_does_not_hold_up_another),
		T(many_sessions_of_one_guest_do_not_hold_up_another),
		T(a_guest_at_its_quota_may_still_come_with_another_session),
		T(a_guest_that_sends_on_its_socket_is_hung_up_on),
		T(a_slot_before_the_hello_ends_that_session_alone),
		T(more_sessions_than_allowed_are_refused_until_one_ends),
		T(a_reload_adds_and_removes_sockets_and_sessions),
		T(a_policy_with_errors_changes_nothing),
		T(a_socket_in_the_way_keeps_a_reload_from_happening),
		T(detach_ends_all_sessions_of_one_guest),
		T(a_guests_counters_outlive_its_sessions),
		T(a_lost_port_is_told_to_guests),
		T(commands_answer_and_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
