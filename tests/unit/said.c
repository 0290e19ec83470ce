/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/said.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int said_fd = -1, stderr_fd = -1;

void said_begin(void)
{
	stderr_fd = dup(STDERR_FILENO);
	said_fd = memfd_create("said", MFD_CLOEXEC);
	assert(stderr_fd >= 0 && said_fd >= 0);
	dup2(said_fd, STDERR_FILENO);
}

void said_end(void)
{
	if (said_fd < 0)
		return;
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	close(said_fd);
	said_fd = stderr_fd = -1;
}

unsigned int said_count(const char *words)
{
	off_t len = lseek(said_fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)len + 1);
	unsigned int count = 0;

	assert(text && pread(said_fd, text, (size_t)len, 0) == len);
	for (const char *at = strstr(text, words); at; at = strstr(at + 1, words))
		count++;
	free(text);
	return count;
}
