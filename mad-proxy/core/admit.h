/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Admission: may a guest of this grade send this MAD? A pure decision over the MAD, where it goes
 * and what the guest's port is. What it refuses it refuses with an answer.
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
};

struct admit_verdict {
	enum audit_verdict verdict;
	enum audit_reason reason;
	/* MAD status of the refusal, host order; 0: no answer exists for this MAD. */
	uint16_t status;
	/* M_Key and SM_Key are to be cleared before the MAD leaves, M_Key hidden in the answer. */
	bool keyless;
	/* An identical request of another guest may share the answer. */
	bool mergeable;
	/* The answer may be kept for a moment. */
	bool cacheable;
	/* The fabric may look different once this was sent: forget kept answers. */
	bool changes_fabric;
};

/*
 * The verdict over a request (a MAD that is not a response). `addr` is where the guest sends it.
 * Class by class: SMPs (IBA 14.2), PerfMgt (16.1), SA (15.2), CM (12.6), vendor and the rest.
 */
struct admit_verdict admit_request(enum policy_grade grade, const struct admit_port *port,
				   const struct chan_addr *addr, const uint8_t *mad);

/*
 * The verdict over a registration for unsolicited MADs. A mask without methods (sends only) is
 * always allowed.
 */
struct admit_verdict admit_register(enum policy_grade grade, const struct chan_register *reg);
