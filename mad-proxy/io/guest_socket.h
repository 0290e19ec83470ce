/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a guest finds the gateway: RUNDIR/guests/NAME, and the same socket again as
 * RUNDIR/dirs/NAME/guest. A bind mount of a socket stays with the dead when the gateway restarts;
 * a bind mount of that directory (on /run/ibgate of a container: the library's default) does not.
 */
#pragma once

#include <glib.h>

#include "channel/closer.h"

/*
 * A listening descriptor, replacing what a killed gateway left there; or -1 and *error. The second
 * name is in a directory that may be the guest's: whatever that has become is the guest's loss.
 */
int io_guest_socket_open(const char *run_dir, const char *name, struct chan_closer *closer,
			 GError **error);

/* Removes both names; the directory stays, somebody may have mounted it. */
void io_guest_socket_remove(const char *run_dir, const char *name);

/* RUNDIR/guests/NAME, free with g_free(). */
char *io_guest_socket_path(const char *run_dir, const char *name);
