/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a core is made with. */
#pragma once

#include <stdint.h>

#include "base/keyed_hash.h"
#include "policy/policy.h"

/* Registrations of guests on one port at a time: the shell has agents for them, beside those it sends by. */
#define PROXY_PORT_REGS 480

struct proxy_params {
	uint32_t seed;
	struct keyed_hash hash; /* its secret: guests choose what is hashed */
	unsigned int ports; /* 1 .. PROXY_MAX_PORTS, numbered from 0 */
	unsigned int max_sessions; /* of all guests together */
	unsigned int max_sessions_per_guest; /* of one; 0: as many as there are */
	const struct policy *policy; /* outlives the core, or until PROXY_EV_POLICY */
};
