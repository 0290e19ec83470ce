/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Limits the records of one device, so that a front-end that connects and fails repeatedly neither floods the
 * journal nor hides the reason of a close. Pure: no clock, no journal.
 *
 * A kind of record is a verdict and a text. Within a window of DEVICE_LOG_SPAN_MS, a record of a kind is
 * written at once the first time (connections the first DEVICE_LOG_CONNECTS times) and counted after that. At
 * the end of the window, each kind that was counted is written once more with the count. So each reason of a
 * window is written, and the number of records is limited by the number of kinds: the texts are the gateway's
 * own (channel/xenbus_keys.h), and kinds beyond DEVICE_LOG_KINDS are counted together.
 */
#pragma once

#include <stdint.h>

#include "base/mono.h"
#include "mad-proxy/core/audit.h"

#define DEVICE_LOG_SPAN_MS 10000
#define DEVICE_LOG_CONNECTS 16
#define DEVICE_LOG_KINDS 256

struct io_device_log_kind;

/* Writes one record. text NULL: none. repeats: number of further records since it was written last. */
typedef void io_device_log_write(void *ctx, enum audit_verdict verdict, const char *text,
				 uint64_t repeats);

struct io_device_log {
	io_device_log_write *write;
	void *ctx;
	struct io_device_log_kind *kind; /* of this window, in order of appearance */
	unsigned int kinds, room;
	uint64_t beyond; /* records of kinds beyond DEVICE_LOG_KINDS */
	struct mono_ms ends; /* ms 0: there is no window */
};

void io_device_log_init(struct io_device_log *log, io_device_log_write *write, void *ctx);

/* Ends the window and frees the memory. */
void io_device_log_fini(struct io_device_log *log);

/* Adds one record. Copies text if needed. */
void io_device_log_add(struct io_device_log *log, struct mono_ms now, enum audit_verdict verdict,
		       const char *text);

/* Ends the window if its time is over. Returns the time in ms until its end; 0: there is no window. */
uint32_t io_device_log_tick(struct io_device_log *log, struct mono_ms now);

/* Ends the window now and writes the counts. */
void io_device_log_flush(struct io_device_log *log);
