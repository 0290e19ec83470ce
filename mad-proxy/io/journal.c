/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The line that writes says nothing: all records come from one place. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "mad-proxy/io/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "mad-proxy/io/audit.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define FIELDS_MAX 32

static enum io_journal_sink sink = IO_JOURNAL_STDERR;

bool io_journal_sink_parse(const char *word, enum io_journal_sink *ret)
{
	static const char *const words[] = {"auto", "journal", "stderr"};

	for (unsigned int i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum io_journal_sink)i;
			return true;
		}
	}
	return false;
}

void io_journal_init(enum io_journal_sink wanted)
{
	sink = wanted;
	if (sink == IO_JOURNAL_AUTO && isatty(STDERR_FILENO))
		sink = IO_JOURNAL_STDERR;
}

/*
 * Sends to the journal if that is wanted and there is one. libsystemd succeeds silently when no
 * journal runs, so look for its socket: records are rare, repeated ones are folded by the core.
 */
static bool to_journal(GPtrArray *fields)
{
	struct iovec iov[FIELDS_MAX];
	int count = 0;

	if (sink == IO_JOURNAL_STDERR)
		return false;
	if (sink == IO_JOURNAL_AUTO && access(JOURNAL_SOCKET, W_OK) != 0)
		return false;
	for (unsigned int i = 0; i < fields->len && count < FIELDS_MAX; i++) {
		char *field = g_ptr_array_index(fields, i);

		iov[count].iov_base = field;
		iov[count++].iov_len = strlen(field);
	}
	return sd_journal_sendv(iov, count) >= 0;
}

/* "<N>" in front is for systemd, which reads our standard error as a log; people want none. */
static void to_stderr(int priority, const char *message)
{
	if (isatty(STDERR_FILENO) || !g_getenv("JOURNAL_STREAM"))
		fprintf(stderr, "ibgated: %s\n", message);
	else
		fprintf(stderr, "<%d>%s\n", priority, message);
}

void io_journal_record(const struct audit_record *record, const char *port_name)
{
	g_autoptr(GPtrArray) fields = io_audit_fields(record, port_name);

	if (!to_journal(fields))
		to_stderr(io_audit_priority(record),
			  (const char *)g_ptr_array_index(fields, 0) + strlen("MESSAGE="));
}

void io_journal_note(int priority, const char *format, ...)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *message = NULL;
	va_list ap;

	va_start(ap, format);
	message = g_strdup_vprintf(format, ap);
	va_end(ap);
	g_ptr_array_add(fields, g_strdup_printf("MESSAGE=%s", message));
	g_ptr_array_add(fields, g_strdup_printf("PRIORITY=%d", priority));
	if (!to_journal(fields))
		to_stderr(priority, message);
}
