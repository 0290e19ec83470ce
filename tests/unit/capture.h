/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the code under test says on standard error, which is the journal. */
#pragma once

/* From here on it is kept, and not seen, until capture_end(). */
void capture_begin(void);
/* Also when it did not begin. */
void capture_end(void);
/* How often these words are in it. */
unsigned int capture_count(const char *words);
