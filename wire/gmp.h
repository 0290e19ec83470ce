/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attributes of the general services that have no codec here: numbers, for admission.
 */
#pragma once

/* Every general service has a ClassPortInfo (IBA 13.4.8.1). */
enum { WIRE_GMP_CLASS_PORT_INFO = 0x0001 };

/* Baseboard management (16.2.3). */
enum { WIRE_BM_KEY_INFO = 0x0010 };

/* Device management (16.3.3). */
enum {
	WIRE_DM_IO_UNIT_INFO = 0x0010,
	WIRE_DM_IO_CONTROLLER_PROFILE = 0x0011,
	WIRE_DM_SERVICE_ENTRIES = 0x0012,
};

/* Congestion control (A10.4.3). */
enum {
	WIRE_CC_INFO = 0x0011,
	WIRE_CC_KEY_INFO = 0x0012,
	WIRE_CC_SWITCH_SETTING = 0x0014,
	WIRE_CC_SWITCH_PORT_SETTING = 0x0015,
	WIRE_CC_CA_SETTING = 0x0016,
	WIRE_CC_TABLE = 0x0017,
	WIRE_CC_TIMESTAMP = 0x0018,
};

/* NVIDIA's class 0x0a (vendstat.c). */
enum {
	WIRE_MLNX_GENERAL_INFO = 0x0017,
	WIRE_MLNX_COUNTER_GROUP_INFO = 0x0090,
};

/* OpenIB's classes 0x32 and 0x33 (ibping.c, ibsysstat.c). */
enum {
	WIRE_OPENIB_PING = 0x0000,
	WIRE_OPENIB_SYSSTAT_PING = 0x0010,
	WIRE_OPENIB_SYSSTAT_HOST = 0x0011,
	WIRE_OPENIB_SYSSTAT_CPU = 0x0012,
};
