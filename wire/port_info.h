/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PortInfo (IBA 14.2.5.6), the attribute of SMPs, and PortInfoRecord (15.2.5.3) of the SA.
 * It starts with the M_Key, which must be cleared before a guest gets the attribute.
 */
#pragma once

#include "wire/field.h"

/* PortState and PortPhysicalState. */
enum {
	WIRE_PORT_DOWN = 1,
	WIRE_PORT_INIT = 2,
	WIRE_PORT_ARMED = 3,
	WIRE_PORT_ACTIVE = 4,
};

/* CapabilityMask, the bits that this project looks at. */
enum {
	WIRE_PORT_CAP_IS_SM = 1 << 1,
	WIRE_PORT_CAP_SM_DISABLED = 1 << 10,
	WIRE_PORT_CAP_CAPABILITY_MASK2 = 1 << 15,
	WIRE_PORT_CAP_CM = 1 << 16,
	WIRE_PORT_CAP_DEVICE_MGT = 1 << 19,
	WIRE_PORT_CAP_CLIENT_REREGISTER = 1 << 25,
};

#define WIRE_PORT_INFO_BYTES 64

struct wire_port_info {
	uint64_t m_key;
	uint64_t gid_prefix;
	uint16_t lid;
	uint16_t sm_lid; /* master SM */
	uint32_t capability_mask;
	uint16_t diag_code;
	uint16_t m_key_lease_period;
	uint8_t local_port; /* through which the request came */
	uint8_t link_width_enabled;
	uint8_t link_width_supported;
	uint8_t link_width_active;
	uint8_t link_speed_supported;
	uint8_t port_state;
	uint8_t port_phys_state;
	uint8_t link_down_default_state;
	uint8_t m_key_protect_bits;
	uint8_t lmc;
	uint8_t link_speed_active;
	uint8_t link_speed_enabled;
	uint8_t neighbor_mtu;
	uint8_t sm_sl;
	uint8_t vl_cap;
	uint8_t init_type;
	uint8_t vl_high_limit;
	uint8_t vl_arb_high_cap;
	uint8_t vl_arb_low_cap;
	uint8_t init_type_reply;
	uint8_t mtu_cap;
	uint8_t vl_stall_count;
	uint8_t hoq_life;
	uint8_t operational_vls;
	bool partition_enforce_in;
	bool partition_enforce_out;
	bool filter_raw_in;
	bool filter_raw_out;
	uint16_t m_key_violations;
	uint16_t p_key_violations;
	uint16_t q_key_violations;
	uint8_t guid_cap; /* entries of GUIDInfo */
	bool client_reregister;
	uint8_t mcast_pkey_trap_suppression;
	uint8_t subnet_timeout; /* exponent: 4.096 us * 2^n */
	uint8_t resp_time; /* exponent */
	uint8_t local_phy_errors;
	uint8_t overrun_errors;
	uint16_t max_credit_hint;
	uint32_t link_round_trip;
	uint16_t capability_mask2;
	uint8_t link_speed_ext_active;
	uint8_t link_speed_ext_supported;
	uint8_t link_speed_ext_enabled;
};

WIRE_CODEC(wire_port_info, WIRE_PORT_INFO_BYTES);

#define WIRE_PORT_INFO_RECORD_BYTES 68

struct wire_port_info_record {
	uint16_t endport_lid;
	uint8_t port;
	uint8_t options;
	struct wire_port_info info;
};

extern const struct wire_layout wire_port_info_record_layout;
