/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Adapters as pairs of an SMI and a GSI. A planarized port is shown as several adapters with one port
 * GUID: those whose SMI is disabled take GMPs, the other takes SMPs. Any other adapter is both.
 */
#include "guest-umad/umad_pair.h"

#include <errno.h>
#include <string.h>

#include "guest-umad/umad_ca.h"

enum { STATE_DOWN = 1, NONE = -1 };

static unsigned int ports_of_guid(const struct gumad_snapshot *s, uint64_t guid)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->n; i++)
		n += s->port[i].info.port_guid == guid;
	return n;
}

struct pairs {
	struct umad_ca_pair *pair;
	uint64_t guid[GUMAD_MAX_PORTS];
	size_t n, max;
};

/* The pair of this port GUID, created if necessary; NULL: there is no room. */
static struct umad_ca_pair *pair_of_guid(struct pairs *p, uint64_t guid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->guid[i] == guid)
			return &p->pair[i];
	if (p->n == p->max || p->n == GUMAD_MAX_PORTS)
		return NULL;
	p->guid[p->n] = guid;
	return &p->pair[p->n++];
}

/* Takes only the first port of an adapter that belongs to a pair. */
static void pairs_take(const struct gumad_snapshot *s, struct pairs *p)
{
	bool counted = false;

	memset(p->pair, 0, p->max * sizeof(p->pair[0]));
	for (unsigned int i = 0; i < s->n; i++) {
		const struct chan_port_info *info = &s->port[i].info;
		struct umad_ca_pair *pair;

		counted &= !gumad_snapshot_is_first(s, i);
		pair = counted || !info->port_guid ? NULL : pair_of_guid(p, info->port_guid);
		if (!pair)
			continue;
		counted = true;
		if (!gumad_smi_is_disabled(info))
			memcpy(pair->smi_name, info->ca_name, sizeof(pair->smi_name));
		if (gumad_smi_is_disabled(info) || ports_of_guid(s, info->port_guid) == 1)
			memcpy(pair->gsi_name, info->ca_name, sizeof(pair->gsi_name));
	}
}

int umad_get_smi_gsi_pairs(struct umad_ca_pair cas[], size_t max)
{
	struct pairs p = {.pair = cas, .max = max};
	struct gumad_snapshot s;

	gumad_snapshot_now(&s);
	pairs_take(&s, &p);
	return (int)p.n;
}

/* The ports of one adapter, for a choice among them. */
struct candidate {
	bool is_switch;
	bool has[UMAD_CA_MAX_PORTS], is_up[UMAD_CA_MAX_PORTS];
	int numports, first, first_up; /* first is NONE if there is none */
};

static struct candidate candidate_of(const struct gumad_snapshot *s, const char *ca_name)
{
	struct candidate c = {.first = NONE, .first_up = NONE};

	for (unsigned int i = 0; i < s->n; i++) {
		const struct chan_port_info *info = &s->port[i].info;

		if (strcmp(info->ca_name, ca_name) != 0)
			continue;
		c.is_switch = info->node_type == GUMAD_NODE_SWITCH;
		c.has[info->port_num] = true;
		c.is_up[info->port_num] = info->state > STATE_DOWN;
		c.numports = info->port_num;
		if (c.first == NONE)
			c.first = info->port_num;
		if (c.first_up == NONE && c.is_up[info->port_num])
			c.first_up = info->port_num;
	}
	return c;
}

/* Sets the preferred ports of a pair whose GSI (or SMI) is the candidate. False: the candidate has none. */
static bool pair_choose(struct umad_ca_pair *pair, const struct candidate *c, bool is_gsi,
			int portnum, bool named)
{
	const bool same = !strncmp(pair->gsi_name, pair->smi_name, sizeof(pair->gsi_name));
	uint32_t *own = is_gsi ? &pair->gsi_preferred_port : &pair->smi_preferred_port;
	uint32_t *other = is_gsi ? &pair->smi_preferred_port : &pair->gsi_preferred_port;
	int second = c->first_up;

	if (c->numports == 1)
		portnum = c->first;
	if (!portnum && !c->is_switch) {
		portnum = c->first_up;
		if (portnum == NONE)
			return false;
	} else if (!named && !c->is_up[portnum]) {
		return false;
	} else if (same) {
		second = portnum;
	}
	*own = (uint32_t)portnum;
	if (second != NONE)
		*other = (uint32_t)second;
	return true;
}

int umad_get_smi_gsi_pair_by_ca_name(const char *devname, uint8_t portnum,
				     struct umad_ca_pair *ca_pair, unsigned enforce_smi)
{
	struct umad_ca_pair all[GUMAD_MAX_PORTS];
	struct pairs p = {.pair = all, .max = GUMAD_MAX_PORTS};
	struct gumad_snapshot s;

	if (!ca_pair)
		return -1;
	memset(ca_pair, 0, sizeof(*ca_pair));
	gumad_snapshot_now(&s);
	pairs_take(&s, &p);
	/* rdma-core's answer when there is no adapter at all */
	if (!p.n)
		return 0;
	for (size_t i = 0; i < p.n; i++) {
		const bool has_smi = all[i].smi_name[0];
		const bool is_gsi_name =
			devname && !strncmp(devname, all[i].gsi_name, sizeof(all[i].gsi_name));
		const bool is_gsi = is_gsi_name || (!enforce_smi && !has_smi);
		struct candidate c;

		if ((enforce_smi && !has_smi) || !all[i].gsi_name[0])
			continue;
		if (devname && !is_gsi_name &&
		    strncmp(devname, all[i].smi_name, sizeof(all[i].smi_name)) != 0)
			continue;
		c = candidate_of(&s, is_gsi ? all[i].gsi_name : all[i].smi_name);
		if (portnum && (portnum >= UMAD_CA_MAX_PORTS || !c.has[portnum]))
			continue;
		*ca_pair = all[i];
		if (pair_choose(ca_pair, &c, is_gsi, portnum, devname))
			return 0;
	}
	errno = ENODEV;
	return -ENODEV;
}
