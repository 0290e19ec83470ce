/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of a device that connects, disconnects and violates the protocol, with the test's own clock. */
#include <stdio.h>

#include "mad-proxy/io/device_log.h"
#include "tests/unit/test.h"

struct journal {
	struct io_device_log log;
	struct mono_ms now;
	char last[64]; /* "verdict text repeats" */
	unsigned int written;
	uint64_t told; /* records written, and records counted */
};

static void write_record(void *ctx, enum audit_verdict verdict, const char *text, uint64_t repeats)
{
	struct journal *j = ctx;

	j->written++;
	j->told += repeats ? repeats : 1;
	snprintf(j->last, sizeof(j->last), "%u %s %u", verdict, text ? text : "-",
		 (unsigned int)repeats);
}

static int setup(void **state)
{
	static struct journal j;

	j = (struct journal){.now = {1000}};
	io_device_log_init(&j.log, write_record, &j);
	*state = &j;
	return 0;
}

static int teardown(void **state)
{
	io_device_log_fini(&((struct journal *)*state)->log);
	return 0;
}

static void add(struct journal *j, enum audit_verdict verdict, const char *text)
{
	io_device_log_add(&j->log, j->now, verdict, text);
}

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)

TEST_F(a_reason_is_said_however_often_the_device_was_connected, struct journal *j)
{
	for (unsigned int i = 0; i < 1000; i++)
		add(j, AUDIT_ALLOW, NULL);
	assert_int_equal(j->written, DEVICE_LOG_CONNECTS);
	add(j, AUDIT_REFUSE, "ring-ref3 is missing");
	assert_string_equal(j->last, "1 ring-ref3 is missing 0");
	add(j, AUDIT_REFUSE, "ring-ref4 is missing");
	assert_string_equal(j->last, "1 ring-ref4 is missing 0");
	assert_int_equal(j->written, DEVICE_LOG_CONNECTS + 2);
}

TEST_F(the_same_reason_is_said_once_a_window_and_then_counted, struct journal *j)
{
	for (unsigned int i = 0; i < 5; i++)
		add(j, AUDIT_REFUSE, "out of memory");
	assert_int_equal(j->written, 1);
	j->now = mono_add(j->now, DEVICE_LOG_SPAN_MS);
	add(j, AUDIT_REFUSE, "out of memory");
	assert_int_equal(j->written, 3);
	assert_string_equal(j->last, "1 out of memory 0");
	assert_int_equal(j->told, 6);
}

TEST_F(what_was_counted_is_written_at_the_end_though_nothing_else_happens, struct journal *j)
{
	add(j, AUDIT_REFUSE, "a");
	add(j, AUDIT_REFUSE, "b");
	add(j, AUDIT_REFUSE, "a");
	add(j, AUDIT_REFUSE, "a");
	assert_int_equal(io_device_log_tick(&j->log, j->now), DEVICE_LOG_SPAN_MS);
	j->now = mono_add(j->now, DEVICE_LOG_SPAN_MS - 1);
	assert_int_equal(io_device_log_tick(&j->log, j->now), 1);
	assert_int_equal(j->written, 2);
	j->now = mono_add(j->now, 1);
	assert_int_equal(io_device_log_tick(&j->log, j->now), 0);
	assert_int_equal(j->written, 3);
	assert_string_equal(j->last, "1 a 2");
	/* and only once */
	j->now = mono_add(j->now, DEVICE_LOG_SPAN_MS);
	assert_int_equal(io_device_log_tick(&j->log, j->now), 0);
	io_device_log_flush(&j->log);
	assert_int_equal(j->written, 3);
}

TEST_F(a_device_that_goes_writes_what_was_counted, struct journal *j)
{
	add(j, AUDIT_INFO, "floods");
	add(j, AUDIT_INFO, "floods");
	io_device_log_fini(&j->log);
	assert_string_equal(j->last, "2 floods 1");
	assert_int_equal(j->told, 2);
}

TEST_F(the_same_text_with_another_verdict_is_another_kind, struct journal *j)
{
	add(j, AUDIT_INFO, "a");
	add(j, AUDIT_REFUSE, "a");
	assert_int_equal(j->written, 2);
}

TEST_F(a_window_begins_with_its_first_record, struct journal *j)
{
	assert_int_equal(io_device_log_tick(&j->log, j->now), 0);
	add(j, AUDIT_REFUSE, "a");
	j->now = mono_add(j->now, DEVICE_LOG_SPAN_MS + 7777);
	add(j, AUDIT_REFUSE, "a");
	assert_int_equal(j->written, 2);
	assert_int_equal(io_device_log_tick(&j->log, j->now), DEVICE_LOG_SPAN_MS);
}

TEST_F(nothing_is_lost_and_the_number_of_records_is_bounded_whatever_the_reasons, struct journal *j)
{
	char text[16];

	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "reason %u", i % 1000);
		add(j, AUDIT_REFUSE, text);
	}
	assert_int_equal(j->written, DEVICE_LOG_KINDS);
	j->now = mono_add(j->now, DEVICE_LOG_SPAN_MS);
	io_device_log_tick(&j->log, j->now);
	assert_int_equal(j->written, 2 * DEVICE_LOG_KINDS + 1);
	assert_int_equal(j->told, 10000);
	assert_non_null(strstr(j->last, "other reasons"));
	/* and only once */
	io_device_log_flush(&j->log);
	assert_int_equal(j->told, 10000);
}
