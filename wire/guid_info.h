/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * GUIDInfo (IBA 14.2.5.5), a block of 8 in an SMP, and GUIDInfoRecord (15.2.5.18) of the SA.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"

#define WIRE_GUID_INFO_ENTRIES 8

#define WIRE_GUID_INFO_COMP_LID (UINT64_C(1) << 0)
#define WIRE_GUID_INFO_COMP_BLOCK (UINT64_C(1) << 1)
/* Of the GUID with that number in the block. */
#define WIRE_GUID_INFO_COMP_GUID(n) (UINT64_C(1) << (4 + (n)))

#define WIRE_GUID_INFO_BYTES 64

/* 14.2.5.5 */
struct wire_guid_info {
	uint64_t guid[8];
};

extern const struct wire_layout wire_guid_info_layout;

enum wire_verdict wire_guid_info_decode(struct span in, struct wire_guid_info *ret);
void wire_guid_info_encode(const struct wire_guid_info *from,
			   uint8_t ret[static WIRE_GUID_INFO_BYTES]);

#define WIRE_GUID_INFO_RECORD_BYTES 72

/* 15.2.5.18 */
struct wire_guid_info_record {
	uint16_t lid;
	uint8_t block;
	struct wire_guid_info info;
};

extern const struct wire_layout wire_guid_info_record_layout;

enum wire_verdict wire_guid_info_record_decode(struct span in, struct wire_guid_info_record *ret);
void wire_guid_info_record_encode(const struct wire_guid_info_record *from,
				  uint8_t ret[static WIRE_GUID_INFO_RECORD_BYTES]);
