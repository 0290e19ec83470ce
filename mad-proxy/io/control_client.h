/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibgate's end of the control socket: one request, one reply, blocking but not for ever.
 */
#pragma once

#include <glib.h>

/*
 * Asks the gateway of that run directory. The reply's data, or NULL and *error: in domain
 * G_FILE_ERROR when it could not be asked, G_OPTION_ERROR when it said no.
 */
GVariant *io_control_ask(const char *run_dir, const char *command, char **args, GError **error);
