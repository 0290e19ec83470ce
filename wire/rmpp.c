/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of the RMPP header, and its validation; see the header. */
#include "wire/rmpp.h"

#include "wire/sa.h"

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

/* Every segment includes the header of the class: 20 bytes for SA, 4 for vendor classes. */
static unsigned int class_header_bytes(const uint8_t *mad)
{
	if (wire_mad_class(mad) == WIRE_CLASS_SA)
		return WIRE_SA_HEADER_BYTES;
	return wire_class_has_oui(wire_mad_class(mad)) ? 4 : 0;
}

static uint8_t data_fault(const uint8_t *mad)
{
	uint8_t flags = wire_rmpp_flags(mad);
	uint32_t segment = wire_rmpp_segment(mad);
	uint32_t length = wire_rmpp_length(mad);

	if (wire_rmpp_status(mad) != WIRE_RMPP_STATUS_OK)
		return WIRE_RMPP_STATUS_ILLEGAL_STATUS;
	if (segment == 0 || (segment == 1) != !!(flags & WIRE_RMPP_FIRST))
		return WIRE_RMPP_STATUS_BAD_FIRST;
	if ((flags & WIRE_RMPP_LAST) &&
	    (length > WIRE_RMPP_SEGMENT_BYTES || length < class_header_bytes(mad)))
		return WIRE_RMPP_STATUS_BAD_LENGTH;
	return WIRE_RMPP_STATUS_OK;
}

uint8_t wire_rmpp_fault(const uint8_t *mad)
{
	uint8_t status = wire_rmpp_status(mad);

	if (wire_rmpp_version(mad) != WIRE_RMPP_VERSION)
		return WIRE_RMPP_STATUS_BAD_VERSION;
	switch (wire_rmpp_type(mad)) {
	case WIRE_RMPP_DATA:
		return data_fault(mad);
	case WIRE_RMPP_ACK:
		if (status != WIRE_RMPP_STATUS_OK)
			return WIRE_RMPP_STATUS_ILLEGAL_STATUS;
		return wire_rmpp_window_last(mad) < wire_rmpp_segment(mad)
			       ? WIRE_RMPP_STATUS_WINDOW_TOO_SMALL
			       : WIRE_RMPP_STATUS_OK;
	case WIRE_RMPP_STOP:
		return status == WIRE_RMPP_STATUS_RESOURCES_EXHAUSTED
			       ? WIRE_RMPP_STATUS_OK
			       : WIRE_RMPP_STATUS_ILLEGAL_STATUS;
	case WIRE_RMPP_ABORT:
		return status >= WIRE_RMPP_STATUS_ABORT_FIRST &&
				       status <= WIRE_RMPP_STATUS_ABORT_LAST
			       ? WIRE_RMPP_STATUS_OK
			       : WIRE_RMPP_STATUS_ILLEGAL_STATUS;
	default:
		return WIRE_RMPP_STATUS_BAD_TYPE;
	}
}

unsigned int wire_rmpp_payload(const uint8_t *mad)
{
	if (!(wire_rmpp_flags(mad) & WIRE_RMPP_LAST))
		return WIRE_RMPP_SEGMENT_BYTES;
	return wire_rmpp_length(mad) < WIRE_RMPP_SEGMENT_BYTES ? wire_rmpp_length(mad)
							       : WIRE_RMPP_SEGMENT_BYTES;
}
