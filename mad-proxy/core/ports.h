/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The gateway's own ports, as the shell last told: their attributes, and who wants IsSM on them. */
#pragma once

#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/event.h"

struct ports {
	bool known[PROXY_MAX_PORTS]; /* attr was told */
	struct proxy_port_attr attr[PROXY_MAX_PORTS];
	unsigned int issm_users[PROXY_MAX_PORTS]; /* sessions that want it */
};

static inline const struct proxy_port_attr *port_attr(const struct proxy_core *core,
						      unsigned int port)
{
	return &core->ports->attr[port];
}
