/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/mad_layout.h"

#include "wire/class_port_info.h"
#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/guid_info.h"
#include "wire/inform_info.h"
#include "wire/mcmember.h"
#include "wire/node_info.h"
#include "wire/notice.h"
#include "wire/path_record.h"
#include "wire/perf.h"
#include "wire/pkey_table.h"
#include "wire/port_info.h"
#include "wire/sa.h"
#include "wire/service_record.h"
#include "wire/sidr.h"
#include "wire/sm_info.h"
#include "wire/smp.h"

struct attribute_row {
	uint16_t attribute;
	const struct wire_layout *layout;
};

static const struct attribute_row smp_attributes[] = {
	{WIRE_SMP_NOTICE, &wire_notice_layout},
	{WIRE_SMP_NODE_INFO, &wire_node_info_layout},
	{WIRE_SMP_GUID_INFO, &wire_guid_info_layout},
	{WIRE_SMP_PORT_INFO, &wire_port_info_layout},
	{WIRE_SMP_PKEY_TABLE, &wire_pkey_table_layout},
	{WIRE_SMP_SM_INFO, &wire_sm_info_layout},
	{0, NULL},
};

static const struct attribute_row sa_attributes[] = {
	{WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout},
	{WIRE_SA_NOTICE, &wire_sa_notice_layout},
	{WIRE_SA_INFORM_INFO, &wire_inform_info_layout},
	{WIRE_SA_NODE_RECORD, &wire_node_record_layout},
	{WIRE_SA_PORT_INFO_RECORD, &wire_port_info_record_layout},
	{WIRE_SA_GUID_INFO_RECORD, &wire_guid_info_record_layout},
	{WIRE_SA_SERVICE_RECORD, &wire_service_record_layout},
	{WIRE_SA_PKEY_TABLE_RECORD, &wire_pkey_table_record_layout},
	{WIRE_SA_PATH_RECORD, &wire_path_record_layout},
	{WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout},
	{WIRE_SA_INFORM_INFO_RECORD, &wire_inform_info_record_layout},
	{0, NULL},
};

static const struct attribute_row perf_attributes[] = {
	{WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout},
	{0, NULL},
};

static const struct attribute_row cm_attributes[] = {
	{WIRE_CM_CLASS_PORT_INFO, &wire_class_port_info_layout},
	{WIRE_CM_REQ, &wire_cm_req_layout},
	{WIRE_CM_MRA, &wire_cm_mra_layout},
	{WIRE_CM_REJ, &wire_cm_rej_layout},
	{WIRE_CM_REP, &wire_cm_rep_layout},
	{WIRE_CM_RTU, &wire_cm_rtu_layout},
	{WIRE_CM_DREQ, &wire_cm_dreq_layout},
	{WIRE_CM_DREP, &wire_cm_drep_layout},
	{WIRE_CM_SIDR_REQ, &wire_sidr_req_layout},
	{WIRE_CM_SIDR_REP, &wire_sidr_rep_layout},
	{WIRE_CM_LAP, &wire_cm_lap_layout},
	{WIRE_CM_APR, &wire_cm_apr_layout},
	{0, NULL},
};

static const struct {
	uint8_t mgmt_class;
	unsigned int offset; /* of the attribute's data */
	const struct attribute_row *attributes;
} classes[] = {
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_DATA_OFFSET, smp_attributes},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_DATA_OFFSET, smp_attributes},
	{WIRE_CLASS_SA, WIRE_SA_DATA_OFFSET, sa_attributes},
	{WIRE_CLASS_PERF, WIRE_PERF_DATA_OFFSET, perf_attributes},
	{WIRE_CLASS_CM, WIRE_CM_DATA_OFFSET, cm_attributes},
};

bool wire_mad_attribute_part(const uint8_t *mad, struct wire_mad_part *ret)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (classes[i].mgmt_class != wire_mad_class(mad))
			continue;
		for (const struct attribute_row *row = classes[i].attributes; row->layout; row++) {
			if (row->attribute != wire_mad_attribute(mad))
				continue;
			*ret = (struct wire_mad_part){row->layout, classes[i].offset};
			return true;
		}
	}
	return false;
}
