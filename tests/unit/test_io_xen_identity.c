/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which guest a domain is, and that only one domain is a guest (xen_fixture.h). */
#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/xen_assert.h"

#define BACK "/local/domain/0/backend/vib"
#define UUID_IN_CAPITALS "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"
#define POLICY "[gateway]\nport = fake0/1;fake0/2\n"

static void rename_domain(unsigned int domid, const char *name)
{
	g_autofree char *path = g_strdup_printf("/local/domain/%u/name", domid);

	fake_xenstore_set(path, name);
	xen_fixture_settle();
}

/* The only domain with devices of this guest; 0: none. */
static unsigned int domain_of(const struct xen_fixture *fixture, const char *guest)
{
	unsigned int domid = 0;
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, fixture->gate->xen->devices);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct io_xen_device *d = value;

		if (strcmp(d->guest, guest) != 0 || d->back.state == CHAN_BACK_DETACHING)
			continue;
		assert_int_equal(domid, 0);
		domid = d->domid;
	}
	return domid;
}

TEST_F(a_uuids_section_is_found_by_the_uuid_alone, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, XEN_FIXTURE_UUID, NULL);
	assert_int_equal(devices(fixture), 0);
	xen_fixture_domain(4, "whoever", XEN_FIXTURE_UUID);
	assert_int_equal(domain_of(fixture, XEN_FIXTURE_UUID), 4);
	xen_fixture_destroy(4);
	assert_int_equal(devices(fixture), 0);
	rename_domain(3, UUID_IN_CAPITALS);
	xen_fixture_reload(fixture,
			   POLICY "[guest aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee]\naccess = admin\n");
	assert_int_equal(devices(fixture), 0);
	xen_fixture_domain(5, "whoever", UUID_IN_CAPITALS);
	assert_int_equal(devices(fixture), 1);
	assert_non_null(device_of(fixture, 5, 0));
}

TEST_F(what_stands_in_a_uuids_place_is_no_name, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "stranger", "alpha");
	assert_int_equal(devices(fixture), 0);
}

/* The UUID comes first: a domain with a UUID section does not claim its name. */
TEST_F(a_domain_that_is_known_by_its_uuid_claims_no_name, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "alpha", XEN_FIXTURE_UUID);
	xen_fixture_domain(4, "alpha", NULL);
	assert_int_equal(domain_of(fixture, XEN_FIXTURE_UUID), 3);
	assert_int_equal(domain_of(fixture, "alpha"), 4);
}

TEST_CONNECTED(a_second_domain_of_a_name_gets_nothing_while_the_first_is_there,
	       struct xen_fixture *fixture)
{
	struct io_xen_attach attach = {.domain = "4"};
	g_autofree char *why = NULL;

	capture_begin();
	xen_fixture_domain(4, "alpha", NULL);
	xen_fixture_domain(5, "alpha", NULL);
	xen_fixture_domain(6, "beta", NULL);
	assert_int_equal(
		capture_count(
			"guest alpha: attach refused: another domain is served as this guest: "
			"domain 4 has the name or UUID of domain 3"),
		1);
	assert_int_equal(capture_count("another domain is served as this guest"), 2);
	assert_int_equal(domain_of(fixture, "alpha"), 3);
	assert_int_equal(fake_xenstore_nodes(BACK "/4"), 0);
	assert_false(io_xen_attach(fixture->gate->xen, &attach, outcome_is, NULL, &why));
	assert_non_null(strstr(why, "of domain 3, which is guest alpha"));
	/* the operator's "alpha" is the domain that is the guest */
	assert_int_equal(attach_another(fixture, "alpha", NULL, NULL), 1);
	assert_non_null(device_of(fixture, 3, 1));
	xen_fixture_destroy(3);
	assert_int_equal(domain_of(fixture, "alpha"), 4);
	rename_domain(4, "stranger");
	xen_fixture_until(5, 0, "2");
	assert_int_equal(domain_of(fixture, "alpha"), 5);
}

TEST_F(two_domains_of_one_uuid_are_not_two_guests, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "incoming", XEN_FIXTURE_UUID);
	xen_fixture_domain(4, "outgoing", XEN_FIXTURE_UUID);
	assert_int_equal(domain_of(fixture, XEN_FIXTURE_UUID), 3);
	xen_fixture_destroy(3);
	assert_int_equal(domain_of(fixture, XEN_FIXTURE_UUID), 4);
}

TEST_ALPHA(a_device_that_was_made_for_a_second_domain_is_removed, struct xen_fixture *fixture)
{
	xen_fixture_domain(4, "alpha", NULL);
	capture_begin();
	fake_xenstore_set("/local/domain/4/device/vib/0/backend", BACK "/4/0");
	fake_xenstore_set("/local/domain/4/device/vib/0/state", "6");
	fake_xenstore_set(BACK "/4/0/online", "1");
	fake_xenstore_set(BACK "/4/0/frontend-id", "4");
	xen_fixture_until_removed(4, 0);
	assert_int_equal(capture_count("domain 4: another domain is served as this guest"), 1);
	assert_int_equal(domain_of(fixture, "alpha"), 3);
}

/* The domain that is the guest stays it, through renames and restarts of the gateway. */
TEST_F(who_is_the_guest_stays_it, struct xen_fixture *fixture)
{
	xen_fixture_domain(3, "stranger", NULL);
	xen_fixture_domain(5, "alpha", NULL);
	rename_domain(3, "alpha");
	assert_int_equal(domain_of(fixture, "alpha"), 5);
	for (unsigned int killed = 0; killed < 2; killed++) {
		xen_fixture_restart(fixture, killed);
		assert_int_equal(domain_of(fixture, "alpha"), 5);
		assert_int_equal(devices(fixture), 1);
	}
	/* a domain that was another guest has no better claim, and loses that guest's devices */
	xen_fixture_domain(2, "beta", NULL);
	rename_domain(2, "alpha");
	front_shows(2, 0, "6");
	assert_int_equal(domain_of(fixture, "alpha"), 5);
	assert_int_equal(domain_of(fixture, "beta"), 0);
	xen_fixture_restart(fixture, true);
	assert_int_equal(domain_of(fixture, "alpha"), 5);
	assert_int_equal(devices(fixture), 1);
}

TEST_ALPHA(one_renamed_to_nobodys_name_stays_who_it_was_over_a_restart, struct xen_fixture *fixture)
{
	rename_domain(3, "alpha-old");
	xen_fixture_restart(fixture, true);
	assert_int_equal(domain_of(fixture, "alpha"), 3);
	xen_fixture_domain(4, "alpha", NULL);
	assert_int_equal(domain_of(fixture, "alpha"), 4);
}

/* xenstore lists 12 before 9. */
TEST_F(of_several_that_are_found_at_once_it_is_the_one_of_the_lowest_id,
       struct xen_fixture *fixture)
{
	xen_fixture_domain(12, "gamma", NULL);
	xen_fixture_domain(9, "gamma", NULL);
	xen_fixture_domain(10, "gamma", NULL);
	xen_fixture_stop(fixture);
	g_file_set_contents(fixture->policy_path, POLICY "[guest gamma]\naccess = port\n", -1,
			    NULL);
	xen_fixture_restart(fixture, false);
	assert_int_equal(domain_of(fixture, "gamma"), 9);
	assert_int_equal(devices(fixture), 1);
}

/* As left by a gateway that was killed in the middle. */
TEST_F(of_two_that_were_attached_as_one_guest_one_stays, struct xen_fixture *fixture)
{
	static const char *const names[] = {"alpha", "alpha-old"};

	for (unsigned int i = 0; i < G_N_ELEMENTS(names); i++) {
		xen_fixture_domain(4, "alpha", NULL);
		xen_fixture_domain(5, "beta", NULL);
		xen_fixture_stop(fixture);
		fake_xenstore_set("/local/domain/4/name", names[i]);
		fake_xenstore_set("/local/domain/5/name", names[i]);
		fake_xenstore_set(BACK "/5/0/domain", "alpha");
		xen_fixture_restart(fixture, false);
		assert_int_equal(domain_of(fixture, "alpha"), 4);
		xen_fixture_destroy(4);
		xen_fixture_destroy(5);
	}
}

TEST_ALPHA(what_a_dead_domain_was_attached_as_says_nothing_of_its_ids_next_owner,
	   struct xen_fixture *fixture)
{
	xen_fixture_stop(fixture);
	fake_xenstore_set("/local/domain/3/vm", "/vm/99999999-0000-0000-0000-000000000000");
	fake_xenstore_set("/local/domain/3/name", "stranger");
	xen_fixture_restart(fixture, false);
	xen_fixture_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_fixture_until_removed(3, 0);
	assert_int_equal(devices(fixture), 0);
}

/* Toolstacks own both nodes. With one that does not, guests could choose their identity. */
TEST_F(a_domain_that_may_write_its_own_name_or_uuid_is_nobody, struct xen_fixture *fixture)
{
	static const char *const keys[] = {"name", "vm"};

	for (unsigned int i = 0; i < G_N_ELEMENTS(keys); i++) {
		const unsigned int domid = 3 + i;
		g_autofree char *home = g_strdup_printf("/local/domain/%u", domid);
		g_autofree char *node = g_strdup_printf("%s/%s", home, keys[i]);

		capture_begin();
		fake_xenstore_set(home, "");
		fake_xenstore_chmod(home, 0, domid);
		fake_xenstore_set(node, "");
		fake_xenstore_chmod(node, domid, 0);
		xen_fixture_domain(domid, "alpha", XEN_FIXTURE_UUID);
		assert_int_equal(devices(fixture), 0);
		assert_int_equal(capture_count("ibgated ignores them"), 1);
		capture_end();
	}
}

/* As dom0 makes a device for a gateway in domain 7, which sees nothing else of other domains. */
static void attach_to_driver(unsigned int domid, const char *name)
{
	g_autofree char *id = g_strdup_printf("%u", domid);
	g_autofree char *above = g_strconcat("/local/domain/7/backend/vib/", id, NULL);
	g_autofree char *front = g_strconcat("/local/domain/", id, "/device/vib/0", NULL);
	const struct {
		const char *key, *value;
	} rows[] = {
		{"/0/frontend-id", id}, {"/0/online", "1"}, {"/0/domain", name}, {"/0/state", "1"}};

	xen_fixture_domain(domid, "hidden", NULL);
	fake_xenstore_set(front, "");
	fake_xenstore_chmod(front, domid, 7);
	xen_fixture_front(domid, 0, CHAN_XENBUS_STATE, "1");
	fake_xenstore_set(above, "");
	fake_xenstore_chmod(above, 7, domid);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat(above, rows[i].key, NULL);

		fake_xenstore_set(path, rows[i].value);
	}
	xen_fixture_settle();
}

TEST_F(in_a_driver_domain_a_second_domain_of_a_name_gets_nothing, struct xen_fixture *fixture)
{
	xen_fixture_be(fixture, 7);
	attach_to_driver(4, "alpha");
	assert_int_equal(domain_of(fixture, "alpha"), 4);
	attach_to_driver(3, "alpha");
	xen_fixture_until_removed(3, 0);
	assert_int_equal(domain_of(fixture, "alpha"), 4);
}
