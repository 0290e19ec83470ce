/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/xen_fixture.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/local.h"
#include "channel/xen.h"
#include "mad-proxy/io/reload.h"
#include "mad-proxy/io/xen_priv.h"
#include "policy/policy_file.h"
#include "tests/unit/fake_umad.h"
#include "tests/unit/fake_xenstore.h"
#include "tests/unit/capture.h"

static const char first_policy[] = "[gateway]\nport = fake0/1;fake0/2\n"
				   "[guest alpha]\naccess = fabric\n"
				   "[guest beta]\naccess = fabric\n"
				   "[guest " XEN_FIXTURE_UUID "]\naccess = port\n";

/* --- replaces mad-proxy/io/xen_here.c and channel/xen.h --- */

struct fake_chan_xen fake_chan_xen;

bool io_store_is_here(void)
{
	return true;
}

int chan_xen_host_new(const struct chan_xen_peer *peer, struct chan **ret)
{
	int pair[2], rc;

	fake_chan_xen.tries++;
	if (fake_chan_xen.mapping)
		fake_chan_xen.mapping();
	if (fake_chan_xen.error)
		return fake_chan_xen.error;
	assert(peer->refs == CHAN_XENBUS_REFS(peer->slots));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	rc = chan_local_host_new(pair[0], peer->slots, ret);
	if (rc < 0)
		return rc;
	chan_free(fake_chan_xen.guest);
	fake_chan_xen.guest = NULL;
	rc = chan_local_guest_new(pair[1], 0, &fake_chan_xen.guest);
	assert(rc == 0);
	fake_chan_xen.domid = peer->domid;
	fake_chan_xen.port = peer->port;
	return 0;
}

/* --- the gateway --- */

static struct io_store *the_store;
static unsigned int back_id; /* the gateway's domain */

static void gate_start(struct xen_fixture *fixture)
{
	struct io_gateway_params params = {.max_sessions = 16,
					   .max_sessions_per_guest = 4,
					   .run_dir = fixture->dir,
					   .xen = true};

	params.policy = io_policy_read(fixture->policy_path, NULL);
	assert(params.policy);
	fixture->gate = io_gateway_new(&params, NULL);
	assert(fixture->gate && fixture->gate->xen);
	the_store = fixture->gate->xen->store;
	xen_fixture_settle();
}

int xen_fixture_setup(void **state)
{
	struct xen_fixture *fixture = g_new0(struct xen_fixture, 1);

	/* a timer that is removed twice, and similar errors */
	g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
	fake_umad_reset();
	fake_xenstore_reset();
	back_id = 0;
	fake_chan_xen = (struct fake_chan_xen){0};
	fixture->dir = g_dir_make_tmp("ibgate-XXXXXX", NULL);
	fixture->policy_path = g_build_filename(fixture->dir, "policy", NULL);
	g_file_set_contents(fixture->policy_path, first_policy, -1, NULL);
	gate_start(fixture);
	*state = fixture;
	return 0;
}

int xen_fixture_teardown(void **state)
{
	struct xen_fixture *fixture = *state;
	g_autofree char *quoted = g_shell_quote(fixture->dir);
	g_autofree char *command = g_strconcat("rm -r ", quoted, NULL);

	io_gateway_free(fixture->gate);
	capture_end();
	chan_free(fake_chan_xen.guest);
	fake_chan_xen.guest = NULL;
	assert(fake_umad_open_files() == 0);
	g_free(fixture->policy_path);
	g_free(fixture->dir);
	g_free(fixture);
	return system(command);
}

void xen_fixture_stop(struct xen_fixture *fixture)
{
	io_gateway_free(fixture->gate);
	fixture->gate = NULL;
}

void xen_fixture_restart(struct xen_fixture *fixture, bool killed)
{
	/* a killed gateway writes nothing more: close its connection first */
	if (killed) {
		fake_xenstore_away(true);
		fake_xenstore_die();
	}
	io_gateway_free(fixture->gate);
	fake_xenstore_away(false);
	gate_start(fixture);
}

void xen_fixture_be(struct xen_fixture *fixture, unsigned int domid)
{
	io_gateway_free(fixture->gate);
	fake_xenstore_reset();
	fake_xenstore_be(domid);
	back_id = domid;
	gate_start(fixture);
}

void xen_fixture_reload(struct xen_fixture *fixture, const char *policy)
{
	char **changes;

	g_file_set_contents(fixture->policy_path, policy, -1, NULL);
	changes = io_reload(fixture->gate, fixture->policy_path, NULL);
	assert(changes);
	g_strfreev(changes);
	xen_fixture_settle();
}

/* --- settling --- */

static void marker_done(struct io_store_request *r)
{
	*(bool *)r->ctx = true;
}

static bool quiet_round(void)
{
	unsigned int before = fake_xenstore_calls();
	struct io_store_request *r;
	bool done = false;

	while (g_main_context_iteration(NULL, FALSE))
		;
	r = io_store_request_new(marker_done, &done);
	io_store_add(r, IO_STORE_READ, "domid");
	io_store_send(the_store, r);
	while (!done)
		g_main_context_iteration(NULL, TRUE);
	while (g_main_context_iteration(NULL, FALSE))
		;
	return fake_xenstore_calls() <= before + 1 && fake_xenstore_events() == 0 &&
	       io_store_under_way(the_store) == 0;
}

void xen_fixture_settle(void)
{
	unsigned int quiet = 0;

	while (quiet < 3)
		quiet = quiet_round() ? quiet + 1 : 0;
}

/* --- toolstack and front-ends --- */

static void set(const char *value, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void set(const char *value, const char *format, ...)
{
	g_autofree char *path = NULL;
	va_list ap;

	va_start(ap, format);
	path = g_strdup_vprintf(format, ap);
	va_end(ap);
	fake_xenstore_set(path, value);
}

void xen_fixture_domain(unsigned int domid, const char *name, const char *uuid)
{
	g_autofree char *own = g_strdup_printf("aaaaaaaa-0000-0000-0000-%012u", domid);
	g_autofree char *home = g_strdup_printf("/local/domain/%u", domid);
	g_autofree char *vm = g_strconcat("/vm/", uuid ? uuid : own, NULL);

	set("", "%s", home);
	fake_xenstore_chmod(home, 0, domid);
	set(vm, "/local/domain/%u/vm", domid);
	set(name, "/local/domain/%u/name", domid);
	set("", "/local/domain/%u/device", domid);
	fake_xenstore_fire("@introduceDomain");
	xen_fixture_settle();
}

void xen_fixture_destroy(unsigned int domid)
{
	set(NULL, "/local/domain/%u", domid);
	fake_xenstore_fire("@releaseDomain");
	xen_fixture_settle();
}

void xen_fixture_front(unsigned int domid, unsigned int handle, const char *key, const char *value)
{
	set(value, "/local/domain/%u/device/vib/%u%s%s", domid, handle, key ? "/" : "",
	    key ? key : "");
}

void xen_fixture_offer(unsigned int domid, unsigned int handle)
{
	char key[32], ref[16];

	for (unsigned int i = 0; i < CHAN_XENBUS_REFS(CHAN_RING_SLOTS_DEFAULT); i++) {
		snprintf(key, sizeof(key), CHAN_XENBUS_RING_REF, i);
		snprintf(ref, sizeof(ref), "%u", 100 + i);
		xen_fixture_front(domid, handle, key, ref);
	}
	xen_fixture_front(domid, handle, CHAN_XENBUS_EVENT_CHANNEL, "17");
	xen_fixture_front(domid, handle, CHAN_XENBUS_CHOSEN, "1");
	xen_fixture_front(domid, handle, CHAN_XENBUS_STATE, "3");
	xen_fixture_settle();
}

void xen_fixture_connect(unsigned int domid, unsigned int handle)
{
	xen_fixture_front(domid, handle, CHAN_XENBUS_STATE, "1");
	xen_fixture_until(domid, handle, "2");
	xen_fixture_offer(domid, handle);
	xen_fixture_until(domid, handle, "4");
	xen_fixture_front(domid, handle, CHAN_XENBUS_STATE, "4");
	xen_fixture_settle();
}

void xen_fixture_until(unsigned int domid, unsigned int handle, const char *state)
{
	xen_fixture_settle();
	while (strcmp(xen_fixture_back(domid, handle, CHAN_XENBUS_STATE), state) != 0)
		g_main_context_iteration(NULL, TRUE);
}

void xen_fixture_until_removed(unsigned int domid, unsigned int handle)
{
	xen_fixture_settle();
	while (xen_fixture_back(domid, handle, CHAN_XENBUS_FRONTEND_ID)[0])
		g_main_context_iteration(NULL, TRUE);
	xen_fixture_settle();
}

const char *xen_fixture_back(unsigned int domid, unsigned int handle, const char *key)
{
	g_autofree char *path = g_strdup_printf("/local/domain/%u/backend/vib/%u/%u/%s", back_id,
						domid, handle, key);
	g_autofree char *value = fake_xenstore_get(path);
	static char text[256];

	g_strlcpy(text, value ? value : "", sizeof(text));
	return text;
}
