/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A table of text with aligned columns: columns of numbers to the right, of words to the left.
 */
#pragma once

#include <glib.h>

/* Rows of NULL-terminated cells (char **), the first one the headings. Pure. */
struct io_text_table {
	GPtrArray *rows;
};

void io_text_table_init(struct io_text_table *table);
void io_text_table_fini(struct io_text_table *table);

/* Takes over `cells` (g_strfreev()), as many as the first row has. */
void io_text_table_add(struct io_text_table *table, char **cells);

/* Lines without blanks at their ends; free with g_free(). */
char *io_text_table_print(const struct io_text_table *table);
