/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest/host ABI: the contents of one slot of the ring.
 *
 * A slot is 320 bytes: a 64-byte header and one 256-byte MAD, or a control message in its place.
 * Nothing in it is a length or a pointer that the receiver must trust. Integers of the header are
 * little-endian (both ends run on one little-endian machine); the MAD is as on the wire.
 *
 * Included by the kernel front-end as well: stdint types only, no libc, no functions.
 */
#pragma once

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define CHAN_ABI_MAGIC 0x42495649u /* "IVIB" */
#define CHAN_ABI_VERSION 1

#define CHAN_MAD_BYTES 256
#define CHAN_CA_NAME_BYTES 20
#define CHAN_CLIENTS_MAX 256 /* of a session; their numbers are below this */

/* Kinds of a slot: those that the guest sends are odd, those that the host sends are even. */
enum chan_kind {
	CHAN_KIND_NONE = 0,

	/* guest to host: send this MAD. timeout_ms 0: no answer is expected. */
	CHAN_KIND_SEND = 1,
	/* host to guest: an answer (cookie and client of its request) or an unsolicited MAD. */
	CHAN_KIND_RECV = 2,
	/*
	 * host to guest: this send ended without an answer; status is the errno (ETIMEDOUT and so
	 * on), the MAD is the one that the guest sent, with its TID.
	 */
	CHAN_KIND_SEND_DONE = 4,

	/* Control: request, and the reply that carries the request's cookie and a status. */
	CHAN_KIND_HELLO = 17,
	CHAN_KIND_HELLO_REPLY = 18,
	CHAN_KIND_PORT_QUERY = 19,
	CHAN_KIND_PORT_REPLY = 20,
	CHAN_KIND_PKEY_QUERY = 21,
	CHAN_KIND_PKEY_REPLY = 22,
	CHAN_KIND_CLIENT_OPEN = 23,
	CHAN_KIND_CLIENT_OPEN_REPLY = 24,
	CHAN_KIND_CLIENT_CLOSE = 25,
	CHAN_KIND_CLIENT_CLOSE_REPLY = 26,
	CHAN_KIND_REGISTER = 27,
	CHAN_KIND_REGISTER_REPLY = 28,
	CHAN_KIND_UNREGISTER = 29,
	CHAN_KIND_UNREGISTER_REPLY = 30,
	/* set or clear IsSM in the port's capability mask (as opening issmN does) */
	CHAN_KIND_SET_ISSM = 31,
	CHAN_KIND_SET_ISSM_REPLY = 32,

	/* host to guest, unsolicited: an attribute of a port changed; query it again. */
	CHAN_KIND_PORT_EVENT = 34,
};

/* The address of a MAD, as in struct ib_mad_addr of umad but little-endian (gid: wire order). */
struct chan_addr {
	uint32_t qpn;
	uint32_t qkey;
	uint32_t flow_label;
	uint16_t lid;
	uint16_t pkey_index;
	uint8_t sl;
	uint8_t path_bits;
	uint8_t grh_present;
	uint8_t gid_index;
	uint8_t hop_limit;
	uint8_t traffic_class;
	uint8_t reserved[2];
	uint8_t gid[16];
};

struct chan_slot {
	uint8_t kind; /* enum chan_kind */
	uint8_t retries; /* SEND: retries after the first attempt */
	uint16_t port; /* index of the port in the session, 0 .. HELLO_REPLY.ports - 1 */
	uint16_t client; /* number of the client, chosen by the guest, unique in the session */
	uint16_t agent; /* number of the agent, chosen by the guest, unique in the client */
	uint32_t timeout_ms; /* SEND: of one attempt */
	uint32_t status; /* 0 or a Linux errno, positive */
	uint64_t cookie; /* chosen by the guest, returned unchanged */
	struct chan_addr addr;
	uint8_t mad[CHAN_MAD_BYTES]; /* the MAD, or one of the control messages below */
};

/* HELLO: the first slot of a session; anything else before it closes the session. */
struct chan_hello {
	uint32_t magic;
	uint16_t version_min;
	uint16_t version_max;
	uint64_t features; /* supported by the guest */
};

struct chan_hello_reply {
	uint32_t magic;
	uint16_t version; /* the chosen one */
	uint16_t ports;
	uint64_t features; /* supported by both */
	uint32_t outstanding; /* maximum of requests that wait for an answer at a time */
	uint32_t reserved;
};

/* PORT_REPLY, to a PORT_QUERY that names the port in the slot header. */
struct chan_port_info {
	char ca_name[CHAN_CA_NAME_BYTES]; /* NUL-terminated */
	char ca_type[40];
	char fw_ver[20];
	char hw_ver[20];
	char link_layer[20];
	uint64_t node_guid;
	uint64_t system_guid;
	uint64_t gid_prefix;
	uint64_t port_guid;
	uint32_t capmask;
	uint32_t rate; /* Gb/s */
	uint16_t base_lid;
	uint16_t sm_lid;
	uint16_t pkeys; /* entries in the P_Key table that this guest sees */
	uint8_t node_type;
	uint8_t ca_ports; /* ports of this CA, physical */
	uint8_t port_num;
	uint8_t lmc;
	uint8_t sm_sl;
	uint8_t state;
	uint8_t phys_state;
	uint8_t reserved[5];
};

#define CHAN_PKEYS_PER_SLOT 120

/* PKEY_QUERY and PKEY_REPLY: entries first .. first + count - 1 of the table. */
struct chan_pkeys {
	uint16_t first;
	uint16_t count; /* of this slot, at most CHAN_PKEYS_PER_SLOT */
	uint16_t total;
	uint16_t reserved;
	uint16_t pkey[CHAN_PKEYS_PER_SLOT];
};

/* REGISTER: umad's registration, for slot.client and slot.agent on slot.port. */
struct chan_register {
	uint32_t method_mask[4]; /* unsolicited methods: bit n % 32 of word n / 32 */
	uint8_t mgmt_class;
	uint8_t mgmt_class_version; /* 0: sends only */
	uint8_t rmpp_version; /* 1: the agent uses RMPP (in the guest); else 0 */
	uint8_t oui[3]; /* vendor range 2 classes (0x30-0x4f), else 0 */
	uint8_t reserved[2];
};

enum chan_port_event {
	CHAN_PORT_ACTIVE = 1,
	CHAN_PORT_DOWN = 2,
	CHAN_PORT_LID = 3,
	CHAN_PORT_SM = 4,
	CHAN_PORT_PKEY = 5,
	CHAN_PORT_REREGISTER = 6,
};

/* PORT_EVENT, on slot.port. */
struct chan_event {
	uint32_t event; /* enum chan_port_event */
	uint32_t reserved;
};

/* SET_ISSM, on slot.port. */
struct chan_issm {
	uint32_t on;
	uint32_t reserved;
};
