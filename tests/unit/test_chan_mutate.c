/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * channel/ring: the fuzz target (tests/fuzz/fuzz_ring.c, whose assertions are the test) over the
 * same programs in every build, where there is no fuzzer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROGRAMS 20000
#define INSTRUCTION_BYTES 3

/* Half of the arguments are small, for indices that are almost right. */
static void write_program(uint8_t *program, size_t size, uint32_t *seed)
{
	size_t i;

	for (i = 0; i < size; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		program[i] = (uint8_t)(*seed >> 24);
		if (i % INSTRUCTION_BYTES == 1 && (*seed & 0x10000))
			program[i] &= 15;
		if (i % INSTRUCTION_BYTES == 2 && (*seed & 0x10000))
			program[i] = 0;
	}
}

static void a_ring_survives_whatever_the_guest_writes(void **state)
{
	uint8_t program[100 * INSTRUCTION_BYTES];
	uint32_t seed = 1;
	unsigned int i;

	(void)state;
	for (i = 0; i < PROGRAMS; i++) {
		write_program(program, sizeof(program), &seed);
		assert_int_equal(LLVMFuzzerTestOneInput(program, sizeof(program)), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_survives_whatever_the_guest_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
