/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PathRecord (IBA 15.2.5.16) and its component bits.
 */
#pragma once

#include "wire/field.h"

/* ServiceID has two component bits, one for each half, which are always set together. */
#define WIRE_PATH_COMP_SERVICE_ID (UINT64_C(3) << 0)
#define WIRE_PATH_COMP_DGID (UINT64_C(1) << 2)
#define WIRE_PATH_COMP_SGID (UINT64_C(1) << 3)
#define WIRE_PATH_COMP_DLID (UINT64_C(1) << 4)
#define WIRE_PATH_COMP_SLID (UINT64_C(1) << 5)
#define WIRE_PATH_COMP_RAW_TRAFFIC (UINT64_C(1) << 6)
#define WIRE_PATH_COMP_FLOW_LABEL (UINT64_C(1) << 8)
#define WIRE_PATH_COMP_HOP_LIMIT (UINT64_C(1) << 9)
#define WIRE_PATH_COMP_TCLASS (UINT64_C(1) << 10)
#define WIRE_PATH_COMP_REVERSIBLE (UINT64_C(1) << 11)
#define WIRE_PATH_COMP_NUM_PATH (UINT64_C(1) << 12)
#define WIRE_PATH_COMP_PKEY (UINT64_C(1) << 13)
#define WIRE_PATH_COMP_QOS_CLASS (UINT64_C(1) << 14)
#define WIRE_PATH_COMP_SL (UINT64_C(1) << 15)
#define WIRE_PATH_COMP_MTU_SELECTOR (UINT64_C(1) << 16)
#define WIRE_PATH_COMP_MTU (UINT64_C(1) << 17)
#define WIRE_PATH_COMP_RATE_SELECTOR (UINT64_C(1) << 18)
#define WIRE_PATH_COMP_RATE (UINT64_C(1) << 19)
#define WIRE_PATH_COMP_LIFE_SELECTOR (UINT64_C(1) << 20)
#define WIRE_PATH_COMP_LIFE (UINT64_C(1) << 21)
#define WIRE_PATH_COMP_PREFERENCE (UINT64_C(1) << 22)

/* Selectors of MTU, rate and packet life time (also in MCMemberRecord). */
enum {
	WIRE_SELECT_GREATER = 0,
	WIRE_SELECT_LESS = 1,
	WIRE_SELECT_EXACT = 2,
	WIRE_SELECT_BEST = 3,
};

#define WIRE_PATH_RECORD_BYTES 64

struct wire_path_record {
	uint64_t service_id;
	uint8_t dgid[16];
	uint8_t sgid[16];
	uint16_t dlid;
	uint16_t slid;
	bool raw_traffic;
	uint32_t flow_label;
	uint8_t hop_limit;
	uint8_t tclass;
	bool reversible;
	uint8_t num_path;
	uint16_t pkey;
	uint16_t qos_class;
	uint8_t sl;
	uint8_t mtu_selector;
	uint8_t mtu; /* the code: 1 is 256, 5 is 4096 */
	uint8_t rate_selector;
	uint8_t rate; /* the code */
	uint8_t life_selector;
	uint8_t life; /* exponent */
	uint8_t preference;
};

WIRE_CODEC(wire_path_record, WIRE_PATH_RECORD_BYTES);
