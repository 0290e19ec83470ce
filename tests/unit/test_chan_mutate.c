/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * channel/ring: runs the fuzz target (tests/fuzz/fuzz_ring.c, which asserts) on fixed programs in every
 * build, also without a fuzzer.
 */
#include "tests/unit/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROGRAMS 20000
#define SHELL_PROGRAMS 2000 /* each opens a session */
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

/* `rest` selects the substrate: see the target. */
static void run_programs(unsigned int programs, unsigned int rest)
{
	uint8_t program[100 * INSTRUCTION_BYTES + INSTRUCTION_BYTES - 1];
	size_t size = 100 * INSTRUCTION_BYTES + rest;
	uint32_t seed = 1;
	unsigned int i;

	for (i = 0; i < programs; i++) {
		write_program(program, size, &seed);
		assert_int_equal(LLVMFuzzerTestOneInput(program, size), 0);
	}
}

TEST(a_ring_survives_whatever_the_guest_writes)
{
	run_programs(PROGRAMS, 0);
}

TEST(a_local_channel_survives_it)
{
	run_programs(SHELL_PROGRAMS, 1);
}

TEST(a_xen_channel_survives_it)
{
	run_programs(SHELL_PROGRAMS, 2);
}
