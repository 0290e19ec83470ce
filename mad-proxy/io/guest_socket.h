/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The socket of a guest: RUNDIR/guests/NAME, and the same socket as RUNDIR/dirs/NAME/guest. A bind mount of a
 * socket refers to the old socket when the gateway restarts; a bind mount of that directory (on /run/ibgate of
 * a container, the library's default) does not.
 */
#pragma once

#include <glib.h>

#include "channel/closer.h"

/*
 * Returns a listening descriptor and replaces the socket of a killed gateway; or -1 and *error. The guest may
 * have write access to the directory of the second name, so that part may fail because of the guest.
 */
int io_guest_socket_open(const char *run_dir, const char *name, struct chan_closer *closer,
			 GError **error);

/* Removes both names; the directory remains, because it may be mounted elsewhere. */
void io_guest_socket_remove(const char *run_dir, const char *name);

/* RUNDIR/guests/NAME, free with g_free(). */
char *io_guest_socket_path(const char *run_dir, const char *name);
