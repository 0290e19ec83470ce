/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose share a uid has: one account has 65,536 subordinate uids on most distributions (subuid(5)), and
 * newuidmap(1) makes it any of them. A range of them is as one user. Ranges that come from elsewhere than
 * the file (nsswitch.conf, "subid") are not known.
 */
#pragma once

#include <stddef.h>
#include <sys/stat.h>

struct subuid_range {
	uid_t first;
	unsigned long count;
};

/* Zeroed but for its path it knows nothing yet. */
struct subuid {
	const char *path;
	struct stat seen; /* the file as it was read last */
	struct subuid_range *range;
	size_t ranges;
};

/* The first uid of the range that this one is in, else itself. Reads the file when it has changed. */
uid_t subuid_user(struct subuid *s, uid_t uid);
void subuid_fini(struct subuid *s);
