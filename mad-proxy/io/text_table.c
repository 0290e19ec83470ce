/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/text_table.h"

#include <assert.h>
#include <string.h>

static void free_row(gpointer row)
{
	g_strfreev(row);
}

void io_text_table_init(struct io_text_table *table)
{
	table->rows = g_ptr_array_new_with_free_func(free_row);
}

void io_text_table_fini(struct io_text_table *table)
{
	g_ptr_array_unref(table->rows);
}

void io_text_table_add(struct io_text_table *table, char **cells)
{
	assert(!table->rows->len ||
	       g_strv_length(cells) == g_strv_length(g_ptr_array_index(table->rows, 0)));
	g_ptr_array_add(table->rows, cells);
}

static gboolean cell_is_number(const char *cell)
{
	return cell[0] && strspn(cell, "0123456789") == strlen(cell);
}

struct column {
	glong width; /* in characters */
	gboolean numbers;
};

static struct column measure(const struct io_text_table *table, guint number)
{
	struct column column = {.numbers = table->rows->len > 1};

	for (guint i = 0; i < table->rows->len; i++) {
		char **row = g_ptr_array_index(table->rows, i);

		column.width = MAX(column.width, g_utf8_strlen(row[number], -1));
		if (i > 0 && strcmp(row[number], "-") != 0 && !cell_is_number(row[number]))
			column.numbers = FALSE;
	}
	return column;
}

static void put_cell(GString *out, const char *cell, const struct column *column, gboolean last)
{
	int pad = (int)(column->width - g_utf8_strlen(cell, -1));

	if (column->numbers)
		g_string_append_printf(out, "%*s%s", pad, "", cell);
	else
		g_string_append_printf(out, "%s%*s", cell, last ? 0 : pad, "");
	g_string_append(out, last ? "\n" : "  ");
}

char *io_text_table_print(const struct io_text_table *table)
{
	guint columns = table->rows->len ? g_strv_length(g_ptr_array_index(table->rows, 0)) : 0;
	struct column *column = g_new(struct column, columns);
	GString *out = g_string_new(NULL);

	for (guint c = 0; c < columns; c++)
		column[c] = measure(table, c);
	for (guint i = 0; i < table->rows->len; i++) {
		char **row = g_ptr_array_index(table->rows, i);

		for (guint c = 0; c < columns; c++)
			put_cell(out, row[c], &column[c], c + 1 == columns);
	}
	g_free(column);
	return g_string_free(out, FALSE);
}
