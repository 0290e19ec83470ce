/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/class_port_info.h"

/* 13.4.8.1: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field class_port_info_rows[] = {
	WIRE_NUM(wire_class_port_info, base_version, 0, 0, 8),
	WIRE_NUM(wire_class_port_info, class_version, 1, 0, 8),
	WIRE_NUM(wire_class_port_info, capability_mask, 2, 0, 16),
	WIRE_NUM(wire_class_port_info, capability_mask2, 4, 0, 27),
	WIRE_NUM(wire_class_port_info, resp_time, 7, 3, 5),
	WIRE_ARRAY(wire_class_port_info, redirect_gid, 8),
	WIRE_NUM(wire_class_port_info, redirect_tclass, 24, 0, 8),
	WIRE_NUM(wire_class_port_info, redirect_sl, 25, 0, 4),
	WIRE_NUM(wire_class_port_info, redirect_flow_label, 25, 4, 20),
	WIRE_NUM(wire_class_port_info, redirect_lid, 28, 0, 16),
	WIRE_NUM(wire_class_port_info, redirect_pkey, 30, 0, 16),
	WIRE_NUM(wire_class_port_info, redirect_qpn, 33, 0, 24),
	WIRE_NUM(wire_class_port_info, redirect_qkey, 36, 0, 32),
	WIRE_ARRAY(wire_class_port_info, trap_gid, 40),
	WIRE_NUM(wire_class_port_info, trap_tclass, 56, 0, 8),
	WIRE_NUM(wire_class_port_info, trap_sl, 57, 0, 4),
	WIRE_NUM(wire_class_port_info, trap_flow_label, 57, 4, 20),
	WIRE_NUM(wire_class_port_info, trap_lid, 60, 0, 16),
	WIRE_NUM(wire_class_port_info, trap_pkey, 62, 0, 16),
	WIRE_NUM(wire_class_port_info, trap_hop_limit, 64, 0, 8),
	WIRE_NUM(wire_class_port_info, trap_qpn, 65, 0, 24),
	WIRE_NUM(wire_class_port_info, trap_qkey, 68, 0, 32),
};
/* clang-format on */

const struct wire_layout wire_class_port_info_layout = WIRE_LAYOUT(
	"ClassPortInfo", wire_class_port_info, class_port_info_rows, WIRE_CLASS_PORT_INFO_BYTES);
