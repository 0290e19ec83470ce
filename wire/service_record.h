/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ServiceRecord (IBA 15.2.5.14) and its component bits.
 */
#pragma once

#include "wire/field.h"

#define WIRE_SERVICE_COMP_SERVICE_ID (UINT64_C(1) << 0)
#define WIRE_SERVICE_COMP_GID (UINT64_C(1) << 1)
#define WIRE_SERVICE_COMP_PKEY (UINT64_C(1) << 2)
#define WIRE_SERVICE_COMP_LEASE (UINT64_C(1) << 4)
#define WIRE_SERVICE_COMP_KEY (UINT64_C(1) << 5)
#define WIRE_SERVICE_COMP_NAME (UINT64_C(1) << 6)
/* 16 of Data8 from bit 7, 8 of Data16 from 23, 4 of Data32 from 31, 2 of Data64 from 35. */
#define WIRE_SERVICE_COMP_DATA8(n) (UINT64_C(1) << (7 + (n)))
#define WIRE_SERVICE_COMP_DATA16(n) (UINT64_C(1) << (23 + (n)))
#define WIRE_SERVICE_COMP_DATA32(n) (UINT64_C(1) << (31 + (n)))
#define WIRE_SERVICE_COMP_DATA64(n) (UINT64_C(1) << (35 + (n)))

#define WIRE_SERVICE_LEASE_FOREVER 0xffffffffu

#define WIRE_SERVICE_RECORD_BYTES 176

struct wire_service_record {
	uint64_t service_id;
	uint8_t gid[16];
	uint16_t pkey;
	uint32_t lease; /* seconds; ffffffff for ever */
	uint8_t key[16];
	uint8_t name[64]; /* UTF-8; not to be trusted */
	uint8_t data8[16];
	uint16_t data16[8];
	uint32_t data32[4];
	uint64_t data64[2];
};

WIRE_CODEC(wire_service_record, WIRE_SERVICE_RECORD_BYTES);
