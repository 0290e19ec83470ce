/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tshark's names of fields beside ours: the table of test_wire_tshark.c, and of nobody else. */
#pragma once

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

#define ANY 0xffff

/* tshark's name behind the prefix of its group, and ours. */
struct name_pair {
	const char *theirs;
	const char *ours;
};

/* In which MADs, and where our layout starts in them. */
struct group {
	uint16_t mgmt_class;
	uint16_t attribute;
	const struct wire_layout *layout;
	unsigned int offset;
	const char *prefix;
	const struct name_pair *names;
	size_t names_len;
};

/*
 * Not infiniband.cm.req.prim_pktrate: tshark 4.0 shows 0 for a word 00000003; Linux
 * (ibta_vol1_c12.h) has the rate in its low six bits, as we do. Not rresptime and rmppflags: its
 * masks are four and four bits wide instead of five and three.
 */
static const struct name_pair mad_header_names[] = {
	{"baseversion", "base_version"},   {"mgmtclass", "mgmt_class"},
	{"classversion", "class_version"}, {"method", "method"},
	{"transactionid", "tid"},	   {"attributeid", "attribute"},
	{"attributemodifier", "modifier"}};
static const struct name_pair rmpp_names[] = {
	{"rmppversion", "version"}, {"rmpptype", "type"}, {"rmppstatus", "status"}};
static const struct name_pair sa_header_names[] = {{"smkey", "sm_key"},
						   {"attributeoffset", "attribute_offset"},
						   {"componentmask", "comp_mask"}};
static const struct name_pair node_info_names[] = {{"baseversion", "base_version"},
						   {"classversion", "class_version"},
						   {"nodetype", "node_type"},
						   {"numports", "ports"},
						   {"systemimageguid", "system_image_guid"},
						   {"nodeguid", "node_guid"},
						   {"portguid", "port_guid"},
						   {"partitioncap", "partition_cap"},
						   {"deviceid", "device_id"},
						   {"revision", "revision"},
						   {"localportnum", "local_port"},
						   {"vendorid", "vendor_id"}};
static const struct name_pair port_info_names[] = {
	{"m_key", "m_key"},
	{"guid", "gid_prefix"},
	{"lid", "lid"},
	{"mastersmlid", "sm_lid"},
	{"capabilitymask", "capability_mask"},
	{"diagcode", "diag_code"},
	{"m_keyleaseperiod", "m_key_lease_period"},
	{"localportnum", "local_port"},
	{"linkwidthenabled", "link_width_enabled"},
	{"linkwidthsupported", "link_width_supported"},
	{"linkwidthactive", "link_width_active"},
	{"linkspeedsupported", "link_speed_supported"},
	{"portstate", "port_state"},
	{"portphysicalstate", "port_phys_state"},
	{"linkdowndefaultstate", "link_down_default_state"},
	{"m_keyprotectbits", "m_key_protect_bits"},
	{"lmc", "lmc"},
	{"linkspeedactive", "link_speed_active"},
	{"linkspeedenabled", "link_speed_enabled"},
	{"neighbormtu", "neighbor_mtu"},
	{"mastersmsl", "sm_sl"},
	{"vlcap", "vl_cap"},
	{"inittype", "init_type"},
	{"vlhighlimit", "vl_high_limit"},
	{"vlarbitrationhighcap", "vl_arb_high_cap"},
	{"vlarbitrationlowcap", "vl_arb_low_cap"},
	{"inittypereply", "init_type_reply"},
	{"mtucap", "mtu_cap"},
	{"vlstallcount", "vl_stall_count"},
	{"hoqlife", "hoq_life"},
	{"operationalvls", "operational_vls"},
	{"partitionenforcementinbound", "partition_enforce_in"},
	{"partitionenforcementoutbound", "partition_enforce_out"},
	{"filterrawinbound", "filter_raw_in"},
	{"filterrawoutbound", "filter_raw_out"},
	{"m_keyviolations", "m_key_violations"},
	{"p_keyviolations", "p_key_violations"},
	{"q_keyviolations", "q_key_violations"},
	{"guidcap", "guid_cap"},
	{"clientreregister", "client_reregister"},
	{"subnettimeout", "subnet_timeout"},
	{"resptimevalue", "resp_time"},
	{"localphyerrors", "local_phy_errors"},
	{"overrunerrors", "overrun_errors"},
	{"maxcredithint", "max_credit_hint"},
	{"linkroundtriplatency", "link_round_trip"}};
static const struct name_pair sm_info_names[] = {{"guid", "guid"},
						 {"sm_key", "sm_key"},
						 {"actcount", "act_count"},
						 {"priority", "priority"},
						 {"smstate", "state"}};
static const struct name_pair path_record_names[] = {{"dgid", "dgid"},
						     {"sgid", "sgid"},
						     {"dlid", "dlid"},
						     {"slid", "slid"},
						     {"rawtraffic", "raw_traffic"},
						     {"flowlabel", "flow_label"},
						     {"hoplimit", "hop_limit"},
						     {"tclass", "tclass"},
						     {"reversible", "reversible"},
						     {"numbpath", "num_path"},
						     {"p_key", "pkey"},
						     {"sl", "sl"},
						     {"mtuselector", "mtu_selector"},
						     {"mtu", "mtu"},
						     {"rateselector", "rate_selector"},
						     {"rate", "rate"},
						     {"packetlifetimeselector", "life_selector"},
						     {"packetlifetime", "life"},
						     {"preference", "preference"}};
static const struct name_pair mcmember_names[] = {{"mgid", "mgid"},
						  {"portgid", "port_gid"},
						  {"q_key", "qkey"},
						  {"mlid", "mlid"},
						  {"mtuselector", "mtu_selector"},
						  {"mtu", "mtu"},
						  {"tclass", "tclass"},
						  {"p_key", "pkey"},
						  {"rateselector", "rate_selector"},
						  {"rate", "rate"},
						  {"packetlifetimeselector", "life_selector"},
						  {"packetlifetime", "life"},
						  {"sl", "sl"},
						  {"flowlabel", "flow_label"},
						  {"hoplimit", "hop_limit"},
						  {"scope", "scope"},
						  {"joinstate", "join_state"},
						  {"proxyjoin", "proxy_join"}};
static const struct name_pair inform_info_names[] = {{"gid", "gid"},
						     {"lidrangebegin", "lid_begin"},
						     {"lidrangeend", "lid_end"},
						     {"isgeneric", "is_generic"},
						     {"subscribe", "subscribe"},
						     {"type", "type"},
						     {"trapnumberdeviceid", "trap"},
						     {"qpn", "qpn"},
						     {"resptimevalue", "resp_time"},
						     {"producertypevendorid", "producer"}};
static const struct name_pair notice_names[] = {{"isgeneric", "is_generic"},
						{"type", "type"},
						{"producertypevendorid", "producer"},
						{"trapnumberdeviceid", "trap"},
						{"issuerlid", "issuer_lid"},
						{"noticetoggle", "toggle"},
						{"noticecount", "count"},
						{"datadetails", "details"}};
static const struct name_pair class_port_info_names[] = {{"baseversion", "base_version"},
							 {"classversion", "class_version"},
							 {"capabilitymask", "capability_mask"},
							 {"capabilitymask2", "capability_mask2"},
							 {"resptimevalue", "resp_time"},
							 {"redirectgid", "redirect_gid"},
							 {"redirecttc", "redirect_tclass"},
							 {"redirectsl", "redirect_sl"},
							 {"redirectfl", "redirect_flow_label"},
							 {"redirectlid", "redirect_lid"},
							 {"redirectpkey", "redirect_pkey"},
							 {"redirectqp", "redirect_qpn"},
							 {"redirectqkey", "redirect_qkey"},
							 {"trapgid", "trap_gid"},
							 {"traptc", "trap_tclass"},
							 {"trapsl", "trap_sl"},
							 {"trapfl", "trap_flow_label"},
							 {"traplid", "trap_lid"},
							 {"trappkey", "trap_pkey"},
							 {"trapqp", "trap_qpn"},
							 {"trapqkey", "trap_qkey"}};
static const struct name_pair cm_req_names[] = {{"req", "local_id"},
						{"req.serviceid", "service_id"},
						{"req.localcaguid", "local_ca_guid"},
						{"req.localqkey", "local_qkey"},
						{"req.localqpn", "local_qpn"},
						{"req.responderres", "responder_resources"},
						{"req.localeecn", "local_eecn"},
						{"req.initdepth", "initiator_depth"},
						{"req.remoteeecn", "remote_eecn"},
						{"req.remoteresptout", "remote_cm_timeout"},
						{"req.transpsvctype", "transport"},
						{"req.e2eflowctrl", "flow_control"},
						{"req.startpsn", "starting_psn"},
						{"req.localresptout", "local_cm_timeout"},
						{"req.retrcount", "retry_count"},
						{"req.pkey", "pkey"},
						{"req.pppmtu", "path_mtu"},
						{"req.rdcexist", "rdc_exists"},
						{"req.rnrretrcount", "rnr_retry_count"},
						{"req.maxcmretr", "max_cm_retries"},
						{"req.srq", "srq"},
						{"req.ext_transport", "extended_transport"}};
static const struct name_pair cm_path_names[] = {
	{"locallid", "local_lid"},	 {"remotelid", "remote_lid"},
	{"localgid", "local_gid"},	 {"remotegid", "remote_gid"},
	{"flowlabel", "flow_label"},	 {"tfcclass", "tclass"},
	{"hoplim", "hop_limit"},	 {"sl", "sl"},
	{"subnetlocal", "subnet_local"}, {"localacktout", "local_ack_timeout"}};
static const struct name_pair cm_path2_names[] = {{"locallid", "local_lid"},
						  {"remotelid", "remote_lid"},
						  {"localgid", "local_gid"},
						  {"remotegid", "remote_gid"},
						  {"flowlabel", "flow_label"},
						  {"pktrate", "packet_rate"},
						  {"tfcclass", "tclass"},
						  {"hoplim", "hop_limit"},
						  {"sl", "sl"},
						  {"subnetlocal", "subnet_local"},
						  {"localacktout", "local_ack_timeout"}};
static const struct name_pair rdma_cm_names[] = {{"majv", "major"},	{"minv", "minor"},
						 {"ipv", "ip_version"}, {"sport", "port"},
						 {"sip6", "source"},	{"dip6", "destination"}};
static const struct name_pair cm_rep_names[] = {{"rep", "local_id"},
						{"rep.remotecommid", "remote_id"},
						{"rep.localqkey", "local_qkey"},
						{"rep.localqpn", "local_qpn"},
						{"rep.localeecn", "local_eecn"},
						{"rep.startpsn", "starting_psn"},
						{"rep.respres", "responder_resources"},
						{"rep.initdepth", "initiator_depth"},
						{"rep.tgtackdelay", "target_ack_delay"},
						{"rep.failoveracc", "failover_accepted"},
						{"rep.e2eflowctrl", "flow_control"},
						{"rep.rnrretrcount", "rnr_retry_count"},
						{"rep.srq", "srq"},
						{"rep.localcaguid", "local_ca_guid"},
						{"rep.private", "private_data"}};
static const struct name_pair cm_rtu_names[] = {
	{"localcommid", "local_id"}, {"remotecommid", "remote_id"}, {"private", "private_data"}};
static const struct name_pair cm_rej_names[] = {
	{"localcommid", "local_id"},   {"remotecommid", "remote_id"}, {"msgrej", "message"},
	{"rejinfolen", "info_length"}, {"reason", "reason"},	      {"ari", "info"},
	{"private", "private_data"}};
static const struct name_pair cm_dreq_names[] = {{"dreq.localcommid", "local_id"},
						 {"dreq.remotecommid", "remote_id"},
						 {"req.remoteqpneecn", "remote_qpn"},
						 {"dreq.private", "private_data"}};

#define GROUP(cls, attr, name, at, theirs, pairs)                    \
	{                                                            \
		cls, attr, &wire_##name##_layout, at, theirs, pairs, \
			sizeof(pairs) / sizeof((pairs)[0])           \
	}

static const struct group groups[] = {
	GROUP(ANY, ANY, mad_header, 0, "mad.", mad_header_names),
	GROUP(WIRE_CLASS_SA, ANY, rmpp, WIRE_RMPP_OFFSET, "rmpp.", rmpp_names),
	GROUP(WIRE_CLASS_SA, ANY, sa_header, WIRE_SA_HEADER_OFFSET, "sa.", sa_header_names),
	GROUP(WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, node_info, WIRE_SMP_DATA_OFFSET, "nodeinfo.",
	      node_info_names),
	GROUP(WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, port_info, WIRE_SMP_DATA_OFFSET, "portinfo.",
	      port_info_names),
	GROUP(WIRE_CLASS_SUBN_LID, WIRE_SMP_SM_INFO, sm_info, WIRE_SMP_DATA_OFFSET, "sminfo.",
	      sm_info_names),
	GROUP(WIRE_CLASS_SUBN_DR, WIRE_SMP_NODE_INFO, node_info, WIRE_SMP_DATA_OFFSET, "nodeinfo.",
	      node_info_names),
	GROUP(WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, port_info, WIRE_SMP_DATA_OFFSET, "portinfo.",
	      port_info_names),
	GROUP(WIRE_CLASS_SUBN_DR, WIRE_SMP_SM_INFO, sm_info, WIRE_SMP_DATA_OFFSET, "sminfo.",
	      sm_info_names),
	GROUP(WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, path_record, WIRE_SA_DATA_OFFSET, "pathrecord.",
	      path_record_names),
	GROUP(WIRE_CLASS_SA, WIRE_SA_MCMEMBER_RECORD, mcmember, WIRE_SA_DATA_OFFSET,
	      "mcmemberrecord.", mcmember_names),
	GROUP(WIRE_CLASS_SA, WIRE_SA_INFORM_INFO, inform_info, WIRE_SA_DATA_OFFSET, "informinfo.",
	      inform_info_names),
	GROUP(WIRE_CLASS_SA, WIRE_SA_NOTICE, notice, WIRE_SA_DATA_OFFSET, "notice.", notice_names),
	GROUP(WIRE_CLASS_SA, WIRE_SA_CLASS_PORT_INFO, class_port_info, WIRE_SA_DATA_OFFSET,
	      "classportinfo.", class_port_info_names),
	GROUP(WIRE_CLASS_PERF, WIRE_PERF_CLASS_PORT_INFO, class_port_info, WIRE_PERF_DATA_OFFSET,
	      "classportinfo.", class_port_info_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_REQ, cm_req, WIRE_CM_DATA_OFFSET, "cm.", cm_req_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_REQ, cm_path, WIRE_CM_DATA_OFFSET + 52, "cm.req.prim_",
	      cm_path_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_REQ, cm_path, WIRE_CM_DATA_OFFSET + 96, "cm.req.alt_",
	      cm_path2_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_REQ, rdma_cm, WIRE_CM_DATA_OFFSET + 140, "cm.req.ip_cm.",
	      rdma_cm_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_REP, cm_rep, WIRE_CM_DATA_OFFSET, "cm.", cm_rep_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_RTU, cm_rtu, WIRE_CM_DATA_OFFSET, "cm.rtu.", cm_rtu_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_REJ, cm_rej, WIRE_CM_DATA_OFFSET, "cm.rej.", cm_rej_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_DREQ, cm_dreq, WIRE_CM_DATA_OFFSET, "cm.", cm_dreq_names),
	GROUP(WIRE_CLASS_CM, WIRE_CM_DREP, cm_drep, WIRE_CM_DATA_OFFSET, "cm.drsp.", cm_rtu_names),
};
