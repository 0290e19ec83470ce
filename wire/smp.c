/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of both forms of SMP; see the header. */
#include "wire/smp.h"

/* 14.2.1.1: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field smp_rows[] = {
	WIRE_NESTED(wire_smp, header, 0, wire_mad_header_layout),
	WIRE_NUM(wire_smp, m_key, 24, 0, 64),
	WIRE_ARRAY(wire_smp, data, 64),
};
/* clang-format on */

const struct wire_layout wire_smp_layout = WIRE_LAYOUT("SMP", wire_smp, smp_rows, WIRE_MAD_BYTES);

enum wire_verdict wire_smp_decode(struct span in, struct wire_smp *ret)
{
	return wire_layout_decode(&wire_smp_layout, in, ret);
}

void wire_smp_encode(const struct wire_smp *from, uint8_t ret[static WIRE_MAD_BYTES])
{
	wire_layout_encode(&wire_smp_layout, from, ret);
}

/* 14.2.1.2. */
/* clang-format off */
static const struct wire_field dr_smp_rows[] = {
	WIRE_NUM(wire_dr_smp, base_version, 0, 0, 8),
	WIRE_NUM(wire_dr_smp, mgmt_class, 1, 0, 8),
	WIRE_NUM(wire_dr_smp, class_version, 2, 0, 8),
	WIRE_NUM(wire_dr_smp, method, 3, 0, 8),
	WIRE_NUM(wire_dr_smp, returning, 4, 0, 1),
	WIRE_NUM(wire_dr_smp, status, 4, 1, 15),
	WIRE_NUM(wire_dr_smp, hop_pointer, 6, 0, 8),
	WIRE_NUM(wire_dr_smp, hop_count, 7, 0, 8),
	WIRE_NUM(wire_dr_smp, tid, 8, 0, 64),
	WIRE_NUM(wire_dr_smp, attribute, 16, 0, 16),
	WIRE_NUM(wire_dr_smp, modifier, 20, 0, 32),
	WIRE_NUM(wire_dr_smp, m_key, 24, 0, 64),
	WIRE_NUM(wire_dr_smp, dr_slid, 32, 0, 16),
	WIRE_NUM(wire_dr_smp, dr_dlid, 34, 0, 16),
	WIRE_ARRAY(wire_dr_smp, data, 64),
	WIRE_ARRAY(wire_dr_smp, initial_path, 128),
	WIRE_ARRAY(wire_dr_smp, return_path, 192),
};
/* clang-format on */

static enum wire_verdict dr_smp_check(const uint8_t *bytes)
{
	return wire_dr_hops_valid(bytes) ? WIRE_OK : WIRE_BAD_VALUE;
}

const struct wire_layout wire_dr_smp_layout =
	WIRE_LAYOUT_CHECKED("DRSMP", wire_dr_smp, dr_smp_rows, WIRE_MAD_BYTES, dr_smp_check);

enum wire_verdict wire_dr_smp_decode(struct span in, struct wire_dr_smp *ret)
{
	return wire_layout_decode(&wire_dr_smp_layout, in, ret);
}

void wire_dr_smp_encode(const struct wire_dr_smp *from, uint8_t ret[static WIRE_MAD_BYTES])
{
	wire_layout_encode(&wire_dr_smp_layout, from, ret);
}

#define RESERVED_AT 32 /* 14.2.1.1: up to the data, and behind them */
#define DR_RESERVED_AT 36 /* 14.2.1.2: up to the data */
#define DATA_END (WIRE_SMP_DATA_OFFSET + WIRE_SMP_DATA_BYTES)

void wire_smp_clear_undefined(uint8_t *mad)
{
	const bool directed = wire_mad_class(mad) == WIRE_CLASS_SUBN_DR;
	const unsigned int reserved = directed ? DR_RESERVED_AT : RESERVED_AT;
	const unsigned int hops = wire_dr_hop_count(mad);

	wire_mad_set_status(mad, 0);
	wire_dr_set_hop_pointer(mad, 0);
	if (!directed)
		wire_dr_set_hop_count(mad, 0);
	put_be16(mad + 18, 0);
	memset(mad + reserved, 0, WIRE_SMP_DATA_OFFSET - reserved);
	if (wire_mad_attribute(mad) < WIRE_SMP_VENDOR_FIRST)
		memset(wire_smp_data_mut(mad), 0, WIRE_SMP_DATA_BYTES);
	if (!directed)
		memset(mad + DATA_END, 0, WIRE_MAD_BYTES - DATA_END);
	if (!directed || hops > WIRE_SMP_MAX_HOPS)
		return;
	wire_dr_initial_path_mut(mad)[0] = 0;
	memset(wire_dr_initial_path_mut(mad) + hops + 1, 0, WIRE_SMP_PATH_BYTES - hops - 1);
	memset(wire_dr_return_path_mut(mad), 0, WIRE_SMP_PATH_BYTES);
}
