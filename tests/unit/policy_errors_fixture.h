/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Invalid policy files, and the exact errors. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "policy/policy_file.h"

#define GATEWAY "[gateway]\nport = mlx5_0/1\n"

struct bad_file {
	const char *text;
	const char *errors; /* one per line */
};

static inline char *errors_of(const char *text, size_t len)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("p.conf", text, len, &errors);
	GString *output = g_string_new(NULL);

	if (policy != NULL) {
		policy_free(policy);
		assert_null(errors);
		return g_string_free(output, FALSE);
	}
	assert_non_null(errors);
	assert_true(errors->len > 0);
	for (guint i = 0; i < errors->len; i++) {
		const struct policy_error *error = errors->pdata[i];

		g_string_append_printf(output, "%s%s", i > 0 ? "\n" : "", error->text);
	}
	g_ptr_array_unref(errors);
	return g_string_free(output, FALSE);
}

static inline void expect_all(const struct bad_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		g_autofree char *output = errors_of(files[i].text, strlen(files[i].text));

		assert_string_equal(output, files[i].errors);
	}
}
