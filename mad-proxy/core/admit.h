/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Admission: may this guest send this MAD, which way does it go, and which key of the policy says
 * so? A pure decision over the guest's policy, the MAD, where it goes and what the guest's port is.
 * The gateway asks for every MAD and `ibgate policy explain` for the one that its words stand for:
 * both get the same answer because there is no other.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/abi/chan_slot.h"
#include "mad-proxy/core/audit.h"
#include "policy/policy.h"

/* The guest's port as far as admission needs it, host byte order. */
struct admit_port {
	uint16_t lid;
	uint8_t lmc;
	uint16_t sm_lid;
	uint64_t gid_prefix;
	uint64_t port_guid;
	uint8_t port_num; /* in its CA; 0: not known */
	uint8_t ca_ports;
	const uint16_t *pkey; /* its P_Key table; entry 0 is the default partition */
	uint16_t pkeys;
};

/* Who takes a MAD that is allowed. */
enum admit_route {
	ADMIT_FORWARD, /* sent as it is, its answer given back */
	ADMIT_MERGE, /* sent once for all who ask the same */
	ADMIT_PATH, /* path queries */
	ADMIT_MULTICAST, /* joins and leaves */
	ADMIT_REPORT, /* event subscriptions */
	ADMIT_SERVICE, /* service records */
	ADMIT_CM, /* connections */
	ADMIT_ROUTES,
};

struct admit_ask {
	const struct policy_guest *guest;
	const struct admit_port *port;
	const struct chan_addr *addr; /* where the guest sends it, as the guest wrote it */
	const uint8_t *mad;
};

struct admit_verdict {
	enum audit_verdict verdict;
	enum audit_reason reason;
	enum policy_key key; /* that decided, one way or the other */
	enum admit_route route;
	/* MAD status of the refusal, host order; 0: no answer exists for this MAD. */
	uint16_t status;
	/* Where the guest's P_Key stands in the port's table. */
	uint16_t pkey_index;
	/* Keys are to be cleared before the MAD leaves, and hidden in the answer (wire/keys.h). */
	bool keyless;
	/* The answer may be kept for a moment. */
	bool cacheable;
	/* The fabric may look different once this was sent: forget kept answers. */
	bool changes_fabric;
};

/*
 * The verdict over a request (a MAD that is not a response). Class by class: SMPs (IBA 14.2),
 * PerfMgt (16.1), SA (15.2), CM (12.6), vendor and the rest.
 */
struct admit_verdict admit_request(const struct admit_ask *ask);

/*
 * The address under which an admitted request leaves: the P_Key index is the port's, path bits and
 * SL are cut to their fields, queue pair and Q_Key follow from the class, but for what
 * docs/architecture.md says of redirects.
 */
void admit_address(const struct admit_ask *ask, const struct admit_verdict *v,
		   struct chan_addr *ret);

/*
 * The verdict over a registration for unsolicited MADs. A mask without methods (sends only) is
 * always allowed.
 */
struct admit_verdict admit_register(const struct policy_guest *guest,
				    const struct chan_register *reg);

/* The verdict over listening on this service id, by the number that the guest knows. */
struct admit_verdict admit_listen(const struct policy_guest *guest, uint64_t service_id);

/* The verdict over giving the guest a REQ or SIDR_REQ for this service id, by the number on the wire. */
struct admit_verdict admit_called(const struct policy_guest *guest, uint64_t wire);

/* Whether the guest may use a partition of the port (by which it sends, joins or is called). */
bool admit_pkey(const struct policy_guest *guest, const struct admit_port *port, uint16_t pkey);

/* Entry `i` of the port's P_Key table is one that the guest sees. */
bool admit_sees_pkey(const struct policy_guest *guest, const struct admit_port *port, uint16_t i);

/* What of the gateway is there. */
bool admit_serves(enum admit_route route);

/* Whether anything looks at this key when the guest does something. */
bool admit_looks_at(const struct policy_guest *guest, enum policy_key key);
