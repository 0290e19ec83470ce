/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/keys.h"

#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/smp.h"

/* PortInfoRecord (IBA table 186): EndportLID 2, PortNum 1, reserved 1, then PortInfo: M_Key first */
#define PORT_INFO_RECORD_M_KEY 4
/* SMInfoRecord (IBA 15.2.5.10): LID 2, reserved 2, then SMInfo: GUID 8, SM_Key */
#define SM_INFO_RECORD_SM_KEY 12
/* ServiceRecord (IBA 15.2.5.14): id 8, GID 16, P_Key 2, reserved 2, lease 4, then the key */
#define SERVICE_RECORD_KEY 32
#define SERVICE_RECORD_KEY_BYTES 16
#define KEY_BYTES 8
/* BM (16.2) and CC (A10): the key of the sender at 24, data from 64 on; KeyInfo begins with the key */
#define GMP_KEY_AT 24
#define GMP_DATA_AT 64
#define BM_ATTR_KEY_INFO 0x0010
#define CC_ATTR_KEY_INFO 0x0012
/* Notice (13.4.8.2) of trap 256, bad M_Key (14.2.5.1): DataDetails at 10, the key that was tried */
#define NOTICE_M_KEY (10 + 14)

/* Clears the key of so many bytes at byte `key` of every record. */
static void hide_sa_keys(uint8_t *mad, uint32_t key, uint32_t bytes)
{
	uint32_t record = (uint32_t)wire_sa_attribute_offset(mad) * 8;
	uint32_t segment =
		wire_rmpp_active(mad) && wire_rmpp_segment(mad) ? wire_rmpp_segment(mad) : 1;
	/* place of this segment's data in the table, in bytes; records run on across segments */
	uint64_t start = (uint64_t)(segment - 1) * WIRE_SA_DATA_BYTES;
	uint8_t *data = wire_sa_data_mut(mad);

	/* a single record, and a table whose offset nobody gave: as one record of full size */
	if (record < key + bytes)
		record = WIRE_SA_DATA_BYTES;
	for (uint32_t i = 0; i < WIRE_SA_DATA_BYTES; i++) {
		uint64_t at = (start + i) % record;

		if (at >= key && at < key + bytes)
			data[i] = 0;
	}
}

static void hide_smp_keys(uint8_t *mad)
{
	uint8_t *data = wire_smp_data_mut(mad);

	wire_smp_clear_mkey(mad);
	switch (wire_mad_attribute(mad)) {
	case WIRE_SMP_PORT_INFO:
		wire_smp_clear_port_info_mkey(mad);
		break;
	case WIRE_SMP_SM_INFO:
		wire_smp_clear_sm_info_key(mad);
		break;
	case WIRE_SMP_NOTICE:
		/* whatever the trap: no other has anything of ours to lose there */
		put_be64(data + NOTICE_M_KEY, 0);
		break;
	default:
		break;
	}
}

static void hide_sa_record_keys(uint8_t *mad)
{
	/* the key that was sent is cleared already; an SA need not echo that one */
	wire_sa_clear_sm_key(mad);
	if (wire_rmpp_active(mad) && wire_rmpp_type(mad) != WIRE_RMPP_DATA)
		return;
	switch (wire_mad_attribute(mad)) {
	case WIRE_SA_PORT_INFO_RECORD:
		hide_sa_keys(mad, PORT_INFO_RECORD_M_KEY, KEY_BYTES);
		break;
	case WIRE_SA_SM_INFO_RECORD:
		hide_sa_keys(mad, SM_INFO_RECORD_SM_KEY, KEY_BYTES);
		break;
	case WIRE_SA_SERVICE_RECORD:
		hide_sa_keys(mad, SERVICE_RECORD_KEY, SERVICE_RECORD_KEY_BYTES);
		break;
	default:
		break;
	}
}

void proxy_hide_keys(uint8_t *mad)
{
	uint8_t mgmt_class = wire_mad_class(mad);
	uint16_t attribute = wire_mad_attribute(mad);

	if (wire_mad_is_smp(mad))
		hide_smp_keys(mad);
	if (mgmt_class == WIRE_CLASS_SA)
		hide_sa_record_keys(mad);
	if (mgmt_class != WIRE_CLASS_BM && mgmt_class != WIRE_CLASS_CC)
		return;
	put_be64(mad + GMP_KEY_AT, 0);
	if (attribute == (mgmt_class == WIRE_CLASS_BM ? BM_ATTR_KEY_INFO : CC_ATTR_KEY_INFO))
		put_be64(mad + GMP_DATA_AT, 0);
}

void proxy_clear_keys(uint8_t *mad)
{
	uint8_t mgmt_class = wire_mad_class(mad);

	if (wire_mad_is_smp(mad))
		wire_smp_clear_mkey(mad);
	if (mgmt_class == WIRE_CLASS_SA)
		wire_sa_clear_sm_key(mad);
	if (mgmt_class == WIRE_CLASS_BM || mgmt_class == WIRE_CLASS_CC)
		put_be64(mad + GMP_KEY_AT, 0);
}
