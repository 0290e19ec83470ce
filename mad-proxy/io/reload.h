/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading the policy file, at start and again (SIGHUP, `ibgate reload`): atomic, told to the
 * journal and to who asked.
 */
#pragma once

#include <glib.h>

#include "mad-proxy/io/gateway.h"

/* The policy of that file, or NULL and all its errors, one a line, in *error. */
struct policy *io_policy_read(const char *path, GError **error);

/* Writes down that a policy was refused, each line of the error on its own. */
void io_policy_refused(const GError *error);

/*
 * Puts what the file says now in force. What changes for whom, one sentence each (free with
 * g_strfreev()); NULL, *error and nothing changed when the file has errors or cannot be taken.
 */
char **io_reload(struct io_gateway *gate, const char *path, GError **error);
