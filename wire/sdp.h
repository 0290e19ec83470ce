/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SDP Hello (IBA annex A4): the private data of a REQ in rdma_cm's port space SDP. A BSDH of 16
 * bytes, then the Hello header; IPv4 addresses are in the last four of the sixteen bytes.
 */
#pragma once

#include "wire/field.h"

#define WIRE_SDP_MID_HELLO 0

#define WIRE_SDP_HELLO_BYTES 76

/* A4: BSDH and Hello header. */
struct wire_sdp_hello {
	uint8_t mid; /* 0 is Hello */
	uint8_t flags;
	uint16_t buffers;
	uint32_t length; /* of the whole message */
	uint32_t mseq;
	uint32_t mseq_ack;
	uint8_t major;
	uint8_t minor;
	uint8_t ip_version;
	uint8_t capability;
	uint8_t max_adverts;
	uint32_t desired_receive_size;
	uint32_t local_receive_size;
	uint16_t port; /* the source's */
	uint8_t source[16];
	uint8_t destination[16];
	uint16_t extended_max_adverts;
};

/* WIRE_BAD_VALUE for another message id, WIRE_BAD_VERSION for an IP version other than 4 and 6. */
WIRE_CODEC(wire_sdp_hello, WIRE_SDP_HELLO_BYTES);
