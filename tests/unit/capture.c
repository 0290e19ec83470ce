/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/capture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int capture_fd = -1, stderr_fd = -1;

void capture_begin(void)
{
	stderr_fd = dup(STDERR_FILENO);
	capture_fd = memfd_create("captured", MFD_CLOEXEC);
	assert(stderr_fd >= 0 && capture_fd >= 0);
	dup2(capture_fd, STDERR_FILENO);
}

void capture_end(void)
{
	if (capture_fd < 0)
		return;
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	close(capture_fd);
	capture_fd = stderr_fd = -1;
}

unsigned int capture_count(const char *words)
{
	off_t len = lseek(capture_fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)len + 1);
	unsigned int count = 0;

	assert(text && pread(capture_fd, text, (size_t)len, 0) == len);
	for (const char *at = strstr(text, words); at; at = strstr(at + 1, words))
		count++;
	free(text);
	return count;
}
