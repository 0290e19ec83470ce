/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parameters of a core. */
#pragma once

#include <stdint.h>

#include "base/keyed_hash.h"
#include "policy/policy.h"

/* Registrations of guests on one port at a time: the shell has agents for them, beside those it sends by. */
#define PROXY_PORT_REGS 480

struct proxy_params {
	uint32_t seed;
	struct keyed_hash hash; /* the secret for hashing values that guests choose */
	unsigned int ports; /* 1 .. PROXY_MAX_PORTS, numbered from 0 */
	unsigned int max_sessions; /* of all guests together */
	unsigned int max_sessions_per_guest; /* 0: max_sessions */
	const struct policy *policy; /* valid until PROXY_EV_POLICY or the end of the core */
};
