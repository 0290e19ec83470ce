/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Second opinion: tshark dissects the captured MADs, and every field that it shows must be what our rows
 * read from the same bytes. Skipped (77) when there is no tshark.
 *
 * The MADs are written as a pcap of link type ERF (197) with records of type InfiniBand (21): LRH BTH DETH MAD
 * ICRC VCRC. Link type 247 (INFINIBAND) is not read by tshark 4.0.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "wire/class_port_info.h"
#include "wire/cm.h"
#include "wire/cm_drep.h"
#include "wire/cm_dreq.h"
#include "wire/cm_rej.h"
#include "wire/cm_rep.h"
#include "wire/cm_req.h"
#include "wire/cm_rtu.h"
#include "wire/inform_info.h"
#include "wire/mad_header.h"
#include "wire/mcmember.h"
#include "wire/node_info.h"
#include "wire/notice.h"
#include "wire/path_record.h"
#include "wire/perf.h"
#include "wire/port_info.h"
#include "wire/rdma_cm.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/sm_info.h"
#include "wire/smp.h"
#include "wire_vectors.h"

#define SKIP 77
#define ANY 0xffff

/* One field: in which MADs, where our layout starts in them, and tshark's name. */
struct twin {
	uint16_t mgmt_class;
	uint16_t attribute;
	const struct wire_layout *layout;
	unsigned int offset;
	const char *field;
	const char *theirs;
};

/*
 * Not infiniband.cm.req.prim_pktrate: tshark 4.0 shows 0 for a word 00000003; Linux
 * (ibta_vol1_c12.h) has the rate in its low six bits, as we do. Not rresptime and rmppflags: its masks are four
 * and four bits wide instead of five and three.
 */
/* clang-format off */
static const struct twin twins[] = {
	{ANY, ANY, &wire_mad_header_layout, 0, "base_version",
	 "infiniband.mad.baseversion"},
	{ANY, ANY, &wire_mad_header_layout, 0, "mgmt_class",
	 "infiniband.mad.mgmtclass"},
	{ANY, ANY, &wire_mad_header_layout, 0, "class_version",
	 "infiniband.mad.classversion"},
	{ANY, ANY, &wire_mad_header_layout, 0, "method",
	 "infiniband.mad.method"},
	{ANY, ANY, &wire_mad_header_layout, 0, "tid",
	 "infiniband.mad.transactionid"},
	{ANY, ANY, &wire_mad_header_layout, 0, "attribute",
	 "infiniband.mad.attributeid"},
	{ANY, ANY, &wire_mad_header_layout, 0, "modifier",
	 "infiniband.mad.attributemodifier"},
	{WIRE_CLASS_SUBN_DR, ANY, &wire_dr_smp_layout, 0, "hop_pointer",
	 "infiniband.smpdirected.hoppointer"},
	{WIRE_CLASS_SUBN_DR, ANY, &wire_dr_smp_layout, 0, "hop_count",
	 "infiniband.smpdirected.hopcount"},
	{WIRE_CLASS_SUBN_DR, ANY, &wire_dr_smp_layout, 0, "dr_slid",
	 "infiniband.smpdirected.drslid"},
	{WIRE_CLASS_SUBN_DR, ANY, &wire_dr_smp_layout, 0, "dr_dlid",
	 "infiniband.smpdirected.drdlid"},
	{WIRE_CLASS_SUBN_DR, ANY, &wire_dr_smp_layout, 0, "initial_path",
	 "infiniband.smpdirected.initialpath"},
	{WIRE_CLASS_SUBN_DR, ANY, &wire_dr_smp_layout, 0, "return_path",
	 "infiniband.smpdirected.returnpath"},
	{WIRE_CLASS_SUBN_LID, ANY, &wire_smp_layout, 0, "m_key",
	 "infiniband.smplid.mkey"},
	{WIRE_CLASS_SA, ANY, &wire_rmpp_layout, WIRE_RMPP_OFFSET, "version",
	 "infiniband.rmpp.rmppversion"},
	{WIRE_CLASS_SA, ANY, &wire_rmpp_layout, WIRE_RMPP_OFFSET, "type",
	 "infiniband.rmpp.rmpptype"},
	{WIRE_CLASS_SA, ANY, &wire_rmpp_layout, WIRE_RMPP_OFFSET, "status",
	 "infiniband.rmpp.rmppstatus"},
	{WIRE_CLASS_SA, ANY, &wire_sa_header_layout, WIRE_SA_HEADER_OFFSET, "sm_key",
	 "infiniband.sa.smkey"},
	{WIRE_CLASS_SA, ANY, &wire_sa_header_layout, WIRE_SA_HEADER_OFFSET, "attribute_offset",
	 "infiniband.sa.attributeoffset"},
	{WIRE_CLASS_SA, ANY, &wire_sa_header_layout, WIRE_SA_HEADER_OFFSET, "comp_mask",
	 "infiniband.sa.componentmask"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "base_version",
	 "infiniband.nodeinfo.baseversion"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "class_version",
	 "infiniband.nodeinfo.classversion"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "node_type",
	 "infiniband.nodeinfo.nodetype"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "ports",
	 "infiniband.nodeinfo.numports"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "system_image_guid",
	 "infiniband.nodeinfo.systemimageguid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "node_guid",
	 "infiniband.nodeinfo.nodeguid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "port_guid",
	 "infiniband.nodeinfo.portguid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "partition_cap",
	 "infiniband.nodeinfo.partitioncap"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "device_id",
	 "infiniband.nodeinfo.deviceid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "revision",
	 "infiniband.nodeinfo.revision"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "local_port",
	 "infiniband.nodeinfo.localportnum"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "vendor_id",
	 "infiniband.nodeinfo.vendorid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key",
	 "infiniband.portinfo.m_key"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "gid_prefix",
	 "infiniband.portinfo.guid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "lid",
	 "infiniband.portinfo.lid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "sm_lid",
	 "infiniband.portinfo.mastersmlid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "capability_mask",
	 "infiniband.portinfo.capabilitymask"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "diag_code",
	 "infiniband.portinfo.diagcode"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key_lease_period",
	 "infiniband.portinfo.m_keyleaseperiod"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "local_port",
	 "infiniband.portinfo.localportnum"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_width_enabled",
	 "infiniband.portinfo.linkwidthenabled"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_width_supported",
	 "infiniband.portinfo.linkwidthsupported"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_width_active",
	 "infiniband.portinfo.linkwidthactive"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_speed_supported",
	 "infiniband.portinfo.linkspeedsupported"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "port_state",
	 "infiniband.portinfo.portstate"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "port_phys_state",
	 "infiniband.portinfo.portphysicalstate"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_down_default_state",
	 "infiniband.portinfo.linkdowndefaultstate"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key_protect_bits",
	 "infiniband.portinfo.m_keyprotectbits"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "lmc",
	 "infiniband.portinfo.lmc"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_speed_active",
	 "infiniband.portinfo.linkspeedactive"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_speed_enabled",
	 "infiniband.portinfo.linkspeedenabled"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "neighbor_mtu",
	 "infiniband.portinfo.neighbormtu"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "sm_sl",
	 "infiniband.portinfo.mastersmsl"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_cap",
	 "infiniband.portinfo.vlcap"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "init_type",
	 "infiniband.portinfo.inittype"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_high_limit",
	 "infiniband.portinfo.vlhighlimit"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_arb_high_cap",
	 "infiniband.portinfo.vlarbitrationhighcap"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_arb_low_cap",
	 "infiniband.portinfo.vlarbitrationlowcap"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "init_type_reply",
	 "infiniband.portinfo.inittypereply"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "mtu_cap",
	 "infiniband.portinfo.mtucap"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_stall_count",
	 "infiniband.portinfo.vlstallcount"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "hoq_life",
	 "infiniband.portinfo.hoqlife"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "operational_vls",
	 "infiniband.portinfo.operationalvls"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "partition_enforce_in",
	 "infiniband.portinfo.partitionenforcementinbound"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "partition_enforce_out",
	 "infiniband.portinfo.partitionenforcementoutbound"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "filter_raw_in",
	 "infiniband.portinfo.filterrawinbound"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "filter_raw_out",
	 "infiniband.portinfo.filterrawoutbound"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key_violations",
	 "infiniband.portinfo.m_keyviolations"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "p_key_violations",
	 "infiniband.portinfo.p_keyviolations"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "q_key_violations",
	 "infiniband.portinfo.q_keyviolations"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "guid_cap",
	 "infiniband.portinfo.guidcap"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "client_reregister",
	 "infiniband.portinfo.clientreregister"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "subnet_timeout",
	 "infiniband.portinfo.subnettimeout"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "resp_time",
	 "infiniband.portinfo.resptimevalue"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "local_phy_errors",
	 "infiniband.portinfo.localphyerrors"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "overrun_errors",
	 "infiniband.portinfo.overrunerrors"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "max_credit_hint",
	 "infiniband.portinfo.maxcredithint"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_round_trip",
	 "infiniband.portinfo.linkroundtriplatency"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "guid",
	 "infiniband.sminfo.guid"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "sm_key",
	 "infiniband.sminfo.sm_key"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "act_count",
	 "infiniband.sminfo.actcount"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "priority",
	 "infiniband.sminfo.priority"},
	{WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "state",
	 "infiniband.sminfo.smstate"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "base_version",
	 "infiniband.nodeinfo.baseversion"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "class_version",
	 "infiniband.nodeinfo.classversion"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "node_type",
	 "infiniband.nodeinfo.nodetype"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "ports",
	 "infiniband.nodeinfo.numports"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "system_image_guid",
	 "infiniband.nodeinfo.systemimageguid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "node_guid",
	 "infiniband.nodeinfo.nodeguid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "port_guid",
	 "infiniband.nodeinfo.portguid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "partition_cap",
	 "infiniband.nodeinfo.partitioncap"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "device_id",
	 "infiniband.nodeinfo.deviceid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "revision",
	 "infiniband.nodeinfo.revision"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "local_port",
	 "infiniband.nodeinfo.localportnum"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, &wire_node_info_layout, WIRE_SMP_DATA_OFFSET, "vendor_id",
	 "infiniband.nodeinfo.vendorid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key",
	 "infiniband.portinfo.m_key"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "gid_prefix",
	 "infiniband.portinfo.guid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "lid",
	 "infiniband.portinfo.lid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "sm_lid",
	 "infiniband.portinfo.mastersmlid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "capability_mask",
	 "infiniband.portinfo.capabilitymask"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "diag_code",
	 "infiniband.portinfo.diagcode"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key_lease_period",
	 "infiniband.portinfo.m_keyleaseperiod"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "local_port",
	 "infiniband.portinfo.localportnum"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_width_enabled",
	 "infiniband.portinfo.linkwidthenabled"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_width_supported",
	 "infiniband.portinfo.linkwidthsupported"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_width_active",
	 "infiniband.portinfo.linkwidthactive"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_speed_supported",
	 "infiniband.portinfo.linkspeedsupported"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "port_state",
	 "infiniband.portinfo.portstate"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "port_phys_state",
	 "infiniband.portinfo.portphysicalstate"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_down_default_state",
	 "infiniband.portinfo.linkdowndefaultstate"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key_protect_bits",
	 "infiniband.portinfo.m_keyprotectbits"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "lmc",
	 "infiniband.portinfo.lmc"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_speed_active",
	 "infiniband.portinfo.linkspeedactive"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_speed_enabled",
	 "infiniband.portinfo.linkspeedenabled"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "neighbor_mtu",
	 "infiniband.portinfo.neighbormtu"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "sm_sl",
	 "infiniband.portinfo.mastersmsl"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_cap",
	 "infiniband.portinfo.vlcap"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "init_type",
	 "infiniband.portinfo.inittype"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_high_limit",
	 "infiniband.portinfo.vlhighlimit"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_arb_high_cap",
	 "infiniband.portinfo.vlarbitrationhighcap"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_arb_low_cap",
	 "infiniband.portinfo.vlarbitrationlowcap"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "init_type_reply",
	 "infiniband.portinfo.inittypereply"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "mtu_cap",
	 "infiniband.portinfo.mtucap"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "vl_stall_count",
	 "infiniband.portinfo.vlstallcount"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "hoq_life",
	 "infiniband.portinfo.hoqlife"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "operational_vls",
	 "infiniband.portinfo.operationalvls"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "partition_enforce_in",
	 "infiniband.portinfo.partitionenforcementinbound"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "partition_enforce_out",
	 "infiniband.portinfo.partitionenforcementoutbound"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "filter_raw_in",
	 "infiniband.portinfo.filterrawinbound"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "filter_raw_out",
	 "infiniband.portinfo.filterrawoutbound"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "m_key_violations",
	 "infiniband.portinfo.m_keyviolations"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "p_key_violations",
	 "infiniband.portinfo.p_keyviolations"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "q_key_violations",
	 "infiniband.portinfo.q_keyviolations"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "guid_cap",
	 "infiniband.portinfo.guidcap"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "client_reregister",
	 "infiniband.portinfo.clientreregister"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "subnet_timeout",
	 "infiniband.portinfo.subnettimeout"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "resp_time",
	 "infiniband.portinfo.resptimevalue"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "local_phy_errors",
	 "infiniband.portinfo.localphyerrors"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "overrun_errors",
	 "infiniband.portinfo.overrunerrors"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "max_credit_hint",
	 "infiniband.portinfo.maxcredithint"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, &wire_port_info_layout, WIRE_SMP_DATA_OFFSET, "link_round_trip",
	 "infiniband.portinfo.linkroundtriplatency"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "guid",
	 "infiniband.sminfo.guid"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "sm_key",
	 "infiniband.sminfo.sm_key"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "act_count",
	 "infiniband.sminfo.actcount"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "priority",
	 "infiniband.sminfo.priority"},
	{WIRE_CLASS_SUBN_DR, WIRE_SMP_SM_INFO, &wire_sm_info_layout, WIRE_SMP_DATA_OFFSET, "state",
	 "infiniband.sminfo.smstate"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "dgid",
	 "infiniband.pathrecord.dgid"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "sgid",
	 "infiniband.pathrecord.sgid"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "dlid",
	 "infiniband.pathrecord.dlid"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "slid",
	 "infiniband.pathrecord.slid"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "raw_traffic",
	 "infiniband.pathrecord.rawtraffic"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "flow_label",
	 "infiniband.pathrecord.flowlabel"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "hop_limit",
	 "infiniband.pathrecord.hoplimit"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "tclass",
	 "infiniband.pathrecord.tclass"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "reversible",
	 "infiniband.pathrecord.reversible"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "num_path",
	 "infiniband.pathrecord.numbpath"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "pkey",
	 "infiniband.pathrecord.p_key"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "sl",
	 "infiniband.pathrecord.sl"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "mtu_selector",
	 "infiniband.pathrecord.mtuselector"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "mtu",
	 "infiniband.pathrecord.mtu"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "rate_selector",
	 "infiniband.pathrecord.rateselector"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "rate",
	 "infiniband.pathrecord.rate"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "life_selector",
	 "infiniband.pathrecord.packetlifetimeselector"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "life",
	 "infiniband.pathrecord.packetlifetime"},
	{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, &wire_path_record_layout, WIRE_SA_DATA_OFFSET, "preference",
	 "infiniband.pathrecord.preference"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "mgid",
	 "infiniband.mcmemberrecord.mgid"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "port_gid",
	 "infiniband.mcmemberrecord.portgid"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "qkey",
	 "infiniband.mcmemberrecord.q_key"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "mlid",
	 "infiniband.mcmemberrecord.mlid"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "mtu_selector",
	 "infiniband.mcmemberrecord.mtuselector"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "mtu",
	 "infiniband.mcmemberrecord.mtu"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "tclass",
	 "infiniband.mcmemberrecord.tclass"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "pkey",
	 "infiniband.mcmemberrecord.p_key"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "rate_selector",
	 "infiniband.mcmemberrecord.rateselector"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "rate",
	 "infiniband.mcmemberrecord.rate"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "life_selector",
	 "infiniband.mcmemberrecord.packetlifetimeselector"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "life",
	 "infiniband.mcmemberrecord.packetlifetime"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "sl",
	 "infiniband.mcmemberrecord.sl"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "flow_label",
	 "infiniband.mcmemberrecord.flowlabel"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "hop_limit",
	 "infiniband.mcmemberrecord.hoplimit"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "scope",
	 "infiniband.mcmemberrecord.scope"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "join_state",
	 "infiniband.mcmemberrecord.joinstate"},
	{WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, &wire_mcmember_layout, WIRE_SA_DATA_OFFSET, "proxy_join",
	 "infiniband.mcmemberrecord.proxyjoin"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "gid",
	 "infiniband.informinfo.gid"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "lid_begin",
	 "infiniband.informinfo.lidrangebegin"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "lid_end",
	 "infiniband.informinfo.lidrangeend"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "is_generic",
	 "infiniband.informinfo.isgeneric"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "subscribe",
	 "infiniband.informinfo.subscribe"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "type",
	 "infiniband.informinfo.type"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "trap",
	 "infiniband.informinfo.trapnumberdeviceid"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "qpn",
	 "infiniband.informinfo.qpn"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "resp_time",
	 "infiniband.informinfo.resptimevalue"},
	{WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, &wire_inform_info_layout, WIRE_SA_DATA_OFFSET, "producer",
	 "infiniband.informinfo.producertypevendorid"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "is_generic",
	 "infiniband.notice.isgeneric"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "type",
	 "infiniband.notice.type"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "producer",
	 "infiniband.notice.producertypevendorid"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "trap",
	 "infiniband.notice.trapnumberdeviceid"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "issuer_lid",
	 "infiniband.notice.issuerlid"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "toggle",
	 "infiniband.notice.noticetoggle"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "count",
	 "infiniband.notice.noticecount"},
	{WIRE_CLASS_SA, WIRE_SA_NOTICE, &wire_notice_layout, WIRE_SA_DATA_OFFSET, "details",
	 "infiniband.notice.datadetails"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "base_version",
	 "infiniband.classportinfo.baseversion"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "class_version",
	 "infiniband.classportinfo.classversion"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "capability_mask",
	 "infiniband.classportinfo.capabilitymask"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "capability_mask2",
	 "infiniband.classportinfo.capabilitymask2"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "resp_time",
	 "infiniband.classportinfo.resptimevalue"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_gid",
	 "infiniband.classportinfo.redirectgid"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_tclass",
	 "infiniband.classportinfo.redirecttc"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_sl",
	 "infiniband.classportinfo.redirectsl"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_flow_label",
	 "infiniband.classportinfo.redirectfl"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_lid",
	 "infiniband.classportinfo.redirectlid"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_pkey",
	 "infiniband.classportinfo.redirectpkey"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_qpn",
	 "infiniband.classportinfo.redirectqp"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "redirect_qkey",
	 "infiniband.classportinfo.redirectqkey"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_gid",
	 "infiniband.classportinfo.trapgid"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_tclass",
	 "infiniband.classportinfo.traptc"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_sl",
	 "infiniband.classportinfo.trapsl"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_flow_label",
	 "infiniband.classportinfo.trapfl"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_lid",
	 "infiniband.classportinfo.traplid"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_pkey",
	 "infiniband.classportinfo.trappkey"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_qpn",
	 "infiniband.classportinfo.trapqp"},
	{WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_SA_DATA_OFFSET, "trap_qkey",
	 "infiniband.classportinfo.trapqkey"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "base_version",
	 "infiniband.classportinfo.baseversion"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "class_version",
	 "infiniband.classportinfo.classversion"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "capability_mask",
	 "infiniband.classportinfo.capabilitymask"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "capability_mask2",
	 "infiniband.classportinfo.capabilitymask2"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "resp_time",
	 "infiniband.classportinfo.resptimevalue"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_gid",
	 "infiniband.classportinfo.redirectgid"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_tclass",
	 "infiniband.classportinfo.redirecttc"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_sl",
	 "infiniband.classportinfo.redirectsl"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_flow_label",
	 "infiniband.classportinfo.redirectfl"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_lid",
	 "infiniband.classportinfo.redirectlid"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_pkey",
	 "infiniband.classportinfo.redirectpkey"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_qpn",
	 "infiniband.classportinfo.redirectqp"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "redirect_qkey",
	 "infiniband.classportinfo.redirectqkey"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_gid",
	 "infiniband.classportinfo.trapgid"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_tclass",
	 "infiniband.classportinfo.traptc"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_sl",
	 "infiniband.classportinfo.trapsl"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_flow_label",
	 "infiniband.classportinfo.trapfl"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_lid",
	 "infiniband.classportinfo.traplid"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_pkey",
	 "infiniband.classportinfo.trappkey"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_qpn",
	 "infiniband.classportinfo.trapqp"},
	{WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, &wire_class_port_info_layout, WIRE_PERF_DATA_OFFSET, "trap_qkey",
	 "infiniband.classportinfo.trapqkey"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "port_select",
	 "infiniband.portcounters.portselect"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "counter_select",
	 "infiniband.portcounters.counterselect"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "symbol_errors",
	 "infiniband.portcounters.symbolerrorcounter"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "link_error_recovery",
	 "infiniband.portcounters.linkerrorrecoverycounter"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "link_downed",
	 "infiniband.portcounters.linkdownedcounter"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "rcv_errors",
	 "infiniband.portcounters.portrcverrors"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "rcv_remote_physical_errors",
	 "infiniband.portcounters.portrcvremotephysicalerrors"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "rcv_switch_relay_errors",
	 "infiniband.portcounters.portrcvswitchrelayerrors"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "xmit_discards",
	 "infiniband.portcounters.portxmitdiscards"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "xmit_constraint_errors",
	 "infiniband.portcounters.portxmitconstrainterrors"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "rcv_constraint_errors",
	 "infiniband.portcounters.portrcvconstrainterrors"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "local_link_integrity_errors",
	 "infiniband.portcounters.locallinkintegrityerrors"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "excessive_buffer_overruns",
	 "infiniband.portcounters.excessivebufferoverrunerrors"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "vl15_dropped",
	 "infiniband.portcounters.vl15dropped"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "xmit_data",
	 "infiniband.portcounters.portxmitdata"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "rcv_data",
	 "infiniband.portcounters.portrcvdata"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "xmit_packets",
	 "infiniband.portcounters.portxmitpkts"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS, &wire_port_counters_layout, WIRE_PERF_DATA_OFFSET, "rcv_packets",
	 "infiniband.portcounters.portrcvpkts"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "port_select",
	 "infiniband.portcounters_ext.portselect"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "counter_select",
	 "infiniband.portcounters_ext.counterselect"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "xmit_data",
	 "infiniband.portcounters_ext.portxmitdata"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "rcv_data",
	 "infiniband.portcounters_ext.portrcvdata"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "xmit_packets",
	 "infiniband.portcounters_ext.portxmitpkts"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "rcv_packets",
	 "infiniband.portcounters_ext.portrcvpkts"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "unicast_xmit_packets",
	 "infiniband.portcounters_ext.portunicastxmitpkts"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "unicast_rcv_packets",
	 "infiniband.portcounters_ext.portunicastrcvpkts"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "multicast_xmit_packets",
	 "infiniband.portcounters_ext.portmulticastxmitpkts"},
	{WIRE_CLASS_PERF, WIRE_PERF_PORT_COUNTERS_EXT, &wire_port_counters_ext_layout, WIRE_PERF_DATA_OFFSET, "multicast_rcv_packets",
	 "infiniband.portcounters_ext.portmulticastrcvpkts"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "local_id",
	 "infiniband.cm.req"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "service_id",
	 "infiniband.cm.req.serviceid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "local_ca_guid",
	 "infiniband.cm.req.localcaguid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "local_qkey",
	 "infiniband.cm.req.localqkey"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "local_qpn",
	 "infiniband.cm.req.localqpn"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "responder_resources",
	 "infiniband.cm.req.responderres"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "local_eecn",
	 "infiniband.cm.req.localeecn"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "initiator_depth",
	 "infiniband.cm.req.initdepth"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "remote_eecn",
	 "infiniband.cm.req.remoteeecn"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "remote_cm_timeout",
	 "infiniband.cm.req.remoteresptout"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "transport",
	 "infiniband.cm.req.transpsvctype"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "flow_control",
	 "infiniband.cm.req.e2eflowctrl"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "starting_psn",
	 "infiniband.cm.req.startpsn"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "local_cm_timeout",
	 "infiniband.cm.req.localresptout"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "retry_count",
	 "infiniband.cm.req.retrcount"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "pkey",
	 "infiniband.cm.req.pkey"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "path_mtu",
	 "infiniband.cm.req.pppmtu"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "rdc_exists",
	 "infiniband.cm.req.rdcexist"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "rnr_retry_count",
	 "infiniband.cm.req.rnrretrcount"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "max_cm_retries",
	 "infiniband.cm.req.maxcmretr"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "srq",
	 "infiniband.cm.req.srq"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_req_layout, WIRE_CM_DATA_OFFSET, "extended_transport",
	 "infiniband.cm.req.ext_transport"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "local_lid",
	 "infiniband.cm.req.prim_locallid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "remote_lid",
	 "infiniband.cm.req.prim_remotelid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "local_gid",
	 "infiniband.cm.req.prim_localgid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "remote_gid",
	 "infiniband.cm.req.prim_remotegid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "flow_label",
	 "infiniband.cm.req.prim_flowlabel"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "tclass",
	 "infiniband.cm.req.prim_tfcclass"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "hop_limit",
	 "infiniband.cm.req.prim_hoplim"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "sl",
	 "infiniband.cm.req.prim_sl"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "subnet_local",
	 "infiniband.cm.req.prim_subnetlocal"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 52, "local_ack_timeout",
	 "infiniband.cm.req.prim_localacktout"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "local_lid",
	 "infiniband.cm.req.alt_locallid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "remote_lid",
	 "infiniband.cm.req.alt_remotelid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "local_gid",
	 "infiniband.cm.req.alt_localgid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "remote_gid",
	 "infiniband.cm.req.alt_remotegid"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "flow_label",
	 "infiniband.cm.req.alt_flowlabel"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "packet_rate",
	 "infiniband.cm.req.alt_pktrate"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "tclass",
	 "infiniband.cm.req.alt_tfcclass"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "hop_limit",
	 "infiniband.cm.req.alt_hoplim"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "sl",
	 "infiniband.cm.req.alt_sl"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "subnet_local",
	 "infiniband.cm.req.alt_subnetlocal"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_cm_path_layout, WIRE_CM_DATA_OFFSET + 96, "local_ack_timeout",
	 "infiniband.cm.req.alt_localacktout"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_rdma_cm_layout, WIRE_CM_DATA_OFFSET + 140, "major",
	 "infiniband.cm.req.ip_cm.majv"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_rdma_cm_layout, WIRE_CM_DATA_OFFSET + 140, "minor",
	 "infiniband.cm.req.ip_cm.minv"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_rdma_cm_layout, WIRE_CM_DATA_OFFSET + 140, "ip_version",
	 "infiniband.cm.req.ip_cm.ipv"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_rdma_cm_layout, WIRE_CM_DATA_OFFSET + 140, "port",
	 "infiniband.cm.req.ip_cm.sport"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_rdma_cm_layout, WIRE_CM_DATA_OFFSET + 140, "source",
	 "infiniband.cm.req.ip_cm.sip6"},
	{WIRE_CLASS_CM, WIRE_CM_REQ, &wire_rdma_cm_layout, WIRE_CM_DATA_OFFSET + 140, "destination",
	 "infiniband.cm.req.ip_cm.dip6"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "local_id",
	 "infiniband.cm.rep"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "remote_id",
	 "infiniband.cm.rep.remotecommid"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "local_qkey",
	 "infiniband.cm.rep.localqkey"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "local_qpn",
	 "infiniband.cm.rep.localqpn"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "local_eecn",
	 "infiniband.cm.rep.localeecn"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "starting_psn",
	 "infiniband.cm.rep.startpsn"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "responder_resources",
	 "infiniband.cm.rep.respres"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "initiator_depth",
	 "infiniband.cm.rep.initdepth"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "target_ack_delay",
	 "infiniband.cm.rep.tgtackdelay"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "failover_accepted",
	 "infiniband.cm.rep.failoveracc"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "flow_control",
	 "infiniband.cm.rep.e2eflowctrl"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "rnr_retry_count",
	 "infiniband.cm.rep.rnrretrcount"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "srq",
	 "infiniband.cm.rep.srq"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "local_ca_guid",
	 "infiniband.cm.rep.localcaguid"},
	{WIRE_CLASS_CM, WIRE_CM_REP, &wire_cm_rep_layout, WIRE_CM_DATA_OFFSET, "private_data",
	 "infiniband.cm.rep.private"},
	{WIRE_CLASS_CM, WIRE_CM_RTU, &wire_cm_rtu_layout, WIRE_CM_DATA_OFFSET, "local_id",
	 "infiniband.cm.rtu.localcommid"},
	{WIRE_CLASS_CM, WIRE_CM_RTU, &wire_cm_rtu_layout, WIRE_CM_DATA_OFFSET, "remote_id",
	 "infiniband.cm.rtu.remotecommid"},
	{WIRE_CLASS_CM, WIRE_CM_RTU, &wire_cm_rtu_layout, WIRE_CM_DATA_OFFSET, "private_data",
	 "infiniband.cm.rtu.private"},
	{WIRE_CLASS_CM, WIRE_CM_REJ, &wire_cm_rej_layout, WIRE_CM_DATA_OFFSET, "local_id",
	 "infiniband.cm.rej.localcommid"},
	{WIRE_CLASS_CM, WIRE_CM_REJ, &wire_cm_rej_layout, WIRE_CM_DATA_OFFSET, "remote_id",
	 "infiniband.cm.rej.remotecommid"},
	{WIRE_CLASS_CM, WIRE_CM_REJ, &wire_cm_rej_layout, WIRE_CM_DATA_OFFSET, "message",
	 "infiniband.cm.rej.msgrej"},
	{WIRE_CLASS_CM, WIRE_CM_REJ, &wire_cm_rej_layout, WIRE_CM_DATA_OFFSET, "info_length",
	 "infiniband.cm.rej.rejinfolen"},
	{WIRE_CLASS_CM, WIRE_CM_REJ, &wire_cm_rej_layout, WIRE_CM_DATA_OFFSET, "reason",
	 "infiniband.cm.rej.reason"},
	{WIRE_CLASS_CM, WIRE_CM_REJ, &wire_cm_rej_layout, WIRE_CM_DATA_OFFSET, "info",
	 "infiniband.cm.rej.ari"},
	{WIRE_CLASS_CM, WIRE_CM_REJ, &wire_cm_rej_layout, WIRE_CM_DATA_OFFSET, "private_data",
	 "infiniband.cm.rej.private"},
	{WIRE_CLASS_CM, WIRE_CM_DREQ, &wire_cm_dreq_layout, WIRE_CM_DATA_OFFSET, "local_id",
	 "infiniband.cm.dreq.localcommid"},
	{WIRE_CLASS_CM, WIRE_CM_DREQ, &wire_cm_dreq_layout, WIRE_CM_DATA_OFFSET, "remote_id",
	 "infiniband.cm.dreq.remotecommid"},
	{WIRE_CLASS_CM, WIRE_CM_DREQ, &wire_cm_dreq_layout, WIRE_CM_DATA_OFFSET, "remote_qpn",
	 "infiniband.cm.req.remoteqpneecn"},
	{WIRE_CLASS_CM, WIRE_CM_DREQ, &wire_cm_dreq_layout, WIRE_CM_DATA_OFFSET, "private_data",
	 "infiniband.cm.dreq.private"},
	{WIRE_CLASS_CM, WIRE_CM_DREP, &wire_cm_drep_layout, WIRE_CM_DATA_OFFSET, "local_id",
	 "infiniband.cm.drsp.localcommid"},
	{WIRE_CLASS_CM, WIRE_CM_DREP, &wire_cm_drep_layout, WIRE_CM_DATA_OFFSET, "remote_id",
	 "infiniband.cm.drsp.remotecommid"},
	{WIRE_CLASS_CM, WIRE_CM_DREP, &wire_cm_drep_layout, WIRE_CM_DATA_OFFSET, "private_data",
	 "infiniband.cm.drsp.private"},
};
/* clang-format on */

#define TWINS (sizeof(twins) / sizeof(twins[0]))

static unsigned int compared[TWINS];

/* Where tshark's name of a twin stands in its lines: a name is asked for once. */
static size_t column[TWINS];
static size_t columns;

static void columns_assign(void)
{
	for (size_t i = 0; i < TWINS; i++) {
		size_t first = 0;

		while (strcmp(twins[first].theirs, twins[i].theirs) != 0)
			first++;
		column[i] = first < i ? column[first] : columns++;
	}
}

static void put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, (uint16_t)v);
	put_le16(p + 2, (uint16_t)(v >> 16));
}

enum { LRH = 8, BTH = 12, DETH = 8, CRC = 6, PACKET = LRH + BTH + DETH + WIRE_MAD_BYTES + CRC };
enum { PCAP_RECORD = 16, ERF = 16 };

/* LRH (vol. 1, 7.7) BTH (9.2) DETH (9.3.3) around a MAD; check sums are zero. */
static void packet_build(const struct vector_mad *m, uint8_t *p)
{
	memset(p, 0, PACKET);
	p[0] = m->dst_qpn == 0 ? 0xf0 : 0; /* VL15 */
	p[1] = 2; /* BTH is next */
	put_be16(p + 2, m->dlid);
	put_be16(p + 4, (PACKET - 2) / 4);
	put_be16(p + 6, m->slid);
	p += LRH;
	p[0] = 0x64; /* UD SEND only */
	put_be16(p + 2, 0xffff);
	put_be24(p + 5, m->dst_qpn);
	p += BTH;
	put_be32(p, m->qkey);
	put_be24(p + 5, m->src_qpn);
	memcpy(p + DETH, m->mad, WIRE_MAD_BYTES);
}

static void pcap_write(FILE *f, const struct vectors *v)
{
	uint8_t head[24] = {0}, record[PCAP_RECORD + ERF + PACKET];

	put_le32(head, 0xa1b2c3d4);
	put_le16(head + 4, 2);
	put_le16(head + 6, 4);
	put_le32(head + 16, 65535);
	put_le32(head + 20, 197);
	fwrite(head, sizeof(head), 1, f);
	for (size_t i = 0; i < v->len; i++) {
		uint8_t *erf = record + PCAP_RECORD;

		memset(record, 0, sizeof(record));
		put_le32(record, (uint32_t)i);
		put_le32(record + 8, ERF + PACKET);
		put_le32(record + 12, ERF + PACKET);
		put_le32(erf + 4, (uint32_t)i);
		erf[8] = 21;
		erf[9] = 4;
		put_be16(erf + 10, ERF + PACKET);
		put_be16(erf + 14, PACKET);
		packet_build(&v->mads[i], erf + ERF);
		fwrite(record, sizeof(record), 1, f);
	}
}

static bool twin_applies(const struct twin *t, const uint8_t *mad)
{
	if (t->mgmt_class != ANY && t->mgmt_class != wire_mad_class(mad))
		return false;
	return t->attribute == ANY || t->attribute == wire_mad_attribute(mad);
}

/* Their text for an array of bytes: an IPv6 address, or hex digits with or without colons. */
static bool bytes_equal(const uint8_t *ours, size_t len, const char *theirs)
{
	uint8_t gid[16];

	if (len == 16 && inet_pton(AF_INET6, theirs, gid) == 1)
		return memcmp(ours, gid, 16) == 0;
	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		theirs += *theirs == ':';
		if (sscanf(theirs, "%2x", &byte) != 1 || byte != ours[i])
			return false;
		theirs += 2;
	}
	return *theirs == 0;
}

static bool value_equal(const struct twin *t, const uint8_t *mad, const char *theirs)
{
	const struct wire_field *f = wire_layout_field(t->layout, t->field);

	if (!f) {
		fprintf(stderr, "%s has no %s\n", t->layout->name, t->field);
		exit(1);
	}
	if (f->count > 1)
		return bytes_equal(mad + t->offset + f->bit / 8, f->count, theirs);
	return strtoull(theirs, NULL, 0) == wire_field_get(f, mad + t->offset, 0);
}

static FILE *tshark_open(const char *pcap)
{
	static char command[TWINS * 64 + 256];
	size_t len;

	/* The SDP heuristic takes REQs of other port spaces for a Hello. */
	len = (size_t)snprintf(command, sizeof(command),
			       "tshark -n -r %s --disable-protocol infiniband_sdp -T fields "
			       "-E occurrence=f -E separator=/t",
			       pcap);
	for (size_t i = 0, next = 0; i < TWINS; i++) {
		if (column[i] != next)
			continue;
		next++;
		len += (size_t)snprintf(command + len, sizeof(command) - len, " -e %s",
					twins[i].theirs);
	}
	snprintf(command + len, sizeof(command) - len, " 2>/dev/null");
	return popen(command, "r");
}

/* One line of tshark's against one MAD of ours; the number of fields that differ. */
static unsigned int line_compare(char *line, const struct vector_mad *m)
{
	const char *values[TWINS];
	unsigned int differ = 0;

	for (size_t c = 0; c < columns; c++) {
		values[c] = strsep(&line, "\t\n");
		if (!values[c]) {
			fprintf(stderr, "%s:%u: a short line\n", m->file, m->seq);
			return 1;
		}
	}
	for (size_t i = 0; i < TWINS; i++) {
		const char *theirs = values[column[i]];

		if (!*theirs || !twin_applies(&twins[i], m->mad))
			continue;
		compared[i]++;
		if (value_equal(&twins[i], m->mad, theirs))
			continue;
		fprintf(stderr, "%s:%u: %s is %s, not our %s.%s\n", m->file, m->seq,
			twins[i].theirs, theirs, twins[i].layout->name, twins[i].field);
		differ++;
	}
	return differ;
}

static int corpus_compare(const struct vectors *v, const char *pcap)
{
	static char line[65536];
	FILE *f = tshark_open(pcap);
	unsigned int differ = 0;
	size_t lines = 0;

	if (!f)
		return 1;
	while (lines < v->len && fgets(line, sizeof(line), f))
		differ += line_compare(line, &v->mads[lines++]);
	if (pclose(f) != 0 || lines != v->len) {
		fprintf(stderr, "tshark: %zu lines for %zu MADs\n", lines, v->len);
		return 1;
	}
	for (size_t i = 0; i < TWINS; i++) {
		if (compared[i] > 0)
			continue;
		fprintf(stderr, "%s was never shown\n", twins[i].theirs);
		differ++;
	}
	printf("%zu MADs, %zu fields, %u differences\n", lines, TWINS, differ);
	return differ ? 1 : 0;
}

int main(void)
{
	char pcap[] = "/tmp/ibgate-wire-XXXXXX";
	struct vectors v;
	int fd, result;
	FILE *f;

	if (system("tshark --version >/dev/null 2>&1") != 0) {
		printf("skipped: no tshark\n");
		return SKIP;
	}
	fd = mkstemp(pcap);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		perror(pcap);
		return 1;
	}
	columns_assign();
	v = vectors_load();
	pcap_write(f, &v);
	fclose(f);
	result = corpus_compare(&v, pcap);
	unlink(pcap);
	vectors_free(&v);
	return result;
}
