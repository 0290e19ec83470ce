/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which layouts a MAD is made of: the common header, the headers of its class, its attribute. One
 * table of class and attribute for all codecs of this folder; and the rebuilding of a MAD
 * from nothing but what they know.
 */
#pragma once

#include "base/bytes.h"
#include "wire/field.h"
#include "wire/mad.h"

/* The layout of the attribute, and the byte of the MAD where it starts. */
struct wire_mad_part {
	const struct wire_layout *layout;
	unsigned int offset;
};

/*
 * The part that holds the attribute of `mad` (256 bytes), false when no codec knows it. It may end
 * beyond the data of the MAD's attribute: in an SA table it is the first record of the segment.
 */
bool wire_mad_attribute_part(const uint8_t *mad, struct wire_mad_part *ret);

/*
 * Builds *ret from zero out of the known fields of `mad`: headers and attribute, reserved bits
 * cleared. For MADs with one record, not for the segments of a table; SMPs are changed in place
 * (smp.h). WIRE_BAD_VALUE when the attribute is unknown or a codec refuses it, and for an SMP; then
 * *ret is undefined.
 */
enum wire_verdict wire_mad_rebuild(const uint8_t *mad, uint8_t ret[static WIRE_MAD_BYTES]);
