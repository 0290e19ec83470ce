/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of PortCounters and PortCountersExtended; see the header. */
#include "wire/perf.h"

/* 16.1.3.5: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field port_counters_rows[] = {
	WIRE_NUM(wire_port_counters, port_select, 1, 0, 8),
	WIRE_NUM(wire_port_counters, counter_select, 2, 0, 16),
	WIRE_NUM(wire_port_counters, symbol_errors, 4, 0, 16),
	WIRE_NUM(wire_port_counters, link_error_recovery, 6, 0, 8),
	WIRE_NUM(wire_port_counters, link_downed, 7, 0, 8),
	WIRE_NUM(wire_port_counters, rcv_errors, 8, 0, 16),
	WIRE_NUM(wire_port_counters, rcv_remote_physical_errors, 10, 0, 16),
	WIRE_NUM(wire_port_counters, rcv_switch_relay_errors, 12, 0, 16),
	WIRE_NUM(wire_port_counters, xmit_discards, 14, 0, 16),
	WIRE_NUM(wire_port_counters, xmit_constraint_errors, 16, 0, 8),
	WIRE_NUM(wire_port_counters, rcv_constraint_errors, 17, 0, 8),
	WIRE_NUM(wire_port_counters, counter_select2, 18, 0, 8),
	WIRE_NUM(wire_port_counters, local_link_integrity_errors, 19, 0, 4),
	WIRE_NUM(wire_port_counters, excessive_buffer_overruns, 19, 4, 4),
	WIRE_NUM(wire_port_counters, qp1_dropped, 20, 0, 16),
	WIRE_NUM(wire_port_counters, vl15_dropped, 22, 0, 16),
	WIRE_NUM(wire_port_counters, xmit_data, 24, 0, 32),
	WIRE_NUM(wire_port_counters, rcv_data, 28, 0, 32),
	WIRE_NUM(wire_port_counters, xmit_packets, 32, 0, 32),
	WIRE_NUM(wire_port_counters, rcv_packets, 36, 0, 32),
	WIRE_NUM(wire_port_counters, xmit_wait, 40, 0, 32),
};
/* clang-format on */

const struct wire_layout wire_port_counters_layout = WIRE_LAYOUT(
	"PortCounters", wire_port_counters, port_counters_rows, WIRE_PORT_COUNTERS_BYTES);

enum wire_verdict wire_port_counters_decode(struct span in, struct wire_port_counters *ret)
{
	return wire_layout_decode(&wire_port_counters_layout, in, ret);
}

void wire_port_counters_encode(const struct wire_port_counters *from,
			       uint8_t ret[static WIRE_PORT_COUNTERS_BYTES])
{
	wire_layout_encode(&wire_port_counters_layout, from, ret);
}

/* 16.1.4.11: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field port_counters_ext_rows[] = {
	WIRE_NUM(wire_port_counters_ext, port_select, 1, 0, 8),
	WIRE_NUM(wire_port_counters_ext, counter_select, 2, 0, 16),
	WIRE_NUM(wire_port_counters_ext, counter_select2, 4, 0, 32),
	WIRE_NUM(wire_port_counters_ext, xmit_data, 8, 0, 64),
	WIRE_NUM(wire_port_counters_ext, rcv_data, 16, 0, 64),
	WIRE_NUM(wire_port_counters_ext, xmit_packets, 24, 0, 64),
	WIRE_NUM(wire_port_counters_ext, rcv_packets, 32, 0, 64),
	WIRE_NUM(wire_port_counters_ext, unicast_xmit_packets, 40, 0, 64),
	WIRE_NUM(wire_port_counters_ext, unicast_rcv_packets, 48, 0, 64),
	WIRE_NUM(wire_port_counters_ext, multicast_xmit_packets, 56, 0, 64),
	WIRE_NUM(wire_port_counters_ext, multicast_rcv_packets, 64, 0, 64),
	WIRE_NUM(wire_port_counters_ext, symbol_errors, 72, 0, 64),
	WIRE_NUM(wire_port_counters_ext, link_error_recovery, 80, 0, 64),
	WIRE_NUM(wire_port_counters_ext, link_downed, 88, 0, 64),
	WIRE_NUM(wire_port_counters_ext, rcv_errors, 96, 0, 64),
	WIRE_NUM(wire_port_counters_ext, rcv_remote_physical_errors, 104, 0, 64),
	WIRE_NUM(wire_port_counters_ext, rcv_switch_relay_errors, 112, 0, 64),
	WIRE_NUM(wire_port_counters_ext, xmit_discards, 120, 0, 64),
	WIRE_NUM(wire_port_counters_ext, xmit_constraint_errors, 128, 0, 64),
	WIRE_NUM(wire_port_counters_ext, rcv_constraint_errors, 136, 0, 64),
	WIRE_NUM(wire_port_counters_ext, local_link_integrity_errors, 144, 0, 64),
	WIRE_NUM(wire_port_counters_ext, excessive_buffer_overruns, 152, 0, 64),
	WIRE_NUM(wire_port_counters_ext, vl15_dropped, 160, 0, 64),
	WIRE_NUM(wire_port_counters_ext, xmit_wait, 168, 0, 64),
	WIRE_NUM(wire_port_counters_ext, qp1_dropped, 176, 0, 64),
};
/* clang-format on */

const struct wire_layout wire_port_counters_ext_layout =
	WIRE_LAYOUT("PortCountersExtended", wire_port_counters_ext, port_counters_ext_rows,
		    WIRE_PORT_COUNTERS_EXT_BYTES);

enum wire_verdict wire_port_counters_ext_decode(struct span in, struct wire_port_counters_ext *ret)
{
	return wire_layout_decode(&wire_port_counters_ext_layout, in, ret);
}

void wire_port_counters_ext_encode(const struct wire_port_counters_ext *from,
				   uint8_t ret[static WIRE_PORT_COUNTERS_EXT_BYTES])
{
	wire_layout_encode(&wire_port_counters_ext_layout, from, ret);
}
