/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the gateway answered (control_commands.h), as text for people. The same data as --json.
 */
#pragma once

#include <glib.h>

/* Text for the data of that command; free with g_free(). Unknown shapes show as JSON. */
char *io_cli_show(const char *command, GVariant *data);
