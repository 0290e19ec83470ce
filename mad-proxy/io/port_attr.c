/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/port_attr.h"

#include <endian.h>
#include <errno.h>
#include <glib.h>
#include <infiniband/umad.h>
#include <stddef.h>
#include <string.h>

static void from_ca(struct chan_port_info *info, const umad_ca_t *ca)
{
	g_strlcpy(info->ca_name, ca->ca_name, sizeof(info->ca_name));
	g_strlcpy(info->ca_type, ca->ca_type, sizeof(info->ca_type));
	g_strlcpy(info->fw_ver, ca->fw_ver, sizeof(info->fw_ver));
	g_strlcpy(info->hw_ver, ca->hw_ver, sizeof(info->hw_ver));
	info->node_guid = be64toh(ca->node_guid);
	info->system_guid = be64toh(ca->system_guid);
	info->node_type = (uint8_t)ca->node_type;
	info->ca_ports = (uint8_t)ca->numports;
}

static void from_port(struct proxy_port_attr *attr, const umad_port_t *port)
{
	struct chan_port_info *info = &attr->info;
	unsigned int pkeys = port->pkeys_size;

	g_strlcpy(info->link_layer, port->link_layer, sizeof(info->link_layer));
	info->gid_prefix = be64toh(port->gid_prefix);
	info->port_guid = be64toh(port->port_guid);
	info->capmask = be32toh(port->capmask);
	info->rate = port->rate;
	info->base_lid = (uint16_t)port->base_lid;
	info->sm_lid = (uint16_t)port->sm_lid;
	info->port_num = (uint8_t)port->portnum;
	info->lmc = (uint8_t)port->lmc;
	info->sm_sl = (uint8_t)port->sm_sl;
	info->state = (uint8_t)port->state;
	info->phys_state = (uint8_t)port->phys_state;
	if (pkeys > PROXY_MAX_PKEYS)
		pkeys = PROXY_MAX_PKEYS;
	info->pkeys = (uint16_t)pkeys;
	if (pkeys)
		memcpy(attr->pkey, port->pkeys, pkeys * sizeof(attr->pkey[0]));
}

int io_port_attr_read(const char *ca_name, unsigned int port_num, struct proxy_port_attr *ret)
{
	struct proxy_port_attr attr;
	umad_port_t port;
	umad_ca_t ca;

	memset(&attr, 0, sizeof(attr));
	if (umad_get_ca(ca_name, &ca) < 0)
		return -ENODEV;
	from_ca(&attr.info, &ca);
	umad_release_ca(&ca);
	if (umad_get_port(ca_name, (int)port_num, &port) < 0)
		return -ENODEV;
	from_port(&attr, &port);
	umad_release_port(&port);
	*ret = attr;
	return 0;
}

void io_port_attr_down(struct proxy_port_attr *attr)
{
	attr->info.state = IO_PORT_STATE_DOWN;
	attr->info.phys_state = 3; /* Disabled (IBA 14.2.5.6) */
	attr->info.base_lid = 0;
	attr->info.sm_lid = 0;
	attr->info.sm_sl = 0;
	attr->info.lmc = 0;
}

static bool pkeys_equal(const struct proxy_port_attr *a, const struct proxy_port_attr *b)
{
	return a->info.pkeys == b->info.pkeys &&
	       memcmp(a->pkey, b->pkey, a->info.pkeys * sizeof(a->pkey[0])) == 0;
}

bool io_port_attr_equal(const struct proxy_port_attr *a, const struct proxy_port_attr *b)
{
	const uint8_t *left = (const uint8_t *)&a->info, *right = (const uint8_t *)&b->info;

	return memcmp(left, right, offsetof(struct chan_port_info, reserved)) == 0 &&
	       pkeys_equal(a, b);
}

unsigned int io_port_attr_changes(const struct proxy_port_attr *before,
				  const struct proxy_port_attr *after,
				  enum chan_port_event ret[IO_PORT_CHANGES_MAX])
{
	bool was_active = before->info.state == IO_PORT_STATE_ACTIVE;
	bool is_active = after->info.state == IO_PORT_STATE_ACTIVE;
	unsigned int n = 0;

	if (was_active && !is_active) {
		ret[n++] = CHAN_PORT_DOWN;
		return n;
	}
	if (before->info.base_lid != after->info.base_lid || before->info.lmc != after->info.lmc)
		ret[n++] = CHAN_PORT_LID;
	if (before->info.sm_lid != after->info.sm_lid || before->info.sm_sl != after->info.sm_sl)
		ret[n++] = CHAN_PORT_SM;
	if (!pkeys_equal(before, after))
		ret[n++] = CHAN_PORT_PKEY;
	if (!was_active && is_active)
		ret[n++] = CHAN_PORT_ACTIVE;
	return n;
}
