/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The RMPP header (IBA 13.6.2): twelve bytes after the common MAD header
 * of the classes that wire_class_has_rmpp() names. Field access in place, and the codec of
 * the whole header.
 *
 *	bytes 24 RMPPVersion, 25 RMPPType, 26 RRespTime (5 bits) RMPPFlags (3 bits), 27 RMPPStatus
 *	bytes 28-31 DATA and ACK: SegmentNumber
 *	bytes 32-35 DATA: PayloadLength; ACK: NewWindowLast; STOP, ABORT: reserved
 */
#pragma once

#include "wire/field.h"
#include "wire/mad.h"

#define WIRE_RMPP_OFFSET 24
#define WIRE_RMPP_BYTES 12
#define WIRE_RMPP_VERSION 1

/* Bytes behind the RMPP header in a segment; the SA's data come after 20 bytes of its own header.
 */
#define WIRE_RMPP_SEGMENT_BYTES 220

/* RMPPType. 0: no RMPP. */
enum {
	WIRE_RMPP_NONE = 0,
	WIRE_RMPP_DATA = 1,
	WIRE_RMPP_ACK = 2,
	WIRE_RMPP_STOP = 3,
	WIRE_RMPP_ABORT = 4,
};

/* RMPPFlags, the low three bits of byte 26. */
enum {
	WIRE_RMPP_ACTIVE = 1,
	WIRE_RMPP_FIRST = 2,
	WIRE_RMPP_LAST = 4,
};

/* RMPPStatus (13.6.2.1). STOP carries RESOURCES_EXHAUSTED only, ABORT the others. */
enum {
	WIRE_RMPP_STATUS_OK = 0,
	WIRE_RMPP_STATUS_RESOURCES_EXHAUSTED = 1,
	WIRE_RMPP_STATUS_ABORT_FIRST = 118,
	WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG = 118,
	WIRE_RMPP_STATUS_BAD_LENGTH = 119, /* inconsistent last segment and payload length */
	WIRE_RMPP_STATUS_BAD_FIRST = 120, /* inconsistent first flag and segment number */
	WIRE_RMPP_STATUS_BAD_TYPE = 121,
	WIRE_RMPP_STATUS_WINDOW_TOO_SMALL = 122, /* NewWindowLast below SegmentNumber */
	WIRE_RMPP_STATUS_SEGMENT_TOO_BIG = 123,
	WIRE_RMPP_STATUS_ILLEGAL_STATUS = 124,
	WIRE_RMPP_STATUS_BAD_VERSION = 125,
	WIRE_RMPP_STATUS_TOO_MANY_RETRIES = 126,
	WIRE_RMPP_STATUS_UNSPECIFIED = 127,
	WIRE_RMPP_STATUS_ABORT_LAST = 127,
};

static inline uint8_t wire_rmpp_version(const uint8_t *mad)
{
	return mad[24];
}

static inline uint8_t wire_rmpp_type(const uint8_t *mad)
{
	return mad[25];
}

/* WIRE_RMPP_ACTIVE, _FIRST, _LAST. */
static inline uint8_t wire_rmpp_flags(const uint8_t *mad)
{
	return mad[26] & 7;
}

/* The exponent RRespTime: 4.096 us * 2^n. */
static inline uint8_t wire_rmpp_resp_time(const uint8_t *mad)
{
	return mad[26] >> 3;
}

static inline uint8_t wire_rmpp_status(const uint8_t *mad)
{
	return mad[27];
}

/* DATA: number of this segment, from 1. ACK: the last segment that is acknowledged. */
static inline uint32_t wire_rmpp_segment(const uint8_t *mad)
{
	return get_be32(mad + 28);
}

/*
 * DATA: PayloadLength. First segment: all bytes behind the RMPP header, the SA header of
 * every segment included, or 0 for unknown; last segment: bytes in it. Unchecked.
 */
static inline uint32_t wire_rmpp_length(const uint8_t *mad)
{
	return get_be32(mad + 32);
}

/* ACK: the last segment that may be sent (the same bytes as the length of DATA). */
static inline uint32_t wire_rmpp_window_last(const uint8_t *mad)
{
	return get_be32(mad + 32);
}

/* True when the class has an RMPP header and this MAD uses it. */
static inline bool wire_rmpp_active(const uint8_t *mad)
{
	return wire_class_has_rmpp(wire_mad_class(mad)) &&
	       (wire_rmpp_flags(mad) & WIRE_RMPP_ACTIVE);
}

static inline void wire_rmpp_set_flags(uint8_t *mad, uint8_t flags)
{
	mad[26] = (uint8_t)((mad[26] & ~7u) | (flags & 7));
}

static inline void wire_rmpp_set_segment(uint8_t *mad, uint32_t segment)
{
	put_be32(mad + 28, segment);
}

static inline void wire_rmpp_set_length(uint8_t *mad, uint32_t length)
{
	put_be32(mad + 32, length);
}

/* The whole header. */
struct wire_rmpp {
	uint8_t version;
	uint8_t type;
	uint8_t resp_time;
	uint8_t flags;
	uint8_t status;
	uint32_t segment; /* data1 */
	uint32_t length; /* data2: payload length, or new window last in an ACK */
};

WIRE_CODEC(wire_rmpp, WIRE_RMPP_BYTES);

/* Bytes after the RMPP header in a valid DATA segment: 0..WIRE_RMPP_SEGMENT_BYTES. */
unsigned int wire_rmpp_payload(const uint8_t *mad);
