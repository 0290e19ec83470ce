/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * GVariant -> JSON: dictionaries with string keys become objects, arrays and tuples arrays,
 * variants what they hold.
 */
#pragma once

#include <glib.h>

/* Indented, with a newline at its end; free with g_free(). */
char *io_gv_json(GVariant *value);
