/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/service_record.h"

/* 15.2.5.14: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field service_record_rows[] = {
	WIRE_NUM(wire_service_record, service_id, 0, 0, 64),
	WIRE_ARRAY(wire_service_record, gid, 8),
	WIRE_NUM(wire_service_record, pkey, 24, 0, 16),
	WIRE_NUM(wire_service_record, lease, 28, 0, 32),
	WIRE_ARRAY(wire_service_record, key, 32),
	WIRE_ARRAY(wire_service_record, name, 48),
	WIRE_ARRAY(wire_service_record, data8, 112),
	WIRE_ARRAY(wire_service_record, data16, 128),
	WIRE_ARRAY(wire_service_record, data32, 144),
	WIRE_ARRAY(wire_service_record, data64, 160),
};
/* clang-format on */

const struct wire_layout wire_service_record_layout = WIRE_LAYOUT(
	"ServiceRecord", wire_service_record, service_record_rows, WIRE_SERVICE_RECORD_BYTES);
