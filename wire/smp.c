/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/smp.h"

#include <string.h>

#define RESERVED_AT 32 /* 14.2.1.1: up to the data, and after them */
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
