/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control socket, RUNDIR/control: one request per connection, answered at once or, by
 * io_control_reply(), when it is done. A client that is slow, silent or sends nonsense costs one of CONTROL_CLIENTS_MAX places for a bounded time, and
 * never makes the daemon wait. Knows no command: see control_commands.h.
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

/* The answer to a request, taken over. A client that did not wait is no error. */
void io_control_reply(struct io_control *control, guint64 id, GVariant *answer);

/* Hangs up on everybody and removes the socket. NULL is fine. */
void io_control_free(struct io_control *control);
