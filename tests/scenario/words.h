/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line of a scenario as words: plain ones in their order, and key=value ones by key. Every
 * word must be taken by somebody: words_end() refuses a line with a word that nobody knew.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WORDS_MAX 64

struct words {
	unsigned int count;
	char *word[WORDS_MAX];
	bool used[WORDS_MAX];
};

/* Where the scenario stands; fail() names it. */
extern const char *scenario_file;
extern unsigned int scenario_line;

/* Says "file:line: ..." and what is still unexpected, and ends the test. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Splits `text` in place, at white space. */
void words_split(struct words *w, char *text);

/* The next plain word that nobody took; NULL when there is none, or what comes is key=value. */
const char *words_next(struct words *w);
/* The same, but there must be one; `what` says which in the error. */
const char *words_need(struct words *w, const char *what);
/* Takes the plain word `word` wherever it stands. */
bool words_flag(struct words *w, const char *word);
/* The plain word after the plain word `word` ("AS name"), or NULL. */
const char *words_after(struct words *w, const char *word);

/* The value of key=value, or NULL. */
const char *words_arg(struct words *w, const char *key);
bool words_num(struct words *w, const char *key, uint64_t *ret);
uint64_t words_num_or(struct words *w, const char *key, uint64_t otherwise);

/* Number 0x.., decimal, or fails. */
uint64_t word_number(const char *word);

void words_end(const struct words *w);
