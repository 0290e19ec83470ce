/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/rmpp.h"

/* 13.6.2: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field rmpp_rows[] = {
	WIRE_NUM(wire_rmpp, version, 0, 0, 8),
	WIRE_NUM(wire_rmpp, type, 1, 0, 8),
	WIRE_NUM(wire_rmpp, resp_time, 2, 0, 5),
	WIRE_NUM(wire_rmpp, flags, 2, 5, 3),
	WIRE_NUM(wire_rmpp, status, 3, 0, 8),
	WIRE_NUM(wire_rmpp, segment, 4, 0, 32),
	WIRE_NUM(wire_rmpp, length, 8, 0, 32),
};
/* clang-format on */

const struct wire_layout wire_rmpp_layout =
	WIRE_LAYOUT("RMPP", wire_rmpp, rmpp_rows, WIRE_RMPP_BYTES);

unsigned int wire_rmpp_payload(const uint8_t *mad)
{
	if (!(wire_rmpp_flags(mad) & WIRE_RMPP_LAST))
		return WIRE_RMPP_SEGMENT_BYTES;
	return wire_rmpp_length(mad) < WIRE_RMPP_SEGMENT_BYTES ? wire_rmpp_length(mad)
							       : WIRE_RMPP_SEGMENT_BYTES;
}
