/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The assertions of the kmad's fuzz target in every build: random programs with fixed seeds. */
#include "tests/unit/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

TEST(nothing_that_arrives_breaks_the_invariants)
{
	static uint8_t program[48 * 400 + 3];
	uint32_t random = 1;
	unsigned int run;
	size_t i;

	for (run = 0; run < 400; run++) {
		for (i = 0; i < sizeof(program); i++) {
			random = random * 1664525u + 1013904223u;
			program[i] = (uint8_t)(random >> 24);
			/* Segments of one table rather than of any. */
			if (run % 2 && i % 48 == 4)
				program[i] &= 1;
			if (run % 2 && i % 48 == 3)
				program[i] = program[i] & 1 ? 0x92 : 0x12;
			if (run % 2 && i % 48 == 2)
				program[i] = 0;
			if (run % 2 && i % 48 == 5)
				program[i] = 1;
		}
		LLVMFuzzerTestOneInput(program, sizeof(program) - run % 4);
	}
}
