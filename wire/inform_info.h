/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * InformInfo (IBA 13.4.8.3): a subscription to traps; and InformInfoRecord (15.2.5.12) of the SA.
 */
#pragma once

#include "wire/field.h"

#define WIRE_INFORM_ALL_LIDS 0xffff
#define WIRE_INFORM_ALL_TRAPS 0xffff

#define WIRE_INFORM_INFO_BYTES 36

struct wire_inform_info {
	uint8_t gid[16]; /* zero: LIDs select */
	uint16_t lid_begin; /* ffff: all */
	uint16_t lid_end;
	uint8_t is_generic;
	uint8_t subscribe; /* 0 unsubscribes */
	uint16_t type; /* ffff: all */
	uint16_t trap; /* number, or device id when not generic; ffff: all */
	uint32_t qpn; /* where Reports go; in a request 0 or 1 is QP1 */
	uint8_t resp_time; /* exponent */
	uint32_t producer; /* node type, or vendor id when not generic; ffffff: all */
};

WIRE_CODEC(wire_inform_info, WIRE_INFORM_INFO_BYTES);

#define WIRE_INFORM_INFO_RECORD_BYTES 60

struct wire_inform_info_record {
	uint8_t subscriber_gid[16];
	uint16_t subscriber_enum;
	struct wire_inform_info info;
};

WIRE_CODEC(wire_inform_info_record, WIRE_INFORM_INFO_RECORD_BYTES);
