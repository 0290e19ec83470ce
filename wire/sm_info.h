/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SMInfo (IBA 14.2.5.13). The SM_Key is a secret as the M_Key is.
 */
#pragma once

#include "wire/field.h"

#define WIRE_SM_INFO_BYTES 21

struct wire_sm_info {
	uint64_t guid;
	uint64_t sm_key;
	uint32_t act_count;
	uint8_t priority;
	uint8_t state;
};

extern const struct wire_layout wire_sm_info_layout;
