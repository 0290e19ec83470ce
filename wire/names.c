/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/names.h"

#include <stddef.h>
#include <string.h>

#include "wire/cm.h"
#include "wire/mad.h"
#include "wire/perf.h"
#include "wire/sa.h"
#include "wire/smp.h"

struct name_row {
	uint16_t number;
	const char *name;
};

#define NAMES_LEN(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char *name_find(const struct name_row *rows, size_t rows_len, uint16_t number)
{
	for (size_t i = 0; i < rows_len; i++)
		if (rows[i].number == number)
			return rows[i].name;
	return NULL;
}

static const char *name_or_unknown(const char *name)
{
	return name ? name : "Unknown";
}

static const struct name_row class_names[] = {
	{WIRE_CLASS_SUBN_LID, "SubnLID"},
	{WIRE_CLASS_SUBN_DR, "SubnDR"},
	{WIRE_CLASS_SA, "SA"},
	{WIRE_CLASS_PERF, "Perf"},
	{WIRE_CLASS_BM, "BM"},
	{WIRE_CLASS_DEV_MGT, "DevMgt"},
	{WIRE_CLASS_CM, "CM"},
	{WIRE_CLASS_SNMP, "SNMP"},
	{WIRE_CLASS_CC, "CC"},
	{WIRE_CLASS_OPENIB_PING, "VendorPing"},
	{WIRE_CLASS_OPENIB_SYSSTAT, "VendorSysStat"},
};

const char *wire_class_name(uint8_t mgmt_class)
{
	const char *name = name_find(class_names, NAMES_LEN(class_names), mgmt_class);

	if (name)
		return name;
	if (wire_class_has_oui(mgmt_class) ||
	    (mgmt_class >= WIRE_CLASS_VENDOR1_FIRST && mgmt_class <= WIRE_CLASS_VENDOR1_LAST))
		return "Vendor";
	return "Unknown";
}

static const struct name_row method_names[] = {
	{WIRE_METHOD_GET, "Get"},
	{WIRE_METHOD_SET, "Set"},
	{WIRE_METHOD_SEND, "Send"},
	{WIRE_METHOD_TRAP, "Trap"},
	{WIRE_METHOD_REPORT, "Report"},
	{WIRE_METHOD_TRAP_REPRESS, "TrapRepress"},
	{WIRE_METHOD_GET_RESP, "GetResp"},
	{WIRE_METHOD_REPORT | WIRE_METHOD_RESPONSE, "ReportResp"},
};

static const struct name_row sa_method_names[] = {
	{WIRE_METHOD_GET_TABLE, "GetTable"},
	{WIRE_METHOD_GET_TRACE_TABLE, "GetTraceTable"},
	{WIRE_METHOD_GET_MULTI, "GetMulti"},
	{WIRE_METHOD_DELETE, "Delete"},
	{WIRE_METHOD_GET_TABLE | WIRE_METHOD_RESPONSE, "GetTableResp"},
	{WIRE_METHOD_GET_TRACE_TABLE | WIRE_METHOD_RESPONSE, "GetTraceTableResp"},
	{WIRE_METHOD_GET_MULTI | WIRE_METHOD_RESPONSE, "GetMultiResp"},
	{WIRE_METHOD_DELETE | WIRE_METHOD_RESPONSE, "DeleteResp"},
};

const char *wire_method_name(uint8_t mgmt_class, uint8_t method)
{
	const char *name = name_find(method_names, NAMES_LEN(method_names), method);

	if (!name && mgmt_class == WIRE_CLASS_SA)
		name = name_find(sa_method_names, NAMES_LEN(sa_method_names), method);
	return name_or_unknown(name);
}

static const struct name_row smp_names[] = {
	{WIRE_SMP_NOTICE, "Notice"},
	{WIRE_SMP_NODE_DESCRIPTION, "NodeDescription"},
	{WIRE_SMP_NODE_INFO, "NodeInfo"},
	{WIRE_SMP_SWITCH_INFO, "SwitchInfo"},
	{WIRE_SMP_GUID_INFO, "GUIDInfo"},
	{WIRE_SMP_PORT_INFO, "PortInfo"},
	{WIRE_SMP_PKEY_TABLE, "P_KeyTable"},
	{WIRE_SMP_SL2VL_TABLE, "SLtoVLMappingTable"},
	{WIRE_SMP_VLARB_TABLE, "VLArbitrationTable"},
	{WIRE_SMP_LFT, "LinearForwardingTable"},
	{WIRE_SMP_RFT, "RandomForwardingTable"},
	{WIRE_SMP_MFT, "MulticastForwardingTable"},
	{WIRE_SMP_LINK_SPEED_WIDTH_PAIRS, "LinkSpeedWidthPairsTable"},
	{WIRE_SMP_VENDOR_MADS_TABLE, "VendorSpecificMadsTable"},
	{WIRE_SMP_HIERARCHY_INFO, "HierarchyInfo"},
	{WIRE_SMP_SM_INFO, "SMInfo"},
	{WIRE_SMP_VENDOR_DIAG, "VendorDiag"},
	{WIRE_SMP_LED_INFO, "LedInfo"},
	{WIRE_SMP_CABLE_INFO, "CableInfo"},
	{WIRE_SMP_MLNX_EXT_PORT_INFO, "MlnxExtendedPortInfo"},
};

static const struct name_row sa_names[] = {
	{WIRE_SA_CLASS_PORT_INFO, "ClassPortInfo"},
	{WIRE_SA_NOTICE, "Notice"},
	{WIRE_SA_INFORM_INFO, "InformInfo"},
	{WIRE_SA_NODE_RECORD, "NodeRecord"},
	{WIRE_SA_PORT_INFO_RECORD, "PortInfoRecord"},
	{WIRE_SA_SL2VL_RECORD, "SLtoVLMappingTableRecord"},
	{WIRE_SA_SWITCH_RECORD, "SwitchInfoRecord"},
	{WIRE_SA_LFT_RECORD, "LinearForwardingTableRecord"},
	{WIRE_SA_RFT_RECORD, "RandomForwardingTableRecord"},
	{WIRE_SA_MFT_RECORD, "MulticastForwardingTableRecord"},
	{WIRE_SA_SM_INFO_RECORD, "SMInfoRecord"},
	{WIRE_SA_INFORM_INFO_RECORD, "InformInfoRecord"},
	{WIRE_SA_LINK_RECORD, "LinkRecord"},
	{WIRE_SA_GUID_INFO_RECORD, "GUIDInfoRecord"},
	{WIRE_SA_SERVICE_RECORD, "ServiceRecord"},
	{WIRE_SA_PKEY_TABLE_RECORD, "P_KeyTableRecord"},
	{WIRE_SA_PATH_RECORD, "PathRecord"},
	{WIRE_SA_VLARB_RECORD, "VLArbitrationTableRecord"},
	{WIRE_SA_MCMEMBER_RECORD, "MCMemberRecord"},
	{WIRE_SA_TRACE_RECORD, "TraceRecord"},
	{WIRE_SA_MULTI_PATH_RECORD, "MultiPathRecord"},
	{WIRE_SA_SERVICE_ASSOCIATION_RECORD, "ServiceAssociationRecord"},
};

static const struct name_row perf_names[] = {
	{WIRE_PERF_CLASS_PORT_INFO, "ClassPortInfo"},
	{WIRE_PERF_PORT_SAMPLES_CONTROL, "PortSamplesControl"},
	{WIRE_PERF_PORT_SAMPLES_RESULT, "PortSamplesResult"},
	{WIRE_PERF_PORT_COUNTERS, "PortCounters"},
	{WIRE_PERF_PORT_RCV_ERROR_DETAILS, "PortRcvErrorDetails"},
	{WIRE_PERF_PORT_XMIT_DISCARD_DETAILS, "PortXmitDiscardDetails"},
	{WIRE_PERF_PORT_OP_RCV_COUNTERS, "PortOpRcvCounters"},
	{WIRE_PERF_PORT_FLOW_CTL_COUNTERS, "PortFlowCtlCounters"},
	{WIRE_PERF_PORT_VL_OP_PACKETS, "PortVLOpPackets"},
	{WIRE_PERF_PORT_VL_OP_DATA, "PortVLOpData"},
	{WIRE_PERF_PORT_VL_XMIT_FLOW_CTL, "PortVLXmitFlowCtlUpdateErrors"},
	{WIRE_PERF_PORT_VL_XMIT_WAIT, "PortVLXmitWaitCounters"},
	{WIRE_PERF_PORT_COUNTERS_EXT, "PortCountersExtended"},
	{WIRE_PERF_PORT_SAMPLES_RESULT_EXT, "PortSamplesResultExtended"},
	{WIRE_PERF_PORT_EXT_SPEEDS_COUNTERS, "PortExtendedSpeedsCounters"},
	{WIRE_PERF_SW_PORT_VL_CONGESTION, "SwPortVLCongestion"},
	{WIRE_PERF_PORT_RCV_CON_CTRL, "PortRcvConCtrl"},
	{WIRE_PERF_PORT_SL_RCV_FECN, "PortSLRcvFECN"},
	{WIRE_PERF_PORT_SL_RCV_BECN, "PortSLRcvBECN"},
	{WIRE_PERF_PORT_XMIT_CON_CTRL, "PortXmitConCtrl"},
	{WIRE_PERF_PORT_VL_XMIT_TIME_CONG, "PortVLXmitTimeCong"},
	{WIRE_PERF_PORT_XMIT_DATA_SL, "PortXmitDataSL"},
	{WIRE_PERF_PORT_RCV_DATA_SL, "PortRcvDataSL"},
};

static const struct name_row cm_names[] = {
	{WIRE_CM_CLASS_PORT_INFO, "ClassPortInfo"},
	{WIRE_CM_REQ, "REQ"},
	{WIRE_CM_MRA, "MRA"},
	{WIRE_CM_REJ, "REJ"},
	{WIRE_CM_REP, "REP"},
	{WIRE_CM_RTU, "RTU"},
	{WIRE_CM_DREQ, "DREQ"},
	{WIRE_CM_DREP, "DREP"},
	{WIRE_CM_SIDR_REQ, "SIDR_REQ"},
	{WIRE_CM_SIDR_REP, "SIDR_REP"},
	{WIRE_CM_LAP, "LAP"},
	{WIRE_CM_APR, "APR"},
};

/* Device management (IBA 16.3.3), used by srp_daemon. */
static const struct name_row dev_mgt_names[] = {
	{0x0001, "ClassPortInfo"},  {0x0002, "Notice"},
	{0x0010, "IOUnitInfo"},	    {0x0011, "IOControllerProfile"},
	{0x0012, "ServiceEntries"}, {0x0020, "DiagnosticTimeout"},
	{0x0021, "PrepareToTest"},  {0x0022, "TestDeviceOnce"},
	{0x0023, "TestDeviceLoop"}, {0x0024, "DiagCode"},
};

static const struct name_table {
	uint8_t mgmt_class;
	const struct name_row *rows;
	size_t len;
} attribute_tables[] = {
	{WIRE_CLASS_SUBN_LID, smp_names, NAMES_LEN(smp_names)},
	{WIRE_CLASS_SUBN_DR, smp_names, NAMES_LEN(smp_names)},
	{WIRE_CLASS_SA, sa_names, NAMES_LEN(sa_names)},
	{WIRE_CLASS_PERF, perf_names, NAMES_LEN(perf_names)},
	{WIRE_CLASS_CM, cm_names, NAMES_LEN(cm_names)},
	{WIRE_CLASS_DEV_MGT, dev_mgt_names, NAMES_LEN(dev_mgt_names)},
};

/* Every class has a ClassPortInfo (13.4.8). */
static struct name_table attribute_table(uint8_t mgmt_class)
{
	static const struct name_row all_classes[] = {{0x0001, "ClassPortInfo"}};

	for (size_t i = 0; i < NAMES_LEN(attribute_tables); i++)
		if (attribute_tables[i].mgmt_class == mgmt_class)
			return attribute_tables[i];
	return (struct name_table){mgmt_class, all_classes, NAMES_LEN(all_classes)};
}

const char *wire_attribute_name(uint8_t mgmt_class, uint16_t attribute)
{
	const struct name_table table = attribute_table(mgmt_class);

	return name_or_unknown(name_find(table.rows, table.len, attribute));
}

bool wire_attribute_find(uint8_t mgmt_class, const char *name, uint16_t *ret_attribute)
{
	const struct name_table table = attribute_table(mgmt_class);

	for (size_t i = 0; i < table.len; i++) {
		if (strcasecmp(table.rows[i].name, name) == 0) {
			*ret_attribute = table.rows[i].number;
			return true;
		}
	}
	return false;
}
