/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/device_log.h"

#include <glib.h>

struct io_device_log_kind {
	enum audit_verdict verdict;
	char *text; /* NULL: none */
	unsigned int written;
	uint64_t more;
};

void io_device_log_init(struct io_device_log *log, io_device_log_write *write, void *ctx)
{
	*log = (struct io_device_log){.write = write, .ctx = ctx};
}

void io_device_log_fini(struct io_device_log *log)
{
	io_device_log_flush(log);
	g_clear_pointer(&log->kind, g_free);
	log->room = 0;
}

static struct io_device_log_kind *find(const struct io_device_log *log, enum audit_verdict verdict,
				       const char *text)
{
	for (unsigned int i = 0; i < log->kinds; i++) {
		struct io_device_log_kind *k = &log->kind[i];

		if (k->verdict == verdict && g_strcmp0(k->text, text) == 0)
			return k;
	}
	return NULL;
}

/* NULL: the table is full. */
static struct io_device_log_kind *make(struct io_device_log *log, enum audit_verdict verdict,
				       const char *text)
{
	struct io_device_log_kind *k;

	if (log->kinds == DEVICE_LOG_KINDS)
		return NULL;
	if (log->kinds == log->room) {
		log->room = log->room ? log->room * 2 : 4;
		log->kind = g_renew(struct io_device_log_kind, log->kind, log->room);
	}
	k = &log->kind[log->kinds++];
	*k = (struct io_device_log_kind){.verdict = verdict, .text = g_strdup(text)};
	return k;
}

static unsigned int each_of(enum audit_verdict verdict)
{
	return verdict == AUDIT_ALLOW ? DEVICE_LOG_CONNECTS : 1;
}

void io_device_log_add(struct io_device_log *log, struct mono_ms now, enum audit_verdict verdict,
		       const char *text)
{
	struct io_device_log_kind *k;

	if (io_device_log_tick(log, now) == 0)
		log->ends = mono_add(now, DEVICE_LOG_SPAN_MS);
	k = find(log, verdict, text);
	if (!k)
		k = make(log, verdict, text);
	if (!k) {
		log->beyond++;
	} else if (k->written < each_of(verdict)) {
		k->written++;
		log->write(log->ctx, verdict, text, 0);
	} else {
		k->more++;
	}
}

uint32_t io_device_log_tick(struct io_device_log *log, struct mono_ms now)
{
	if (log->ends.ms && !mono_before(now, log->ends))
		io_device_log_flush(log);
	return log->ends.ms ? (uint32_t)mono_until(now, log->ends) : 0;
}

void io_device_log_flush(struct io_device_log *log)
{
	for (unsigned int i = 0; i < log->kinds; i++) {
		struct io_device_log_kind *k = &log->kind[i];

		if (k->more)
			log->write(log->ctx, k->verdict, k->text, k->more);
		g_free(k->text);
	}
	if (log->beyond)
		log->write(log->ctx, AUDIT_REFUSE, "several other reasons", log->beyond);
	log->kinds = 0;
	log->beyond = 0;
	log->ends = (struct mono_ms){0};
}
