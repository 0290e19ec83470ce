/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A vib device of ibguestd against a xenstore in memory and a back-end that the test plays: connect,
 * the back-end's death and return, detach, restore, a xenstore that fails, a kernel without grants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/xen.h"
#include "guest-umad/ibguestd_device.h"

#define F "device/vib/0/"
#define B "/local/domain/0/backend/vib/5/0/"

enum { KEYS = 64 };

static struct {
	struct {
		char path[GUESTD_PATH_MAX], value[GUESTD_PATH_MAX];
	} key[KEYS];
	int fail; /* every call fails with it */
	int refuse_pages; /* chan_xen_guest_new() fails with it */
	unsigned int writes, channels, watches;
	uint32_t backend;
} fake;

static struct guestd_feed feed;
static struct guestd_device device;
static struct guestd_store *const some_store = (struct guestd_store *)&fake;

/* --- xenstore --- */

static char *find(const char *path)
{
	for (unsigned int i = 0; i < KEYS; i++)
		if (!strcmp(fake.key[i].path, path))
			return fake.key[i].value;
	return NULL;
}

static void put(const char *path, const char *value)
{
	char *at = find(path);

	for (unsigned int i = 0; i < KEYS && !at; i++) {
		if (fake.key[i].path[0])
			continue;
		snprintf(fake.key[i].path, GUESTD_PATH_MAX, "%s", path);
		at = fake.key[i].value;
	}
	assert_non_null(at);
	snprintf(at, GUESTD_PATH_MAX, "%s", value);
}

static void drop(const char *prefix)
{
	for (unsigned int i = 0; i < KEYS; i++)
		if (!strncmp(fake.key[i].path, prefix, strlen(prefix)))
			fake.key[i].path[0] = '\0';
}

void guestd_store_read(struct guestd_store *store, const char *dir, const char *name,
		       struct chan_value *ret)
{
	char path[2 * GUESTD_PATH_MAX];
	const char *value;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	value = find(path);
	if (fake.fail || !value)
		chan_value_set(ret, NULL, 0, fake.fail ? fake.fail : ENOENT);
	else
		chan_value_set(ret, value, strlen(value), 0);
}

int guestd_store_read_path(struct guestd_store *store, const char *dir, const char *name,
			   char ret[GUESTD_PATH_MAX])
{
	char path[2 * GUESTD_PATH_MAX];
	const char *value;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	value = find(path);
	if (fake.fail || !value)
		return fake.fail ? -fake.fail : -ENOENT;
	snprintf(ret, GUESTD_PATH_MAX, "%s", value);
	return 0;
}

bool guestd_store_is_trouble(int err)
{
	return err && err != ENOENT && err != EACCES && err != E2BIG;
}

static int write_key(void *ctx, const char *name, const char *value)
{
	char path[GUESTD_PATH_MAX];

	snprintf(path, sizeof(path), F "%s", name);
	put(path, value);
	return 0;
}

int guestd_store_show(struct guestd_store *store, const char *dir,
		      const struct chan_front_keys *keys, unsigned int state)
{
	char number[16];

	if (fake.fail)
		return -fake.fail;
	if (!find(F "backend"))
		return -ENOENT;
	if (keys)
		chan_front_keys_write(keys, write_key, NULL);
	snprintf(number, sizeof(number), "%u", state);
	put(F "state", number);
	fake.writes++;
	return 0;
}

int guestd_store_watch(struct guestd_store *store, const char *path, const char *token)
{
	if (fake.fail)
		return -fake.fail;
	fake.watches++;
	return 0;
}

void guestd_store_unwatch(struct guestd_store *store, const char *path, const char *token)
{
	fake.watches--;
}

/* --- grants --- */

static void fake_close(struct chan *chan)
{
	fake.channels--;
	free(chan);
}

static const struct chan_ops fake_ops = {.close = fake_close};

int chan_xen_guest_new(uint32_t backend_domid, uint32_t slots, struct chan **ret, uint32_t *ret_ref,
		       uint32_t *ret_port)
{
	if (fake.refuse_pages)
		return -fake.refuse_pages;
	*ret = calloc(1, sizeof(**ret));
	assert_non_null(*ret);
	(*ret)->ops = &fake_ops;
	fake.channels++;
	fake.backend = backend_domid;
	for (uint32_t i = 0; i < CHAN_XENBUS_REFS(slots); i++)
		ret_ref[i] = 700 + i;
	*ret_port = 11;
	return 0;
}

/* --- the bed --- */

static int setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	assert_int_equal(guestd_feed_init(&feed), 0);
	return 0;
}

static int teardown(void **state)
{
	if (device.used)
		guestd_device_abandon(&device);
	assert_int_equal(fake.channels, 0);
	assert_int_equal(fake.watches, 0);
	guestd_feed_fini(&feed);
	return 0;
}

static void attach(void)
{
	put(B "state", "1");
	put(F "backend", "/local/domain/0/backend/vib/5/0");
	put(F "backend-id", "0");
	put(F "handle", "0");
	put(F "state", "1");
}

static void offers(void)
{
	put(B "versions", "1");
	put(B "ring-kinds", "mad");
	put(B "mad-slots", "128");
}

static void back(const char *state)
{
	put(B "state", state);
	guestd_device_look(&device);
}

static void shows(const char *state)
{
	assert_string_equal(find(F "state"), state);
}

/* The back-end of the specification: what it shows after what the front-end shows. */
static void back_follows(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		const char front = find(F "state")[0], now = find(B "state")[0];

		guestd_device_poll(&device, (struct mono_ms){UINT64_MAX - 1}); /* no timer runs */
		if (front == '6' && now != '6')
			back("6");
		else if (front == '1' && now != '2')
			back("2");
		else if (front == '3' && now != '4')
			back("4");
	}
}

static void connects(void)
{
	attach();
	offers();
	guestd_device_init(&device, some_store, &feed, 3, 0);
	back_follows();
	shows("4");
	assert_int_equal(fake.channels, 1);
}

/* --- tests --- */

static void a_device_connects_and_lends_its_channel_to_the_loop(void **state)
{
	struct chan *chan;

	connects();
	assert_string_equal(find(F "version"), "1");
	assert_string_equal(find(F "ring-ref0"), "700");
	assert_string_equal(find(F "ring-ref20"), "720");
	assert_null(find(F "ring-ref21"));
	assert_string_equal(find(F "event-channel"), "11");
	chan = guestd_feed_take(&feed, 3);
	assert_ptr_equal(chan, device.chan);
	guestd_feed_return(&feed, 3, GUESTD_HANGUP); /* so that the end need not wait for us */
}

static void nothing_is_lent_before_the_back_end_is_connected(void **state)
{
	attach();
	offers();
	guestd_device_init(&device, some_store, &feed, 3, 0);
	assert_null(guestd_feed_take(&feed, 3));
	back("6");
	guestd_device_poll(&device, (struct mono_ms){UINT64_MAX - 1});
	shows("1");
	back("2");
	shows("3");
	assert_null(guestd_feed_take(&feed, 3));
	back("4");
	shows("4");
	assert_non_null(guestd_feed_take(&feed, 3));
	guestd_feed_return(&feed, 3, GUESTD_HANGUP);
}

static void a_back_end_that_restarts_is_connected_to_again(void **state)
{
	connects();
	for (unsigned int i = 0; i < 5; i++) {
		back(i % 2 ? "1" : "6");
		assert_int_equal(fake.channels, 0);
		assert_null(guestd_feed_take(&feed, 3));
		back_follows();
		shows("4");
		assert_int_equal(fake.channels, 1);
	}
}

static void a_session_that_the_loop_gives_up_is_made_anew(void **state)
{
	connects();
	assert_non_null(guestd_feed_take(&feed, 3));
	guestd_feed_return(&feed, 3, GUESTD_HELLO);
	guestd_device_poll(&device, (struct mono_ms){0});
	assert_int_equal(fake.channels, 0);
	back_follows();
	shows("4");
	assert_non_null(guestd_feed_take(&feed, 3));
	guestd_feed_return(&feed, 3, GUESTD_HANGUP);
}

static void a_device_that_is_detached_is_forgotten(void **state)
{
	unsigned int writes;

	connects();
	drop(F);
	writes = fake.writes;
	guestd_device_find(&device);
	assert_false(device.used);
	assert_int_equal(fake.channels, 0);
	assert_int_equal(fake.writes, writes);
	assert_null(find(F "state"));
}

static void only_a_device_that_was_taken_away_is_waited_for_no_more(void **state)
{
	connects();
	for (unsigned int i = 0; i < 5; i++) {
		back(i % 2 ? "1" : "6");
		back_follows();
		assert_false(guestd_feed_forgotten(&feed, 3));
	}
	drop(F);
	guestd_device_find(&device);
	assert_true(guestd_feed_forgotten(&feed, 3));
	assert_false(guestd_feed_forgotten(&feed, 3));
}

static void nodes_that_vanish_are_not_made_anew(void **state)
{
	connects();
	drop(F);
	back("6"); /* seen before the watch on our own nodes */
	assert_false(device.used);
	assert_null(find(F "state"));
}

static void a_restored_guest_connects_to_its_new_back_end(void **state)
{
	connects();
	drop(F);
	drop(B);
	put("/local/domain/2/backend/vib/9/0/state", "2");
	put("/local/domain/2/backend/vib/9/0/versions", "1");
	put("/local/domain/2/backend/vib/9/0/ring-kinds", "mad");
	put("/local/domain/2/backend/vib/9/0/mad-slots", "64");
	put(F "backend", "/local/domain/2/backend/vib/9/0");
	put(F "backend-id", "2");
	put(F "state", "1");
	guestd_device_find(&device);
	shows("3");
	assert_int_equal(fake.backend, 2);
	assert_int_equal(fake.channels, 1);
	assert_int_equal(fake.watches, 1);
}

static void a_xenstore_that_fails_is_asked_again(void **state)
{
	connects();
	fake.fail = EIO;
	back("1");
	fake.fail = 0;
	assert_true(device.timer.ms != MONO_NEVER.ms);
	back_follows();
	shows("4");
	guestd_device_store(&device,
			    NULL); /* and one that is lost altogether, is missed by nobody */
	fake.watches = 0;
	assert_int_equal(fake.channels, 1);
	guestd_device_store(&device, some_store);
	assert_int_equal(fake.channels, 1);
	shows("4");
	assert_int_equal(fake.watches, 1);
}

static void a_kernel_that_grants_nothing_is_asked_again_later(void **state)
{
	attach();
	offers();
	fake.refuse_pages = ENOSPC;
	guestd_device_init(&device, some_store, &feed, 3, 0);
	for (unsigned int i = 0; i < 3; i++)
		back_follows();
	shows("1");
	assert_true(device.timer.ms != MONO_NEVER.ms);
	fake.refuse_pages = 0;
	back_follows();
	shows("4");
}

static void an_end_of_the_service_closes_the_device(void **state)
{
	connects();
	guestd_device_stop(&device);
	shows("5");
	assert_int_equal(fake.channels, 1); /* until the back-end has let go */
	back("5");
	shows("6");
	assert_false(device.used);
}

static void values_of_the_back_end_that_make_no_sense_are_borne(void **state)
{
	static const char *const bad[] = {"", "0", "99999999999", "x", "127", "2048", "-1"};

	attach();
	offers();
	put(B "mad-slots", bad[0]);
	guestd_device_init(&device, some_store, &feed, 3, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(B "mad-slots", bad[i]);
		back_follows();
		assert_int_equal(fake.channels, 0);
		shows("1");
	}
	offers();
	back_follows();
	shows("4");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_device_connects_and_lends_its_channel_to_the_loop),
		T(nothing_is_lent_before_the_back_end_is_connected),
		T(a_back_end_that_restarts_is_connected_to_again),
		T(a_session_that_the_loop_gives_up_is_made_anew),
		T(a_device_that_is_detached_is_forgotten),
		T(only_a_device_that_was_taken_away_is_waited_for_no_more),
		T(nodes_that_vanish_are_not_made_anew),
		T(a_restored_guest_connects_to_its_new_back_end),
		T(a_xenstore_that_fails_is_asked_again),
		T(a_kernel_that_grants_nothing_is_asked_again_later),
		T(an_end_of_the_service_closes_the_device),
		T(values_of_the_back_end_that_make_no_sense_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
