/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reload of the policy of a running gateway (gate_fixture.h). */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mad-proxy/io/guest_socket.h"
#include "mad-proxy/io/reload.h"
#include "tests/unit/test.h"
#include "tests/unit/gate_fixture.h"

TEST_F(a_reload_adds_and_removes_sockets_and_sessions, struct gate_fixture *fixture)
{
	struct chan *alpha = attach_and_hello(fixture, "alpha");
	struct chan *beta = attach_and_hello(fixture, "beta");
	g_auto(GStrv) changes = NULL;

	write_policy(fixture, HEAD "[guest alpha]\naccess = admin\n[guest gamma]\naccess = port\n");
	changes = io_reload(fixture->gate, fixture->policy_path, NULL);
	assert_non_null(changes);
	assert_int_equal(g_strv_length(changes), 3);
	run_until_idle();
	assert_true(socket_exists(fixture, "alpha"));
	assert_false(socket_exists(fixture, "beta"));
	assert_true(socket_exists(fixture, "gamma"));
	assert_int_equal(chan_sleep_ok(beta), -EPIPE);
	put_perf_get(alpha, 1, 4);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	chan_free(alpha);
	chan_free(beta);
}

TEST_F(a_policy_with_errors_changes_nothing, struct gate_fixture *fixture)
{
	static const char *const bad[] = {HEAD "[guest gamma]\naccess = everything\n",
					  "[gateway]\nport = other0/1\n" ALPHA};
	struct chan *alpha = attach_and_hello(fixture, "alpha");
	const struct policy *before = fixture->gate->policy;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		write_policy(fixture, bad[i]);
		assert_null(io_reload(fixture->gate, fixture->policy_path, &error));
		assert_non_null(strstr(error->message, fixture->policy_path));
		assert_ptr_equal(fixture->gate->policy, before);
	}
	run_until_idle();
	assert_true(socket_exists(fixture, "beta"));
	assert_false(socket_exists(fixture, "gamma"));
	assert_int_equal(sessions(fixture), 1);
	chan_free(alpha);
}

/* What may be in a guest's directory at its socket's name: the guest can put anything there. */
static void put_in_the_way(const char *path, unsigned int kind)
{
	switch (kind) {
	case 0:
		assert_int_equal(g_mkdir(path, 0700), 0);
		break;
	case 1:
		assert_int_equal(mkfifo(path, 0600), 0);
		break;
	case 2:
		assert_int_equal(symlink("/dev/null", path), 0);
		break;
	default:
		assert_true(g_file_set_contents(path, "x", 1, NULL));
		break;
	}
}

TEST_F(what_a_guest_puts_in_its_sockets_place_is_replaced_or_its_own_loss,
       struct gate_fixture *fixture)
{
	static const char *const names[] = {"guest", ".guest.new"};
	g_autofree char *dir = g_build_filename(fixture->dir, "dirs", "gamma", NULL);

	assert_int_equal(g_mkdir_with_parents(dir, 0755), 0);
	for (unsigned int i = 0; i < 4 * G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i % 2], NULL);
		g_auto(GStrv) changes = NULL;
		bool is_directory = i / 2 == 0;

		put_in_the_way(path, i / 2);
		write_policy(fixture, HEAD ALPHA BETA "[guest gamma]\naccess = port\n");
		changes = io_reload(fixture->gate, fixture->policy_path, NULL);
		assert_non_null(changes);
		assert_int_equal(g_strv_length(changes), is_directory ? 2 : 1);
		chan_free(attach_and_hello(fixture, "alpha"));
		if (is_directory) {
			g_autofree char *socket = io_guest_socket_path(fixture->dir, "gamma");

			assert_non_null(strstr(changes[1], "guest gamma: has no socket: "));
			assert_int_equal(access(socket, F_OK), -1);
			assert_int_equal(g_rmdir(path), 0);
			while (access(socket, F_OK) != 0)
				g_main_context_iteration(NULL, TRUE);
		}
		chan_free(attach_and_hello(fixture, "gamma"));
		write_policy(fixture, HEAD ALPHA BETA);
		g_strfreev(io_reload(fixture->gate, fixture->policy_path, NULL));
		assert_int_equal(access(path, F_OK), -1);
	}
}

TEST_F(a_guest_whose_directory_is_no_directory_does_not_stop_the_start,
       struct gate_fixture *fixture)
{
	g_autofree char *alphas = g_build_filename(fixture->dir, "dirs", "alpha", NULL);
	g_autofree char *link = g_build_filename(alphas, "guest", NULL);

	/* it unlinks its socket as well */
	assert_int_equal(g_unlink(link), 0);
	assert_int_equal(g_rmdir(alphas), 0);
	assert_true(g_file_set_contents(alphas, "x", 1, NULL));
	gate_fixture_restart(fixture);
	chan_free(attach_and_hello(fixture, "beta"));
	assert_int_equal(g_unlink(alphas), 0);
	while (!g_file_test(link, G_FILE_TEST_EXISTS))
		g_main_context_iteration(NULL, TRUE);
	chan_free(attach_and_hello(fixture, "alpha"));
}

TEST_F(a_name_that_looks_like_anothers_temporary_is_a_guest_beside_it, struct gate_fixture *fixture)
{
	g_autofree char *longest = g_strnfill(64, 'l');
	g_autofree char *text = g_strdup_printf(HEAD ALPHA "[guest alpha.new]\naccess = port\n"
							   "[guest %s]\naccess = port\n",
						longest);
	const char *const names[] = {"alpha", "alpha.new", longest};

	write_policy(fixture, text);
	for (unsigned int restart = 0; restart < 2; restart++) {
		g_strfreev(io_reload(fixture->gate, fixture->policy_path, NULL));
		for (unsigned int i = 0; i < G_N_ELEMENTS(names); i++) {
			struct chan *chan = attach(fixture, names[i]);

			assert_non_null(chan);
			assert_int_equal(io_gateway_sessions(fixture->gate, names[i]), 1);
			chan_free(chan);
			run_until_idle();
		}
		gate_fixture_restart(fixture);
	}
}
