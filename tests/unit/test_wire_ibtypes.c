/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Second opinion on offsets: OpenSM's ib_types.h, whose structs overlay the same bytes. */
#include <infiniband/iba/ib_types.h>

#include "wire/guid_info.h"
#include "wire/inform_info.h"
#include "wire/mcmember.h"
#include "wire/node_info.h"
#include "wire/notice.h"
#include "wire/path_record.h"
#include "wire/perf.h"
#include "wire/pkey_table.h"
#include "wire/port_info.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/service_record.h"
#include "wire/smp.h"
#include "wire_vectors.h"
#include "tests/unit/test.h"

struct twin {
	const struct wire_layout *layout;
	const char *field;
	size_t offset; /* theirs */
	size_t size;
};

#define TWIN(layout, field, type, member)                                \
	{                                                                \
		&wire_##layout##_layout, #field, offsetof(type, member), \
			sizeof(((type *)0)->member)                      \
	}

/* Members that do not share bytes and that libibmad does not read (test_wire_ibmad.c). */
/* clang-format off */
static const struct twin twins[] = {
	TWIN(path_record, service_id, ib_path_rec_t, service_id),
	TWIN(path_record, tclass, ib_path_rec_t, tclass),
	TWIN(path_record, pkey, ib_path_rec_t, pkey),
	TWIN(path_record, preference, ib_path_rec_t, preference),
	TWIN(service_record, data8, ib_service_record_t, service_data8),
	TWIN(service_record, data16, ib_service_record_t, service_data16),
	TWIN(service_record, data32, ib_service_record_t, service_data32),
	TWIN(service_record, data64, ib_service_record_t, service_data64),
	TWIN(inform_info, gid, ib_inform_info_t, gid),
	TWIN(inform_info, lid_begin, ib_inform_info_t, lid_range_begin),
	TWIN(inform_info, lid_end, ib_inform_info_t, lid_range_end),
	TWIN(inform_info, is_generic, ib_inform_info_t, is_generic),
	TWIN(inform_info, subscribe, ib_inform_info_t, subscribe),
	TWIN(inform_info, type, ib_inform_info_t, trap_type),
	TWIN(inform_info, trap, ib_inform_info_t, g_or_v.generic.trap_num),
	TWIN(inform_info_record, subscriber_gid, ib_inform_info_record_t, subscriber_gid),
	TWIN(inform_info_record, subscriber_enum, ib_inform_info_record_t, subscriber_enum),
	TWIN(inform_info_record, info, ib_inform_info_record_t, inform_info),
	TWIN(sa_notice, issuer_gid, ib_mad_notice_attr_t, issuer_gid),
	TWIN(pkey_table, pkey, ib_pkey_table_t, pkey_entry),
	TWIN(pkey_table_record, lid, ib_pkey_table_record_t, lid),
	TWIN(pkey_table_record, block, ib_pkey_table_record_t, block_num),
	TWIN(pkey_table_record, port, ib_pkey_table_record_t, port_num),
	TWIN(pkey_table_record, table, ib_pkey_table_record_t, pkey_tbl),
	TWIN(guid_info, guid, ib_guid_info_t, guid),
	TWIN(guid_info_record, info, ib_guidinfo_record_t, guid_info),
	TWIN(node_record, info, ib_node_record_t, node_info),
	TWIN(port_info_record, endport_lid, ib_portinfo_record_t, lid),
	TWIN(port_info_record, port, ib_portinfo_record_t, port_num),
	TWIN(port_info_record, options, ib_portinfo_record_t, options),
	TWIN(port_info_record, info, ib_portinfo_record_t, port_info),
};
/* clang-format on */

static size_t field_bytes(const struct wire_field *f)
{
	return f->nested ? f->nested->bytes : (size_t)f->bits * f->count / 8;
}

TEST(members_of_ib_types_lie_where_our_rows_do)
{
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		const struct twin *t = &twins[i];
		const struct wire_field *f = wire_layout_field(t->layout, t->field);

		if (!f)
			fail_msg("%s has no %s", t->layout->name, t->field);
		if (f->bit != 8 * t->offset || field_bytes(f) != t->size)
			fail_msg("%s.%s: byte %u, theirs %zu", t->layout->name, t->field,
				 f->bit / 8, t->offset);
	}
}

/* Members that share their bytes, through OpenSM's accessors. */
TEST(accessors_of_ib_types_agree_on_a_path_record)
{
	uint32_t seed = 5;

	for (int round = 0; round < 64; round++) {
		struct wire_path_record ours;
		ib_path_rec_t theirs;
		uint8_t bytes[sizeof(theirs)];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = vectors_random(&seed);
		memcpy(&theirs, bytes, sizeof(theirs));
		wire_path_record_decode((struct span){bytes, sizeof(bytes)}, &ours);
		assert_int_equal(ours.qos_class, ib_path_rec_qos_class(&theirs));
		assert_int_equal(ours.mtu, ib_path_rec_mtu(&theirs));
		assert_int_equal(ours.mtu_selector, ib_path_rec_mtu_sel(&theirs));
		assert_int_equal(ours.rate, ib_path_rec_rate(&theirs));
		assert_int_equal(ours.rate_selector, ib_path_rec_rate_sel(&theirs));
		assert_int_equal(ours.life, ib_path_rec_pkt_life(&theirs));
		assert_int_equal(ours.life_selector, ib_path_rec_pkt_life_sel(&theirs));
		assert_int_equal(ours.flow_label, ib_path_rec_flow_lbl(&theirs));
		assert_int_equal(ours.hop_limit, ib_path_rec_hop_limit(&theirs));
		assert_int_equal(ours.reversible, theirs.num_path >> 7);
	}
}

TEST(accessors_of_ib_types_agree_on_a_member_record)
{
	uint32_t seed = 6;

	for (int round = 0; round < 64; round++) {
		struct wire_mcmember ours;
		ib_member_rec_t theirs;
		uint8_t bytes[sizeof(theirs)], sl, hop, scope, join;
		uint32_t flow;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = vectors_random(&seed);
		memcpy(&theirs, bytes, sizeof(theirs));
		wire_mcmember_decode((struct span){bytes, sizeof(bytes)}, &ours);
		ib_member_get_sl_flow_hop(theirs.sl_flow_hop, &sl, &flow, &hop);
		ib_member_get_scope_state(theirs.scope_state, &scope, &join);
		assert_int_equal(ours.sl, sl);
		assert_int_equal(ours.flow_label, flow);
		assert_int_equal(ours.hop_limit, hop);
		assert_int_equal(ours.scope, scope);
		assert_int_equal(ours.join_state, join);
		assert_int_equal(ours.mtu_selector, theirs.mtu >> 6);
		assert_int_equal(ours.rate_selector, theirs.rate >> 6);
		assert_int_equal(ours.life_selector, theirs.pkt_life >> 6);
		assert_int_equal(ours.life, theirs.pkt_life & 0x3f);
	}
}

TEST(accessors_of_ib_types_agree_on_subscriptions)
{
	uint32_t seed = 7;

	for (int round = 0; round < 64; round++) {
		struct wire_inform_info info;
		ib_inform_info_t theirs;
		uint8_t bytes[sizeof(theirs)], resp_time;
		ib_net32_t qpn;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = vectors_random(&seed);
		memcpy(&theirs, bytes, sizeof(theirs));
		wire_inform_info_decode((struct span){bytes, sizeof(bytes)}, &info);
		ib_inform_info_get_qpn_resp_time(theirs.g_or_v.generic.qpn_resp_time_val, &qpn,
						 &resp_time);
		assert_int_equal(info.qpn, cl_ntoh32(qpn));
		assert_int_equal(info.resp_time, resp_time);
		assert_int_equal(info.producer, cl_ntoh32(ib_inform_info_get_prod_type(&theirs)));
	}
}

TEST(details_of_a_trap_are_found_where_ib_types_has_them)
{
	enum { DETAILS = offsetof(ib_mad_notice_attr_t, data_details) };
#define DETAIL(member) (offsetof(ib_mad_notice_attr_t, data_details.member) - DETAILS)
	static const struct {
		uint16_t trap;
		size_t lid; /* within the details */
	} rows[] = {
		{WIRE_TRAP_LINK_STATE, DETAIL(ntc_128.sw_lid)},
		{WIRE_TRAP_BUFFER_OVERRUN, DETAIL(ntc_129_131.lid)},
		{WIRE_TRAP_LOCAL_CHANGES, DETAIL(ntc_144.lid)},
		{WIRE_TRAP_BAD_MKEY, DETAIL(ntc_256.lid)},
	};
	struct wire_notice notice = {.is_generic = true, .trap = WIRE_TRAP_GROUP_CREATED};

	assert_ptr_equal(wire_notice_gid(&notice), notice.details + DETAIL(ntc_64_67.gid));
	assert_int_equal(wire_notice_lid(&notice), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(notice.details, 0, sizeof(notice.details));
		put_be16(notice.details + rows[i].lid, 0x1234);
		notice.trap = rows[i].trap;
		assert_int_equal(wire_notice_lid(&notice), 0x1234);
		assert_null(wire_notice_gid(&notice));
	}
	notice.trap = WIRE_TRAP_LOCAL_CHANGES;
	put_be32(notice.details + DETAIL(ntc_144.new_cap_mask), 0x89abcdef);
	assert_int_equal(wire_notice_capability_mask(&notice), 0x89abcdef);
#undef DETAIL
}

/* ib_types.h has its masks in network order. */
TEST(component_bits_are_opensms)
{
	assert_true(cl_hton64(WIRE_PATH_COMP_SERVICE_ID) == IB_PR_COMPMASK_SERVICEID);
	assert_true(cl_hton64(WIRE_PATH_COMP_DGID) == IB_PR_COMPMASK_DGID);
	assert_true(cl_hton64(WIRE_PATH_COMP_SLID) == IB_PR_COMPMASK_SLID);
	assert_true(cl_hton64(WIRE_PATH_COMP_FLOW_LABEL) == IB_PR_COMPMASK_FLOWLABEL);
	assert_true(cl_hton64(WIRE_PATH_COMP_NUM_PATH) == IB_PR_COMPMASK_NUMBPATH);
	assert_true(cl_hton64(WIRE_PATH_COMP_SL) == IB_PR_COMPMASK_SL);
	assert_true(cl_hton64(WIRE_PATH_COMP_LIFE) == IB_PR_COMPMASK_PKTLIFETIME);
	assert_true(cl_hton64(WIRE_MCMEMBER_COMP_MGID) == IB_MCR_COMPMASK_MGID);
	assert_true(cl_hton64(WIRE_MCMEMBER_COMP_QKEY) == IB_MCR_COMPMASK_QKEY);
	assert_true(cl_hton64(WIRE_MCMEMBER_COMP_LIFE) == IB_MCR_COMPMASK_LIFE);
	assert_true(cl_hton64(WIRE_MCMEMBER_COMP_JOIN_STATE) == IB_MCR_COMPMASK_JOIN_STATE);
	assert_true(cl_hton64(WIRE_MCMEMBER_COMP_PROXY_JOIN) == IB_MCR_COMPMASK_PROXY);
	assert_true(cl_hton64(WIRE_SERVICE_COMP_LEASE) == IB_SR_COMPMASK_SLEASE);
	assert_true(cl_hton64(WIRE_SERVICE_COMP_NAME) == IB_SR_COMPMASK_SNAME);
	assert_true(cl_hton64(WIRE_SERVICE_COMP_DATA8(15)) == IB_SR_COMPMASK_SDATA8_15);
	assert_true(cl_hton64(WIRE_SERVICE_COMP_DATA64(1)) == IB_SR_COMPMASK_SDATA64_1);
}

TEST(numbers_of_attributes_are_opensms)
{
	assert_int_equal(cl_hton16(WIRE_SMP_PORT_INFO), IB_MAD_ATTR_PORT_INFO);
	assert_int_equal(cl_hton16(WIRE_SMP_SM_INFO), IB_MAD_ATTR_SM_INFO);
	assert_int_equal(cl_hton16(WIRE_SMP_VLARB_TABLE), IB_MAD_ATTR_VL_ARBITRATION);
	assert_int_equal(cl_hton16(WIRE_SA_SL2VL_RECORD), IB_MAD_ATTR_SLVL_RECORD);
	assert_int_equal(cl_hton16(WIRE_SA_SERVICE_RECORD), IB_MAD_ATTR_SERVICE_RECORD);
	assert_int_equal(cl_hton16(WIRE_SA_MULTI_PATH_RECORD), IB_MAD_ATTR_MULTIPATH_RECORD);
	assert_int_equal(cl_hton16(WIRE_SA_INFORM_INFO_RECORD), IB_MAD_ATTR_INFORM_INFO_RECORD);
	assert_int_equal(cl_hton16(WIRE_SA_GUID_INFO_RECORD), IB_MAD_ATTR_GUIDINFO_RECORD);
	assert_int_equal(cl_hton16(WIRE_PERF_PORT_COUNTERS), IB_MAD_ATTR_PORT_CNTRS);
	assert_int_equal(cl_hton16(WIRE_PERF_PORT_COUNTERS_EXT), IB_MAD_ATTR_PORT_CNTRS_EXT);
	assert_int_equal(WIRE_RMPP_ABORT, IB_RMPP_TYPE_ABORT);
	assert_int_equal(WIRE_RMPP_STATUS_BAD_FIRST, IB_RMPP_STATUS_BAD_SEG);
}
