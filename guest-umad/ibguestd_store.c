/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "guest-umad/ibguestd_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

struct guestd_store {
	struct xs_handle *xs;
	xs_transaction_t transaction; /* XBT_NULL outside guestd_store_show() */
	const char *dir; /* of guestd_store_show() */
};

static int failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

int guestd_store_open(struct guestd_store **ret)
{
	struct guestd_store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->xs = xs_open(0);
	if (!store->xs) {
		int err = failure();

		free(store);
		return err;
	}
	*ret = store;
	return 0;
}

void guestd_store_close(struct guestd_store *store)
{
	if (!store)
		return;
	xs_close(store->xs);
	free(store);
}

int guestd_store_fd(const struct guestd_store *store)
{
	return xs_fileno(store->xs);
}

static bool join(char ret[GUESTD_PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(ret, GUESTD_PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < GUESTD_PATH_MAX;
}

void guestd_store_read(struct guestd_store *store, const char *dir, const char *name,
		       struct chan_value *ret)
{
	char path[GUESTD_PATH_MAX];
	unsigned int len = 0;
	void *data;

	if (!join(path, dir, name)) {
		chan_value_set(ret, NULL, 0, E2BIG);
		return;
	}
	data = xs_read(store->xs, store->transaction, path, &len);
	chan_value_set(ret, data, len, data ? 0 : -failure());
	free(data);
}

int guestd_store_read_path(struct guestd_store *store, const char *dir, const char *name,
			   char ret[GUESTD_PATH_MAX])
{
	char path[GUESTD_PATH_MAX];
	unsigned int len = 0;
	int rc = 0;
	char *data;

	if (!join(path, dir, name))
		return -E2BIG;
	data = xs_read(store->xs, store->transaction, path, &len);
	if (!data)
		return failure();
	if (len == 0 || len >= GUESTD_PATH_MAX || strlen(data) != len)
		rc = -E2BIG;
	else
		memcpy(ret, data, len + 1);
	free(data);
	return rc;
}

bool guestd_store_is_trouble(int err)
{
	return err && err != ENOENT && err != EACCES && err != E2BIG;
}

static int write_key(void *ctx, const char *name, const char *value)
{
	struct guestd_store *store = ctx;
	char path[GUESTD_PATH_MAX];

	if (!join(path, store->dir, name))
		return -E2BIG;
	if (!xs_write(store->xs, store->transaction, path, value, (unsigned int)strlen(value)))
		return failure();
	return 0;
}

static int show_once(struct guestd_store *store, const struct chan_front_keys *keys,
		     unsigned int state)
{
	char backend[GUESTD_PATH_MAX], number[16];
	int rc = guestd_store_read_path(store, store->dir, CHAN_XENBUS_BACKEND, backend);

	if (rc == 0 && keys)
		rc = chan_front_keys_write(keys, write_key, store);
	snprintf(number, sizeof(number), "%u", state);
	if (rc == 0)
		rc = write_key(store, CHAN_XENBUS_STATE, number);
	return rc;
}

int guestd_store_show(struct guestd_store *store, const char *dir,
		      const struct chan_front_keys *keys, unsigned int state)
{
	int rc = -EAGAIN;

	store->dir = dir;
	for (unsigned int i = 0; i < CHAN_STORE_TRIES && rc == -EAGAIN; i++) {
		store->transaction = xs_transaction_start(store->xs);
		if (store->transaction == XBT_NULL)
			return failure();
		rc = show_once(store, keys, state);
		if (!xs_transaction_end(store->xs, store->transaction, rc != 0) && rc == 0)
			rc = failure();
		store->transaction = XBT_NULL;
	}
	return rc;
}

int guestd_store_watch(struct guestd_store *store, const char *path, const char *token)
{
	return xs_watch(store->xs, path, token) ? 0 : failure();
}

void guestd_store_unwatch(struct guestd_store *store, const char *path, const char *token)
{
	xs_unwatch(store->xs, path, token);
}

int guestd_store_fired(struct guestd_store *store, char ret_path[GUESTD_PATH_MAX],
		       char ret_token[GUESTD_PATH_MAX])
{
	char **fired = xs_check_watch(store->xs);

	if (!fired)
		return errno == EAGAIN || errno == EINTR ? 0 : failure();
	snprintf(ret_path, GUESTD_PATH_MAX, "%s", fired[XS_WATCH_PATH]);
	snprintf(ret_token, GUESTD_PATH_MAX, "%s", fired[XS_WATCH_TOKEN]);
	free(fired);
	return 1;
}

int guestd_store_list(struct guestd_store *store, const char *dir, unsigned int most, char ***ret)
{
	unsigned int n = 0;

	*ret = xs_directory(store->xs, XBT_NULL, dir, &n);
	if (!*ret)
		return errno == ENOENT ? 0 : failure();
	return (int)(n < most ? n : most);
}
