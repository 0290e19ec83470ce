/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway in a driver domain (domain 7), which sees only what xenstored permits, with dom0 as its
 * toolstack: docs/protocol.md, 2.6.
 */
#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/xen_assert.h"

#define BACK "/local/domain/7/backend/vib"
#define FRONT "/local/domain/3/device/vib"

/* As dom0 does for an existing domain. */
static void attach(unsigned int handle, const char *name, const char *uuid)
{
	g_autofree char *back = g_strdup_printf(BACK "/3/%u/", handle);
	g_autofree char *front = g_strdup_printf(FRONT "/%u/", handle);
	const struct {
		const char *dir, *key, *value;
	} rows[] = {
		{back, "", ""},	      {back, "frontend-id", "3"}, {back, "online", "1"},
		{back, "state", "1"}, {back, "domain", name},	  {back, "uuid", uuid},
		{front, "", ""},      {front, "backend-id", "7"}, {front, "state", "1"},
	};

	fake_xenstore_set(BACK "/3", "");
	fake_xenstore_chmod(BACK "/3", 7, 3);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat(rows[i].dir, rows[i].key, NULL);

		if (!rows[i].key[0])
			path[strlen(path) - 1] = 0;
		if (rows[i].value)
			fake_xenstore_set(path, rows[i].value);
		if (!rows[i].key[0])
			fake_xenstore_chmod(path, rows[i].dir == back ? 7 : 3,
					    rows[i].dir == back ? 3 : 7);
	}
	fake_xenstore_set(BACK, "");
	xen_fixture_settle();
}

static int setup(void **state)
{
	int rc = xen_fixture_setup(state);

	xen_fixture_be(*state, 7);
	return rc;
}

#undef TEST_F
#define TEST_F(name, fixture) TEST_OVER(setup, xen_fixture_teardown, name, fixture)

TEST_F(what_appears_under_its_own_back_end_is_served, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "alpha", NULL);
	assert_int_equal(devices(fixture), 0);
	attach(0, "alpha", NULL);
	assert_string_equal(guest_of(fixture, 3, 0), "alpha");
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 1);
	assert_int_equal(fake_chan_xen.domid, 3);
}

TEST_F(the_guest_is_whom_the_toolstack_names_beside_the_device, struct xen_fixture *fixture)
{
	capture_begin();
	xen_fixture_domain(3, "whoever", NULL);
	attach(1, "alpha", XEN_FIXTURE_UUID);
	assert_string_equal(guest_of(fixture, 3, 1), XEN_FIXTURE_UUID);
	/* it logged at its start that it gets no events of domains */
	assert_int_equal(capture_count("hides other domains"), 0);
}

TEST_F(a_uuid_is_the_same_in_capitals, struct xen_fixture *fixture)
{
	xen_fixture_reload(fixture,
			   "[gateway]\nport = fake0/1;fake0/2\n"
			   "[guest abcdefab-0000-0000-0000-000000000003]\naccess = port\n");
	xen_fixture_domain(3, "whoever", NULL);
	attach(0, "whoever", "ABCDEFAB-0000-0000-0000-000000000003");
	assert_string_equal(guest_of(fixture, 3, 0), "abcdefab-0000-0000-0000-000000000003");
}

TEST_F(a_new_name_beside_the_device_makes_it_anothers, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "alpha", NULL);
	attach(0, "alpha", NULL);
	xen_fixture_connect(3, 0);
	capture_begin();
	fake_xenstore_set(BACK "/3/0/domain", "beta");
	xen_fixture_settle();
	assert_int_equal(sessions(fixture), 0);
	assert_int_equal(capture_count("domain 3: the domain is another guest now"), 1);
}

TEST_F(a_device_of_nobody_is_removed_as_far_as_it_may, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "stranger", NULL);
	attach(0, "stranger", NULL);
	attach(1, NULL, NULL);
	xen_fixture_until_removed(3, 0);
	xen_fixture_until_removed(3, 1);
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	/* dom0 removes the other end */
	assert_int_not_equal(fake_xenstore_nodes(FRONT), 0);
}

TEST_F(a_directory_that_is_dom0s_keeps_no_device_from_going, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "alpha", NULL);
	attach(0, "alpha", NULL);
	fake_xenstore_chmod(BACK "/3", 0, 7);
	xen_fixture_connect(3, 0);
	fake_xenstore_set(BACK "/3/0/online", "0");
	xen_fixture_settle();
	front_shows(3, 0, "6");
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 1);
}

TEST_F(a_guest_that_is_gone_has_no_session_even_if_nobody_says_so, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "alpha", NULL);
	attach(0, "alpha", NULL);
	xen_fixture_connect(3, 0);
	xen_fixture_destroy(3);
	assert_int_equal(sessions(fixture), 0);
	assert_state(3, 0, "6");
	/* and nothing is left when the toolstack removes it */
	fake_xenstore_set(BACK "/3", NULL);
	xen_fixture_settle();
	assert_int_equal(devices(fixture), 0);
}

TEST_F(one_that_may_see_the_domains_cleans_up_behind_them, struct xen_fixture *fixture)
{
	fake_xenstore_chmod("/local/domain", 0, 7);
	fake_xenstore_chmod("@releaseDomain", 0, 7);
	xen_fixture_domain(3, "alpha", NULL);
	/* a domain without a device is not stored */
	assert_int_equal(g_hash_table_size(fixture->gate->xen->domains), 0);
	attach(0, "alpha", NULL);
	assert_string_equal(guest_of(fixture, 3, 0), "alpha");
	xen_fixture_connect(3, 0);
	/* its own three and the device's two: no watches on other domains' names */
	assert_int_equal(fake_xenstore_watches(), 5);
	xen_fixture_destroy(3);
	assert_int_equal(devices(fixture), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_watches(), 3);
}

TEST_F(a_restarted_one_takes_up_what_stands_there, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "alpha", NULL);
	attach(0, "alpha", NULL);
	xen_fixture_connect(3, 0);
	xen_fixture_restart(fixture, true);
	assert_string_equal(guest_of(fixture, 3, 0), "alpha");
	xen_fixture_connect(3, 0);
	assert_int_equal(sessions(fixture), 1);
}

TEST_F(its_operator_is_told_who_can_attach, struct xen_fixture *fixture)
{
	struct io_xen_attach unseen = {.domain = "alpha"}, known = {.domain = "3"};
	g_autofree char *why = NULL;
	struct outcome o = {0};

	xen_fixture_domain(3, "alpha", NULL);
	assert_false(io_xen_attach(fixture->gate->xen, &unseen, outcome_is, &o, &why));
	assert_non_null(strstr(why, "--backend"));
	attach(0, "alpha", NULL);
	g_clear_pointer(&why, g_free);
	assert_true(io_xen_attach(fixture->gate->xen, &known, outcome_is, &o, &why));
	g_free(known.guest);
	xen_fixture_settle();
	assert_true(o.done);
	assert_non_null(strstr(o.error, "--backend"));
	g_free(o.error);
	assert_int_equal(devices(fixture), 1);
}
