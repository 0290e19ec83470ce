/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/mad_header.h"

/* 13.4.3: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field mad_header_rows[] = {
	WIRE_NUM(wire_mad_header, base_version, 0, 0, 8),
	WIRE_NUM(wire_mad_header, mgmt_class, 1, 0, 8),
	WIRE_NUM(wire_mad_header, class_version, 2, 0, 8),
	WIRE_NUM(wire_mad_header, method, 3, 0, 8),
	WIRE_NUM(wire_mad_header, status, 4, 0, 16),
	WIRE_NUM(wire_mad_header, class_specific, 6, 0, 16),
	WIRE_NUM(wire_mad_header, tid, 8, 0, 64),
	WIRE_NUM(wire_mad_header, attribute, 16, 0, 16),
	WIRE_NUM(wire_mad_header, modifier, 20, 0, 32),
};
/* clang-format on */

const struct wire_layout wire_mad_header_layout =
	WIRE_LAYOUT("MADHeader", wire_mad_header, mad_header_rows, WIRE_MAD_HEADER_BYTES);
