/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `ibgate policy check` and `ibgate policy explain`: on a file, no gateway needed.
 */
#pragma once

#include <glib.h>

/* Prints the errors of the file, or that there are none. FALSE when there are. */
gboolean io_cli_policy_check(const char *file, gboolean json);

/* MISUSED: the request or the file cannot be parsed, so there is no answer. */
enum io_cli_answer { IO_CLI_ALLOWED, IO_CLI_REFUSED, IO_CLI_MISUSED };

/* args: FILE GUEST REQUEST... Prints the answer and the line that decides. */
enum io_cli_answer io_cli_policy_explain(char **args, gboolean json);
