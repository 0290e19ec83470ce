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

static void repeat(FILE *in, const char *times);

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
	if (!strcmp(name, "REPEAT")) {
		repeat(in, words_need(&w, "how often"));
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

/* REPEAT n: runs the lines up to END n times. */
static void repeat(FILE *in, const char *times)
{
	const long from = ftell(in);
	const unsigned int first_line = scenario_line;

	for (uint64_t n = word_number(times); n > 0; n--) {
		char line[4096];

		fseek(in, from, SEEK_SET);
		scenario_line = first_line;
		for (;;) {
			if (!fgets(line, sizeof(line), in))
				fail("a REPEAT without END");
			scenario_line++;
			if (!strcmp(line, "END\n"))
				break;
			if (line[0] != '#')
				run_line(in, line);
		}
	}
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
