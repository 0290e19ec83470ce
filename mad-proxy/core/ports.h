/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The gateway's ports: attributes as the shell last reported them, and the number of users of IsSM. */
#pragma once

#include "mad-proxy/core/admit.h"
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

/* The identity of a port for admission; valid as long as the port's attributes. */
static inline struct admit_port port_admit(const struct proxy_core *core, unsigned int port)
{
	const struct proxy_port_attr *attr = port_attr(core, port);
	const struct chan_port_info *info = &attr->info;

	return (struct admit_port){
		.lid = info->base_lid,
		.lmc = info->lmc,
		.sm_lid = info->sm_lid,
		.gid_prefix = info->gid_prefix,
		.port_guid = info->port_guid,
		.port_num = info->port_num,
		.ca_ports = info->ca_ports,
		.pkey = attr->pkey,
		.pkeys = info->pkeys < PROXY_MAX_PKEYS ? info->pkeys : PROXY_MAX_PKEYS,
	};
}
