/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ibgate in dom0 as the toolstack of a gateway in domain 7. */
#include <stdio.h>

#include "mad-proxy/io/cli_driver.h"
#include "tests/unit/test.h"
#include "tests/unit/fake_xenstore.h"

#define BACK "/local/domain/7/backend/vib/3"
#define FRONT "/local/domain/3/device/vib"
#define UUID "aaaaaaaa-0000-0000-0000-00000000000"

static void domain(unsigned int domid, const char *name)
{
	g_autofree char *home = g_strdup_printf("/local/domain/%u", domid);
	g_autofree char *name_path = g_strconcat(home, "/name", NULL);
	g_autofree char *vm_path = g_strconcat(home, "/vm", NULL);
	g_autofree char *vm = g_strdup_printf("/vm/AAAAAAAA-0000-0000-0000-00000000000%u", domid);

	fake_xenstore_set(home, "");
	fake_xenstore_chmod(home, 0, domid);
	fake_xenstore_set(name_path, name);
	fake_xenstore_set(vm_path, vm);
}

static int setup(void **state)
{
	fake_xenstore_reset();
	domain(3, "alpha");
	domain(7, "driver");
	return 0;
}

static void assert_node(const char *path, const char *value)
{
	g_autofree char *is = fake_xenstore_get(path);

	if (g_strcmp0(is, value) != 0)
		fail_msg("%s is '%s', not '%s'", path, is ? is : "not there", value);
}

static void assert_perms(const char *path, const char *perms)
{
	g_autofree char *are = fake_xenstore_perms(path);

	assert_string_equal(are, perms);
}

static guint number(GVariant *data, const char *key)
{
	guint32 value = 99;

	assert_true(g_variant_lookup(data, key, "u", &value));
	return value;
}

/* The assigned handle. */
static guint attach(const char *port, const char *handle)
{
	const struct io_cli_driver driver = {
		.backend = "driver", .domain = "alpha", .port = port, .handle = handle};
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) data = io_cli_driver_attach(&driver, &error);

	if (!data)
		fail_msg("%s", error->message);
	assert_int_equal(number(data, "domid"), 3);
	assert_int_equal(number(data, "backend"), 7);
	return number(data, "handle");
}

#define TEST_F(name) TEST_OVER(setup, NULL, name, void *no_state)

TEST_F(both_ends_are_made_each_its_owners_and_say_who_the_guest_is)
{
	assert_int_equal(attach("mlx5_0/2", NULL), 0);
	assert_perms("/local/domain/7/backend/vib/3", "n7 r3");
	assert_perms(BACK "/0", "n7 r3");
	assert_perms(BACK "/0/online", "n7 r3");
	assert_node(BACK "/0/frontend", FRONT "/0");
	assert_node(BACK "/0/frontend-id", "3");
	assert_node(BACK "/0/online", "1");
	assert_node(BACK "/0/port", "mlx5_0/2");
	assert_node(BACK "/0/domain", "alpha");
	assert_node(BACK "/0/uuid", UUID "3");
	assert_node(BACK "/0/state", "1");
	assert_perms(FRONT "/0", "n3 r7");
	assert_perms(FRONT "/0/state", "n3 r7");
	assert_node(FRONT "/0/backend", BACK "/0");
	assert_node(FRONT "/0/backend-id", "7");
	assert_node(FRONT "/0/handle", "0");
	assert_node(FRONT "/0/state", "1");
	/* the toolstack's nodes keep their permissions */
	assert_perms(FRONT, "n0 r3");
	assert_perms("/local/domain/7/backend/vib", "n0 r7");
}

TEST_F(without_a_port_the_back_end_chooses)
{
	attach(NULL, NULL);
	assert_null(fake_xenstore_get(BACK "/0/port"));
}

TEST_F(the_back_end_may_see_which_domains_there_are_and_hear_of_their_end)
{
	assert_perms("/local/domain", "n0");
	attach(NULL, NULL);
	assert_perms("/local/domain", "n0 r7");
	assert_perms("@releaseDomain", "n0 r7");
	assert_perms("@introduceDomain", "n0");
	assert_perms("/local/domain/3/name", "n0 r3");
}

TEST_F(the_handle_is_the_lowest_that_neither_end_has)
{
	fake_xenstore_set("/local/domain/0/backend/vib/3/0", "");
	fake_xenstore_set(FRONT "/0/backend", "/local/domain/0/backend/vib/3/0");
	fake_xenstore_set(BACK "/1/state", "6");
	assert_int_equal(attach(NULL, NULL), 2);
	assert_int_equal(attach(NULL, "255"), 255);
	assert_int_equal(attach(NULL, NULL), 3);
}

TEST_F(what_a_back_end_left_that_is_gone_is_replaced)
{
	fake_xenstore_set(FRONT "/0/backend", "/local/domain/6/backend/vib/3/0");
	fake_xenstore_set(FRONT "/0/state", "4");
	fake_xenstore_set(FRONT "/1/backend", "no path");
	assert_int_equal(attach(NULL, NULL), 0);
	assert_node(FRONT "/0/backend", BACK "/0");
	assert_node(FRONT "/0/state", "1");
	assert_int_equal(attach(NULL, NULL), 1);
}

TEST_F(another_back_ends_device_is_left_alone_while_that_lives)
{
	const struct io_cli_driver driver = {.backend = "7", .domain = "3", .handle = "0"};
	g_autoptr(GError) error = NULL;

	fake_xenstore_set("/local/domain/0/backend/vib/3/0/state", "4");
	fake_xenstore_set(FRONT "/0/backend", "/local/domain/0/backend/vib/3/0");
	fake_xenstore_set(FRONT "/0/state", "4");
	assert_null(io_cli_driver_attach(&driver, &error));
	assert_string_equal(error->message, "the domain has a device of that handle already");
	assert_node(FRONT "/0/state", "4");
	assert_int_equal(fake_xenstore_nodes(BACK), 0);
	fake_xenstore_set("/local/domain/0/backend/vib/3/0", NULL);
	assert_int_equal(attach(NULL, "0"), 0);
	assert_node(FRONT "/0/backend", BACK "/0");
	/* nor are its own nodes made again */
	fake_xenstore_set(BACK "/0/state", "4");
	g_clear_error(&error);
	assert_null(io_cli_driver_attach(&driver, &error));
	assert_string_equal(error->message, "the domain has a device of that handle already");
	assert_node(BACK "/0/state", "4");
}

TEST_F(what_cannot_be_is_said_so)
{
	static const struct {
		struct io_cli_driver driver;
		const char *why;
	} rows[] = {
		{{.backend = "nobody", .domain = "alpha"}, "no domain 'nobody'"},
		{{.backend = "driver", .domain = "8"}, "no domain '8'"},
		{{.backend = "driver", .domain = "7"}, "is the back-end itself"},
		{{.backend = "driver", .domain = UUID "7"}, "is the back-end itself"},
		{{.backend = "driver", .domain = "alpha", .handle = "256"}, "a handle is"},
		{{.backend = "driver", .domain = "alpha", .handle = "-1"}, "a handle is"},
		{{.backend = "driver", .domain = "alpha", .handle = ""}, "a handle is"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;

		assert_null(io_cli_driver_attach(&rows[i].driver, &error));
		if (!strstr(error->message, rows[i].why))
			fail_msg("%s", error->message);
	}
	assert_int_equal(fake_xenstore_nodes(BACK), 0);
	fake_xenstore_away(true);
	{
		g_autoptr(GError) error = NULL;

		assert_null(io_cli_driver_detach(&rows[0].driver, &error));
		assert_non_null(strstr(error->message, "cannot be reached"));
	}
}

TEST_F(a_name_means_no_other_domains_id_or_uuid_and_no_two_domains)
{
	static const struct {
		const char *called, *word, *why;
	} rows[] = {
		{"7", "7", "is the back-end itself"},
		{UUID "7", UUID "7", "is the back-end itself"},
		{"alpha", "alpha", "2 domains are called 'alpha'"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct io_cli_driver driver = {.backend = "driver", .domain = rows[i].word};
		g_autoptr(GError) error = NULL;

		domain(2, rows[i].called);
		assert_null(io_cli_driver_attach(&driver, &error));
		if (!strstr(error->message, rows[i].why))
			fail_msg("%s", error->message);
		assert_int_equal(fake_xenstore_nodes("/local/domain/7/backend"), 0);
	}
}

/* As a back-end does when device 1 is detached. */
static gpointer lets_go(gpointer data)
{
	for (;;) {
		g_autofree char *online = fake_xenstore_get(BACK "/1/online");

		if (g_strcmp0(online, "0") == 0)
			break;
		g_thread_yield();
	}
	fake_xenstore_set(BACK "/1", NULL);
	return NULL;
}

TEST_F(detaching_waits_for_the_back_end_and_removes_the_front_ends_end)
{
	const struct io_cli_driver driver = {.backend = "driver", .domain = "alpha", .handle = "1"};
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) data = NULL;
	GThread *back;

	attach(NULL, NULL);
	attach(NULL, NULL);
	back = g_thread_new("back", lets_go, NULL);
	data = io_cli_driver_detach(&driver, &error);
	g_thread_join(back);
	assert_non_null(data);
	assert_int_equal(number(data, "devices"), 1);
	assert_int_equal(fake_xenstore_nodes(BACK "/1"), 0);
	assert_int_equal(fake_xenstore_nodes(FRONT "/1"), 0);
	assert_node(FRONT "/0/state", "1");
	assert_int_equal(fake_xenstore_watches(), 0);
}

TEST_F(what_is_left_of_the_dead_is_removed_by_their_ids)
{
	const struct io_cli_driver driver = {.backend = "7", .domain = "3"};
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) data = NULL;

	attach(NULL, NULL);
	fake_xenstore_set("/local/domain/7", NULL);
	data = io_cli_driver_detach(&driver, &error);
	assert_non_null(data);
	assert_int_equal(number(data, "devices"), 1);
	assert_int_equal(fake_xenstore_nodes(FRONT), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/7"), 0);
}

TEST_F(another_back_ends_device_is_not_removed)
{
	const struct io_cli_driver driver = {.backend = "driver", .domain = "alpha"};
	g_autoptr(GVariant) data = NULL;

	fake_xenstore_set(FRONT "/0/backend", "/local/domain/0/backend/vib/3/0");
	data = io_cli_driver_detach(&driver, NULL);
	assert_int_equal(number(data, "devices"), 0);
	assert_node(FRONT "/0/backend", "/local/domain/0/backend/vib/3/0");
}
