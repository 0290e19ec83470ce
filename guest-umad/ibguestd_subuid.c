/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "guest-umad/ibguestd_subuid.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NAME:FIRST:COUNT. Skips invalid ranges and those with root in them, since root has its own share. */
static void range_add(struct subuid *s, const char *line)
{
	const char *at = strchr(line, ':');
	char *end = NULL;
	unsigned long first = at ? strtoul(at + 1, &end, 10) : 0;
	struct subuid_range *more;

	if (!first || first > (uid_t)-1 || *end != ':')
		return;
	more = realloc(s->range, (s->ranges + 1) * sizeof(*more));
	if (!more)
		return;
	s->range = more;
	s->range[s->ranges++] = (struct subuid_range){(uid_t)first, strtoul(end + 1, NULL, 10)};
}

static void read_again(struct subuid *s, const struct stat *now)
{
	FILE *file = fopen(s->path, "re");
	char *line = NULL;
	size_t room = 0;

	s->seen = *now;
	s->ranges = 0;
	while (file && getline(&line, &room, file) >= 0)
		range_add(s, line);
	free(line);
	if (file)
		fclose(file);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

uid_t subuid_user(struct subuid *s, uid_t uid)
{
	struct stat now;

	if (stat(s->path, &now) < 0)
		memset(&now, 0, sizeof(now));
	if (!is_same(&now, &s->seen))
		read_again(s, &now);
	for (size_t i = 0; i < s->ranges; i++)
		if (uid >= s->range[i].first && uid - s->range[i].first < s->range[i].count)
			return s->range[i].first;
	return uid;
}

void subuid_fini(struct subuid *s)
{
	free(s->range);
	*s = (struct subuid){.path = s->path};
}
