/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibgate's end of the control socket: one request, one reply; blocks with a time-out.
 */
#pragma once

#include <glib.h>

/*
 * Sends a command to the gateway of that run directory. The reply's data, or NULL and *error: in domain
 * G_FILE_ERROR if the gateway did not answer, G_OPTION_ERROR if it refused.
 */
GVariant *io_control_ask(const char *run_dir, const char *command, char **args, GError **error);
