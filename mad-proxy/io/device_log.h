/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is written of one device's records, so that a front-end that comes, goes and does wrong all
 * the time neither floods the journal nor hides why it was closed. Pure: no clock, no journal.
 *
 * A record is a verdict and a text; the same again is the same kind. Within a window of
 * DEVICE_LOG_SPAN_MS each kind is written at once the first time (connections the first
 * DEVICE_LOG_CONNECTS times, as what follows upon what is of interest) and counted afterwards.
 * When the window ends each kind that came again is written once more, with how often. So a reason
 * that was not said in this window is always said, whatever else happened, and the number of records is
 * bounded by that of the kinds: texts are the gateway's own (channel/xenbus_keys.h), at most
 * DEVICE_LOG_KINDS are told apart, and the rest is counted as one.
 */
#pragma once

#include <stdint.h>

#include "base/mono.h"
#include "mad-proxy/core/audit.h"

#define DEVICE_LOG_SPAN_MS 10000
#define DEVICE_LOG_CONNECTS 16
#define DEVICE_LOG_KINDS 256

struct io_device_log_kind;

/* Writes one record. text NULL: none. repeats: so many more since it was written last. */
typedef void io_device_log_write(void *ctx, enum audit_verdict verdict, const char *text,
				 uint64_t repeats);

struct io_device_log {
	io_device_log_write *write;
	void *ctx;
	struct io_device_log_kind *kind; /* of this window, in the order in which they came */
	unsigned int kinds, room;
	uint64_t beyond; /* of kinds that found no room */
	struct mono_ms ends; /* ms 0: there is no window */
};

void io_device_log_init(struct io_device_log *log, io_device_log_write *write, void *ctx);

/* Ends the window, and frees what it held. */
void io_device_log_fini(struct io_device_log *log);

/* One record. text is copied when it has to be. */
void io_device_log_add(struct io_device_log *log, struct mono_ms now, enum audit_verdict verdict,
		       const char *text);

/* Ends the window if it is over. In how many ms it will be; 0: there is none (any more). */
uint32_t io_device_log_tick(struct io_device_log *log, struct mono_ms now);

/* Ends the window now: what was counted is written. */
void io_device_log_flush(struct io_device_log *log);
