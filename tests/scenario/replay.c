/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Replays scenarios against the gateway's core. A scenario is a text file of events (guests, fabric, clock,
 * operator) and of the gateway's expected effects; unexpected effects fail. After unbound's replays; the
 * commands are in README.
 *
 * replay FILE PATTERN...
 *
 * Prints a line for each file, in the Test Anything Protocol.
 */
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scenario/replay.h"
#include "tests/scenario/scenario.h"

static const struct command *find(const char *name)
{
	const struct command *const tables[] = {guest_commands, wire_commands, expect_commands};

	for (unsigned int i = 0; i < 3; i++)
		for (const struct command *c = tables[i]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

/* Lines up to END, unchanged: line 1 of a policy is the line after POLICY. */
static void policy(FILE *in, struct words *w)
{
	char text[65536], line[1024];
	size_t len = 0;

	words_end(w);
	for (;;) {
		size_t n;

		if (!fgets(line, sizeof(line), in))
			fail("a policy without END");
		scenario_line++;
		if (!strcmp(line, "END\n"))
			break;
		n = strlen(line);
		if (len + n > sizeof(text))
			fail("this policy is too long");
		memcpy(text + len, line, n);
		len += n;
	}
	scenario_policy(text, len);
}

/* GUESTS NAME[=GRADE[,KEY=VALUE...]]...: a policy of one port and these guests; GRADE is fabric if missing. */
static void guests(struct words *w)
{
	char text[4096];
	size_t len = (size_t)sprintf(text, "[gateway]\nport = mlx4_0/1\n");

	for (unsigned int i = 1; i < w->count; i++) {
		char *save = NULL, *name = w->word[i], *keys = strchr(name, '=');

		if (keys)
			*keys++ = 0;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "[guest %s]\naccess = %s\n",
					name, keys ? strtok_r(keys, ",", &save) : "fabric");
		for (char *key = keys; key && (key = strtok_r(NULL, ",", &save));)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", key);
		if (len > sizeof(text) / 2)
			fail("too many guests");
	}
	scenario_policy(text, len);
}

struct row {
	const char *text[2]; /* what $1 and $2 stand for */
};

static void run_block(FILE *in, const struct row *rows, size_t n);
static void repeat(FILE *in, const char *times);
static void each(FILE *in);

static void run_line(FILE *in, char *line)
{
	const struct command *c;
	struct words w;
	const char *name;

	words_split(&w, line);
	if (!w.count)
		return;
	name = words_need(&w, "a command");
	if (!strcmp(name, "POLICY") || !strcmp(name, "RELOAD")) {
		if ((*name == 'R') != (scenario.core != NULL))
			fail("first POLICY, then RELOAD");
		scenario_settled();
		policy(in, &w);
		return;
	}
	if (!strcmp(name, "GUESTS")) {
		guests(&w);
		return;
	}
	if (!strcmp(name, "REPEAT")) {
		repeat(in, words_need(&w, "how often"));
		return;
	}
	if (!strcmp(name, "EACH")) {
		each(in);
		return;
	}
	c = find(name);
	if (!c)
		fail("'%s' is no command", name);
	if (!c->checks)
		scenario_settled();
	c->run(&w);
	words_end(&w);
}

static void substitute(char *to, size_t room, const char *line, const struct row *row)
{
	size_t len = 0;

	for (; *line && len < room - 1; line++) {
		unsigned int which = line[0] == '$' ? (unsigned int)(line[1] - '1') : 2;

		if (which > 1) {
			to[len++] = *line;
			continue;
		}
		len += (size_t)snprintf(to + len, room - len, "%s", row->text[which]);
		line++;
	}
	if (len >= room)
		fail("this line is too long");
	to[len] = 0;
}

/* Runs the lines up to END for each row. */
static void run_block(FILE *in, const struct row *rows, size_t n)
{
	const long from = ftell(in);
	const unsigned int first_line = scenario_line;

	for (size_t i = 0; i < n; i++) {
		char line[4096], filled[4096];

		fseek(in, from, SEEK_SET);
		scenario_line = first_line;
		for (;;) {
			if (!fgets(line, sizeof(line), in))
				fail("a block without END");
			scenario_line++;
			if (!strcmp(line, "END\n"))
				break;
			substitute(filled, sizeof(filled), line, &rows[i]);
			if (line[0] != '#')
				run_line(in, filled);
		}
	}
}

/* REPEAT n: $1 is the number of the turn, in two hexadecimal digits. */
static void repeat(FILE *in, const char *times)
{
	size_t n = (size_t)word_number(times);
	struct row *rows = calloc(n, sizeof(*rows));
	char(*number)[24] = calloc(n, sizeof(*number));

	for (size_t i = 0; i < n; i++) {
		sprintf(number[i], "%02zx", i);
		rows[i] = (struct row){{number[i], ""}};
	}
	run_block(in, rows, n);
	free(number);
	free(rows);
}

/* EACH, lines "$1 : $2", DO: the block runs for each of these lines. */
static void each(FILE *in)
{
	char text[64][256], *save = NULL;
	struct row rows[64];

	for (size_t n = 0; n < 64; n++) {
		if (!fgets(text[n], sizeof(text[n]), in))
			break;
		scenario_line++;
		if (!strcmp(text[n], "DO\n")) {
			run_block(in, rows, n);
			return;
		}
		rows[n].text[0] = strtok_r(text[n], ":\n", &save);
		rows[n].text[1] = strtok_r(NULL, " :\n", &save);
		if (!rows[n].text[1])
			fail("a line of EACH has two parts");
	}
	fail("EACH without DO");
}

static void replay(const char *file)
{
	char line[4096];
	FILE *in = fopen(file, "r");

	scenario_file = file;
	if (!in)
		fail("%s", strerror(errno));
	scenario.params = (struct proxy_params){.seed = 1, .ports = 1, .max_sessions = 8};
	while (fgets(line, sizeof(line), in)) {
		scenario_line++;
		if (line[0] != '#')
			run_line(in, line);
	}
	fclose(in);
	if (!scenario.core)
		fail("a scenario without POLICY tests nothing");
	scenario_settled();
	scenario_fini();
}

/* In a process of its own, since an assertion may end it. */
static bool passes(const char *file)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		replay(file);
		exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
	glob_t found = {0};
	size_t failed = 0;

	for (int i = 1; i < argc; i++)
		glob(argv[i], i > 1 ? GLOB_APPEND : 0, NULL, &found);
	if (!found.gl_pathc) {
		fprintf(stderr, "usage: replay FILE|PATTERN..., and there must be such files\n");
		return 2;
	}
	printf("1..%zu\n", found.gl_pathc);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = found.gl_pathv[i], *slash = strrchr(file, '/');
		bool ok = passes(file);

		printf("%sok %zu - %s\n", ok ? "" : "not ", i + 1, slash ? slash + 1 : file);
		failed += !ok;
	}
	globfree(&found);
	return failed > 0;
}
