/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Subnet management packets (IBA 14.2.1): the LID-routed form (14.2.1.1) and the
 * directed-route form (14.2.1.2), in place, and the attribute numbers
 * (14.2.5).
 *
 *	both: bytes 24-31 M_Key, 64-127 SMP data
 *	directed route only: byte 4 bit 7 D, 6 HopPointer, 7 HopCount, 32-33 DrSLID, 34-35 DrDLID,
 *	128-191 InitialPath, 192-255 ReturnPath (entry 0 of both is unused)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/mad.h"

#define WIRE_SMP_CLASS_VERSION 1
#define WIRE_SMP_DATA_OFFSET 64
#define WIRE_SMP_DATA_BYTES 64
#define WIRE_SMP_PATH_BYTES 64
#define WIRE_SMP_MAX_HOPS 63

/* The permissive LID: the route is in the packet. */
#define WIRE_LID_PERMISSIVE 0xffff
#define WIRE_LID_MULTICAST_FIRST 0xc000 /* 4.1.1 */

enum {
	WIRE_SMP_NOTICE = 0x0002,
	WIRE_SMP_NODE_DESCRIPTION = 0x0010,
	WIRE_SMP_NODE_INFO = 0x0011,
	WIRE_SMP_SWITCH_INFO = 0x0012,
	WIRE_SMP_GUID_INFO = 0x0014,
	WIRE_SMP_PORT_INFO = 0x0015,
	WIRE_SMP_PKEY_TABLE = 0x0016,
	WIRE_SMP_SL2VL_TABLE = 0x0017,
	WIRE_SMP_VLARB_TABLE = 0x0018,
	WIRE_SMP_LFT = 0x0019,
	WIRE_SMP_RFT = 0x001a,
	WIRE_SMP_MFT = 0x001b,
	WIRE_SMP_LINK_SPEED_WIDTH_PAIRS = 0x001c,
	WIRE_SMP_VENDOR_MADS_TABLE = 0x001d,
	WIRE_SMP_HIERARCHY_INFO = 0x001e,
	WIRE_SMP_SM_INFO = 0x0020,
	WIRE_SMP_VENDOR_DIAG = 0x0030,
	WIRE_SMP_LED_INFO = 0x0031,
	WIRE_SMP_CABLE_INFO = 0x0032,
	WIRE_SMP_PORT_INFO_EXT = 0x0033,
	WIRE_SMP_VENDOR_FIRST = 0xff00,
	WIRE_SMP_MLNX_EXT_PORT_INFO = 0xff90,
};

/* The port in the modifier of a port's attribute; 0: the port at which the SMP arrives. */
static inline uint8_t wire_smp_modifier_port(const uint8_t *mad)
{
	switch (wire_mad_attribute(mad)) {
	case WIRE_SMP_PORT_INFO:
	case WIRE_SMP_VLARB_TABLE:
	case WIRE_SMP_PORT_INFO_EXT:
	case WIRE_SMP_MLNX_EXT_PORT_INFO:
		return (uint8_t)wire_mad_modifier(mad);
	default:
		return 0;
	}
}

static inline uint8_t *wire_smp_data_mut(uint8_t *mad)
{
	return mad + WIRE_SMP_DATA_OFFSET;
}

/*
 * Clears the fields that are undefined in an SMP Get: its data (except for a vendor's attributes), the path
 * beyond its hops, the return path, reserved fields. In requests they often contain memory of the sender
 * (libibmad's stack). Also clears status, D bit and hop pointer, because a request starts at its sender.
 */
void wire_smp_clear_undefined(uint8_t *mad);

/* Directed route: D is set in a response. */
static inline void wire_dr_set_returning(uint8_t *mad, bool returning)
{
	mad[4] = (uint8_t)((mad[4] & 0x7f) | (returning ? 0x80 : 0));
}

static inline uint8_t wire_dr_hop_pointer(const uint8_t *mad)
{
	return mad[6];
}

static inline void wire_dr_set_hop_pointer(uint8_t *mad, uint8_t hop)
{
	mad[6] = hop;
}

static inline uint8_t wire_dr_hop_count(const uint8_t *mad)
{
	return mad[7];
}

static inline void wire_dr_set_hop_count(uint8_t *mad, uint8_t hops)
{
	mad[7] = hops;
}

static inline uint16_t wire_dr_slid(const uint8_t *mad)
{
	return get_be16(mad + 32);
}

static inline uint16_t wire_dr_dlid(const uint8_t *mad)
{
	return get_be16(mad + 34);
}

static inline void wire_dr_set_lids(uint8_t *mad, uint16_t slid, uint16_t dlid)
{
	put_be16(mad + 32, slid);
	put_be16(mad + 34, dlid);
}

/* WIRE_SMP_PATH_BYTES bytes; entries 1..HopCount are the egress ports of the hops. */
static inline const uint8_t *wire_dr_initial_path(const uint8_t *mad)
{
	return mad + 128;
}

static inline uint8_t *wire_dr_initial_path_mut(uint8_t *mad)
{
	return mad + 128;
}

static inline uint8_t *wire_dr_return_path_mut(uint8_t *mad)
{
	return mad + 192;
}
