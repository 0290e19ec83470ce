/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What ibgate and ibgated say to each other over RUNDIR/control: one request, one reply, each a
 * GVariant behind eight bytes of header (magic and length, little-endian). The two come from one
 * build, but nothing that arrives is trusted: types are checked, lengths bounded, and GVariant
 * itself tolerates any bytes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define CONTROL_HEADER_BYTES 8
#define CONTROL_REQUEST_MAX (64u * 1024)
#define CONTROL_REPLY_MAX (64u * 1024 * 1024)

/* command, arguments */
#define CONTROL_REQUEST_TYPE ((const GVariantType *)"(sas)")
/* done, why not, data */
#define CONTROL_REPLY_TYPE ((const GVariantType *)"(bsv)")

/* Header and bytes of a message; takes a floating `value`. Free with g_byte_array_unref(). */
GByteArray *io_control_pack(GVariant *value);

/* Length that a header announces, or 0 when it is none of ours or above `max`. */
guint32 io_control_length(const guint8 header[CONTROL_HEADER_BYTES], guint32 max);

/* The message behind the header, checked against its type; NULL when it is malformed. */
GVariant *io_control_unpack(const guint8 *data, gsize len, const GVariantType *type);

GVariant *io_control_reply_new(GVariant *data);
GVariant *io_control_reply_error(const char *why);
