/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes records and messages to the journal, or to standard error if no journal runs.
 */
#pragma once

#include <glib.h>

#include "mad-proxy/core/audit.h"

enum io_journal_sink {
	IO_JOURNAL_AUTO, /* the journal; standard error when it is a terminal or no journal runs */
	IO_JOURNAL_ALWAYS, /* the journal only */
	IO_JOURNAL_STDERR, /* standard error only */
};

/* False when the word is none of auto, journal, stderr. */
bool io_journal_sink_parse(const char *word, enum io_journal_sink *ret);

void io_journal_init(enum io_journal_sink sink);
/* Writes queued records, for at most two seconds. */
void io_journal_fini(void);

/* Writes one audit record. Never blocks: if the journal hangs, records are lost. */
void io_journal_record(const struct audit_record *record, const char *port_name);

/* A message of the daemon about itself. priority as syslog's. */
void io_journal_note(int priority, const char *format, ...) G_GNUC_PRINTF(2, 3);
