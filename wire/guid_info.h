/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * GUIDInfo (IBA 14.2.5.5), a block of 8 in an SMP, and GUIDInfoRecord (15.2.5.18) of the SA.
 */
#pragma once

#include "wire/field.h"

#define WIRE_GUID_INFO_ENTRIES 8

#define WIRE_GUID_INFO_COMP_LID (UINT64_C(1) << 0)
#define WIRE_GUID_INFO_COMP_BLOCK (UINT64_C(1) << 1)
/* Of the GUID with that number in the block. */
#define WIRE_GUID_INFO_COMP_GUID(n) (UINT64_C(1) << (4 + (n)))

#define WIRE_GUID_INFO_BYTES 64

struct wire_guid_info {
	uint64_t guid[8];
};

WIRE_CODEC(wire_guid_info, WIRE_GUID_INFO_BYTES);

#define WIRE_GUID_INFO_RECORD_BYTES 72

struct wire_guid_info_record {
	uint16_t lid;
	uint8_t block;
	struct wire_guid_info info;
};

WIRE_CODEC(wire_guid_info_record, WIRE_GUID_INFO_RECORD_BYTES);
