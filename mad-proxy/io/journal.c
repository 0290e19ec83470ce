/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes records to the journal or to standard error. sd_journal_sendv() blocks when journald does not
 * read, and the gateway must not: a thread writes from a bounded queue. Records that find the queue full
 * are counted and reported later.
 */
/* All records come from one line, so its location is no information. */
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
#define QUEUE_MAX 8192 /* records that may wait for journald */
#define FINI_WAIT_MS 2000

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

static GAsyncQueue *queue; /* of records: arrays of strings; an empty one ends the writer */
static GThread *writer;
static int waiting; /* records in the queue, atomic */
static guint lost; /* records that found the queue full; main thread only */

static void send_to_journal(GPtrArray *fields)
{
	struct iovec iov[FIELDS_MAX];
	int count = 0;

	for (unsigned int i = 0; i < fields->len && count < FIELDS_MAX; i++) {
		char *field = g_ptr_array_index(fields, i);

		iov[count].iov_base = field;
		iov[count++].iov_len = strlen(field);
	}
	sd_journal_sendv(iov, count);
}

static gpointer write_records(gpointer data)
{
	bool more = true;

	while (more) {
		GPtrArray *fields = g_async_queue_pop(queue);

		more = fields->len > 0;
		if (more)
			send_to_journal(fields);
		g_ptr_array_unref(fields);
		g_atomic_int_add(&waiting, -1);
	}
	return NULL;
}

static void enqueue(GPtrArray *fields)
{
	if (!writer) {
		queue = g_async_queue_new();
		writer = g_thread_new("journal", write_records, NULL);
	}
	g_atomic_int_inc(&waiting);
	g_async_queue_push(queue, g_ptr_array_ref(fields));
}

/* Reports the number of lost records when the journal accepts records again. */
static void report_lost(void)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(fields, g_strdup_printf("MESSAGE=the journal stood still: %u records "
						"were not written",
						lost));
	g_ptr_array_add(fields, g_strdup_printf("PRIORITY=%d", LOG_WARNING));
	lost = 0;
	enqueue(fields);
}

/*
 * Passes the record to the writer if a journal is wanted and runs. libsystemd succeeds silently without a
 * journal, so check for its socket; records are rare, since the core folds repeated ones.
 */
static bool to_journal(GPtrArray *fields)
{
	if (sink == IO_JOURNAL_STDERR)
		return false;
	if (sink == IO_JOURNAL_AUTO && access(JOURNAL_SOCKET, W_OK) != 0)
		return false;
	if (g_atomic_int_get(&waiting) >= QUEUE_MAX) {
		lost++;
		return true;
	}
	if (lost)
		report_lost();
	enqueue(fields);
	return true;
}

void io_journal_fini(void)
{
	g_autoptr(GPtrArray) end = g_ptr_array_new();

	if (!writer)
		return;
	if (lost)
		report_lost();
	enqueue(end);
	for (unsigned int i = 0; i < FINI_WAIT_MS && g_atomic_int_get(&waiting) > 0; i++)
		g_usleep(1000);
	if (g_atomic_int_get(&waiting) > 0)
		return; /* the journal does not read: the thread ends with the process */
	g_thread_join(writer);
	writer = NULL;
	g_clear_pointer(&queue, g_async_queue_unref);
}

/* systemd reads the prefix "<N>" from our standard error; a terminal gets none. */
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
