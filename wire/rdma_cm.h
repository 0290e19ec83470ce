/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The private header of rdma_cm (IBA annex A11): at the start of the private data of REQ and
 * SIDR_REQ when the service id is one of rdma_cm's; AF_IB connections have none. IPv4 addresses
 * are in the last four of the sixteen bytes.
 */
#pragma once

#include "wire/field.h"

/* Port spaces: bits 31-16 of a service id; the bits above are zero. */
enum {
	WIRE_RDMA_PS_SDP = 0x0001,
	WIRE_RDMA_PS_IPOIB = 0x0002,
	WIRE_RDMA_PS_IB = 0x013f,
	WIRE_RDMA_PS_TCP = 0x0106,
	WIRE_RDMA_PS_UDP = 0x0111,
};

/* IPoIB connected mode (RFC 4755): 0x10 in the top byte, the QPN in the low 24 bits. */
#define WIRE_IPOIB_CM_SERVICE_ID UINT64_C(0x1000000000000000)

static inline uint64_t wire_rdma_cm_service_id(uint16_t port_space, uint16_t port)
{
	return (uint64_t)port_space << 16 | port;
}

/* True for a service id of one of rdma_cm's port spaces; what it is made of in *ret_*. */
bool wire_rdma_cm_service(uint64_t service_id, uint16_t *ret_port_space, uint16_t *ret_port);

#define WIRE_RDMA_CM_BYTES 36

/* A11: RDMA IP CM private data. */
struct wire_rdma_cm {
	uint8_t major;
	uint8_t minor;
	uint8_t ip_version;
	uint16_t port; /* the source's; the destination's is in the service id */
	uint8_t source[16];
	uint8_t destination[16];
};

/* WIRE_BAD_VERSION when it is not version 0 with an IPv4 or IPv6 address: no such header. */
WIRE_CODEC(wire_rdma_cm, WIRE_RDMA_CM_BYTES);
