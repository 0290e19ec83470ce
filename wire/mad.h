/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The common MAD header (IBA 13.4.3, table 117): field access in place, and the numbers that
 * every class shares. A MAD is always 256 bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define WIRE_MAD_BYTES 256

/* IBA 13.4.4, table 118: management classes. */
enum {
	WIRE_CLASS_SUBN_LID = 0x01,
	WIRE_CLASS_SA = 0x03,
	WIRE_CLASS_PERF = 0x04,
	WIRE_CLASS_BM = 0x05,
	WIRE_CLASS_DEV_MGT = 0x06,
	WIRE_CLASS_CM = 0x07,
	WIRE_CLASS_SNMP = 0x08,
	WIRE_CLASS_VENDOR1_FIRST = 0x09,
	WIRE_CLASS_MLNX_VENDOR = 0x0a, /* NVIDIA's, in range 1 (vendstat.c) */
	WIRE_CLASS_MLNX_AM = 0x0b, /* NVIDIA's aggregation management (SHARP) */
	WIRE_CLASS_VENDOR1_LAST = 0x0f,
	WIRE_CLASS_DEV_ADM = 0x10,
	WIRE_CLASS_BIS = 0x12,
	WIRE_CLASS_CC = 0x21,
	WIRE_CLASS_VENDOR2_FIRST = 0x30,
	WIRE_CLASS_OPENIB_PING = 0x32,
	WIRE_CLASS_OPENIB_SYSSTAT = 0x33,
	WIRE_CLASS_VENDOR2_LAST = 0x4f,
	WIRE_CLASS_SUBN_DR = 0x81,
};

/* IBA 13.4.5, table 119, and 15.2.2, table 184 for the SA's own. */
enum {
	WIRE_METHOD_GET = 0x01,
	WIRE_METHOD_SET = 0x02,
	WIRE_METHOD_SEND = 0x03,
	WIRE_METHOD_TRAP = 0x05,
	WIRE_METHOD_REPORT = 0x06,
	WIRE_METHOD_TRAP_REPRESS = 0x07,
	WIRE_METHOD_GET_TABLE = 0x12,
	WIRE_METHOD_GET_TRACE_TABLE = 0x13,
	WIRE_METHOD_GET_MULTI = 0x14,
	WIRE_METHOD_DELETE = 0x15,
	WIRE_METHOD_RESPONSE = 0x80, /* bit */
	WIRE_METHOD_GET_RESP = 0x81,
};

/* IBA 13.4.7, table 121: bits 2-4 of the status; the SA's own are in the upper byte (table 183). */
enum {
	WIRE_STATUS_BUSY = 0x0001,
	WIRE_STATUS_BAD_VERSION = 0x0004,
	WIRE_STATUS_METHOD_UNSUPPORTED = 0x0008,
	WIRE_STATUS_ATTRIBUTE_UNSUPPORTED = 0x000c,
	WIRE_STATUS_INVALID_VALUE = 0x001c,
	WIRE_SA_STATUS_NO_RESOURCES = 0x0100,
	WIRE_SA_STATUS_REQUEST_INVALID = 0x0200,
	WIRE_SA_STATUS_NO_RECORDS = 0x0300,
	WIRE_SA_STATUS_TOO_MANY_RECORDS = 0x0400,
	WIRE_SA_STATUS_INVALID_GID = 0x0500,
	WIRE_SA_STATUS_INSUFFICIENT_COMPONENTS = 0x0600,
	WIRE_SA_STATUS_DENIED = 0x0700,
};

static inline uint8_t wire_mad_base_version(const uint8_t *mad)
{
	return mad[0];
}

static inline uint8_t wire_mad_class(const uint8_t *mad)
{
	return mad[1];
}

static inline uint8_t wire_mad_class_version(const uint8_t *mad)
{
	return mad[2];
}

static inline uint8_t wire_mad_method(const uint8_t *mad)
{
	return mad[3];
}

/* In directed-route SMPs bit 15 is the direction (D), not status. */
static inline uint16_t wire_mad_status(const uint8_t *mad)
{
	return get_be16(mad + 4);
}

static inline uint64_t wire_mad_tid(const uint8_t *mad)
{
	return get_be64(mad + 8);
}

static inline uint16_t wire_mad_attribute(const uint8_t *mad)
{
	return get_be16(mad + 16);
}

static inline uint32_t wire_mad_modifier(const uint8_t *mad)
{
	return get_be32(mad + 20);
}

static inline void wire_mad_set_modifier(uint8_t *mad, uint32_t modifier)
{
	put_be32(mad + 20, modifier);
}

static inline void wire_mad_set_method(uint8_t *mad, uint8_t method)
{
	mad[3] = method;
}

static inline void wire_mad_set_status(uint8_t *mad, uint16_t status)
{
	put_be16(mad + 4, status);
}

static inline void wire_mad_set_attribute(uint8_t *mad, uint16_t attribute)
{
	put_be16(mad + 16, attribute);
}

static inline void wire_mad_set_tid(uint8_t *mad, uint64_t tid)
{
	put_be64(mad + 8, tid);
}

static inline bool wire_class_is_smp(uint8_t mgmt_class)
{
	return mgmt_class == WIRE_CLASS_SUBN_LID || mgmt_class == WIRE_CLASS_SUBN_DR;
}

static inline bool wire_mad_is_smp(const uint8_t *mad)
{
	return wire_class_is_smp(mad[1]);
}

/* Vendor classes without an OUI (range 1): the device defines the attributes. */
static inline bool wire_class_is_vendor1(uint8_t mgmt_class)
{
	return mgmt_class >= WIRE_CLASS_VENDOR1_FIRST && mgmt_class <= WIRE_CLASS_VENDOR1_LAST;
}

#define WIRE_OUI_OPENIB 0x001405u /* ibping, ibsysstat */

/* Vendor classes that carry an OUI at byte 37 (range 2). */
static inline bool wire_class_has_oui(uint8_t mgmt_class)
{
	return mgmt_class >= WIRE_CLASS_VENDOR2_FIRST && mgmt_class <= WIRE_CLASS_VENDOR2_LAST;
}

/* The OUI of a MAD of range 2; 0 in all others. */
static inline uint32_t wire_mad_oui(const uint8_t *mad)
{
	return wire_class_has_oui(wire_mad_class(mad)) ? get_be24(mad + 37) : 0;
}

static inline void wire_mad_set_oui(uint8_t *mad, uint32_t oui)
{
	put_be24(mad + 37, oui);
}

/* Classes whose MADs have an RMPP header at byte 24 (mad.c, ib_is_mad_class_rmpp). */
static inline bool wire_class_has_rmpp(uint8_t mgmt_class)
{
	return mgmt_class == WIRE_CLASS_SA || mgmt_class == WIRE_CLASS_DEV_MGT ||
	       mgmt_class == WIRE_CLASS_DEV_ADM || mgmt_class == WIRE_CLASS_BIS ||
	       wire_class_has_oui(mgmt_class);
}

/*
 * A MAD that answers another (mad.c, ib_response_mad): the response bit, TrapRepress, or a
 * BM MAD with the response bit in its modifier.
 */
static inline bool wire_mad_is_response(const uint8_t *mad)
{
	return (mad[3] & WIRE_METHOD_RESPONSE) || mad[3] == WIRE_METHOD_TRAP_REPRESS ||
	       (mad[1] == WIRE_CLASS_BM && (wire_mad_modifier(mad) & 1));
}
