/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of admit_read.h. Sources: IBA is the specification's table of attributes of the class,
 * where Get is defined as reading alone; a file name is the program of infiniband-diags or rdma-core
 * that reads it.
 *
 * Left out on purpose: CongestionLog (0x21/0x13: its counters start anew with each read, A10.4.3.5),
 * CableInfo (0x32: reads over the module's bus), NVIDIA's other SMP attributes (0xff50 and its
 * neighbours are access to registers and configuration space), vendstat's configuration space (0x50)
 * and counter groups (0x91), DevMgt's tests (0x20 to 0x24), and whatever has no row.
 */
#include "mad-proxy/core/admit_read.h"

#include <stddef.h>

#include "wire/gmp.h"
#include "wire/mad.h"
#include "wire/perf.h"
#include "wire/sa.h"
#include "wire/smp.h"

#define SMP (ADMIT_READ_OWN | ADMIT_READ_SHARE | ADMIT_READ_KEEP)
#define PERF ADMIT_READ_OWN

static const struct admit_read rows[] = {
	/* SMPs: IBA table 131 (14.2.5). Directed-route ones have the rows of the LID-routed. */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NOTICE, ADMIT_READ_OWN, 0}, /* IBA; a queue: not shared */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_DESCRIPTION, SMP, 0}, /* smpquery.c, libibnetdisc */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, SMP, 0}, /* smpquery.c, libibnetdisc */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SWITCH_INFO, SMP, 0}, /* smpquery.c, ibroute.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_GUID_INFO, SMP, 0}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, SMP, 0}, /* smpquery.c, libibnetdisc */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PKEY_TABLE, SMP, 0}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SL2VL_TABLE, SMP, 0}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_VLARB_TABLE, SMP, 0}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_LFT, SMP, 0}, /* ibroute.c, dump_fts.c, ibtracert.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_RFT, SMP, 0}, /* IBA */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_MFT, SMP, 0}, /* ibroute.c, dump_fts.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_LINK_SPEED_WIDTH_PAIRS, SMP, 0}, /* IBA; mad.h of libibmad */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_VENDOR_MADS_TABLE, SMP, 0}, /* IBA; mad.h of libibmad */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_HIERARCHY_INFO, SMP, 0}, /* IBA annex A15 */
	/* read to find the master: never an old one */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, ADMIT_READ_OWN | ADMIT_READ_SHARE,
	 0}, /* sminfo.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_VENDOR_DIAG, ADMIT_READ_OWN, 0}, /* IBA; smpdump.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_LED_INFO, SMP, 0}, /* IBA */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO_EXT, SMP, 0}, /* smpquery.c, perfquery.c */
	/* NVIDIA's ExtendedPortInfo: smpquery.c, ibportstate.c, libibnetdisc and so ibnetdiscover,
	 * iblinkinfo, ibqueryerrors; OpenSM reads it in each sweep */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_MLNX_EXT_PORT_INFO, SMP, 0},

	/* PerfMgt: IBA tables 242, 256 (16.1.3, 16.1.4): counters are cleared by Set alone. All but
	 * the samples' results are read by perfquery.c. */
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SAMPLES_CONTROL, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SAMPLES_RESULT, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_RCV_ERROR_DETAILS, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_XMIT_DISCARD_DETAILS, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_OP_RCV_COUNTERS, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_FLOW_CTL_COUNTERS, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_OP_PACKETS, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_OP_DATA, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_XMIT_FLOW_CTL, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_XMIT_WAIT, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SAMPLES_RESULT_EXT, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_EXT_SPEEDS_COUNTERS, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_SW_PORT_VL_CONGESTION, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_RCV_CON_CTRL, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SL_RCV_FECN, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SL_RCV_BECN, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_XMIT_CON_CTRL, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_XMIT_TIME_CONG, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_XMIT_DATA_SL, PERF, 0},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_RCV_DATA_SL, PERF, 0},

	/* SA: IBA table 186 (15.2.5), what is in the SA's database: saquery.c. */
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_NODE_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_PORT_INFO_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_SL2VL_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_SWITCH_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_LFT_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_RFT_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_MFT_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_SM_INFO_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_LINK_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_GUID_INFO_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_SERVICE_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_PKEY_TABLE_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_VLARB_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_TRACE_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_MULTI_PATH_RECORD, 0, 0},
	{WIRE_CLASS_SA, WIRE_SA_SERVICE_ASSOCIATION_RECORD, 0, 0},

	{WIRE_CLASS_BM, WIRE_GMP_CLASS_PORT_INFO, 0, 0}, /* IBA table 126 (13.4.8.1) */
	{WIRE_CLASS_BM, WIRE_BM_KEY_INFO, 0, 0}, /* IBA 16.2.3; the B_Key is hidden */
	/* DevMgt: IBA 16.3.3; ibsrpdm, srp_daemon.c */
	{WIRE_CLASS_DEV_MGT, WIRE_GMP_CLASS_PORT_INFO, 0, 0},
	{WIRE_CLASS_DEV_MGT, WIRE_DM_IO_UNIT_INFO, 0, 0},
	{WIRE_CLASS_DEV_MGT, WIRE_DM_IO_CONTROLLER_PROFILE, 0, 0},
	{WIRE_CLASS_DEV_MGT, WIRE_DM_SERVICE_ENTRIES, 0, 0},
	/* Congestion control: IBA A10.4.3; ibccquery.c; the CC_Key is hidden */
	{WIRE_CLASS_CC, WIRE_GMP_CLASS_PORT_INFO, 0, 0},
	{WIRE_CLASS_CC, WIRE_CC_INFO, 0, 0},
	{WIRE_CLASS_CC, WIRE_CC_KEY_INFO, 0, 0},
	{WIRE_CLASS_CC, WIRE_CC_SWITCH_SETTING, 0, 0},
	{WIRE_CLASS_CC, WIRE_CC_SWITCH_PORT_SETTING, 0, 0},
	{WIRE_CLASS_CC, WIRE_CC_CA_SETTING, 0, 0},
	{WIRE_CLASS_CC, WIRE_CC_TABLE, 0, 0},
	{WIRE_CLASS_CC, WIRE_CC_TIMESTAMP, 0, 0},

	/* NVIDIA's vendor class: vendstat.c -N (versions, uptime) and -i (which counter groups are) */
	{WIRE_CLASS_MLNX_VENDOR, WIRE_GMP_CLASS_PORT_INFO, 0, 0},
	{WIRE_CLASS_MLNX_VENDOR, WIRE_MLNX_GENERAL_INFO, 0, 0},
	{WIRE_CLASS_MLNX_VENDOR, WIRE_MLNX_COUNTER_GROUP_INFO, 0, 0},
	/* ibping.c; ibsysstat.c: ping, host and CPUs of a node whose operator started its server */
	{WIRE_CLASS_OPENIB_PING, WIRE_OPENIB_PING, 0, WIRE_OUI_OPENIB},
	{WIRE_CLASS_OPENIB_SYSSTAT, WIRE_OPENIB_SYSSTAT_PING, 0, WIRE_OUI_OPENIB},
	{WIRE_CLASS_OPENIB_SYSSTAT, WIRE_OPENIB_SYSSTAT_HOST, 0, WIRE_OUI_OPENIB},
	{WIRE_CLASS_OPENIB_SYSSTAT, WIRE_OPENIB_SYSSTAT_CPU, 0, WIRE_OUI_OPENIB},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct admit_read *admit_read(const uint8_t *mad)
{
	const uint8_t mgmt_class = wire_mad_is_smp(mad) ? WIRE_CLASS_SUBN_LID : wire_mad_class(mad);
	const uint16_t attribute = wire_mad_attribute(mad);

	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].attribute == attribute && rows[i].mgmt_class == mgmt_class)
			return rows[i].oui == wire_mad_oui(mad) ? &rows[i] : NULL;
	return NULL;
}

bool admit_reads_class(uint8_t mgmt_class, uint32_t oui)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].mgmt_class == mgmt_class && rows[i].oui == oui)
			return true;
	return false;
}
