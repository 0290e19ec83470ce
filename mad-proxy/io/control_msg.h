/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages between ibgate and ibgated over RUNDIR/control: one request, one reply, each a
 * GVariant after an eight-byte header (magic and length, little-endian). The receiver checks types and
 * limits lengths; GVariant accepts any bytes.
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

/* The length in a header; 0 if the header is invalid or the length is above `max`. */
guint32 io_control_length(const guint8 header[CONTROL_HEADER_BYTES], guint32 max);

/* The message after the header, checked against its type; NULL if it is malformed. */
GVariant *io_control_unpack(const guint8 *data, gsize len, const GVariantType *type);

GVariant *io_control_reply_new(GVariant *data);
GVariant *io_control_reply_error(const char *why);
