/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which layout the attribute of a MAD has: one table of class and attribute for all codecs of this folder.
 */
#pragma once

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
