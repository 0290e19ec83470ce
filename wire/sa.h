/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Subnet administration (IBA 15.2): the SA header after the RMPP header, in place and as a
 * struct, and the numbers of methods and attributes.
 *
 *	bytes 36-43 SM_Key, 44-45 AttributeOffset (units of 8 bytes), 46-47 reserved,
 *	48-55 ComponentMask, 56-255 SubnAdmData
 */
#pragma once

#include "wire/field.h"
#include "wire/mad.h"

#define WIRE_SA_CLASS_VERSION 2
#define WIRE_SA_HEADER_OFFSET 36
#define WIRE_SA_HEADER_BYTES 20
#define WIRE_SA_DATA_OFFSET 56
#define WIRE_SA_DATA_BYTES 200 /* SubnAdmData of one segment */

/* Attributes (15.2.5). */
enum {
	WIRE_SA_CLASS_PORT_INFO = 0x0001,
	WIRE_SA_NOTICE = 0x0002,
	WIRE_SA_INFORM_INFO = 0x0003,
	WIRE_SA_NODE_RECORD = 0x0011,
	WIRE_SA_PORT_INFO_RECORD = 0x0012,
	WIRE_SA_SL2VL_RECORD = 0x0013,
	WIRE_SA_SWITCH_RECORD = 0x0014,
	WIRE_SA_LFT_RECORD = 0x0015,
	WIRE_SA_RFT_RECORD = 0x0016,
	WIRE_SA_MFT_RECORD = 0x0017,
	WIRE_SA_SM_INFO_RECORD = 0x0018,
	WIRE_SA_INFORM_INFO_RECORD = 0x00f3,
	WIRE_SA_LINK_RECORD = 0x0020,
	WIRE_SA_GUID_INFO_RECORD = 0x0030,
	WIRE_SA_SERVICE_RECORD = 0x0031,
	WIRE_SA_PKEY_TABLE_RECORD = 0x0033,
	WIRE_SA_PATH_RECORD = 0x0035,
	WIRE_SA_VLARB_RECORD = 0x0036,
	WIRE_SA_MCMEMBER_RECORD = 0x0038,
	WIRE_SA_TRACE_RECORD = 0x0039,
	WIRE_SA_MULTI_PATH_RECORD = 0x003a,
	WIRE_SA_SERVICE_ASSOCIATION_RECORD = 0x003b,
};

/* Distance of two records in a table, in units of 8 bytes. */
static inline uint16_t wire_sa_attribute_offset(const uint8_t *mad)
{
	return get_be16(mad + 44);
}

static inline uint64_t wire_sa_comp_mask(const uint8_t *mad)
{
	return get_be64(mad + 48);
}

static inline void wire_sa_set_comp_mask(uint8_t *mad, uint64_t mask)
{
	put_be64(mad + 48, mask);
}

/* SubnAdmData: WIRE_SA_DATA_BYTES bytes. */
static inline const uint8_t *wire_sa_data(const uint8_t *mad)
{
	return mad + WIRE_SA_DATA_OFFSET;
}

static inline uint8_t *wire_sa_data_mut(uint8_t *mad)
{
	return mad + WIRE_SA_DATA_OFFSET;
}

/* Bytes 36-55 of the MAD. */
struct wire_sa_header {
	uint64_t sm_key;
	uint16_t attribute_offset;
	uint64_t comp_mask;
};

extern const struct wire_layout wire_sa_header_layout;

/*
 * The records of a table, one after the other: `data` are the reassembled SubnAdmData without
 * the headers of the segments, `attribute_offset` is the SA header's.
 */
struct wire_sa_table {
	struct span rest;
	size_t stride;
};

/* WIRE_BAD_VALUE when there are data but records have no length. */
enum wire_verdict wire_sa_table_init(struct wire_sa_table *table, struct span data,
				     uint16_t attribute_offset);

/*
 * The next whole record in *ret, or false at the end. Bytes that are left over and make no record,
 * such as the padding of the last segment, are not looked at.
 */
bool wire_sa_table_next(struct wire_sa_table *table, struct span *ret);
