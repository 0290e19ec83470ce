/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmocka and the headers that nearly all tests want, and tests that enter themselves into the list that main() runs, in the order of the file:
 *
 *	TEST(name)                               without a fixture
 *	TEST_OVER(setup, teardown, name, type *p) p is what setup stored in *state
 *
 * A fixture's header defines TEST_F(name, p): TEST_OVER with its own setup and teardown.
 */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct CMUnitTest test_list[64];
static size_t test_count;

static inline void test_add(struct CMUnitTest test)
{
	if (test_count == sizeof(test_list) / sizeof(test_list[0]))
		abort();
	test_list[test_count++] = test;
}

static inline int test_run(CMFixtureFunction setup_all, CMFixtureFunction teardown_all)
{
	return _cmocka_run_group_tests("tests", test_list, test_count, setup_all, teardown_all);
}

#ifndef TEST_OWN_MAIN /* defined by a file whose main() calls test_run() */
int main(void)
{
	return test_run(NULL, NULL);
}
#endif

#define TEST(name)                                                   \
	static void name(void **);                                   \
	__attribute__((constructor)) static void add_##name(void)    \
	{                                                            \
		test_add((struct CMUnitTest)cmocka_unit_test(name)); \
	}                                                            \
	static void name(void **no_state)

#define TEST_OVER(setup, teardown, name, fixture)                                        \
	static void name(fixture);                                                       \
	static void run_##name(void **state)                                             \
	{                                                                                \
		name(*state);                                                            \
	}                                                                                \
	__attribute__((constructor)) static void add_##name(void)                        \
	{                                                                                \
		test_add((struct CMUnitTest){#name, run_##name, setup, teardown, NULL}); \
	}                                                                                \
	static void name(fixture)
