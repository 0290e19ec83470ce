/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Adapters and ports: rdma-core's libibumad reads them in /sys/class/infiniband; here they are read from
 * the link at every call. Without a peer there is no adapter.
 */
#include "guest-umad/umad_ca.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CAP_IS_SM_DISABLED = 1 << 10, /* PortInfo:CapabilityMask.IsSMdisabled */
	STATE_ACTIVE = 4,
	PHYS_DISABLED = 3,
	PHYS_LINK_UP = 5,
};

static bool port_is_usable(const struct chan_port_info *info)
{
	return info->node_type >= 1 && info->node_type <= 3 && info->ca_name[0] &&
	       info->port_num < UMAD_CA_MAX_PORTS;
}

static int port_compare(const struct chan_port_info *a, const struct chan_port_info *b)
{
	int r = strcmp(a->ca_name, b->ca_name);

	return r ? r : a->port_num - b->port_num;
}

/* Lock held. */
static void snapshot_take(struct gumad_snapshot *s)
{
	int n = gumad.link ? gumad_link_ports(gumad.link) : 0;

	s->n = 0;
	s->failed = !gumad.link;
	for (int i = 0; i < n && s->n < GUMAD_MAX_PORTS; i++) {
		struct gumad_port_info port;
		unsigned int at = s->n;

		if (gumad_link_port_info(gumad.link, (unsigned int)i, &port) < 0) {
			s->failed = true;
			continue;
		}
		gumad_grace_end();
		port.info.ca_name[sizeof(port.info.ca_name) - 1] = '\0';
		if (!port_is_usable(&port.info))
			continue;
		for (; at && port_compare(&port.info, &s->port[at - 1].info) < 0; at--)
			s->port[at] = s->port[at - 1];
		s->port[at] = port;
		s->n++;
	}
}

void gumad_snapshot_now(struct gumad_snapshot *s)
{
	struct gumad_guard guard = gumad_lock();
	uint64_t asked;

	do {
		gumad_call_begin(&guard, &asked);
		snapshot_take(s);
	} while (gumad_call_again(asked) && s->failed);
	gumad_unlock(guard);
}

bool gumad_snapshot_is_first(const struct gumad_snapshot *s, unsigned int at)
{
	return !at || strcmp(s->port[at - 1].info.ca_name, s->port[at].info.ca_name) != 0;
}

bool gumad_smi_is_disabled(const struct chan_port_info *info)
{
	return info->capmask & CAP_IS_SM_DISABLED;
}

static bool layer_is_ib(const struct chan_port_info *info)
{
	return !strncmp(info->link_layer, "InfiniBand", sizeof(info->link_layer)) ||
	       !strncmp(info->link_layer, "IB", sizeof(info->link_layer));
}

/*
 * The port that umad would choose on an adapter: 1: active; 0: inactive; -1: none. *portnum > 0 selects
 * that port; smi: only ports whose SMI is not disabled.
 */
static int resolve_port(const struct gumad_snapshot *s, const char *ca_name, int *portnum, bool smi)
{
	const struct chan_port_info *first = NULL, *up = NULL, *enabled = NULL;

	for (unsigned int i = 0; i < s->n; i++) {
		const struct chan_port_info *info = &s->port[i].info;

		if (strcmp(info->ca_name, ca_name) != 0)
			continue;
		if (info->node_type == GUMAD_NODE_SWITCH) {
			*portnum = 0;
			return 1;
		}
		if ((*portnum > 0 && info->port_num != *portnum) ||
		    (smi && gumad_smi_is_disabled(info)))
			continue;
		if (info->state == STATE_ACTIVE && layer_is_ib(info)) {
			*portnum = info->port_num;
			return 1;
		}
		if (!first)
			first = info;
		if (!up && info->phys_state == PHYS_LINK_UP && layer_is_ib(info))
			up = info;
		if (!enabled && info->phys_state != PHYS_DISABLED)
			enabled = info;
	}
	if (*portnum > 0)
		return first && layer_is_ib(first) && enabled ? 0 : -1;
	if (!up)
		up = enabled;
	if (!up)
		return -1;
	*portnum = up->port_num;
	return 0;
}

int gumad_resolve(const char *ca_name, int *portnum, bool smi, char ret_name[UMAD_CA_NAME_LEN])
{
	struct gumad_snapshot s;
	int best = -1, best_port = 0;

	if (ca_name)
		snprintf(ret_name, UMAD_CA_NAME_LEN, "%s", ca_name);
	if (ca_name && (!portnum || *portnum))
		return 0;
	snapshot_take(&s);
	if (ca_name)
		return resolve_port(&s, ca_name, portnum, smi) < 0 ? -ENODEV : 0;
	for (unsigned int i = 0; i < s.n; i++) {
		int port = portnum ? *portnum : 0;
		int r;

		if (!gumad_snapshot_is_first(&s, i))
			continue;
		r = resolve_port(&s, s.port[i].info.ca_name, &port, smi);
		if (r > best) {
			best = r;
			best_port = port;
			memcpy(ret_name, s.port[i].info.ca_name, UMAD_CA_NAME_LEN);
		}
	}
	if (best < 0)
		return -ENODEV;
	if (portnum)
		*portnum = best_port;
	return 0;
}

/* gumad_resolve() and the ports, without the lock held. */
static int resolve_now(struct gumad_snapshot *s, const char *ca_name, int *portnum,
		       char ret_name[UMAD_CA_NAME_LEN])
{
	struct gumad_guard guard = gumad_lock();
	int r, given = portnum ? *portnum : 0;
	uint64_t asked;

	do {
		gumad_call_begin(&guard, &asked);
		if (portnum)
			*portnum = given;
		r = gumad_resolve(ca_name, portnum, false, ret_name);
		snapshot_take(s);
	} while (gumad_call_again(asked) && (r < 0 || s->failed));
	gumad_unlock(guard);
	return r;
}

static int port_fill(const struct gumad_port_info *from, umad_port_t *port)
{
	const struct chan_port_info *info = &from->info;
	unsigned int pkeys = info->pkeys;

	if (pkeys > sizeof(from->pkey) / sizeof(from->pkey[0]))
		pkeys = sizeof(from->pkey) / sizeof(from->pkey[0]);
	memset(port, 0, sizeof(*port));
	memcpy(port->ca_name, info->ca_name, sizeof(port->ca_name) - 1);
	port->portnum = info->port_num;
	port->base_lid = info->base_lid;
	port->lmc = info->lmc;
	port->sm_lid = info->sm_lid;
	port->sm_sl = info->sm_sl;
	port->state = info->state;
	port->phys_state = info->phys_state;
	port->rate = info->rate;
	port->capmask = htobe32(info->capmask);
	port->gid_prefix = htobe64(info->gid_prefix);
	port->port_guid = htobe64(info->port_guid);
	memcpy(port->link_layer, info->link_layer, sizeof(port->link_layer) - 1);
	port->pkeys = calloc(pkeys ? pkeys : 1, sizeof(port->pkeys[0]));
	if (!port->pkeys)
		return -EIO;
	memcpy(port->pkeys, from->pkey, pkeys * sizeof(port->pkeys[0]));
	port->pkeys_size = pkeys;
	return 0;
}

int umad_release_port(umad_port_t *port)
{
	if (!port)
		return -ENODEV;
	free(port->pkeys);
	port->pkeys = NULL;
	port->pkeys_size = 0;
	return 0;
}

int umad_release_ca(umad_ca_t *ca)
{
	if (!ca)
		return -ENODEV;
	/* the analyzer does not follow the loop to its end */
	for (int i = 0; i < UMAD_CA_MAX_PORTS; i++) { /* NOLINT(clang-analyzer-unix.Malloc) */
		if (ca->ports[i])
			umad_release_port(ca->ports[i]);
		free(ca->ports[i]);
		ca->ports[i] = NULL;
	}
	return 0;
}

static int ca_fill(const struct gumad_snapshot *s, const char *name, umad_ca_t *ca)
{
	bool found = false;

	memset(ca, 0, sizeof(*ca));
	snprintf(ca->ca_name, sizeof(ca->ca_name), "%s", name);
	for (unsigned int i = 0; i < s->n; i++) {
		const struct chan_port_info *info = &s->port[i].info;
		umad_port_t **port = &ca->ports[info->port_num % UMAD_CA_MAX_PORTS];

		if (strcmp(info->ca_name, name) != 0 || *port)
			continue;
		if (!found) {
			ca->node_type = info->node_type;
			memcpy(ca->fw_ver, info->fw_ver, sizeof(ca->fw_ver) - 1);
			memcpy(ca->ca_type, info->ca_type, sizeof(ca->ca_type) - 1);
			memcpy(ca->hw_ver, info->hw_ver, sizeof(ca->hw_ver) - 1);
			ca->node_guid = htobe64(info->node_guid);
			ca->system_guid = htobe64(info->system_guid);
		}
		found = true;
		*port = calloc(1, sizeof(**port));
		if (!*port || port_fill(&s->port[i], *port) < 0) {
			umad_release_ca(ca);
			return -ENOMEM;
		}
		if (ca->numports < info->port_num)
			ca->numports = info->port_num;
	}
	return found ? 0 : -ENOENT;
}

int umad_get_ca(const char *ca_name, umad_ca_t *ca)
{
	char name[UMAD_CA_NAME_LEN];
	struct gumad_snapshot s;

	if (resolve_now(&s, ca_name, NULL, name) < 0)
		return -ENODEV;
	return ca_fill(&s, name, ca);
}

int umad_get_port(const char *ca_name, int portnum, umad_port_t *port)
{
	char name[UMAD_CA_NAME_LEN];
	struct gumad_snapshot s;

	if (resolve_now(&s, ca_name, &portnum, name) < 0)
		return -ENODEV;
	for (unsigned int i = 0; i < s.n; i++)
		if (strcmp(s.port[i].info.ca_name, name) == 0 && s.port[i].info.port_num == portnum)
			return port_fill(&s.port[i], port);
	return -EIO;
}

int umad_get_ca_portguids(const char *ca_name, __be64 *portguids, int max)
{
	char name[UMAD_CA_NAME_LEN];
	struct gumad_snapshot s;
	umad_ca_t ca;
	int r = 0;

	if (resolve_now(&s, ca_name, NULL, name) < 0)
		return -ENODEV;
	if (ca_fill(&s, name, &ca) < 0)
		return -1;
	if (portguids && ca.numports + 1 > max)
		r = -ENOMEM;
	else if (portguids)
		for (; r <= ca.numports; r++)
			portguids[r] = ca.ports[r] ? ca.ports[r]->port_guid : 0;
	umad_release_ca(&ca);
	return r;
}

int umad_get_cas_names(char cas[][UMAD_CA_NAME_LEN], int max)
{
	struct gumad_snapshot s;
	int n = 0;

	gumad_snapshot_now(&s);
	for (unsigned int i = 0; i < s.n && n < max; i++)
		if (gumad_snapshot_is_first(&s, i))
			memcpy(cas[n++], s.port[i].info.ca_name, UMAD_CA_NAME_LEN);
	return n;
}

struct umad_device_node *umad_get_ca_device_list(void)
{
	struct umad_device_node *head = NULL, **tail = &head, *node;
	struct gumad_snapshot s;

	gumad_snapshot_now(&s);
	for (unsigned int i = 0; i < s.n; i++) {
		if (!gumad_snapshot_is_first(&s, i))
			continue;
		/* node and name in one allocation: the caller frees each node by one free() */
		node = calloc(1, sizeof(*node) + UMAD_CA_NAME_LEN);
		if (!node) {
			umad_free_ca_device_list(head);
			errno = ENOMEM;
			return NULL;
		}
		node->ca_name = memcpy(node + 1, s.port[i].info.ca_name, UMAD_CA_NAME_LEN);
		*tail = node;
		tail = &node->next;
	}
	errno = 0;
	return head;
}

void umad_free_ca_device_list(struct umad_device_node *head)
{
	struct umad_device_node *next;

	for (; head; head = next) {
		next = head->next;
		free(head);
	}
}

static int node_compare(const void *a, const void *b)
{
	const struct umad_device_node *const *x = a, *const *y = b;

	return strcmp((*x)->ca_name, (*y)->ca_name);
}

int umad_sort_ca_device_list(struct umad_device_node **head, size_t size)
{
	struct umad_device_node **array, *node;
	size_t n = 0;

	if (!size)
		for (node = *head; node; node = node->next)
			size++;
	if (size < 2)
		return 0;
	array = calloc(size, sizeof(struct umad_device_node *));
	if (!array)
		return ENOMEM;
	for (node = *head; node && n < size; node = node->next)
		array[n++] = node;
	/* `size` does not match the list */
	if (n < size || node) {
		free(array);
		return EINVAL;
	}
	qsort(array, size, sizeof(struct umad_device_node *), node_compare);
	for (size_t i = 0; i + 1 < size; i++)
		array[i]->next = array[i + 1];
	array[size - 1]->next = NULL;
	*head = array[0];
	free(array);
	return 0;
}
