/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xenstore for a front-end. Calls block until xenstored answers, so only the connector's thread makes them.
 * Paths without a leading slash are under this domain's home.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "channel/xenbus_keys.h"

#define GUESTD_PATH_MAX 256 /* of what we read and watch */

struct guestd_store;

/* 0 or -errno: -ENOENT if this is not a Xen guest. */
int guestd_store_open(struct guestd_store **ret);
void guestd_store_close(struct guestd_store *store);
int guestd_store_fd(const struct guestd_store *store);

/* A value, up to its maximum length. */
void guestd_store_read(struct guestd_store *store, const char *dir, const char *name,
		       struct chan_value *ret);
/* A path. 0, or -errno; -E2BIG when it does not fit. */
int guestd_store_read_path(struct guestd_store *store, const char *dir, const char *name,
			   char ret[GUESTD_PATH_MAX]);
/* True if a read error is a failure of xenstore, which the other side cannot cause. */
bool guestd_store_is_trouble(int err);

/*
 * Writes keys (NULL: none) and `state` into dir in one transaction, if dir/backend exists. 0,
 * -ENOENT if it does not exist, or another -errno.
 */
int guestd_store_show(struct guestd_store *store, const char *dir,
		      const struct chan_front_keys *keys, unsigned int state);

int guestd_store_watch(struct guestd_store *store, const char *path, const char *token);
void guestd_store_unwatch(struct guestd_store *store, const char *path, const char *token);

/* The next watch that fired: 1, 0 when there is none, -errno when the connection is lost. */
int guestd_store_fired(struct guestd_store *store, char ret_path[GUESTD_PATH_MAX],
		       char ret_token[GUESTD_PATH_MAX]);

/* Names in a directory, at most `most`, in *ret (free it). Returns their number; 0 if it does not exist. */
int guestd_store_list(struct guestd_store *store, const char *dir, unsigned int most, char ***ret);
