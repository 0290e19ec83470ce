/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The line index of a policy file. GLib's key-file parser does not report lines, stops at its first error
 * and merges duplicates. So this scan comes first: it records the lines of sections and keys, reports invalid
 * lines, and makes a text that GLib can read to its end. A file without errors is passed to GLib unchanged.
 */
#pragma once

#include <glib.h>

#include "policy/policy_errors.h"

struct policy_scan_key {
	char *name;
	unsigned int line;
};

struct policy_scan_section {
	char *name;
	unsigned int line;
	GPtrArray *keys; /* of struct policy_scan_key, in the order of the file, no name twice */
};

struct policy_scan {
	GPtrArray *sections; /* of struct policy_scan_section, no name twice */
	GString *text; /* for GLib */
};

void policy_scan_init(struct policy_scan *scan, const char *data, size_t len,
		      struct policy_errors *errors);
void policy_scan_fini(struct policy_scan *scan);
