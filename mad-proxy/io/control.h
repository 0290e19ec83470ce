/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control socket, RUNDIR/control: one request per connection, answered at once or later with
 * io_control_reply(). A client that is slow, silent or sends invalid data takes one of CONTROL_CLIENTS_MAX
 * places for a limited time, and never blocks the daemon. The commands are in control_commands.h.
 */
#pragma once

#include <glib.h>

struct io_control;

/*
 * A floating GVariant of CONTROL_REPLY_TYPE, or NULL: the answer to request `id` comes later, once,
 * through io_control_reply().
 */
typedef GVariant *(*io_control_answer)(void *ctx, guint64 id, const char *command, char **args);

/* Listens there (mode 0600), in the default main context. NULL and *error. */
struct io_control *io_control_new(const char *path, io_control_answer answer, void *ctx,
				  GError **error);

/* Sends the answer to a request; takes ownership of it. Does nothing if the client has gone. */
void io_control_reply(struct io_control *control, guint64 id, GVariant *answer);

/* Closes all connections and removes the socket. NULL is allowed. */
void io_control_free(struct io_control *control);
