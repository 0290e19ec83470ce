/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A journal that blocks: its sd_journal_sendv() waits until the test continues it. */
#include <stdio.h>
#include <glib.h>
#include <sys/uio.h>
#include <syslog.h>

#include "mad-proxy/io/journal.h"
#include "tests/unit/test.h"

#define NOTES 10000 /* more than the queue holds */

static GMutex gate;
static unsigned int written;
static char last[200];

/* Replaces libsystemd's. */
int sd_journal_sendv(const struct iovec *iov, int n);
int sd_journal_sendv(const struct iovec *iov, int n)
{
	assert_true(n >= 2);
	g_mutex_lock(&gate);
	written++;
	g_snprintf(last, sizeof(last), "%.*s", (int)iov[0].iov_len, (const char *)iov[0].iov_base);
	g_mutex_unlock(&gate);
	return 0;
}

TEST(a_journal_that_stands_still_costs_records_and_not_the_gateway)
{
	unsigned int told = 0;

	written = 0;
	io_journal_init(IO_JOURNAL_ALWAYS);
	g_mutex_lock(&gate);
	for (int i = 0; i < NOTES; i++)
		io_journal_note(LOG_INFO, "note %d", i);
	g_mutex_unlock(&gate);
	io_journal_fini();
	assert_int_equal(sscanf(last, "MESSAGE=the journal stood still: %u records", &told), 1);
	assert_true(told > 0);
	assert_int_equal(written - 1 + told, NOTES);
}

TEST(what_waits_is_written_in_order_before_the_end)
{
	written = 0;
	io_journal_init(IO_JOURNAL_ALWAYS);
	for (int i = 0; i < 100; i++)
		io_journal_note(LOG_INFO, "note %d", i);
	io_journal_fini();
	assert_int_equal(written, 100);
	assert_string_equal(last, "MESSAGE=note 99");
}
