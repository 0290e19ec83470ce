/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The distance is the number of letters to insert, delete, change or swap with their neighbour (optimal
 * string alignment); at most a third of the word may differ.
 */
#include "policy/policy_hint.h"

#include <string.h>

#include "policy/policy_keys.h"

#define WORD_MAX 32

static unsigned int distance(const char *a, const char *b)
{
	const size_t a_len = strlen(a), b_len = strlen(b);
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return UINT_MAX;
	for (unsigned int i = 0; i <= a_len; i++) {
		for (unsigned int j = 0; j <= b_len; j++) {
			unsigned int best;

			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			best = d[i - 1][j - 1] +
			       (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]));
			best = MIN(best, MIN(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = MIN(best, d[i - 2][j - 2] + 1);
			d[i][j] = best;
		}
	}
	return d[a_len][b_len];
}

/* The nearest of the words offered so far. */
struct nearest {
	const char *asked;
	const char *word; /* NULL: none is near enough */
	unsigned int distance;
};

static void offer(struct nearest *n, const char *word)
{
	unsigned int far = distance(n->asked, word);

	if (far > strlen(n->asked) / 3 || (n->word != NULL && far >= n->distance))
		return;
	n->word = word;
	n->distance = far;
}

static char *did_you_mean(const char *word, const char *rest)
{
	return word != NULL ? g_strdup_printf("; did you mean '%s%s'?", word, rest) : g_strdup("");
}

static bool is_guest(const char *section)
{
	return g_str_has_prefix(section, "guest");
}

char *policy_key_hint(const char *section, const char *key)
{
	struct nearest n = {.asked = key};
	bool gateway = strcmp(section, "gateway") == 0;

	for (size_t i = 0; i < POLICY_GATEWAY_KEYS; i++) {
		const char *name = policy_gateway_keys[i].name;

		if (!gateway && strcmp(name, key) == 0)
			return g_strdup("; it is a key of [gateway]");
		if (gateway)
			offer(&n, name);
	}
	for (size_t i = 0; i < POLICY_QUOTAS; i++) {
		const char *name = policy_key_name(policy_quotas[i].key);

		if (gateway && strcmp(name, key) == 0)
			return g_strdup("; it is a key of [limits] and [guest NAME]");
		if (!gateway)
			offer(&n, name);
	}
	for (size_t i = 0; i < POLICY_GUEST_KEYS; i++) {
		const char *name = policy_key_name(policy_guest_keys[i].key);

		if (!is_guest(section) && strcmp(name, key) == 0)
			return g_strdup("; it is a key of [guest NAME]");
		if (is_guest(section))
			offer(&n, name);
	}
	return did_you_mean(n.word, "");
}

char *policy_section_hint(const char *section)
{
	const char *blank = strchr(section, ' ');
	g_autofree char *first =
		blank != NULL ? g_strndup(section, (gsize)(blank - section)) : g_strdup(section);
	struct nearest n = {.asked = first};

	if (blank != NULL) {
		offer(&n, "guest");
		return did_you_mean(n.word, blank);
	}
	offer(&n, "gateway");
	offer(&n, "limits");
	return did_you_mean(n.word, "");
}
