/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Communication management (IBA chapter 12): definitions for all messages. A message is a MAD of
 * class CM, method Send, with an attribute for its kind; its 232 bytes start at byte 24. Each
 * message is in cm_message.h or sidr.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/mad.h"

#define WIRE_CM_CLASS_VERSION 2
#define WIRE_CM_DATA_OFFSET 24
#define WIRE_CM_DATA_BYTES 232

/* Attributes (12.6, 16.7.1). */
enum {
	WIRE_CM_CLASS_PORT_INFO = 0x0001,
	WIRE_CM_REQ = 0x0010,
	WIRE_CM_MRA = 0x0011,
	WIRE_CM_REJ = 0x0012,
	WIRE_CM_REP = 0x0013,
	WIRE_CM_RTU = 0x0014,
	WIRE_CM_DREQ = 0x0015,
	WIRE_CM_DREP = 0x0016,
	WIRE_CM_SIDR_REQ = 0x0017,
	WIRE_CM_SIDR_REP = 0x0018,
	WIRE_CM_LAP = 0x0019,
	WIRE_CM_APR = 0x001a,
};

/* Which message an MRA acknowledges or a REJ refuses. */
enum wire_cm_message {
	WIRE_CM_MESSAGE_REQ = 0,
	WIRE_CM_MESSAGE_REP = 1,
	WIRE_CM_MESSAGE_LAP = 2, /* in an MRA */
	WIRE_CM_MESSAGE_OTHER = 2, /* in a REJ: no message, the sender gave up */
};

/* Reasons of a REJ (12.6.7.2). */
enum {
	WIRE_REJ_NO_QP = 1,
	WIRE_REJ_NO_EEC = 2,
	WIRE_REJ_NO_RESOURCES = 3,
	WIRE_REJ_TIMEOUT = 4,
	WIRE_REJ_UNSUPPORTED_REQUEST = 5,
	WIRE_REJ_INVALID_COMM_ID = 6,
	WIRE_REJ_INVALID_COMM_INSTANCE = 7,
	WIRE_REJ_INVALID_SERVICE_ID = 8,
	WIRE_REJ_INVALID_TRANSPORT = 9,
	WIRE_REJ_STALE_CONNECTION = 10,
	WIRE_REJ_RDC_NOT_EXIST = 11,
	WIRE_REJ_INVALID_GID = 12,
	WIRE_REJ_INVALID_LID = 13,
	WIRE_REJ_INVALID_SL = 14,
	WIRE_REJ_INVALID_TCLASS = 15,
	WIRE_REJ_INVALID_HOP_LIMIT = 16,
	WIRE_REJ_INVALID_PACKET_RATE = 17,
	WIRE_REJ_INVALID_ALT_GID = 18,
	WIRE_REJ_INVALID_ALT_LID = 19,
	WIRE_REJ_INVALID_ALT_SL = 20,
	WIRE_REJ_INVALID_ALT_TCLASS = 21,
	WIRE_REJ_INVALID_ALT_HOP_LIMIT = 22,
	WIRE_REJ_INVALID_ALT_PACKET_RATE = 23,
	WIRE_REJ_PORT_CM_REDIRECT = 24,
	WIRE_REJ_PORT_REDIRECT = 25,
	WIRE_REJ_INVALID_MTU = 26,
	WIRE_REJ_INSUFFICIENT_RESPONDER_RESOURCES = 27,
	WIRE_REJ_CONSUMER = 28,
	WIRE_REJ_RNR_RETRY = 29,
	WIRE_REJ_DUPLICATE_COMM_ID = 30,
	WIRE_REJ_INVALID_CLASS_VERSION = 31,
	WIRE_REJ_INVALID_FLOW_LABEL = 32,
	WIRE_REJ_INVALID_ALT_FLOW_LABEL = 33,
	WIRE_REJ_VENDOR_OPTION = 35,
};

/* The message of a MAD. */
static inline struct span wire_cm_data(const uint8_t *mad)
{
	return (struct span){mad + WIRE_CM_DATA_OFFSET, WIRE_CM_DATA_BYTES};
}

/* The sender's communication id (SIDR: the request id), in every message's first four bytes. */
static inline uint32_t wire_cm_local_id(const uint8_t *mad)
{
	return get_be32(mad + 24);
}

/* The receiver's communication id; REQ and SIDR have none there. */
static inline uint32_t wire_cm_remote_id(const uint8_t *mad)
{
	return get_be32(mad + 28);
}
