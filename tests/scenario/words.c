/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See the header. */
#include "tests/scenario/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/scenario.h"

const char *scenario_file = "?";
unsigned int scenario_line;

_Noreturn void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", scenario_file, scenario_line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	scenario_print_pending(stderr);
	exit(1);
}

void words_split(struct words *w, char *text)
{
	char *save = NULL;

	memset(w, 0, sizeof(*w));
	for (char *word = strtok_r(text, " \t\r\n", &save); word;
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (w->count == WORDS_MAX)
			fail("more than %d words in a line", WORDS_MAX);
		w->word[w->count++] = word;
	}
}

static bool is_plain(const char *word)
{
	return !strchr(word, '=');
}

const char *words_next(struct words *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		if (w->used[i] || !is_plain(w->word[i]))
			continue;
		w->used[i] = true;
		return w->word[i];
	}
	return NULL;
}

const char *words_need(struct words *w, const char *what)
{
	const char *word = words_next(w);

	if (!word)
		fail("%s is missing", what);
	return word;
}

bool words_flag(struct words *w, const char *word)
{
	for (unsigned int i = 0; i < w->count; i++) {
		if (w->used[i] || strcmp(w->word[i], word))
			continue;
		w->used[i] = true;
		return true;
	}
	return false;
}

const char *words_after(struct words *w, const char *word)
{
	for (unsigned int i = 0; i + 1 < w->count; i++) {
		if (w->used[i] || strcmp(w->word[i], word))
			continue;
		w->used[i] = w->used[i + 1] = true;
		return w->word[i + 1];
	}
	return NULL;
}

const char *words_arg(struct words *w, const char *key)
{
	size_t len = strlen(key);

	for (unsigned int i = 0; i < w->count; i++) {
		if (w->used[i] || strncmp(w->word[i], key, len) || w->word[i][len] != '=')
			continue;
		w->used[i] = true;
		return w->word[i] + len + 1;
	}
	return NULL;
}

uint64_t word_number(const char *word)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(word, &end, 0);
	if (errno || !*word || *end || *word == '-')
		fail("'%s' is not a number", word);
	return value;
}

bool words_num(struct words *w, const char *key, uint64_t *ret)
{
	const char *value = words_arg(w, key);

	if (value)
		*ret = word_number(value);
	return value != NULL;
}

uint64_t words_num_or(struct words *w, const char *key, uint64_t otherwise)
{
	words_num(w, key, &otherwise);
	return otherwise;
}

void words_end(const struct words *w)
{
	for (unsigned int i = 0; i < w->count; i++)
		if (!w->used[i])
			fail("what is '%s'?", w->word[i]);
}
