/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/notice.h"

/* 13.4.8.2: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field notice_rows[] = {
	WIRE_NUM(wire_notice, is_generic, 0, 0, 1),
	WIRE_NUM(wire_notice, type, 0, 1, 7),
	WIRE_NUM(wire_notice, producer, 1, 0, 24),
	WIRE_NUM(wire_notice, trap, 4, 0, 16),
	WIRE_NUM(wire_notice, issuer_lid, 6, 0, 16),
	WIRE_NUM(wire_notice, toggle, 8, 0, 1),
	WIRE_NUM(wire_notice, count, 8, 1, 15),
	WIRE_ARRAY(wire_notice, details, 10),
};
/* clang-format on */

const struct wire_layout wire_notice_layout =
	WIRE_LAYOUT("Notice", wire_notice, notice_rows, WIRE_NOTICE_BYTES);

/* 15.2.5.1: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field sa_notice_rows[] = {
	WIRE_NESTED(wire_sa_notice, notice, 0, wire_notice_layout),
	WIRE_ARRAY(wire_sa_notice, issuer_gid, 64),
};
/* clang-format on */

const struct wire_layout wire_sa_notice_layout =
	WIRE_LAYOUT("SANotice", wire_sa_notice, sa_notice_rows, WIRE_SA_NOTICE_BYTES);

const uint8_t *wire_notice_gid(const struct wire_notice *notice)
{
	if (!notice->is_generic || notice->trap < WIRE_TRAP_GID_IN_SERVICE ||
	    notice->trap > WIRE_TRAP_GROUP_DELETED)
		return NULL;
	return notice->details + 6;
}

uint16_t wire_notice_lid(const struct wire_notice *notice)
{
	if (!notice->is_generic)
		return 0;
	switch (notice->trap) {
	case WIRE_TRAP_LINK_STATE:
		return get_be16(notice->details);
	case WIRE_TRAP_LINK_INTEGRITY:
	case WIRE_TRAP_BUFFER_OVERRUN:
	case WIRE_TRAP_FLOW_CONTROL:
	case WIRE_TRAP_LOCAL_CHANGES:
	case WIRE_TRAP_SYSTEM_IMAGE_GUID:
	case WIRE_TRAP_BAD_MKEY:
		return get_be16(notice->details + 2);
	default:
		return 0;
	}
}

uint32_t wire_notice_capability_mask(const struct wire_notice *notice)
{
	if (!notice->is_generic || notice->trap != WIRE_TRAP_LOCAL_CHANGES)
		return 0;
	return get_be32(notice->details + 6);
}
