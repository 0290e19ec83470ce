/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every byte of the example changed, left out and doubled, the file cut at every length: what
 * tests/fuzz/fuzz_policy.c demands of any bytes holds. Argument: docs/examples/policy.conf.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *example;
static size_t example_len;

static void no_byte_of_the_example_can_be_changed_into_a_crash(void **state)
{
	static const uint8_t to[] = {0, '\n', ' ', ';', '[', ']', '=', '#', '>', '-', '0', 0xff};
	g_autofree uint8_t *text = g_memdup2(example, example_len);

	for (size_t i = 0; i < example_len; i++) {
		uint8_t was = text[i];

		for (size_t j = 0; j < sizeof(to); j++) {
			text[i] = to[j];
			LLVMFuzzerTestOneInput(text, example_len);
		}
		for (unsigned int bit = 0; bit < 8; bit++) {
			text[i] = (uint8_t)(was ^ (1u << bit));
			LLVMFuzzerTestOneInput(text, example_len);
		}
		text[i] = was;
	}
}

static void the_example_may_end_anywhere(void **state)
{
	for (size_t len = 0; len <= example_len; len++) {
		/* A copy of its own, so that a read past the end is seen. */
		g_autofree uint8_t *text = g_memdup2(example, len);

		LLVMFuzzerTestOneInput(text, len);
	}
}

static void bytes_may_be_lost_or_doubled(void **state)
{
	g_autofree uint8_t *text = g_malloc(example_len + 1);

	for (size_t i = 0; i < example_len; i++) {
		memcpy(text, example, i);
		memcpy(text + i, example + i + 1, example_len - i - 1);
		LLVMFuzzerTestOneInput(text, example_len - 1);
		memcpy(text, example, i + 1);
		memcpy(text + i + 1, example + i, example_len - i);
		LLVMFuzzerTestOneInput(text, example_len + 1);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_of_the_example_can_be_changed_into_a_crash),
		cmocka_unit_test(the_example_may_end_anywhere),
		cmocka_unit_test(bytes_may_be_lost_or_doubled),
	};
	int failed;

	if (argc != 2 || !g_file_get_contents(argv[1], &example, &example_len, NULL))
		return 2;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	g_free(example);
	return failed;
}
