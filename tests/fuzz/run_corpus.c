/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs a fuzz target without libFuzzer, so that every build runs its corpus as a test: each file of the
 * directories, whole, truncated at every length, and with every byte removed or changed in a few ways. The
 * target asserts; the last input is printed as file, change and byte.
 */
#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of a larger seed only the start is changed, to limit the time. */
#define MAX_CHANGED 1024

static char doing[4096 + 64];
static unsigned long runs;

static void on_abort(int sig)
{
	ssize_t ignored = write(STDERR_FILENO, doing, strlen(doing));

	(void)ignored;
	signal(sig, SIG_DFL);
	raise(sig);
}

/* In memory of exactly that length, for the sanitizer. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void lost_run(const char *path, uint8_t *data, size_t size, size_t at)
{
	const uint8_t was = data[at];

	snprintf(doing, sizeof(doing), "%s without byte %zu\n", path, at);
	memmove(data + at, data + at + 1, size - at - 1);
	run(data, size - 1);
	memmove(data + at + 1, data + at, size - at - 1);
	data[at] = '\n';
	snprintf(doing, sizeof(doing), "%s byte %zu a line's end\n", path, at);
	run(data, size);
	data[at] = was;
}

static void seed_run(const char *path, uint8_t *data, size_t size)
{
	static const uint8_t flips[] = {0x01, 0x10, 0x80, 0xff};
	size_t changed = size < MAX_CHANGED ? size : MAX_CHANGED;

	snprintf(doing, sizeof(doing), "%s\n", path);
	run(data, size);
	for (size_t len = 0; len < changed; len++) {
		snprintf(doing, sizeof(doing), "%s cut to %zu bytes\n", path, len);
		run(data, len);
	}
	for (size_t at = 0; at < changed; at++) {
		for (size_t i = 0; i < sizeof(flips); i++) {
			snprintf(doing, sizeof(doing), "%s byte %zu ^ 0x%02x\n", path, at,
				 flips[i]);
			data[at] ^= flips[i];
			run(data, size);
			data[at] ^= flips[i];
		}
		lost_run(path, data, size, at);
	}
}

static int file_run(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "re");
	size_t size;

	if (!f) {
		perror(path);
		return -1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	seed_run(path, data, size);
	return 0;
}

/* The number of seeds, or -1. */
static int dir_run(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort), seeds = 0;

	if (n < 0) {
		perror(dir);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && seeds >= 0)
			seeds = file_run(path) < 0 ? -1 : seeds + 1;
		free(names[i]);
	}
	free(names);
	return seeds;
}

int main(int argc, char **argv)
{
	/* Large tables are mapped, not cleared: most pages are never touched. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	signal(SIGABRT, on_abort);
	signal(SIGSEGV, on_abort);
	if (argc < 2) {
		fprintf(stderr, "usage: %s DIRECTORY...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		int seeds = dir_run(argv[i]);

		if (seeds <= 0) {
			fprintf(stderr, "%s: no seeds\n", argv[i]);
			return 1;
		}
		printf("%s: %d seeds, %lu runs\n", argv[i], seeds, runs);
	}
	return 0;
}
