/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of admit_read.h. Sources: IBA is the specification's table of attributes of the class, where
 * Get is defined as reading only; a file name is the program of infiniband-diags or rdma-core that reads
 * it.
 *
 * Deliberately absent: CongestionLog (0x21/0x13: a read resets its counters, A10.4.3.5), CableInfo (0x32:
 * reads over the module's bus), NVIDIA's other SMP attributes (0xff50 and its neighbours access registers
 * and configuration space), vendstat's configuration space (0x50) and counter groups (0x91), DevMgt's tests
 * (0x20 to 0x24), and everything without a row.
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

/* Attribute modifiers consist of two numbers, the upper one in the bits from `shift` on. */
enum {
	NONE,
	PORT,
	PORT_OR_SPEEDS,
	GUIDS,
	PKEYS,
	IN_OUT,
	VLARB,
	LFT,
	RFT,
	MFT,
	BYTE,
	WORD,
	HIERARCHY,
	SAMPLER,
	SLOT,
	SLOT_ENTRIES,
	CC_PORTS,
	MATCH_CAPABILITIES,
};

#define LAST_PORT 254

static const struct {
	uint16_t low; /* maximum of the lower number */
	uint8_t shift;
	uint8_t first, last; /* range of the upper number */
} modifiers[] = {
	[NONE] = {0, 16, 0, 0},
	[PORT] = {LAST_PORT, 16, 0, 0},
	[PORT_OR_SPEEDS] = {LAST_PORT, 31, 0, 1}, /* SMSupportExtendedSpeeds, 14.2.5.6 */
	[GUIDS] = {31, 16, 0, 0}, /* blocks of 8, GUIDCap is a byte: 14.2.5.5 */
	[PKEYS] = {2047, 16, 0, LAST_PORT}, /* block, port of a switch: 14.2.5.7 */
	[IN_OUT] = {LAST_PORT, 8, 0, LAST_PORT}, /* output and input port: 14.2.5.8 */
	[VLARB] = {LAST_PORT, 16, 1, 4}, /* port, which half of which table: 14.2.5.9 */
	[LFT] = {767, 16, 0, 0}, /* blocks of 64 LIDs up to 0xbfff: 14.2.5.10 */
	[RFT] = {3071, 16, 0, 0}, /* blocks of 16 LIDs: 14.2.5.11 */
	[MFT] = {511, 28, 0, 15}, /* block of 32 LIDs, 16 ports each: 14.2.5.12 */
	[BYTE] = {255, 16, 0, 0},
	[WORD] = {0xffff, 16, 0, 0},
	[HIERARCHY] = {0xffff, 16, 0, 255},
	[SAMPLER] = {64, 16, 0, 0}, /* SampleMechanisms has 64 bits: 16.1.3.2 */
	[SLOT] = {0, 0, 1, 255}, /* of an I/O controller: 16.3.3.4 */
	[SLOT_ENTRIES] = {0xffff, 16, 1, 255}, /* last and first entry, slot: 16.3.3.5 */
	[MATCH_CAPABILITIES] = {0, 30, 0, 3}, /* mask 1 and 2, bit by bit: 15.2.5.3 */
	[CC_PORTS] = {7, 16, 0, 0}, /* blocks of 32 ports: A10.4.3.8 */
};

static const struct admit_read rows[] = {
	/* SMPs: IBA table 131 (14.2.5). Directed-route SMPs use the rows of the LID-routed ones. */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NOTICE, ADMIT_READ_OWN, NONE}, /* IBA; a queue: not shared */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_DESCRIPTION, SMP, NONE}, /* smpquery.c, libibnetdisc */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, SMP, NONE}, /* smpquery.c, libibnetdisc */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SWITCH_INFO, SMP, NONE}, /* smpquery.c, ibroute.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_GUID_INFO, SMP, GUIDS}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, SMP,
	 PORT_OR_SPEEDS}, /* smpquery.c, libibnetdisc */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PKEY_TABLE, SMP, PKEYS}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SL2VL_TABLE, SMP, IN_OUT}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_VLARB_TABLE, SMP, VLARB}, /* smpquery.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_LFT, SMP, LFT}, /* ibroute.c, dump_fts.c, ibtracert.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_RFT, SMP, RFT}, /* IBA */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_MFT, SMP, MFT}, /* ibroute.c, dump_fts.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_LINK_SPEED_WIDTH_PAIRS, SMP,
	 BYTE}, /* IBA; mad.h of libibmad */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_VENDOR_MADS_TABLE, SMP, BYTE}, /* IBA; mad.h of libibmad */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_HIERARCHY_INFO, SMP, HIERARCHY}, /* IBA annex A15 */
	/* read to find the master SM: never from the cache */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, ADMIT_READ_OWN | ADMIT_READ_SHARE,
	 NONE}, /* sminfo.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_VENDOR_DIAG, ADMIT_READ_OWN, WORD}, /* IBA; smpdump.c */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_LED_INFO, SMP, PORT}, /* IBA */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO_EXT, SMP, PORT}, /* smpquery.c, perfquery.c */
	/* NVIDIA's ExtendedPortInfo: smpquery.c, ibportstate.c, libibnetdisc and so ibnetdiscover,
	 * iblinkinfo, ibqueryerrors; OpenSM reads it in each sweep */
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_MLNX_EXT_PORT_INFO, SMP, PORT},

	/* PerfMgt: IBA tables 242, 256 (16.1.3, 16.1.4): counters are cleared by Set alone. All but
	 * the samples' results are read by perfquery.c. */
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SAMPLES_CONTROL, PERF, SAMPLER},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SAMPLES_RESULT, PERF, SAMPLER},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_RCV_ERROR_DETAILS, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_XMIT_DISCARD_DETAILS, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_OP_RCV_COUNTERS, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_FLOW_CTL_COUNTERS, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_OP_PACKETS, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_OP_DATA, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_XMIT_FLOW_CTL, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_XMIT_WAIT, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SAMPLES_RESULT_EXT, PERF, SAMPLER},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_EXT_SPEEDS_COUNTERS, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_SW_PORT_VL_CONGESTION, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_RCV_CON_CTRL, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SL_RCV_FECN, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_SL_RCV_BECN, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_XMIT_CON_CTRL, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_VL_XMIT_TIME_CONG, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_XMIT_DATA_SL, PERF, NONE},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_RCV_DATA_SL, PERF, NONE},

	/* SA: IBA table 186 (15.2.5), attributes in the SA's database: saquery.c. */
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_NODE_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_PORT_INFO_RECORD, 0, MATCH_CAPABILITIES},
	{WIRE_CLASS_SA, WIRE_SA_SL2VL_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_SWITCH_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_LFT_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_RFT_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_MFT_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_SM_INFO_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_LINK_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_GUID_INFO_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_SERVICE_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_PKEY_TABLE_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_VLARB_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_TRACE_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_MULTI_PATH_RECORD, 0, NONE},
	{WIRE_CLASS_SA, WIRE_SA_SERVICE_ASSOCIATION_RECORD, 0, NONE},

	{WIRE_CLASS_BM, WIRE_GMP_CLASS_PORT_INFO, 0, NONE}, /* IBA table 126 (13.4.8.1) */
	{WIRE_CLASS_BM, WIRE_BM_KEY_INFO, 0, NONE}, /* IBA 16.2.3; the B_Key is hidden */
	/* DevMgt: IBA 16.3.3; ibsrpdm, srp_daemon.c */
	{WIRE_CLASS_DEV_MGT, WIRE_GMP_CLASS_PORT_INFO, 0, NONE},
	{WIRE_CLASS_DEV_MGT, WIRE_DM_IO_UNIT_INFO, 0, NONE},
	{WIRE_CLASS_DEV_MGT, WIRE_DM_IO_CONTROLLER_PROFILE, 0, SLOT},
	{WIRE_CLASS_DEV_MGT, WIRE_DM_SERVICE_ENTRIES, 0, SLOT_ENTRIES},
	/* Congestion control: IBA A10.4.3; ibccquery.c; the CC_Key is hidden */
	{WIRE_CLASS_CC, WIRE_GMP_CLASS_PORT_INFO, 0, NONE},
	{WIRE_CLASS_CC, WIRE_CC_INFO, 0, NONE},
	{WIRE_CLASS_CC, WIRE_CC_KEY_INFO, 0, NONE},
	{WIRE_CLASS_CC, WIRE_CC_SWITCH_SETTING, 0, NONE},
	{WIRE_CLASS_CC, WIRE_CC_SWITCH_PORT_SETTING, 0, CC_PORTS},
	{WIRE_CLASS_CC, WIRE_CC_CA_SETTING, 0, NONE},
	{WIRE_CLASS_CC, WIRE_CC_TABLE, 0, BYTE},
	{WIRE_CLASS_CC, WIRE_CC_TIMESTAMP, 0, NONE},

	/* NVIDIA's vendor class: vendstat.c -N (versions, uptime) and -i (list of counter groups) */
	{WIRE_CLASS_MLNX_VENDOR, WIRE_GMP_CLASS_PORT_INFO, 0, NONE},
	{WIRE_CLASS_MLNX_VENDOR, WIRE_MLNX_GENERAL_INFO, 0, NONE},
	{WIRE_CLASS_MLNX_VENDOR, WIRE_MLNX_COUNTER_GROUP_INFO, 0, PORT},
	/* ibping.c; ibsysstat.c: ping, host and CPUs of a node where its server runs */
	{WIRE_CLASS_OPENIB_PING, WIRE_OPENIB_PING, 0, NONE},
	{WIRE_CLASS_OPENIB_SYSSTAT, WIRE_OPENIB_SYSSTAT_PING, 0, NONE},
	{WIRE_CLASS_OPENIB_SYSSTAT, WIRE_OPENIB_SYSSTAT_HOST, 0, NONE},
	{WIRE_CLASS_OPENIB_SYSSTAT, WIRE_OPENIB_SYSSTAT_CPU, 0, NONE},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Rows of vendor range 2 have OpenIB's OUI. */
static uint32_t oui_of(uint8_t mgmt_class)
{
	return wire_class_has_oui(mgmt_class) ? WIRE_OUI_OPENIB : 0;
}

const struct admit_read *admit_read(const uint8_t *mad)
{
	const uint8_t mgmt_class = wire_mad_is_smp(mad) ? WIRE_CLASS_SUBN_LID : wire_mad_class(mad);
	const uint16_t attribute = wire_mad_attribute(mad);

	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].attribute == attribute && rows[i].mgmt_class == mgmt_class)
			return oui_of(mgmt_class) == wire_mad_oui(mad) ? &rows[i] : NULL;
	return NULL;
}

bool admit_reads_class(uint8_t mgmt_class, uint32_t oui)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].mgmt_class == mgmt_class && oui_of(mgmt_class) == oui)
			return true;
	return false;
}

bool admit_read_in_range(const struct admit_read *read, const uint8_t *mad)
{
	const uint32_t modifier = wire_mad_modifier(mad);
	const uint8_t shift = modifiers[read->modifier].shift;
	const uint32_t low = modifier & ((UINT32_C(1) << shift) - 1), high = modifier >> shift;

	return low <= modifiers[read->modifier].low && high >= modifiers[read->modifier].first &&
	       high <= modifiers[read->modifier].last;
}
