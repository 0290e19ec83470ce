/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the operator attaches, detaches and is shown (xen_fixture.h). */
#include <stdio.h>

#include "mad-proxy/io/control_commands.h"
#include "mad-proxy/io/gv_json.h"
#include "tests/unit/test.h"
#include "tests/unit/xen_assert.h"

#define BACK "/local/domain/0/backend/vib"

/* --- the operator --- */

TEST_ALPHA(the_operator_attaches_more_devices_to_other_ports, struct xen_fixture *fixture)
{
	assert_int_equal(attach_another(fixture, "alpha", NULL, "fake0/2"), 1);
	assert_string_equal(guest_of(fixture, 3, 1), "alpha");
	assert_node(BACK "/3/1/port", "fake0/2");
	assert_state(3, 1, "2");
	xen_fixture_connect(3, 0);
	xen_fixture_connect(3, 1);
	assert_int_equal(sessions(fixture), 2);
}

TEST_F(a_domain_may_be_named_by_its_number_or_its_uuid, struct xen_fixture *fixture)
{
	xen_fixture_domain(12, "alpha", "ABCdefab-0000-0000-0000-000000000012");
	assert_int_equal(attach_another(fixture, "12", NULL, NULL), 1);
	assert_int_equal(
		attach_another(fixture, "abcdefab-0000-0000-0000-000000000012", NULL, NULL), 2);
	assert_int_equal(
		attach_another(fixture, "ABCDEFAB-0000-0000-0000-000000000012", NULL, NULL), 3);
	assert_int_equal(devices(fixture), 4);
}

TEST_ALPHA(what_cannot_be_attached_is_said_so, struct xen_fixture *fixture)
{
	static const struct {
		struct io_xen_attach attach;
		const char *why;
	} rows[] = {
		{{.domain = "nobody"}, "no domain 'nobody'"},
		{{.domain = "9"}, "no domain '9'"},
		{{.domain = "stranger"}, "the policy has no section"},
		{{.domain = "alpha", .port = "fake0/3"}, "does not serve port fake0/3"},
		{{.domain = "alpha", .handle = "0"}, "has a device 0 already"},
		{{.domain = "alpha", .handle = "256"}, "a handle is a number"},
		{{.domain = "alpha", .handle = "-1"}, "a handle is a number"},
		{{.domain = "3", .handle = "1x"}, "a handle is a number"},
		{{.domain = "3", .handle = ""}, "a handle is a number"},
	};

	xen_fixture_domain(4, "stranger", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct io_xen_attach attach = rows[i].attach;
		g_autofree char *why = NULL;

		assert_false(io_xen_attach(fixture->gate->xen, &attach, outcome_is, NULL, &why));
		assert_non_null(strstr(why, rows[i].why));
	}
	assert_int_equal(attach_another(fixture, "alpha", "255", NULL), 255);
}

/* Before the attach the guest may write anything there. */
TEST_ALPHA(what_a_guest_wrote_into_a_device_to_be_does_not_matter, struct xen_fixture *fixture)
{
	xen_fixture_front(3, 1, CHAN_XENBUS_BACKEND, "domid"); /* which exists, in its home */
	xen_fixture_front(3, 1, "ring-ref0", "8");
	assert_int_equal(attach_another(fixture, "alpha", "1", NULL), 1);
	assert_node("/local/domain/3/device/vib/1/backend", BACK "/3/1");
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib/1/ring-ref0"), 0);
}

TEST_F(where_there_is_no_xen_or_no_xenstored_nothing_is_attached, struct xen_fixture *fixture)
{
	struct io_xen_attach attach = {.domain = "alpha"};
	g_autofree char *no_xen = NULL, *no_store = NULL;

	assert_false(io_xen_attach(NULL, &attach, outcome_is, NULL, &no_xen));
	assert_non_null(strstr(no_xen, "not a Xen host"));
	xen_fixture_domain(3, "alpha", NULL);
	xenstored_dies(fixture);
	assert_false(io_xen_attach(fixture->gate->xen, &attach, outcome_is, NULL, &no_store));
	assert_non_null(strstr(no_store, "cannot be reached"));
}

/* Time passes between the request and xenstored's answer. */
TEST_F(what_became_impossible_meanwhile_is_said_so, struct xen_fixture *fixture)
{
	static const struct {
		const char *path, *value, *why;
	} rows[] = {
		{BACK "/3/1/frontend-id", "3", "the domain has a device of that handle already"},
		{"/local/domain/3", NULL, "the domain is gone"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct io_xen_attach attach = {.domain = "alpha", .handle = "1"};
		g_autofree char *why = NULL;
		struct outcome o = {0};

		xen_fixture_domain(3, "alpha", NULL);
		fake_xenstore_stop(true);
		assert_true(io_xen_attach(fixture->gate->xen, &attach, outcome_is, &o, &why));
		g_free(attach.guest);
		fake_xenstore_set(rows[i].path, rows[i].value);
		fake_xenstore_stop(false);
		xen_fixture_settle();
		assert_true(o.done);
		assert_string_equal(o.error, rows[i].why);
		g_free(o.error);
		xen_fixture_destroy(3);
	}
}

TEST_CONNECTED(who_waits_is_told_that_the_gateway_stops, struct xen_fixture *fixture)
{
	struct outcome o = {0};

	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &o), 1);
	xen_fixture_settle();
	assert_false(o.done);
	xen_fixture_stop(fixture);
	assert_true(o.done);
	assert_string_equal(o.error, "the gateway stops");
	g_free(o.error);
}

TEST_ALPHA(detach_waits_until_nothing_is_left, struct xen_fixture *fixture)
{
	struct outcome o = {0};

	xen_fixture_domain(4, "beta", NULL);
	xen_fixture_connect(4, 0);
	xen_fixture_connect(3, 0);
	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &o), 1);
	assert_int_equal(sessions(fixture), 1);
	xen_fixture_settle();
	assert_false(o.done);
	assert_state(3, 0, "5");
	assert_node(BACK "/3/0/online", "0");
	front_shows(3, 0, "6");
	assert_true(o.done);
	assert_null(o.error);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib"), 0);
	assert_state(4, 0, "4");
	/* and it is not attached again by itself */
	fake_xenstore_fire("@introduceDomain");
	xen_fixture_settle();
	assert_int_equal(devices(fixture), 1);
}

/* Whoever attached it, and also after a restart of the gateway that did. */
TEST_CONNECTED(what_was_detached_stays_away_although_another_gateway_attached_it,
	       struct xen_fixture *fixture)
{
	struct outcome o = {0};

	xen_fixture_restart(fixture, false);
	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &o), 1);
	xen_fixture_settle();
	front_shows(3, 0, "6");
	assert_true(o.done);
	fake_xenstore_fire("@introduceDomain");
	xen_fixture_settle();
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
}

TEST_CONNECTED(a_detach_stands_in_the_journal_once_and_says_who_did_it, struct xen_fixture *fixture)
{
	struct outcome first = {0}, again = {0};

	capture_begin();
	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &first), 1);
	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &again), 1);
	xen_fixture_destroy(3);
	assert_true(first.done && again.done);
	assert_int_equal(capture_count("device 0 of domain 3: the operator detached the guest"), 1);
	assert_int_equal(capture_count("alpha: detached: the operator detached the guest"), 1);
}

TEST_ALPHA(two_detached_guests_that_end_together_are_each_told_of_once, struct xen_fixture *fixture)
{
	struct outcome alpha = {0}, beta = {0};

	xen_fixture_domain(4, "beta", NULL);
	xen_fixture_connect(3, 0);
	xen_fixture_connect(4, 0);
	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &alpha), 1);
	assert_int_equal(io_xen_detach(fixture->gate->xen, "beta", outcome_is, &beta), 1);
	xen_fixture_settle();
	assert_false(alpha.done || beta.done);
	fake_xenstore_set("/local/domain/3", NULL);
	xen_fixture_destroy(4);
	assert_true(alpha.done && beta.done);
	assert_int_equal(fake_xenstore_nodes(BACK), 1);
}

/* A node for every handle, all made by the toolstack. */
static void makes_256_devices(unsigned int domid)
{
	for (unsigned int handle = 0; handle <= CHAN_XENBUS_HANDLE_MAX; handle++) {
		g_autofree char *path = g_strdup_printf(BACK "/%u/%u/frontend-id", domid, handle);
		g_autofree char *id = g_strdup_printf("%u", domid);

		fake_xenstore_set(path, id);
	}
	xen_fixture_settle();
}

TEST_F(more_devices_than_the_gateway_has_room_for_are_not_served, struct xen_fixture *fixture)
{
	g_autoptr(GString) policy = g_string_new("[gateway]\nport = fake0/1;fake0/2\n");

	for (unsigned int domid = 3; domid < 8; domid++) {
		g_autofree char *name = g_strdup_printf("guest%u", domid);

		g_string_append_printf(policy, "[guest %s]\naccess = fabric\n", name);
		xen_fixture_domain(domid, name, NULL);
	}
	xen_fixture_reload(fixture, policy->str);
	capture_begin();
	for (unsigned int domid = 3; domid < 8; domid++)
		makes_256_devices(domid);
	assert_int_equal(devices(fixture), IO_XEN_DEVICES_MAX);
	assert_int_not_equal(capture_count("domain 7 is not served: the limit of 1024 devices"), 0);
}

TEST_ALPHA(a_domain_may_have_256_devices_and_no_more, struct xen_fixture *fixture)
{
	struct io_xen_attach attach = {.domain = "alpha"};
	g_autofree char *why = NULL;

	makes_256_devices(3);
	assert_int_equal(devices(fixture), CHAN_XENBUS_HANDLE_MAX + 1);
	assert_false(io_xen_attach(fixture->gate->xen, &attach, outcome_is, NULL, &why));
	assert_non_null(strstr(why, "no handle free"));
}

TEST_CONNECTED(the_port_of_a_session_is_the_one_it_began_with, struct xen_fixture *fixture)
{
	const struct io_xen_device *device;

	fake_xenstore_set(BACK "/3/0/port", "fake0/2");
	fake_xenstore_set(BACK "/3/0/online", "1");
	xen_fixture_settle();
	device = device_of(fixture, 3, 0);
	assert_int_equal(device->port, 0);
	front_shows(3, 0, "6");
	fake_xenstore_set(BACK "/3/0/online", "1");
	xen_fixture_settle();
	assert_int_equal(device->port, 1);
}

TEST_CONNECTED(a_device_whose_back_end_the_toolstack_deletes_is_no_more,
	       struct xen_fixture *fixture)
{
	fake_xenstore_set(BACK "/3", NULL);
	xen_fixture_settle();
	assert_int_equal(sessions(fixture), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3/0/state"), 0);
}

TEST_ALPHA(detach_waits_for_the_last_of_several_devices, struct xen_fixture *fixture)
{
	struct outcome gone = {0};

	attach_another(fixture, "alpha", NULL, NULL);
	xen_fixture_connect(3, 0);
	xen_fixture_connect(3, 1);
	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &gone), 2);
	front_shows(3, 0, "6");
	assert_int_equal(devices(fixture), 1);
	assert_false(gone.done);
	front_shows(3, 1, "6");
	assert_true(gone.done);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
}

/* Surveys that were sent while the devices existed must not find them again. */
TEST_ALPHA(each_device_is_removed_once, struct xen_fixture *fixture)
{
	struct outcome gone = {0};

	assert_int_equal(attach_another(fixture, "alpha", "7", NULL), 7);
	xen_fixture_connect(3, 0);
	xen_fixture_connect(3, 7);
	capture_begin();
	assert_int_equal(io_xen_detach(fixture->gate->xen, "alpha", outcome_is, &gone), 2);
	xen_fixture_settle();
	/* both are released at once, and a survey runs */
	fake_xenstore_stop(true);
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_fixture_front(3, 7, CHAN_XENBUS_STATE, "6");
	io_xen_survey(fixture->gate->xen);
	fake_xenstore_stop(false);
	xen_fixture_settle();
	assert_true(gone.done);
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(capture_count("device 0 of domain 3: removed"), 1);
	assert_int_equal(capture_count("device 7 of domain 3: removed"), 1);
}

/* Both changes are read at once, and the device already waits for the guest's only. */
TEST_CONNECTED(what_the_toolstack_and_the_guest_write_together_is_seen_both,
	       struct xen_fixture *fixture)
{
	fake_xenstore_stop(true);
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "4");
	fake_xenstore_set(BACK "/3/0/online", "0");
	while (fake_xenstore_events() > 0)
		g_thread_yield();
	fake_xenstore_stop(false);
	xen_fixture_settle();
	assert_int_equal(sessions(fixture), 0);
	assert_state(3, 0, "5");
}

TEST_CONNECTED(the_operator_is_shown_substrate_domain_handle_and_state, struct xen_fixture *fixture)
{
	char *none[] = {NULL};
	struct io_commands commands = {.gate = fixture->gate, .policy_path = fixture->policy_path};
	g_autoptr(GVariant) reply = NULL, data = NULL;
	g_autofree char *text = NULL;

	reply = g_variant_ref_sink(io_commands_answer(&commands, 1, "guests", none));
	g_variant_get(reply, "(b&sv)", NULL, NULL, &data);
	text = io_gv_json(data);
	assert_non_null(strstr(text, "\"guest\": \"alpha\""));
	assert_non_null(strstr(text, "\"substrate\": \"xen\""));
	assert_non_null(strstr(text, "\"domid\": 3"));
	assert_non_null(strstr(text, "\"handle\": 0"));
	assert_non_null(strstr(text, "\"state\": \"connected\""));
	assert_non_null(strstr(text, "\"port\": \"fake0/1\""));
	/* the substrate of guests without a session is unknown */
	assert_null(strstr(strstr(text, "\"substrate\"") + 1, "\"substrate\""));
}
