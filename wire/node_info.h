/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NodeInfo (IBA 14.2.5.3), the attribute of SMPs, and NodeRecord (15.2.5.2) of the SA.
 */
#pragma once

#include "wire/field.h"

/* NodeType. */
enum {
	WIRE_NODE_CA = 1,
	WIRE_NODE_SWITCH = 2,
	WIRE_NODE_ROUTER = 3,
};

#define WIRE_NODE_INFO_BYTES 40

struct wire_node_info {
	uint8_t base_version;
	uint8_t class_version;
	uint8_t node_type;
	uint8_t ports;
	uint64_t system_image_guid;
	uint64_t node_guid;
	uint64_t port_guid;
	uint16_t partition_cap;
	uint16_t device_id;
	uint32_t revision;
	uint8_t local_port; /* through which the request came */
	uint32_t vendor_id;
};

WIRE_CODEC(wire_node_info, WIRE_NODE_INFO_BYTES);

#define WIRE_NODE_RECORD_BYTES 108

struct wire_node_record {
	uint16_t lid;
	struct wire_node_info info;
	uint8_t description[64]; /* UTF-8, ends with the field or a zero; not to be trusted */
};

extern const struct wire_layout wire_node_record_layout;
