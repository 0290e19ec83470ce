/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * MCMemberRecord (IBA 15.2.5.17), its component bits and join states.
 */
#pragma once

#include "wire/field.h"

#define WIRE_MCMEMBER_COMP_MGID (UINT64_C(1) << 0)
#define WIRE_MCMEMBER_COMP_PORT_GID (UINT64_C(1) << 1)
#define WIRE_MCMEMBER_COMP_QKEY (UINT64_C(1) << 2)
#define WIRE_MCMEMBER_COMP_MLID (UINT64_C(1) << 3)
#define WIRE_MCMEMBER_COMP_MTU_SELECTOR (UINT64_C(1) << 4)
#define WIRE_MCMEMBER_COMP_MTU (UINT64_C(1) << 5)
#define WIRE_MCMEMBER_COMP_TCLASS (UINT64_C(1) << 6)
#define WIRE_MCMEMBER_COMP_PKEY (UINT64_C(1) << 7)
#define WIRE_MCMEMBER_COMP_RATE_SELECTOR (UINT64_C(1) << 8)
#define WIRE_MCMEMBER_COMP_RATE (UINT64_C(1) << 9)
#define WIRE_MCMEMBER_COMP_LIFE_SELECTOR (UINT64_C(1) << 10)
#define WIRE_MCMEMBER_COMP_LIFE (UINT64_C(1) << 11)
#define WIRE_MCMEMBER_COMP_SL (UINT64_C(1) << 12)
#define WIRE_MCMEMBER_COMP_FLOW_LABEL (UINT64_C(1) << 13)
#define WIRE_MCMEMBER_COMP_HOP_LIMIT (UINT64_C(1) << 14)
#define WIRE_MCMEMBER_COMP_SCOPE (UINT64_C(1) << 15)
#define WIRE_MCMEMBER_COMP_JOIN_STATE (UINT64_C(1) << 16)
#define WIRE_MCMEMBER_COMP_PROXY_JOIN (UINT64_C(1) << 17)

/* JoinState, bits. */
enum {
	WIRE_JOIN_FULL = 1,
	WIRE_JOIN_NON = 2,
	WIRE_JOIN_SEND_ONLY_NON = 4,
	WIRE_JOIN_SEND_ONLY_FULL = 8,
};

#define WIRE_MCMEMBER_BYTES 52

struct wire_mcmember {
	uint8_t mgid[16];
	uint8_t port_gid[16];
	uint32_t qkey;
	uint16_t mlid;
	uint8_t mtu_selector;
	uint8_t mtu;
	uint8_t tclass;
	uint16_t pkey;
	uint8_t rate_selector;
	uint8_t rate;
	uint8_t life_selector;
	uint8_t life;
	uint8_t sl;
	uint32_t flow_label;
	uint8_t hop_limit;
	uint8_t scope;
	uint8_t join_state;
	bool proxy_join;
};

WIRE_CODEC(wire_mcmember, WIRE_MCMEMBER_BYTES);
