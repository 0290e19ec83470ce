/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "wire/gmp.h"
#include "wire/mad.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/smp.h"

#define HEADER 0 /* instead of an attribute: the key is in every MAD of the class */
#define GMP_DATA_OFFSET 64 /* of BM (16.2.1) and CC (A10.4.2) */
#define COMPONENT(bit) (UINT64_C(1) << (bit))
#define NOTICE_BAD_M_KEY 256 /* number of the trap */

/* Directed-route SMPs use the rows of the LID-routed ones. Offsets are from the start of the MAD. */
static const struct row {
	uint8_t mgmt_class;
	uint16_t attribute;
	uint8_t at;
	uint8_t bytes;
	uint64_t component; /* bit of the key in the component mask of a query */
} rows[] = {
	{WIRE_CLASS_SUBN_LID, HEADER, 24, 8, 0}, /* M_Key, 14.2.1.1 */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, WIRE_SMP_DATA_OFFSET, 8, 0}, /* M_Key, 14.2.5.6 */
	/* SM_Key after the GUID, 14.2.5.13 */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, WIRE_SMP_DATA_OFFSET + 8, 8, 0},
	/* The M_Key of trap 256, byte 14 of DataDetails, 14.2.5.1; cleared in other traps as well */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NOTICE, WIRE_SMP_DATA_OFFSET + 24, 8, 0},
	{WIRE_CLASS_SA, HEADER, 36, 8, 0}, /* SM_Key, 15.2.1.1 */
	/* PortInfoRecord: LID, port, then PortInfo, 15.2.5.3 */
	{WIRE_CLASS_SA, WIRE_SA_PORT_INFO_RECORD, WIRE_SA_DATA_OFFSET + 4, 8, COMPONENT(3)},
	/* SMInfoRecord: LID, then SMInfo, 15.2.5.10 */
	{WIRE_CLASS_SA, WIRE_SA_SM_INFO_RECORD, WIRE_SA_DATA_OFFSET + 12, 8, COMPONENT(3)},
	{WIRE_CLASS_SA, WIRE_SA_SERVICE_RECORD, WIRE_SA_DATA_OFFSET + 32, 16,
	 COMPONENT(5)}, /* 15.2.5.14 */
	/* the first component, 15.2.5.15 */
	{WIRE_CLASS_SA, WIRE_SA_SERVICE_ASSOCIATION_RECORD, WIRE_SA_DATA_OFFSET, 16, COMPONENT(0)},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, WIRE_SA_DATA_OFFSET + 24, 8, 0}, /* trap 256 only */
	{WIRE_CLASS_BM, HEADER, 24, 8, 0}, /* B_Key, 16.2.1 */
	{WIRE_CLASS_BM, WIRE_BM_KEY_INFO, GMP_DATA_OFFSET, 8, 0}, /* 16.2.3.3 */
	{WIRE_CLASS_CC, HEADER, 24, 8, 0}, /* CC_Key, A10.4.2 */
	{WIRE_CLASS_CC, WIRE_CC_KEY_INFO, GMP_DATA_OFFSET, 8, 0}, /* A10.4.3.4 */
	/*
	 * V_Key and AM_Key (NVIDIA): the first 8 bytes of the data of vendor class range 1, "reserved" in
	 * vendstat.c
	 */
	{WIRE_CLASS_MLNX_VENDOR, HEADER, 24, 8, 0},
	{WIRE_CLASS_MLNX_AM, HEADER, 24, 8, 0},
};

/*
 * Clears `bytes` bytes at byte `at` of every record. Records continue across the segments of a table; a
 * single record, or a table without a record length, counts as one of full size.
 */
static void clear_in_records(uint8_t *mad, unsigned int at, unsigned int bytes)
{
	uint32_t record = (uint32_t)wire_sa_attribute_offset(mad) * 8;
	uint32_t segment =
		wire_rmpp_active(mad) && wire_rmpp_segment(mad) ? wire_rmpp_segment(mad) : 1;
	uint64_t start = (uint64_t)(segment - 1) * WIRE_SA_DATA_BYTES;
	uint8_t *data = wire_sa_data_mut(mad);

	if (record < at + bytes)
		record = WIRE_SA_DATA_BYTES;
	for (uint32_t i = 0; i < WIRE_SA_DATA_BYTES; i++) {
		uint64_t place = (start + i) % record;

		if (place >= at && place < at + bytes)
			data[i] = 0;
	}
}

/* Clears a key in the data of SA MADs; ACK, STOP and ABORT have none. */
static void clear_sa_data(uint8_t *mad, const struct row *row)
{
	if (wire_rmpp_active(mad) && wire_rmpp_type(mad) != WIRE_RMPP_DATA)
		return;
	if (row->attribute == WIRE_SA_NOTICE) {
		/* in other traps these bytes are part of a GID */
		if (get_be16(wire_sa_data(mad) + 4) == NOTICE_BAD_M_KEY)
			memset(mad + row->at, 0, row->bytes);
		return;
	}
	clear_in_records(mad, row->at - WIRE_SA_DATA_OFFSET, row->bytes);
}

static bool is_sa_query(const uint8_t *mad)
{
	if (wire_mad_class(mad) != WIRE_CLASS_SA)
		return false;
	switch (wire_mad_method(mad)) {
	case WIRE_METHOD_GET:
	case WIRE_METHOD_GET_TABLE:
	case WIRE_METHOD_GET_TRACE_TABLE:
	case WIRE_METHOD_GET_MULTI:
		return true;
	default:
		return false;
	}
}

/* A query contains one record at most, whatever its segment number. */
static void clear_in_query(uint8_t *mad, const struct row *row)
{
	memset(mad + row->at, 0, row->bytes);
	wire_sa_set_comp_mask(mad, wire_sa_comp_mask(mad) & ~row->component);
}

static void clear(uint8_t *mad, bool in_data)
{
	const uint8_t mgmt_class = wire_mad_is_smp(mad) ? WIRE_CLASS_SUBN_LID : wire_mad_class(mad);
	const uint16_t attribute = wire_mad_attribute(mad);
	const bool in_query = !in_data && is_sa_query(mad);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		if (row->mgmt_class != mgmt_class)
			continue;
		if (row->attribute != HEADER && row->attribute != attribute)
			continue;
		if (row->attribute != HEADER && in_query && row->component)
			clear_in_query(mad, row);
		else if (row->attribute != HEADER && in_data && mgmt_class == WIRE_CLASS_SA)
			clear_sa_data(mad, row);
		else if (row->attribute == HEADER || in_data)
			memset(mad + row->at, 0, row->bytes);
	}
}

void wire_keys_clear(uint8_t *mad)
{
	clear(mad, false);
}

void wire_keys_hide(uint8_t *mad)
{
	clear(mad, true);
}
