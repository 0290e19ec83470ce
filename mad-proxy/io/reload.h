/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the policy file, at start and again (SIGHUP, `ibgate reload`): atomic, with the result in the journal
 * and for the caller.
 */
#pragma once

#include <glib.h>

#include "mad-proxy/io/gateway.h"

/* The policy of that file, or NULL and all its errors, one a line, in *error. */
struct policy *io_policy_read(const char *path, GError **error);

/* Writes records that a policy was refused, one for each line of the error. */
void io_policy_refused(const GError *error);

/*
 * Puts the current contents of the file in force. Returns the changes, one text each (free with
 * g_strfreev()); NULL and *error if the file has errors or cannot be used, and nothing changes.
 */
char **io_reload(struct io_gateway *gate, const char *path, GError **error);
