/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tshark's names of fields and ours: the table of test_wire_tshark.c only. Fields that libibmad or
 * ib_types.h read (test_wire_ibmad.c, test_wire_ibtypes.c) are not here.
 */
#pragma once

#include "base/bytes.h"
#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/mad_header.h"
#include "wire/rdma_cm.h"
#include "wire/rmpp.h"
#include "wire/sa.h"

#define ANY 0xffff

/* tshark's name after the prefix of its group, and ours. */
struct name_pair {
	const char *theirs;
	const char *ours;
};

/* The MADs that contain it, and the start of our layout in them. */
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
 * Not infiniband.cm.req.prim_pktrate: tshark 4.0 shows 0 for a word 00000003; Linux (ibta_vol1_c12.h) has
 * the rate in its low six bits, as here. Not rresptime and rmppflags: its masks are four and four bits wide
 * instead of five and three.
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
