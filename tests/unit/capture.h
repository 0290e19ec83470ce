/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Captures what the code under test writes to standard error, which is the journal. */
#pragma once

/* Captures, without showing it, until capture_end(). */
void capture_begin(void);
/* Also valid without capture_begin(). */
void capture_end(void);
/* How often the capture contains these words. */
unsigned int capture_count(const char *words);
