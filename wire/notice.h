/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Notice (IBA 13.4.8.2): a trap. In SMPs it has 64 bytes; in the SA's Reports the GID of the issuer
 * follows.
 */
#pragma once

#include "wire/field.h"

/* Trap numbers (14.2.5.1). */
enum {
	WIRE_TRAP_GID_IN_SERVICE = 64,
	WIRE_TRAP_GID_OUT_OF_SERVICE = 65,
	WIRE_TRAP_GROUP_CREATED = 66,
	WIRE_TRAP_GROUP_DELETED = 67,
	WIRE_TRAP_LINK_STATE = 128,
	WIRE_TRAP_LINK_INTEGRITY = 129,
	WIRE_TRAP_BUFFER_OVERRUN = 130,
	WIRE_TRAP_FLOW_CONTROL = 131,
	WIRE_TRAP_LOCAL_CHANGES = 144,
	WIRE_TRAP_SYSTEM_IMAGE_GUID = 145,
	WIRE_TRAP_BAD_MKEY = 256,
	WIRE_TRAP_BAD_PKEY = 257,
	WIRE_TRAP_BAD_QKEY = 258,
	WIRE_TRAP_SWITCH_BAD_PKEY = 259,
};

#define WIRE_NOTICE_BYTES 64

struct wire_notice {
	bool is_generic;
	uint8_t type;
	uint32_t producer; /* node type, or vendor id when not generic */
	uint16_t trap; /* number, or device id when not generic */
	uint16_t issuer_lid;
	bool toggle;
	uint16_t count;
	uint8_t details[54]; /* by trap number: wire_notice_gid() and the like */
};

WIRE_CODEC(wire_notice, WIRE_NOTICE_BYTES);

#define WIRE_SA_NOTICE_BYTES 80

/* 15.2.5.1 */
struct wire_sa_notice {
	struct wire_notice notice;
	uint8_t issuer_gid[16];
};

WIRE_CODEC(wire_sa_notice, WIRE_SA_NOTICE_BYTES);

/* The GID that came or went: traps 64 to 67. 16 bytes inside the notice, NULL for other traps. */
const uint8_t *wire_notice_gid(const struct wire_notice *notice);

/* The LID that the trap is about: 128 to 131, 144, 145, 256. 0 for other traps. */
uint16_t wire_notice_lid(const struct wire_notice *notice);

/* The new capability mask of trap 144; 0 for other traps. */
uint32_t wire_notice_capability_mask(const struct wire_notice *notice);
