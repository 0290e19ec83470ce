/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Formats the gateway's answers (control_commands.h) as text; --json prints the same data.
 */
#pragma once

#include <glib.h>

/* Text for the data of that command; free with g_free(). Data of an unknown type are printed as JSON. */
char *io_cli_show(const char *command, GVariant *data);
