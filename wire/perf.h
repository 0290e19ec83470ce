/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Performance management (IBA 16.1): attributes, and the port that they select. The data of PerfMgt
 * MADs start at byte 64.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define WIRE_PERF_DATA_OFFSET 64
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

/* PortSelect is at the same byte in every attribute except ClassPortInfo and the sampling
 * results. */
static inline uint8_t wire_perf_port_select(const uint8_t *mad)
{
	return mad[WIRE_PERF_DATA_OFFSET + 1];
}
