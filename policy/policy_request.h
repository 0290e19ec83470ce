/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The REQUEST words of `ibgate policy explain FILE GUEST REQUEST...`, as data:
 *
 *	attach
 *	smp get|set ATTRIBUTE [lid N | dr 0,PORT,...]	without a place: the guest's own port
 *	perf get|set [ATTRIBUTE] [lid N]		without a LID: the guest's own port
 *	sa get|gettable|set|delete ATTRIBUTE		to the SM, about the guest's own port
 *	vendor ping|sysstat [lid N]			without a LID: some other port
 *	mad CLASS METHOD ATTRIBUTE [lid N]		numbers
 *	listen SERVICE, connect SERVICE			an id or a range as in the policy file
 *	join MGID
 *	pkey 0xHHHH
 *	req SERVICE [address A] [gid shared|alias|GUID]	an incoming REQ; alias: the GUEST's
 *
 * Words are not case sensitive; an attribute is a name or a number.
 */
#pragma once

#include <glib.h>

#include "policy/policy.h"

enum policy_request_kind {
	POLICY_REQUEST_ATTACH,
	POLICY_REQUEST_MAD,
	POLICY_REQUEST_LISTEN,
	POLICY_REQUEST_CONNECT,
	POLICY_REQUEST_JOIN,
	POLICY_REQUEST_PKEY,
	POLICY_REQUEST_REQ,
};

/* The destination of a MAD. */
enum policy_target {
	POLICY_TARGET_OWN_PORT,
	POLICY_TARGET_SM,
	POLICY_TARGET_LID, /* lid; 0: some other port */
	POLICY_TARGET_DR, /* path */
};

struct policy_request_mad {
	uint8_t mgmt_class;
	uint8_t method;
	uint16_t attribute;
	enum policy_target target;
	uint16_t lid;
	uint8_t hops; /* path[1] .. path[hops] */
	uint8_t path[64];
};

struct policy_request {
	enum policy_request_kind kind;
	union {
		struct policy_request_mad mad;
		struct policy_service_range service; /* LISTEN, CONNECT */
		uint8_t mgid[16];
		uint16_t pkey;
		struct {
			uint64_t service_id;
			bool address_set;
			struct policy_address address;
			bool gid_set;
			enum policy_gid_kind gid_kind;
			uint64_t gid_guid;
		} req;
	};
};

/* Parses the words. Returns NULL, or an error text (owned by the caller). */
char *policy_request_parse(int count, const char *const *words, struct policy_request *ret_request);

/* The guest's port and its SM, for building a MAD. */
struct policy_request_port {
	uint16_t lid;
	uint16_t sm_lid;
	uint64_t gid_prefix;
	uint64_t port_guid;
};

/*
 * Builds the MAD (256 bytes) and destination LID of a MAD, JOIN or CONNECT request (with the first id of the
 * range), so that the caller can pass it to admission like a guest's MAD.
 */
void policy_request_build(const struct policy_request *request,
			  const struct policy_request_port *port, uint8_t *ret_mad,
			  uint16_t *ret_dlid);
