/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Performance management (IBA 16.1): PortCounters (16.1.3.5) with PortXmitWait,
 * PortCountersExtended (16.1.4.11) with the extended error counters, and what the attributes share.
 * The data of PerfMgt MADs start at byte 64.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/field.h"

#define WIRE_PERF_CLASS_VERSION 1
#define WIRE_PERF_DATA_OFFSET 64
#define WIRE_PERF_DATA_BYTES 192
#define WIRE_PERF_ALL_PORTS 0xff

/* Attributes (16.1.3, 16.1.4). */
enum {
	WIRE_PERF_CLASS_PORT_INFO = 0x0001,
	WIRE_PERF_PORT_SAMPLES_CONTROL = 0x0010,
	WIRE_PERF_PORT_SAMPLES_RESULT = 0x0011,
	WIRE_PERF_PORT_COUNTERS = 0x0012,
	WIRE_PERF_PORT_RCV_ERROR_DETAILS = 0x0015,
	WIRE_PERF_PORT_XMIT_DISCARD_DETAILS = 0x0016,
	WIRE_PERF_PORT_OP_RCV_COUNTERS = 0x0017,
	WIRE_PERF_PORT_FLOW_CTL_COUNTERS = 0x0018,
	WIRE_PERF_PORT_VL_OP_PACKETS = 0x0019,
	WIRE_PERF_PORT_VL_OP_DATA = 0x001a,
	WIRE_PERF_PORT_VL_XMIT_FLOW_CTL = 0x001b,
	WIRE_PERF_PORT_VL_XMIT_WAIT = 0x001c,
	WIRE_PERF_PORT_COUNTERS_EXT = 0x001d,
	WIRE_PERF_PORT_SAMPLES_RESULT_EXT = 0x001e,
	WIRE_PERF_SW_PORT_VL_CONGESTION = 0x0030,
	WIRE_PERF_PORT_RCV_CON_CTRL = 0x0031,
	WIRE_PERF_PORT_SL_RCV_FECN = 0x0032,
	WIRE_PERF_PORT_SL_RCV_BECN = 0x0033,
	WIRE_PERF_PORT_XMIT_CON_CTRL = 0x0034,
	WIRE_PERF_PORT_VL_XMIT_TIME_CONG = 0x0035,
	WIRE_PERF_PORT_XMIT_DATA_SL = 0x0036,
	WIRE_PERF_PORT_RCV_DATA_SL = 0x0037,
	WIRE_PERF_PORT_EXT_SPEEDS_COUNTERS = 0x001f,
};

/* PortSelect stands in the same place in every attribute but ClassPortInfo and the sampling
 * results. */
static inline uint8_t wire_perf_port_select(const uint8_t *mad)
{
	return mad[WIRE_PERF_DATA_OFFSET + 1];
}

#define WIRE_PORT_COUNTERS_BYTES 44

/* 16.1.3.5 */
struct wire_port_counters {
	uint8_t port_select;
	uint16_t counter_select;
	uint16_t symbol_errors;
	uint8_t link_error_recovery;
	uint8_t link_downed;
	uint16_t rcv_errors;
	uint16_t rcv_remote_physical_errors;
	uint16_t rcv_switch_relay_errors;
	uint16_t xmit_discards;
	uint8_t xmit_constraint_errors;
	uint8_t rcv_constraint_errors;
	uint8_t counter_select2;
	uint8_t local_link_integrity_errors;
	uint8_t excessive_buffer_overruns;
	uint16_t qp1_dropped;
	uint16_t vl15_dropped;
	uint32_t xmit_data; /* units of four bytes */
	uint32_t rcv_data;
	uint32_t xmit_packets;
	uint32_t rcv_packets;
	uint32_t xmit_wait;
};

extern const struct wire_layout wire_port_counters_layout;

enum wire_verdict wire_port_counters_decode(struct span in, struct wire_port_counters *ret);
void wire_port_counters_encode(const struct wire_port_counters *from,
			       uint8_t ret[static WIRE_PORT_COUNTERS_BYTES]);

#define WIRE_PORT_COUNTERS_EXT_BYTES 184

/* 16.1.4.11 */
struct wire_port_counters_ext {
	uint8_t port_select;
	uint16_t counter_select;
	uint32_t counter_select2;
	uint64_t xmit_data;
	uint64_t rcv_data;
	uint64_t xmit_packets;
	uint64_t rcv_packets;
	uint64_t unicast_xmit_packets;
	uint64_t unicast_rcv_packets;
	uint64_t multicast_xmit_packets;
	uint64_t multicast_rcv_packets;
	uint64_t symbol_errors;
	uint64_t link_error_recovery;
	uint64_t link_downed;
	uint64_t rcv_errors;
	uint64_t rcv_remote_physical_errors;
	uint64_t rcv_switch_relay_errors;
	uint64_t xmit_discards;
	uint64_t xmit_constraint_errors;
	uint64_t rcv_constraint_errors;
	uint64_t local_link_integrity_errors;
	uint64_t excessive_buffer_overruns;
	uint64_t vl15_dropped;
	uint64_t xmit_wait;
	uint64_t qp1_dropped;
};

extern const struct wire_layout wire_port_counters_ext_layout;

enum wire_verdict wire_port_counters_ext_decode(struct span in, struct wire_port_counters_ext *ret);
void wire_port_counters_ext_encode(const struct wire_port_counters_ext *from,
				   uint8_t ret[static WIRE_PORT_COUNTERS_EXT_BYTES]);
