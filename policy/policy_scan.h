/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The line index of a policy file. GLib's key-file parser knows no lines, stops at its first error
 * and merges what is given twice; so the text is walked once before: sections and keys with their
 * lines are noted, lines that cannot be read are reported, and a text is left that GLib reads to
 * the end. A file without errors is handed to GLib as it stands.
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
