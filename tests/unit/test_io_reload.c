/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Another policy for a gateway that runs (gate_bed.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "mad-proxy/io/guest_socket.h"
#include "mad-proxy/io/reload.h"
#include "tests/unit/gate_bed.h"

static void a_reload_adds_and_removes_sockets_and_sessions(void **state)
{
	struct gate_bed *bed = *state;
	struct chan *alpha = attach_and_hello(bed, "alpha");
	struct chan *beta = attach_and_hello(bed, "beta");
	g_auto(GStrv) changes = NULL;

	write_policy(bed, HEAD "[guest alpha]\naccess = admin\n[guest gamma]\naccess = port\n");
	changes = io_reload(bed->gate, bed->policy_path, NULL);
	assert_non_null(changes);
	assert_int_equal(g_strv_length(changes), 3);
	run_until_idle();
	assert_true(socket_exists(bed, "alpha"));
	assert_false(socket_exists(bed, "beta"));
	assert_true(socket_exists(bed, "gamma"));
	assert_int_equal(chan_sleep_ok(beta), -EPIPE);
	put_perf_get(alpha, 1, 4);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	chan_free(alpha);
	chan_free(beta);
}

static void a_policy_with_errors_changes_nothing(void **state)
{
	static const char *const bad[] = {HEAD "[guest gamma]\naccess = everything\n",
					  "[gateway]\nport = other0/1\n" ALPHA};
	struct gate_bed *bed = *state;
	struct chan *alpha = attach_and_hello(bed, "alpha");
	const struct policy *before = bed->gate->policy;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		write_policy(bed, bad[i]);
		assert_null(io_reload(bed->gate, bed->policy_path, &error));
		assert_non_null(strstr(error->message, bed->policy_path));
		assert_ptr_equal(bed->gate->policy, before);
	}
	run_until_idle();
	assert_true(socket_exists(bed, "beta"));
	assert_false(socket_exists(bed, "gamma"));
	assert_int_equal(sessions(bed), 1);
	chan_free(alpha);
}

static void a_socket_in_the_way_keeps_a_reload_from_happening(void **state)
{
	struct gate_bed *bed = *state;
	g_autofree char *path = io_guest_socket_path(bed->dir, "zeta");
	g_autoptr(GError) error = NULL;

	/* A directory that is not empty cannot be replaced by a socket. */
	assert_int_equal(g_mkdir(path, 0700), 0);
	write_policy(bed, HEAD ALPHA "[guest gamma]\naccess = port\n[guest zeta]\naccess = port\n");
	assert_null(io_reload(bed->gate, bed->policy_path, &error));
	assert_non_null(error);
	assert_false(socket_exists(bed, "gamma"));
	assert_true(socket_exists(bed, "beta"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_reload_adds_and_removes_sockets_and_sessions),
		T(a_policy_with_errors_changes_nothing),
		T(a_socket_in_the_way_keeps_a_reload_from_happening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
