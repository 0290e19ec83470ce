/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records that survive a restart (core/state.h), in one file of the state directory.
 *
 * header	"IBGATEST", version 4, reserved 4, owner 8, checksum 8
 * record	checksum 8, what 1 (put, remove), kind 1, key bytes 2, value bytes 2, reserved 2, key, value
 *
 * Little-endian. A put is appended by one write() together with the pending removals before it, before
 * later effects are carried out. A removal alone is written a second later, and not at all if the same
 * record is put again before. So a killed gateway leaves each record complete or absent. When it is opened,
 * and when most of it is obsolete, the file is written anew and renamed. It is not synced to disk: it
 * survives the gateway, not the host. A file that is torn, of another version or of other ports is set
 * aside, and the journal says so.
 */
#pragma once

#include <glib.h>

#include "mad-proxy/core/state.h"

struct io_state;

/*
 * Opens and reads the file in `dir`. whose: identifies the ports; a file with another value is not used.
 * NULL and *error if the file cannot be written.
 */
struct io_state *io_state_open(const char *dir, const char *whose, GError **error);
/* Calls `each` for every record that was read; `each` may put and remove records. */
void io_state_each(struct io_state *st, void (*each)(void *ctx, const struct proxy_state *state),
		   void *ctx);
/* `st` may be NULL. */
void io_state_close(struct io_state *st);

void io_state_put(struct io_state *st, const struct proxy_state *state);
void io_state_remove(struct io_state *st, const struct proxy_state *state);
