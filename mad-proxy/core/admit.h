/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Admission: whether this guest may send this MAD, its route, and the key of the policy that decides. A pure
 * function of the guest's policy, the MAD, its destination and the guest's port. The gateway and `ibgate
 * policy explain` both use it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/abi/chan_slot.h"
#include "mad-proxy/core/audit.h"
#include "policy/policy.h"

/* The attributes of the guest's port that admission needs, in host byte order. */
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

/* The route of an allowed MAD. */
enum admit_route {
	ADMIT_FORWARD, /* sent, and its answer returned */
	ADMIT_MERGE, /* sent once for identical requests */
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
	const struct chan_addr *addr; /* the destination, as the guest wrote it */
	const uint8_t *mad;
};

struct admit_verdict {
	enum audit_verdict verdict;
	enum audit_reason reason;
	enum policy_key key; /* the key that decided */
	enum admit_route route;
	/* MAD status of the refusal, host order; 0: this MAD has no answer. */
	uint16_t status;
	/* Index of the guest's P_Key in the port's table. */
	uint16_t pkey_index;
	/* Clear keys in the MAD and in its answer (wire/keys.h). */
	bool keyless;
	/* The answer may be cached. */
	bool cacheable;
	/* The MAD may change the fabric: drop cached answers. */
	bool changes_fabric;
};

/*
 * The verdict about a request (a MAD that is not a response). Class by class: SMPs (IBA 14.2),
 * PerfMgt (16.1), SA (15.2), CM (12.6), vendor and the rest.
 */
struct admit_verdict admit_request(const struct admit_ask *ask);

/*
 * The address of an admitted request on the wire: the P_Key index is that of the port's table, path bits and
 * SL are limited to their fields, queue pair and Q_Key follow from the class, except for redirects
 * (docs/architecture.md).
 */
void admit_address(const struct admit_ask *ask, const struct admit_verdict *v,
		   struct chan_addr *ret);

/*
 * The verdict about a registration for unsolicited MADs. A mask without methods (sends only) is
 * always allowed.
 */
struct admit_verdict admit_register(const struct policy_guest *guest,
				    const struct chan_register *reg);

/* The verdict about listening on this service id (the guest's number). */
struct admit_verdict admit_listen(const struct policy_guest *guest, uint64_t service_id);

/* The verdict about delivering a REQ or SIDR_REQ for this service id (the number on the wire). */
struct admit_verdict admit_called(const struct policy_guest *guest, uint64_t wire);

/* Whether the guest may use a partition of the port. */
bool admit_pkey(const struct policy_guest *guest, const struct admit_port *port, uint16_t pkey);

/* Whether the guest sees entry `i` of the port's P_Key table. */
bool admit_sees_pkey(const struct policy_guest *guest, const struct admit_port *port, uint16_t i);

/* Whether the gateway has a service for the route. */
bool admit_serves(enum admit_route route);

/* Whether this key has an effect for the guest. */
bool admit_looks_at(const struct policy_guest *guest, enum policy_key key);
