/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Second opinion on offsets and widths: libibmad's field decoder reads the same bytes. */
#include <infiniband/mad.h>

#include "wire/class_port_info.h"
#include "wire/guid_info.h"
#include "wire/mad_header.h"
#include "wire/mcmember.h"
#include "wire/node_info.h"
#include "wire/notice.h"
#include "wire/path_record.h"
#include "wire/port_info.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/service_record.h"
#include "wire/sm_info.h"
#include "wire/smp.h"
#include "wire_vectors.h"
#include "tests/unit/test.h"

struct twin {
	const struct wire_layout *layout;
	const char *field;
	enum MAD_FIELDS ibmad;
};

/* clang-format off */
/* Not IB_PC_QP1_DROP_F: libibmad 5.3 reads VL15Dropped there; ib_types.h is right. */
static const struct twin twins[] = {
	{&wire_port_info_layout, "m_key", IB_PORT_MKEY_F},
	{&wire_port_info_layout, "gid_prefix", IB_PORT_GID_PREFIX_F},
	{&wire_port_info_layout, "lid", IB_PORT_LID_F},
	{&wire_port_info_layout, "sm_lid", IB_PORT_SMLID_F},
	{&wire_port_info_layout, "capability_mask", IB_PORT_CAPMASK_F},
	{&wire_port_info_layout, "diag_code", IB_PORT_DIAG_F},
	{&wire_port_info_layout, "m_key_lease_period", IB_PORT_MKEY_LEASE_F},
	{&wire_port_info_layout, "local_port", IB_PORT_LOCAL_PORT_F},
	{&wire_port_info_layout, "link_width_enabled", IB_PORT_LINK_WIDTH_ENABLED_F},
	{&wire_port_info_layout, "link_width_supported", IB_PORT_LINK_WIDTH_SUPPORTED_F},
	{&wire_port_info_layout, "link_width_active", IB_PORT_LINK_WIDTH_ACTIVE_F},
	{&wire_port_info_layout, "link_speed_supported", IB_PORT_LINK_SPEED_SUPPORTED_F},
	{&wire_port_info_layout, "port_state", IB_PORT_STATE_F},
	{&wire_port_info_layout, "port_phys_state", IB_PORT_PHYS_STATE_F},
	{&wire_port_info_layout, "link_down_default_state", IB_PORT_LINK_DOWN_DEF_F},
	{&wire_port_info_layout, "m_key_protect_bits", IB_PORT_MKEY_PROT_BITS_F},
	{&wire_port_info_layout, "lmc", IB_PORT_LMC_F},
	{&wire_port_info_layout, "link_speed_active", IB_PORT_LINK_SPEED_ACTIVE_F},
	{&wire_port_info_layout, "link_speed_enabled", IB_PORT_LINK_SPEED_ENABLED_F},
	{&wire_port_info_layout, "neighbor_mtu", IB_PORT_NEIGHBOR_MTU_F},
	{&wire_port_info_layout, "sm_sl", IB_PORT_SMSL_F},
	{&wire_port_info_layout, "vl_cap", IB_PORT_VL_CAP_F},
	{&wire_port_info_layout, "init_type", IB_PORT_INIT_TYPE_F},
	{&wire_port_info_layout, "vl_high_limit", IB_PORT_VL_HIGH_LIMIT_F},
	{&wire_port_info_layout, "vl_arb_high_cap", IB_PORT_VL_ARBITRATION_HIGH_CAP_F},
	{&wire_port_info_layout, "vl_arb_low_cap", IB_PORT_VL_ARBITRATION_LOW_CAP_F},
	{&wire_port_info_layout, "init_type_reply", IB_PORT_INIT_TYPE_REPLY_F},
	{&wire_port_info_layout, "mtu_cap", IB_PORT_MTU_CAP_F},
	{&wire_port_info_layout, "vl_stall_count", IB_PORT_VL_STALL_COUNT_F},
	{&wire_port_info_layout, "hoq_life", IB_PORT_HOQ_LIFE_F},
	{&wire_port_info_layout, "operational_vls", IB_PORT_OPER_VLS_F},
	{&wire_port_info_layout, "partition_enforce_in", IB_PORT_PART_EN_INB_F},
	{&wire_port_info_layout, "partition_enforce_out", IB_PORT_PART_EN_OUTB_F},
	{&wire_port_info_layout, "filter_raw_in", IB_PORT_FILTER_RAW_INB_F},
	{&wire_port_info_layout, "filter_raw_out", IB_PORT_FILTER_RAW_OUTB_F},
	{&wire_port_info_layout, "m_key_violations", IB_PORT_MKEY_VIOL_F},
	{&wire_port_info_layout, "p_key_violations", IB_PORT_PKEY_VIOL_F},
	{&wire_port_info_layout, "q_key_violations", IB_PORT_QKEY_VIOL_F},
	{&wire_port_info_layout, "guid_cap", IB_PORT_GUID_CAP_F},
	{&wire_port_info_layout, "client_reregister", IB_PORT_CLIENT_REREG_F},
	{&wire_port_info_layout, "mcast_pkey_trap_suppression", IB_PORT_MCAST_PKEY_SUPR_ENAB_F},
	{&wire_port_info_layout, "subnet_timeout", IB_PORT_SUBN_TIMEOUT_F},
	{&wire_port_info_layout, "resp_time", IB_PORT_RESP_TIME_VAL_F},
	{&wire_port_info_layout, "local_phy_errors", IB_PORT_LOCAL_PHYS_ERR_F},
	{&wire_port_info_layout, "overrun_errors", IB_PORT_OVERRUN_ERR_F},
	{&wire_port_info_layout, "max_credit_hint", IB_PORT_MAX_CREDIT_HINT_F},
	{&wire_port_info_layout, "link_round_trip", IB_PORT_LINK_ROUND_TRIP_F},
	{&wire_port_info_layout, "capability_mask2", IB_PORT_CAPMASK2_F},
	{&wire_port_info_layout, "link_speed_ext_active", IB_PORT_LINK_SPEED_EXT_ACTIVE_F},
	{&wire_port_info_layout, "link_speed_ext_supported", IB_PORT_LINK_SPEED_EXT_SUPPORTED_F},
	{&wire_port_info_layout, "link_speed_ext_enabled", IB_PORT_LINK_SPEED_EXT_ENABLED_F},
	{&wire_node_info_layout, "base_version", IB_NODE_BASE_VERS_F},
	{&wire_node_info_layout, "class_version", IB_NODE_CLASS_VERS_F},
	{&wire_node_info_layout, "node_type", IB_NODE_TYPE_F},
	{&wire_node_info_layout, "ports", IB_NODE_NPORTS_F},
	{&wire_node_info_layout, "system_image_guid", IB_NODE_SYSTEM_GUID_F},
	{&wire_node_info_layout, "node_guid", IB_NODE_GUID_F},
	{&wire_node_info_layout, "port_guid", IB_NODE_PORT_GUID_F},
	{&wire_node_info_layout, "partition_cap", IB_NODE_PARTITION_CAP_F},
	{&wire_node_info_layout, "device_id", IB_NODE_DEVID_F},
	{&wire_node_info_layout, "revision", IB_NODE_REVISION_F},
	{&wire_node_info_layout, "local_port", IB_NODE_LOCAL_PORT_F},
	{&wire_node_info_layout, "vendor_id", IB_NODE_VENDORID_F},
	{&wire_notice_layout, "is_generic", IB_NOTICE_IS_GENERIC_F},
	{&wire_notice_layout, "type", IB_NOTICE_TYPE_F},
	{&wire_notice_layout, "producer", IB_NOTICE_PRODUCER_F},
	{&wire_notice_layout, "trap", IB_NOTICE_TRAP_NUMBER_F},
	{&wire_notice_layout, "issuer_lid", IB_NOTICE_ISSUER_LID_F},
	{&wire_notice_layout, "toggle", IB_NOTICE_TOGGLE_F},
	{&wire_notice_layout, "count", IB_NOTICE_COUNT_F},
	{&wire_notice_layout, "details", IB_NOTICE_DATA_DETAILS_F},
	{&wire_sm_info_layout, "guid", IB_SMINFO_GUID_F},
	{&wire_sm_info_layout, "sm_key", IB_SMINFO_KEY_F},
	{&wire_sm_info_layout, "act_count", IB_SMINFO_ACT_F},
	{&wire_sm_info_layout, "priority", IB_SMINFO_PRIO_F},
	{&wire_sm_info_layout, "state", IB_SMINFO_STATE_F},
	{&wire_path_record_layout, "dgid", IB_SA_PR_DGID_F},
	{&wire_path_record_layout, "sgid", IB_SA_PR_SGID_F},
	{&wire_path_record_layout, "dlid", IB_SA_PR_DLID_F},
	{&wire_path_record_layout, "slid", IB_SA_PR_SLID_F},
	{&wire_path_record_layout, "num_path", IB_SA_PR_NPATH_F},
	{&wire_path_record_layout, "sl", IB_SA_PR_SL_F},
	{&wire_mcmember_layout, "mgid", IB_SA_MCM_MGID_F},
	{&wire_mcmember_layout, "port_gid", IB_SA_MCM_PORTGID_F},
	{&wire_mcmember_layout, "qkey", IB_SA_MCM_QKEY_F},
	{&wire_mcmember_layout, "mlid", IB_SA_MCM_MLID_F},
	{&wire_mcmember_layout, "sl", IB_SA_MCM_SL_F},
	{&wire_mcmember_layout, "mtu", IB_SA_MCM_MTU_F},
	{&wire_mcmember_layout, "rate", IB_SA_MCM_RATE_F},
	{&wire_mcmember_layout, "tclass", IB_SA_MCM_TCLASS_F},
	{&wire_mcmember_layout, "pkey", IB_SA_MCM_PKEY_F},
	{&wire_mcmember_layout, "flow_label", IB_SA_MCM_FLOW_LABEL_F},
	{&wire_mcmember_layout, "join_state", IB_SA_MCM_JOIN_STATE_F},
	{&wire_mcmember_layout, "proxy_join", IB_SA_MCM_PROXY_JOIN_F},
	{&wire_service_record_layout, "service_id", IB_SA_SR_ID_F},
	{&wire_service_record_layout, "gid", IB_SA_SR_GID_F},
	{&wire_service_record_layout, "pkey", IB_SA_SR_PKEY_F},
	{&wire_service_record_layout, "lease", IB_SA_SR_LEASE_F},
	{&wire_service_record_layout, "key", IB_SA_SR_KEY_F},
	{&wire_service_record_layout, "name", IB_SA_SR_NAME_F},
	{&wire_class_port_info_layout, "base_version", IB_CPI_BASEVER_F},
	{&wire_class_port_info_layout, "class_version", IB_CPI_CLASSVER_F},
	{&wire_class_port_info_layout, "capability_mask", IB_CPI_CAPMASK_F},
	{&wire_class_port_info_layout, "capability_mask2", IB_CPI_CAPMASK2_F},
	{&wire_class_port_info_layout, "resp_time", IB_CPI_RESP_TIME_VALUE_F},
	{&wire_class_port_info_layout, "redirect_gid", IB_CPI_REDIRECT_GID_F},
	{&wire_class_port_info_layout, "redirect_tclass", IB_CPI_REDIRECT_TC_F},
	{&wire_class_port_info_layout, "redirect_sl", IB_CPI_REDIRECT_SL_F},
	{&wire_class_port_info_layout, "redirect_flow_label", IB_CPI_REDIRECT_FL_F},
	{&wire_class_port_info_layout, "redirect_lid", IB_CPI_REDIRECT_LID_F},
	{&wire_class_port_info_layout, "redirect_pkey", IB_CPI_REDIRECT_PKEY_F},
	{&wire_class_port_info_layout, "redirect_qpn", IB_CPI_REDIRECT_QP_F},
	{&wire_class_port_info_layout, "redirect_qkey", IB_CPI_REDIRECT_QKEY_F},
	{&wire_class_port_info_layout, "trap_gid", IB_CPI_TRAP_GID_F},
	{&wire_class_port_info_layout, "trap_tclass", IB_CPI_TRAP_TC_F},
	{&wire_class_port_info_layout, "trap_sl", IB_CPI_TRAP_SL_F},
	{&wire_class_port_info_layout, "trap_flow_label", IB_CPI_TRAP_FL_F},
	{&wire_class_port_info_layout, "trap_lid", IB_CPI_TRAP_LID_F},
	{&wire_class_port_info_layout, "trap_pkey", IB_CPI_TRAP_PKEY_F},
	{&wire_class_port_info_layout, "trap_hop_limit", IB_CPI_TRAP_HL_F},
	{&wire_class_port_info_layout, "trap_qpn", IB_CPI_TRAP_QP_F},
	{&wire_class_port_info_layout, "trap_qkey", IB_CPI_TRAP_QKEY_F},
	{&wire_guid_info_record_layout, "lid", IB_SA_GIR_LID_F},
	{&wire_guid_info_record_layout, "block", IB_SA_GIR_BLOCKNUM_F},
	{&wire_node_record_layout, "lid", IB_SA_NR_LID_F},
	{&wire_node_record_layout, "description", IB_SA_NR_NODEDESC_F},
	{&wire_mad_header_layout, "class_version", IB_MAD_CLASSVER_F},
	{&wire_mad_header_layout, "mgmt_class", IB_MAD_MGMTCLASS_F},
	{&wire_mad_header_layout, "base_version", IB_MAD_BASEVER_F},
	{&wire_mad_header_layout, "status", IB_MAD_STATUS_F},
	{&wire_mad_header_layout, "tid", IB_MAD_TRID_F},
	{&wire_mad_header_layout, "attribute", IB_MAD_ATTRID_F},
	{&wire_mad_header_layout, "modifier", IB_MAD_ATTRMOD_F},
};
/* clang-format on */

/* libibmad reads whole words around a field, so it needs room after the layout. */
#define ROOM (WIRE_LAYOUT_MAX_BYTES + 64)

static void fill_random(uint8_t *bytes, uint32_t *seed)
{
	for (size_t i = 0; i < ROOM; i++)
		bytes[i] = vectors_random(seed);
}

static void compare(const struct twin *twin, uint8_t *bytes)
{
	const struct wire_field *f = wire_layout_field(twin->layout, twin->field);
	uint8_t theirs[64];
	uint64_t ours;

	if (!f)
		fail_msg("%s has no %s", twin->layout->name, twin->field);
	if (f->count > 1) {
		assert_true(f->count <= sizeof(theirs));
		mad_get_array(bytes, 0, twin->ibmad, theirs);
		if (memcmp(bytes + f->bit / 8, theirs, f->count) != 0)
			fail_msg("%s.%s", twin->layout->name, twin->field);
		return;
	}
	ours = wire_field_get(f, bytes, 0);
	if (ours != (f->bits > 32 ? mad_get_field64(bytes, 0, twin->ibmad)
				  : mad_get_field(bytes, 0, twin->ibmad)))
		fail_msg("%s.%s: %s", twin->layout->name, twin->field, mad_field_name(twin->ibmad));
}

/* One bit set at a time: a difference in the width of a field shows. */
TEST(libibmad_reads_every_field_where_we_do)
{
	uint8_t bytes[ROOM] = {0};

	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		for (unsigned int b = 0; b < 8u * twins[i].layout->bytes; b++) {
			bytes[b / 8] = (uint8_t)(0x80 >> b % 8);
			compare(&twins[i], bytes);
			bytes[b / 8] = 0;
		}
	}
}

TEST(libibmad_finds_the_accessors_fields_in_the_same_places)
{
	uint8_t mad[ROOM];
	uint32_t seed = 4;

	for (int round = 0; round < 64; round++) {
		fill_random(mad, &seed);
		assert_int_equal(wire_rmpp_version(mad), mad_get_field(mad, 0, IB_SA_RMPP_VERS_F));
		assert_int_equal(wire_rmpp_type(mad), mad_get_field(mad, 0, IB_SA_RMPP_TYPE_F));
		assert_int_equal(wire_rmpp_resp_time(mad),
				 mad_get_field(mad, 0, IB_SA_RMPP_RESP_F));
		assert_int_equal(wire_rmpp_flags(mad), mad_get_field(mad, 0, IB_SA_RMPP_FLAGS_F));
		assert_int_equal(wire_rmpp_status(mad), mad_get_field(mad, 0, IB_SA_RMPP_STATUS_F));
		assert_int_equal(wire_rmpp_segment(mad),
				 mad_get_field(mad, 0, IB_SA_RMPP_SEGNUM_F));
		assert_int_equal(wire_rmpp_length(mad), mad_get_field(mad, 0, IB_SA_RMPP_LEN_F));
		assert_int_equal(wire_rmpp_window_last(mad),
				 mad_get_field(mad, 0, IB_SA_RMPP_NEWWIN_F));
		assert_true(wire_sa_comp_mask(mad) == mad_get_field64(mad, 0, IB_SA_COMPMASK_F));
		assert_int_equal(wire_dr_hop_count(mad), mad_get_field(mad, 0, IB_DRSMP_HOPCNT_F));
		assert_int_equal(wire_dr_hop_pointer(mad),
				 mad_get_field(mad, 0, IB_DRSMP_HOPPTR_F));
		assert_int_equal(wire_dr_slid(mad), mad_get_field(mad, 0, IB_DRSMP_DRSLID_F));
		assert_int_equal(wire_dr_dlid(mad), mad_get_field(mad, 0, IB_DRSMP_DRDLID_F));
	}
}
