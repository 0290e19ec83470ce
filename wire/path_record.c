/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/path_record.h"

/* 15.2.5.16: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field path_record_rows[] = {
	WIRE_NUM(wire_path_record, service_id, 0, 0, 64),
	WIRE_ARRAY(wire_path_record, dgid, 8),
	WIRE_ARRAY(wire_path_record, sgid, 24),
	WIRE_NUM(wire_path_record, dlid, 40, 0, 16),
	WIRE_NUM(wire_path_record, slid, 42, 0, 16),
	WIRE_NUM(wire_path_record, raw_traffic, 44, 0, 1),
	WIRE_NUM(wire_path_record, flow_label, 44, 4, 20),
	WIRE_NUM(wire_path_record, hop_limit, 47, 0, 8),
	WIRE_NUM(wire_path_record, tclass, 48, 0, 8),
	WIRE_NUM(wire_path_record, reversible, 49, 0, 1),
	WIRE_NUM(wire_path_record, num_path, 49, 1, 7),
	WIRE_NUM(wire_path_record, pkey, 50, 0, 16),
	WIRE_NUM(wire_path_record, qos_class, 52, 0, 12),
	WIRE_NUM(wire_path_record, sl, 53, 4, 4),
	WIRE_NUM(wire_path_record, mtu_selector, 54, 0, 2),
	WIRE_NUM(wire_path_record, mtu, 54, 2, 6),
	WIRE_NUM(wire_path_record, rate_selector, 55, 0, 2),
	WIRE_NUM(wire_path_record, rate, 55, 2, 6),
	WIRE_NUM(wire_path_record, life_selector, 56, 0, 2),
	WIRE_NUM(wire_path_record, life, 56, 2, 6),
	WIRE_NUM(wire_path_record, preference, 57, 0, 8),
};
/* clang-format on */

const struct wire_layout wire_path_record_layout =
	WIRE_LAYOUT("PathRecord", wire_path_record, path_record_rows, WIRE_PATH_RECORD_BYTES);
