/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/patience.h"
#include "tests/xen/meet.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#define PATH_BYTES 128
#define TEXT_BYTES 512

int meet_publish(const char *name, const struct meet *meet)
{
	char path[PATH_BYTES], text[TEXT_BYTES];
	struct xs_handle *xs = xs_open(0);
	int n, err = 0;

	if (!xs)
		return -errno;
	snprintf(path, sizeof(path), "data/%s", name);
	n = snprintf(text, sizeof(text), "%u", meet->port);
	for (uint32_t i = 0; i < meet->refs; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %u", meet->ref[i]);
	if (!xs_write(xs, XBT_NULL, path, text, (unsigned int)n))
		err = -errno;
	xs_close(xs);
	return err;
}

static bool parse(const char *text, struct meet *ret)
{
	const uint32_t most = sizeof(ret->ref) / sizeof(ret->ref[0]);
	char *end;

	ret->port = (uint32_t)strtoul(text, &end, 10);
	for (ret->refs = 0; *end == ' ' && ret->refs < most; ret->refs++)
		ret->ref[ret->refs] = (uint32_t)strtoul(end, &end, 10);
	return ret->refs > 0 && !*end;
}

static int wait_for(struct xs_handle *xs, const char *path, struct meet *ret)
{
	struct pollfd pfd = {.fd = xs_fileno(xs), .events = POLLIN};
	unsigned int len;
	char *text;

	if (!xs_watch(xs, path, "meet"))
		return -errno;
	while (poll(&pfd, 1, TEST_PATIENCE_MS) > 0) {
		bool good;

		free(xs_read_watch(xs, &len));
		text = xs_read(xs, XBT_NULL, path, &len);
		if (!text)
			continue;
		good = parse(text, ret);
		free(text);
		xs_rm(xs, XBT_NULL, path);
		return good ? 0 : -EPROTO;
	}
	return -ETIMEDOUT;
}

int meet_wait(uint32_t domid, const char *name, struct meet *ret)
{
	struct xs_handle *xs = xs_open(0);
	char path[PATH_BYTES];
	int err;

	if (!xs)
		return -errno;
	snprintf(path, sizeof(path), "/local/domain/%u/data/%s", domid, name);
	err = wait_for(xs, path, ret);
	xs_close(xs);
	return err;
}
