/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/device_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/xen.h"

struct device_fixture fixture;
struct guestd_store *const some_store = (struct guestd_store *)&fixture;

struct mono_ms guestd_now(void)
{
	return fixture.now;
}

/* --- xenstore --- */

char *find(const char *path)
{
	for (unsigned int i = 0; i < FIXTURE_KEYS; i++)
		if (!strcmp(fixture.key[i].path, path))
			return fixture.key[i].value;
	return NULL;
}

void put(const char *path, const char *value)
{
	char *at = find(path);

	for (unsigned int i = 0; i < FIXTURE_KEYS && !at; i++) {
		if (fixture.key[i].path[0])
			continue;
		snprintf(fixture.key[i].path, GUESTD_PATH_MAX, "%s", path);
		at = fixture.key[i].value;
	}
	assert_non_null(at);
	snprintf(at, GUESTD_PATH_MAX, "%s", value);
}

void drop(const char *prefix)
{
	for (unsigned int i = 0; i < FIXTURE_KEYS; i++)
		if (!strncmp(fixture.key[i].path, prefix, strlen(prefix)))
			fixture.key[i].path[0] = '\0';
}

/* 0, or the errno of a failing read; ENOENT: there is no such key. */
static int read_key(struct guestd_store *store, const char *dir, const char *name,
		    const char **ret_value)
{
	char path[2 * GUESTD_PATH_MAX];

	assert_ptr_equal(store, some_store);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	*ret_value = find(path);
	if (fixture.fail)
		return fixture.fail;
	if (fixture.fail_path && !strcmp(fixture.fail_path, path))
		return EIO;
	return *ret_value ? 0 : ENOENT;
}

void guestd_store_read(struct guestd_store *store, const char *dir, const char *name,
		       struct chan_value *ret)
{
	const char *value;
	int err = read_key(store, dir, name, &value);

	chan_value_set(ret, err ? NULL : value, err ? 0 : strlen(value), err);
}

int guestd_store_read_path(struct guestd_store *store, const char *dir, const char *name,
			   char ret[GUESTD_PATH_MAX])
{
	const char *value;
	int err = read_key(store, dir, name, &value);

	if (err)
		return -err;
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

	assert_ptr_equal(store, some_store);
	if (fixture.fail || fixture.fail_show)
		return fixture.fail ? -fixture.fail : -fixture.fail_show;
	if (!find(F "backend"))
		return -ENOENT;
	if (keys)
		chan_front_keys_write(keys, write_key, NULL);
	snprintf(number, sizeof(number), "%u", state);
	put(F "state", number);
	fixture.writes++;
	return 0;
}

int guestd_store_watch(struct guestd_store *store, const char *path, const char *token)
{
	assert_ptr_equal(store, some_store);
	assert_string_equal(fixture.watched, ""); /* one at a time */
	if (fixture.fail || fixture.fail_watch)
		return fixture.fail ? -fixture.fail : -fixture.fail_watch;
	snprintf(fixture.watched, sizeof(fixture.watched), "%s", path);
	return 0;
}

void guestd_store_unwatch(struct guestd_store *store, const char *path, const char *token)
{
	assert_ptr_equal(store, some_store);
	assert_string_equal(fixture.watched, path);
	fixture.watched[0] = '\0';
}

/* --- grants --- */

static void close_channel(struct chan *chan)
{
	fixture.channels--;
	free(chan);
}

static const struct chan_ops channel_ops = {.close = close_channel};

int chan_xen_guest_new(uint32_t backend_domid, uint32_t slots, struct chan **ret, uint32_t *ret_ref,
		       uint32_t *ret_port)
{
	*ret = (struct chan *)&fixture; /* not NULL */
	if (fixture.refuse_pages)
		return -fixture.refuse_pages;
	*ret = calloc(1, sizeof(**ret));
	assert_non_null(*ret);
	(*ret)->ops = &channel_ops;
	fixture.channels++;
	fixture.backend = backend_domid;
	for (uint32_t i = 0; i < CHAN_XENBUS_REFS(slots); i++)
		ret_ref[i] = 700 + i;
	*ret_port = 11;
	return 0;
}

/* --- setup --- */

int device_fixture_setup(void **state)
{
	memset(&fixture, 0, sizeof(fixture));
	fixture.now.ms = 1000000;
	assert_int_equal(guestd_feed_init(&fixture.feed), 0);
	return 0;
}

int device_fixture_teardown(void **state)
{
	if (fixture.device.used)
		guestd_device_abandon(&fixture.device);
	assert_int_equal(fixture.channels, 0);
	assert_string_equal(fixture.watched, "");
	guestd_feed_fini(&fixture.feed);
	capture_end();
	return 0;
}

void attach(void)
{
	put(B "state", "1");
	put(F "backend", "/local/domain/0/backend/vib/5/0");
	put(F "backend-id", "0");
	put(F "handle", "0");
	put(F "state", "1");
}

void offers(void)
{
	put(B "versions", "1");
	put(B "ring-kinds", "mad");
	put(B "mad-slots", "128");
}

void begins(void)
{
	attach();
	offers();
	guestd_device_init(&fixture.device, some_store, &fixture.feed, DEVICE_UP, 0);
}

void back(const char *state)
{
	put(B "state", state);
	guestd_device_look(&fixture.device);
}

void shows(const char *state)
{
	assert_string_equal(find(F "state"), state);
}

void passes(uint64_t ms)
{
	fixture.now = mono_add(fixture.now, ms);
	guestd_device_poll(&fixture.device, fixture.now);
}

bool has_timer(void)
{
	return fixture.device.timer.ms != MONO_NEVER.ms;
}

/* The back-end's state after a state of the front-end. */
void back_follows(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		const char front = find(F "state")[0], now = find(B "state")[0];

		passes(10000);
		if (front == '6' && now != '6')
			back("6");
		else if (front == '1' && now != '2')
			back("2");
		else if (front == '3' && now != '4')
			back("4");
	}
}

void connects(void)
{
	begins();
	back_follows();
	shows("4");
	assert_int_equal(fixture.channels, 1);
	assert_false(has_timer());
}

void loop_gives_up(enum guestd_why why)
{
	assert_non_null(guestd_feed_take(&fixture.feed, DEVICE_UP));
	guestd_feed_return(&fixture.feed, DEVICE_UP, why);
	passes(0);
}
