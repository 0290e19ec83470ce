/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Service id resolution: SIDR_REQ and SIDR_REP (IBA 12.11.1, 12.11.2).
 * Offsets are those of the message: byte 0 is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include "wire/field.h"
#include "wire/cm.h"

/* Status of a SIDR_REP. */
enum {
	WIRE_SIDR_SUCCESS = 0,
	WIRE_SIDR_UNSUPPORTED = 1, /* service id not supported */
	WIRE_SIDR_REJECTED = 2, /* by the service provider */
	WIRE_SIDR_NO_QP = 3,
	WIRE_SIDR_REDIRECT = 4,
	WIRE_SIDR_UNSUPPORTED_VERSION = 5,
};

#define WIRE_SIDR_REQ_BYTES 232

struct wire_sidr_req {
	uint32_t request_id;
	uint16_t pkey;
	uint64_t service_id;
	uint8_t private_data[216];
};

WIRE_CODEC(wire_sidr_req, WIRE_SIDR_REQ_BYTES);

#define WIRE_SIDR_REP_BYTES 232

struct wire_sidr_rep {
	uint32_t request_id;
	uint8_t status;
	uint8_t info_length; /* valid bytes of info */
	uint16_t ece_vendor_id_high; /* Linux ECE, in reserved bytes */
	uint32_t qpn;
	uint8_t ece_vendor_id_low;
	uint64_t service_id;
	uint32_t qkey;
	uint8_t info[72];
	uint8_t private_data[136];
};

/* WIRE_BAD_VALUE when info_length points past info. */
WIRE_CODEC(wire_sidr_rep, WIRE_SIDR_REP_BYTES);
