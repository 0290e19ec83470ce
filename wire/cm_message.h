/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The messages of connection management (IBA 12.6, 12.8); those of service id resolution are in wire/sidr.h.
 * Byte 0 of a message is byte WIRE_CM_DATA_OFFSET of the MAD.
 */
#pragma once

#include "wire/cm.h"
#include "wire/field.h"

#define WIRE_CM_PATH_BYTES 44

/* 12.6.5: one of the two paths in a REQ. */
struct wire_cm_path {
	uint16_t local_lid;
	uint16_t remote_lid;
	uint8_t local_gid[16];
	uint8_t remote_gid[16];
	uint32_t flow_label;
	uint8_t packet_rate;
	uint8_t tclass;
	uint8_t hop_limit;
	uint8_t sl;
	bool subnet_local;
	uint8_t local_ack_timeout; /* exponent */
	bool sap_supported; /* in the alternate path */
};

WIRE_CODEC(wire_cm_path, WIRE_CM_PATH_BYTES);

/* REQ (12.6.5): the active side asks for a connection. */
struct wire_cm_req {
	uint32_t local_id; /* the sender's communication id */
	uint32_t ece_vendor_id; /* Linux ECE, in reserved bytes */
	uint64_t service_id;
	uint64_t local_ca_guid;
	uint32_t local_qkey;
	uint32_t local_qpn;
	uint8_t responder_resources;
	uint32_t local_eecn;
	uint8_t initiator_depth;
	uint32_t remote_eecn;
	uint8_t remote_cm_timeout; /* exponent */
	uint8_t transport; /* 0 RC, 1 UC, 2 RD, 3 see extended_transport */
	bool flow_control;
	uint32_t starting_psn;
	uint8_t local_cm_timeout; /* exponent */
	uint8_t retry_count;
	uint16_t pkey;
	uint8_t path_mtu;
	bool rdc_exists;
	uint8_t rnr_retry_count;
	uint8_t max_cm_retries;
	bool srq;
	uint8_t extended_transport; /* 1 XRC */
	struct wire_cm_path primary;
	struct wire_cm_path alternate; /* LIDs zero: none */
	uint8_t private_data[92];
};

WIRE_CODEC(wire_cm_req, WIRE_CM_DATA_BYTES);

/* MRA (12.6.6): a message has arrived, its answer will take longer. */
struct wire_cm_mra {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t message; /* that is acknowledged: enum wire_cm_message */
	uint8_t service_timeout; /* exponent */
	uint8_t private_data[222];
};

WIRE_CODEC(wire_cm_mra, WIRE_CM_DATA_BYTES);

/*
 * REJ (12.6.7): a refusal, or the end of a handshake. The remote id is zero if the sender does not know it.
 */
struct wire_cm_rej {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t message; /* that is refused: enum wire_cm_message */
	uint8_t info_length; /* valid bytes of info */
	uint16_t reason;
	uint8_t info[72];
	uint8_t private_data[148];
};

/* WIRE_BAD_VALUE when info_length points past info. */
WIRE_CODEC(wire_cm_rej, WIRE_CM_DATA_BYTES);

/* REP (12.6.8): the passive side accepts the connection. */
struct wire_cm_rep {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint32_t local_qkey;
	uint32_t local_qpn;
	uint8_t ece_vendor_id_high; /* Linux ECE, in reserved bytes */
	uint32_t local_eecn;
	uint8_t ece_vendor_id_mid;
	uint32_t starting_psn;
	uint8_t ece_vendor_id_low;
	uint8_t responder_resources;
	uint8_t initiator_depth;
	uint8_t target_ack_delay;
	uint8_t failover_accepted;
	bool flow_control;
	uint8_t rnr_retry_count;
	bool srq;
	uint64_t local_ca_guid;
	uint8_t private_data[196];
};

WIRE_CODEC(wire_cm_rep, WIRE_CM_DATA_BYTES);

/* RTU (12.6.9): the active side is ready to use the connection. */
struct wire_cm_rtu {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t private_data[224];
};

WIRE_CODEC(wire_cm_rtu, WIRE_CM_DATA_BYTES);

/* DREQ (12.6.10): one side ends the connection. */
struct wire_cm_dreq {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint32_t remote_qpn; /* the receiver's QP or EE context */
	uint8_t private_data[220];
};

WIRE_CODEC(wire_cm_dreq, WIRE_CM_DATA_BYTES);

/* DREP (12.6.11): the answer to a DREQ. */
struct wire_cm_drep {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t private_data[224];
};

WIRE_CODEC(wire_cm_drep, WIRE_CM_DATA_BYTES);

/* LAP (12.8.1): loads an alternate path. */
struct wire_cm_lap {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint32_t remote_qpn;
	uint8_t remote_cm_timeout; /* exponent */
	uint16_t local_lid; /* of the alternate path, as all that follow */
	uint16_t remote_lid;
	uint8_t local_gid[16];
	uint8_t remote_gid[16];
	uint32_t flow_label;
	uint8_t tclass;
	uint8_t hop_limit;
	uint8_t packet_rate;
	uint8_t sl;
	bool subnet_local;
	uint8_t local_ack_timeout; /* exponent */
	uint8_t private_data[168];
};

WIRE_CODEC(wire_cm_lap, WIRE_CM_DATA_BYTES);

/* APR (12.8.2): the answer to a LAP. */
struct wire_cm_apr {
	uint32_t local_id; /* the sender's communication id */
	uint32_t remote_id; /* the receiver's */
	uint8_t info_length; /* valid bytes of info */
	uint8_t ap_status;
	uint8_t info[72];
	uint8_t private_data[148];
};

/* WIRE_BAD_VALUE when info_length points past info. */
WIRE_CODEC(wire_cm_apr, WIRE_CM_DATA_BYTES);
