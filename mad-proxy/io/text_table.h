/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A text table with aligned columns: numbers to the right, words to the left.
 */
#pragma once

#include <glib.h>

/* Rows of NULL-terminated cells (char **), the first one the headings. Pure. */
struct io_text_table {
	GPtrArray *rows;
};

void io_text_table_init(struct io_text_table *table);
void io_text_table_fini(struct io_text_table *table);

/* Adds a row with as many cells as the first one; takes ownership of `cells` (g_strfreev()). */
void io_text_table_add(struct io_text_table *table, char **cells);

/* The lines, without trailing blanks; free with g_free(). */
char *io_text_table_print(const struct io_text_table *table);
