/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line of a scenario as words: plain ones in order, and key=value ones by key. words_end() fails if a
 * word was not taken.
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

/* The current line; fail() prints it. */
extern const char *scenario_file;
extern unsigned int scenario_line;

/* Prints "file:line: ..." and the pending effects, and ends the test. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Splits `text` in place, at white space. */
void words_split(struct words *w, char *text);

/* Takes the next plain word; NULL if there is none, or the next is key=value. */
const char *words_next(struct words *w);
/* The same, but fails without one; `what` names it in the error. */
const char *words_need(struct words *w, const char *what);
/* Takes the plain word `word`, wherever it is. */
bool words_flag(struct words *w, const char *word);
/* The plain word after the plain word `word` ("AS name"), or NULL. */
const char *words_after(struct words *w, const char *word);

/* The value of key=value, or NULL. */
const char *words_arg(struct words *w, const char *key);
bool words_num(struct words *w, const char *key, uint64_t *ret);
uint64_t words_num_or(struct words *w, const char *key, uint64_t otherwise);

/* A decimal or 0x number; otherwise fails. */
uint64_t word_number(const char *word);

void words_end(const struct words *w);
