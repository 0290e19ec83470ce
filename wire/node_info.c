/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/node_info.h"

/* 14.2.5.3: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field node_info_rows[] = {
	WIRE_NUM(wire_node_info, base_version, 0, 0, 8),
	WIRE_NUM(wire_node_info, class_version, 1, 0, 8),
	WIRE_NUM(wire_node_info, node_type, 2, 0, 8),
	WIRE_NUM(wire_node_info, ports, 3, 0, 8),
	WIRE_NUM(wire_node_info, system_image_guid, 4, 0, 64),
	WIRE_NUM(wire_node_info, node_guid, 12, 0, 64),
	WIRE_NUM(wire_node_info, port_guid, 20, 0, 64),
	WIRE_NUM(wire_node_info, partition_cap, 28, 0, 16),
	WIRE_NUM(wire_node_info, device_id, 30, 0, 16),
	WIRE_NUM(wire_node_info, revision, 32, 0, 32),
	WIRE_NUM(wire_node_info, local_port, 36, 0, 8),
	WIRE_NUM(wire_node_info, vendor_id, 37, 0, 24),
};
/* clang-format on */

const struct wire_layout wire_node_info_layout =
	WIRE_LAYOUT("NodeInfo", wire_node_info, node_info_rows, WIRE_NODE_INFO_BYTES);

/* 15.2.5.2: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field node_record_rows[] = {
	WIRE_NUM(wire_node_record, lid, 0, 0, 16),
	WIRE_NESTED(wire_node_record, info, 4, wire_node_info_layout),
	WIRE_ARRAY(wire_node_record, description, 44),
};
/* clang-format on */

const struct wire_layout wire_node_record_layout =
	WIRE_LAYOUT("NodeRecord", wire_node_record, node_record_rows, WIRE_NODE_RECORD_BYTES);
