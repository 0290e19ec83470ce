/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ClassPortInfo (IBA 13.4.8.1), the same in every class.
 */
#pragma once

#include "wire/field.h"

#define WIRE_CLASS_PORT_INFO_BYTES 72

struct wire_class_port_info {
	uint8_t base_version;
	uint8_t class_version;
	uint16_t capability_mask;
	uint32_t capability_mask2;
	uint8_t resp_time; /* exponent */
	uint8_t redirect_gid[16];
	uint8_t redirect_tclass;
	uint8_t redirect_sl;
	uint32_t redirect_flow_label;
	uint16_t redirect_lid;
	uint16_t redirect_pkey;
	uint32_t redirect_qpn;
	uint32_t redirect_qkey;
	uint8_t trap_gid[16];
	uint8_t trap_tclass;
	uint8_t trap_sl;
	uint32_t trap_flow_label;
	uint16_t trap_lid;
	uint16_t trap_pkey;
	uint8_t trap_hop_limit;
	uint32_t trap_qpn;
	uint32_t trap_qkey;
};

WIRE_CODEC(wire_class_port_info, WIRE_CLASS_PORT_INFO_BYTES);
