/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Domains and gateways that start and end, through the whole gateway: the test plays the toolstack and the
 * front-ends (xen_fixture.h). The test waits only for timers that are due.
 */
#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/xen_assert.h"

#define BACK "/local/domain/0/backend/vib"

/* --- start --- */

TEST_ALPHA(a_domain_of_the_policy_gets_a_device_before_it_runs, struct xen_fixture *fixture)
{
	assert_int_equal(devices(fixture), 1);
	assert_node(BACK "/3/0/frontend", "/local/domain/3/device/vib/0");
	assert_node(BACK "/3/0/frontend-id", "3");
	assert_node(BACK "/3/0/online", "1");
	assert_node(BACK "/3/0/port", "fake0/1");
	assert_perms(BACK "/3/0", "n0 r3");
	assert_perms(BACK "/3/0/state", "n0 r3");
	assert_node("/local/domain/3/device/vib/0/backend", BACK "/3/0");
	assert_node("/local/domain/3/device/vib/0/backend-id", "0");
	assert_node("/local/domain/3/device/vib/0/handle", "0");
	assert_node("/local/domain/3/device/vib/0/state", "1");
	assert_perms("/local/domain/3/device/vib/0", "n3 r0");
	assert_perms("/local/domain/3/device/vib/0/state", "n3 r0");
	assert_node(BACK "/3/0/versions", "1");
	assert_node(BACK "/3/0/ring-kinds", "mad");
	assert_node(BACK "/3/0/mad-slots", "128");
	assert_state(3, 0, "2");
}

TEST_F(a_domain_that_the_policy_does_not_know_gets_nothing, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "stranger", NULL);
	assert_int_equal(fake_xenstore_nodes(BACK), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib"), 0);
}

TEST_CONNECTED(a_front_end_connects_and_sees_its_port_alone, struct xen_fixture *fixture)
{
	struct chan_hello_reply reply;
	struct chan_slot slot;

	assert_int_equal(fake_chan_xen.domid, 3);
	assert_int_equal(fake_chan_xen.port, 17);
	assert_int_equal(sessions(fixture), 1);
	slot = hello();
	memcpy(&reply, slot.mad, sizeof(reply));
	assert_int_equal(reply.ports, 1);
	assert_int_equal(counter(fixture, PROXY_COUNT_device_connected), 1);
}

TEST_ALPHA(a_guest_that_is_there_already_is_attached_at_the_start, struct xen_fixture *fixture)
{
	fake_xenstore_set(BACK "/3", NULL);
	fake_xenstore_set("/local/domain/3/device/vib", NULL);
	xen_fixture_settle();
	assert_int_equal(devices(fixture), 0);
	xen_fixture_restart(fixture, false);
	assert_int_equal(devices(fixture), 1);
	assert_state(3, 0, "2");
}

TEST_F(a_domain_that_appears_during_a_survey_is_found_by_the_next, struct xen_fixture *fixture)
{
	unsigned int before = fake_xenstore_calls();

	/* all three requests are answered, but not yet handled by the main loop */
	io_xen_survey(fixture->gate->xen);
	while (fake_xenstore_calls() < before + 3)
		g_thread_yield();
	fake_xenstore_set("/local/domain/3/vm", "/vm/aaaaaaaa-0000-0000-0000-000000000003");
	fake_xenstore_set("/local/domain/3/name", "alpha");
	fake_xenstore_fire("@introduceDomain");
	while (fake_xenstore_events() > 0)
		g_thread_yield();
	xen_fixture_settle();
	assert_state(3, 0, "2");
}

/* --- end --- */

TEST_CONNECTED(a_destroyed_domain_leaves_nothing, struct xen_fixture *fixture)
{
	capture_begin();
	xen_fixture_destroy(3);
	assert_int_equal(capture_count("what was left"), 0); /* it knew its devices */
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3"), 0);
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(sessions(fixture), 0);
	/* introduce, release, backend/vib */
	assert_int_equal(fake_xenstore_watches(), 3);
}

TEST_ALPHA(a_domain_with_several_devices_leaves_nothing_at_one_look, struct xen_fixture *fixture)
{
	unsigned int calls;

	for (unsigned int i = 1; i < 4; i++)
		xen_fixture_connect(3, attach_another(fixture, "3", NULL, NULL));
	calls = fake_xenstore_calls();
	xen_fixture_destroy(3);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(sessions(fixture), 0);
	assert_int_equal(fake_xenstore_watches(), 3);
	assert_in_range(fake_xenstore_calls() - calls, 1, 120);
}

TEST_F(a_domain_that_is_destroyed_at_any_step_leaves_nothing, struct xen_fixture *fixture)
{
	for (unsigned int step = 0; step < 5; step++) {
		unsigned int domid = 10 + step;

		xen_fixture_domain(domid, "alpha", NULL);
		if (step == 1)
			xen_fixture_front(domid, 0, CHAN_XENBUS_STATE, "3");
		if (step == 2)
			xen_fixture_offer(domid, 0);
		if (step >= 3)
			xen_fixture_connect(domid, 0);
		if (step == 4)
			xen_fixture_front(domid, 0, CHAN_XENBUS_STATE, "5");
		xen_fixture_destroy(domid);
		assert_int_equal(fake_xenstore_nodes(BACK), 1);
		assert_int_equal(devices(fixture), 0);
		assert_int_equal(sessions(fixture), 0);
		assert_int_equal(fake_xenstore_watches(), 3);
	}
}

TEST_CONNECTED(an_id_that_another_domain_has_got_is_another_guest, struct xen_fixture *fixture)
{
	fake_xenstore_set("/local/domain/3", NULL);
	xen_fixture_domain(3, "beta", "99999999-0000-0000-0000-000000000000");
	assert_int_equal(sessions(fixture), 0);
	xen_fixture_until(3, 0, "2");
	assert_string_equal(guest_of(fixture, 3, 0), "beta");
}

TEST_CONNECTED(a_domain_that_got_the_id_and_the_name_of_a_dead_one_gets_a_device_of_its_own,
	       struct xen_fixture *fixture)
{
	fake_xenstore_set("/local/domain/3", NULL);
	xen_fixture_domain(3, "alpha", "99999999-0000-0000-0000-000000000000");
	xen_fixture_until(3, 0, "2");
	assert_node("/local/domain/3/device/vib/0/state", "1");
	assert_int_equal(sessions(fixture), 0);
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 1);
}

TEST_CONNECTED(a_renamed_domain_keeps_nothing_of_the_guest_that_it_was, struct xen_fixture *fixture)
{
	fake_xenstore_set("/local/domain/3/name", "beta");
	xen_fixture_settle();
	assert_int_equal(sessions(fixture), 0);
	assert_state(3, 0, "5");
	front_shows(3, 0, "6");
	xen_fixture_until(3, 0, "2");
	assert_string_equal(guest_of(fixture, 3, 0), "beta");
	assert_node("/local/domain/3/device/vib/0/state", "1");
}

TEST_CONNECTED(a_domain_renamed_to_nobodys_name_stays_who_it_was_until_another_comes,
	       struct xen_fixture *fixture)
{
	fake_xenstore_set("/local/domain/3/name", "alpha-old");
	xen_fixture_settle();
	assert_state(3, 0, "4");
	assert_int_equal(sessions(fixture), 1);
	xen_fixture_domain(4, "alpha", NULL);
	assert_state(4, 0, "2");
	assert_state(3, 0, "5");
	assert_int_equal(sessions(fixture), 0);
	front_shows(3, 0, "6");
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
}

TEST_ALPHA(a_section_that_is_gone_takes_the_device_along_and_brings_it_back,
	   struct xen_fixture *fixture)
{
	xen_fixture_domain(4, "beta", NULL);
	xen_fixture_connect(3, 0);
	xen_fixture_reload(fixture,
			   "[gateway]\nport = fake0/1;fake0/2\n[guest beta]\naccess = fabric\n");
	assert_int_equal(sessions(fixture), 0);
	assert_state(3, 0, "5");
	front_shows(3, 0, "6");
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib"), 0);
	assert_state(4, 0, "2");
	xen_fixture_reload(fixture,
			   "[gateway]\nport = fake0/1;fake0/2\n[guest alpha]\naccess = fabric\n");
	assert_state(3, 0, "2");
}

TEST_CONNECTED(a_section_that_comes_back_while_the_device_still_goes_brings_another,
	       struct xen_fixture *fixture)
{
	xen_fixture_reload(fixture,
			   "[gateway]\nport = fake0/1;fake0/2\n[guest beta]\naccess = fabric\n");
	assert_state(3, 0, "5");
	xen_fixture_reload(fixture,
			   "[gateway]\nport = fake0/1;fake0/2\n[guest alpha]\naccess = fabric\n");
	assert_state(3, 0, "5");
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_fixture_until(3, 0, "2");
	assert_node("/local/domain/3/device/vib/0/state", "1");
}

TEST_CONNECTED(a_guest_that_writes_all_the_time_cannot_make_its_device_stay,
	       struct xen_fixture *fixture)
{
	fake_xenstore_contend("/local/domain/3");
	fake_xenstore_set(BACK "/3/0/online", "0");
	xen_fixture_settle();
	front_shows(3, 0, "6");
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib"), 0);
}

TEST_F(devices_that_connect_all_the_time_make_nobody_look_at_all_domains,
       struct xen_fixture *fixture)
{
	unsigned int before;

	for (unsigned int domid = 3; domid < 40; domid++) {
		g_autofree char *name = g_strdup_printf("stranger%u", domid);

		xen_fixture_domain(domid, name, NULL);
	}
	xen_fixture_domain(40, "alpha", NULL);
	before = fake_xenstore_calls();
	for (unsigned int i = 0; i < 4; i++)
		xen_fixture_connect(40, 0);
	/* a survey would send three requests for each of them */
	assert_in_range(fake_xenstore_calls() - before, 1, 4 * 80);
}

/* --- a successor of a gateway --- */

TEST_CONNECTED(a_gateway_that_stops_shows_closed_and_its_successor_goes_on,
	       struct xen_fixture *fixture)
{
	xen_fixture_stop(fixture);
	assert_state(3, 0, "6");
	xen_fixture_restart(fixture, false);
	assert_int_equal(devices(fixture), 1);
	assert_state(3, 0, "6");
	front_shows(3, 0, "6");
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 1);
}

TEST_ALPHA(what_a_killed_gateway_left_is_adopted_or_deleted, struct xen_fixture *fixture)
{
	xen_fixture_domain(4, "beta", NULL);
	xen_fixture_domain(5, "stranger", NULL);
	xen_fixture_connect(3, 0);
	xen_fixture_connect(4, 0);
	fake_xenstore_set(BACK "/5/0/frontend-id", "5");
	fake_xenstore_set(BACK "/5/0/online", "1");
	fake_xenstore_set("/local/domain/5/device/vib/0/backend", BACK "/5/0");
	fake_xenstore_set("/local/domain/5/device/vib/0/state", "6");
	fake_xenstore_away(true);
	fake_xenstore_die();
	fake_xenstore_set("/local/domain/4", NULL);
	fake_xenstore_set(BACK "/junk/0/state", "4");
	xen_fixture_restart(fixture, true);
	assert_int_equal(fake_xenstore_nodes(BACK "/4"), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/5"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/5/device/vib"), 0);
	assert_int_equal(devices(fixture), 1);
	assert_state(3, 0, "6");
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 1);
}
