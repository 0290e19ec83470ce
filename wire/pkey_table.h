/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * P_KeyTable (IBA 14.2.5.7), a block of 32 in an SMP, and P_KeyTableRecord (15.2.5.11) of the SA.
 * The SMP names the block in bits 15-0 of its modifier and, on switches, the port in bits 31-16.
 */
#pragma once

#include "wire/field.h"

#define WIRE_PKEY_TABLE_ENTRIES 32
#define WIRE_PKEY_TABLE_BYTES 64

struct wire_pkey_table {
	uint16_t pkey[WIRE_PKEY_TABLE_ENTRIES];
};

WIRE_CODEC(wire_pkey_table, WIRE_PKEY_TABLE_BYTES);

#define WIRE_PKEY_TABLE_RECORD_BYTES 72

struct wire_pkey_table_record {
	uint16_t lid;
	uint16_t block;
	uint8_t port;
	struct wire_pkey_table table;
};

extern const struct wire_layout wire_pkey_table_record_layout;
