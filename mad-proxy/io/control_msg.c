/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/control_msg.h"

#include <string.h>

#define MAGIC 0x43474249u /* "IBGC" */

GByteArray *io_control_pack(GVariant *value)
{
	g_autoptr(GVariant) v = g_variant_ref_sink(value);
	guint32 header[2] = {GUINT32_TO_LE(MAGIC), GUINT32_TO_LE((guint32)g_variant_get_size(v))};
	GByteArray *out = g_byte_array_new();

	g_byte_array_append(out, (const guint8 *)header, sizeof(header));
	g_byte_array_append(out, g_variant_get_data(v), (guint)g_variant_get_size(v));
	return out;
}

guint32 io_control_length(const guint8 header[CONTROL_HEADER_BYTES], guint32 max)
{
	guint32 word[2];

	memcpy(word, header, sizeof(word));
	if (GUINT32_FROM_LE(word[0]) != MAGIC || GUINT32_FROM_LE(word[1]) > max)
		return 0;
	return GUINT32_FROM_LE(word[1]);
}

GVariant *io_control_unpack(const guint8 *data, gsize len, const GVariantType *type)
{
	/* GVariant needs aligned data: a copy is aligned. */
	g_autoptr(GBytes) bytes = g_bytes_new(data, len);
	g_autoptr(GVariant) value =
		g_variant_ref_sink(g_variant_new_from_bytes(type, bytes, FALSE));

	if (!g_variant_is_normal_form(value))
		return NULL;
	return g_steal_pointer(&value);
}

GVariant *io_control_reply_new(GVariant *data)
{
	return g_variant_new("(bsv)", TRUE, "", data);
}

GVariant *io_control_reply_error(const char *why)
{
	return g_variant_new("(bsv)", FALSE, why, g_variant_new_string(""));
}
