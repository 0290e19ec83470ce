/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Turns audit records into text and journal fields (docs/design.md, Interfaces that must not change). Pure;
 * journal.h writes them.
 */
#pragma once

#include <glib.h>

#include "mad-proxy/core/audit.h"

/*
 * Value of IBGATE_EVENT, as `journalctl IBGATE_EVENT=...` wants it, and MESSAGE_ID: 32 lower-case hex digits;
 * data/ibgate.catalog has an entry for each.
 */
extern const struct io_audit_event {
	const char *name, *message_id;
} io_audit_events[AUDIT_EVENTS];

/* syslog priority of a record: refusals are notices, protocol violations warnings. */
int io_audit_priority(const struct audit_record *record);

/* The sentence for people, free with g_free(). port_name ("mlx5_0/1") may be NULL. */
char *io_audit_message(const struct audit_record *record, const char *port_name);

/*
 * All fields, "NAME=value" strings, MESSAGE first; owned by the array (g_ptr_array_unref()).
 * Strings of guests are escaped: values are printable ASCII.
 */
GPtrArray *io_audit_fields(const struct audit_record *record, const char *port_name);

/* Appends `text` to `out`, everything but printable ASCII (and the backslash) as \xHH. */
void io_audit_escape(GString *out, const char *text);
