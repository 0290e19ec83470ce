/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/port_info.h"

/* 14.2.5.6: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field port_info_rows[] = {
	WIRE_NUM(wire_port_info, m_key, 0, 0, 64),
	WIRE_NUM(wire_port_info, gid_prefix, 8, 0, 64),
	WIRE_NUM(wire_port_info, lid, 16, 0, 16),
	WIRE_NUM(wire_port_info, sm_lid, 18, 0, 16),
	WIRE_NUM(wire_port_info, capability_mask, 20, 0, 32),
	WIRE_NUM(wire_port_info, diag_code, 24, 0, 16),
	WIRE_NUM(wire_port_info, m_key_lease_period, 26, 0, 16),
	WIRE_NUM(wire_port_info, local_port, 28, 0, 8),
	WIRE_NUM(wire_port_info, link_width_enabled, 29, 0, 8),
	WIRE_NUM(wire_port_info, link_width_supported, 30, 0, 8),
	WIRE_NUM(wire_port_info, link_width_active, 31, 0, 8),
	WIRE_NUM(wire_port_info, link_speed_supported, 32, 0, 4),
	WIRE_NUM(wire_port_info, port_state, 32, 4, 4),
	WIRE_NUM(wire_port_info, port_phys_state, 33, 0, 4),
	WIRE_NUM(wire_port_info, link_down_default_state, 33, 4, 4),
	WIRE_NUM(wire_port_info, m_key_protect_bits, 34, 0, 2),
	WIRE_NUM(wire_port_info, lmc, 34, 5, 3),
	WIRE_NUM(wire_port_info, link_speed_active, 35, 0, 4),
	WIRE_NUM(wire_port_info, link_speed_enabled, 35, 4, 4),
	WIRE_NUM(wire_port_info, neighbor_mtu, 36, 0, 4),
	WIRE_NUM(wire_port_info, sm_sl, 36, 4, 4),
	WIRE_NUM(wire_port_info, vl_cap, 37, 0, 4),
	WIRE_NUM(wire_port_info, init_type, 37, 4, 4),
	WIRE_NUM(wire_port_info, vl_high_limit, 38, 0, 8),
	WIRE_NUM(wire_port_info, vl_arb_high_cap, 39, 0, 8),
	WIRE_NUM(wire_port_info, vl_arb_low_cap, 40, 0, 8),
	WIRE_NUM(wire_port_info, init_type_reply, 41, 0, 4),
	WIRE_NUM(wire_port_info, mtu_cap, 41, 4, 4),
	WIRE_NUM(wire_port_info, vl_stall_count, 42, 0, 3),
	WIRE_NUM(wire_port_info, hoq_life, 42, 3, 5),
	WIRE_NUM(wire_port_info, operational_vls, 43, 0, 4),
	WIRE_NUM(wire_port_info, partition_enforce_in, 43, 4, 1),
	WIRE_NUM(wire_port_info, partition_enforce_out, 43, 5, 1),
	WIRE_NUM(wire_port_info, filter_raw_in, 43, 6, 1),
	WIRE_NUM(wire_port_info, filter_raw_out, 43, 7, 1),
	WIRE_NUM(wire_port_info, m_key_violations, 44, 0, 16),
	WIRE_NUM(wire_port_info, p_key_violations, 46, 0, 16),
	WIRE_NUM(wire_port_info, q_key_violations, 48, 0, 16),
	WIRE_NUM(wire_port_info, guid_cap, 50, 0, 8),
	WIRE_NUM(wire_port_info, client_reregister, 51, 0, 1),
	WIRE_NUM(wire_port_info, mcast_pkey_trap_suppression, 51, 1, 2),
	WIRE_NUM(wire_port_info, subnet_timeout, 51, 3, 5),
	WIRE_NUM(wire_port_info, resp_time, 52, 3, 5),
	WIRE_NUM(wire_port_info, local_phy_errors, 53, 0, 4),
	WIRE_NUM(wire_port_info, overrun_errors, 53, 4, 4),
	WIRE_NUM(wire_port_info, max_credit_hint, 54, 0, 16),
	WIRE_NUM(wire_port_info, link_round_trip, 57, 0, 24),
	WIRE_NUM(wire_port_info, capability_mask2, 60, 0, 16),
	WIRE_NUM(wire_port_info, link_speed_ext_active, 62, 0, 4),
	WIRE_NUM(wire_port_info, link_speed_ext_supported, 62, 4, 4),
	WIRE_NUM(wire_port_info, link_speed_ext_enabled, 63, 3, 5),
};
/* clang-format on */

const struct wire_layout wire_port_info_layout =
	WIRE_LAYOUT("PortInfo", wire_port_info, port_info_rows, WIRE_PORT_INFO_BYTES);

/* 15.2.5.3: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field port_info_record_rows[] = {
	WIRE_NUM(wire_port_info_record, endport_lid, 0, 0, 16),
	WIRE_NUM(wire_port_info_record, port, 2, 0, 8),
	WIRE_NUM(wire_port_info_record, options, 3, 0, 8),
	WIRE_NESTED(wire_port_info_record, info, 4, wire_port_info_layout),
};
/* clang-format on */

const struct wire_layout wire_port_info_record_layout =
	WIRE_LAYOUT("PortInfoRecord", wire_port_info_record, port_info_record_rows,
		    WIRE_PORT_INFO_RECORD_BYTES);
