/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The link (gumad_link.h) to a node of ibsim's fabric, for the tests' own libibumad.so.3, which OpenSM, the
 * gateway and the native tools use. $SIM_HOST names the node.
 *
 * One adapter, "ibsim0", with one port, the node's first: ibsim binds a client to it and routes nothing to
 * others.
 *
 * An attachment starts as an ordinary client. When the process first registers for unsolicited MADs it
 * attaches again as the node's ISSM client, the only one to which ibsim sends them; if the node has one
 * already, the attachment stays and receives none.
 *
 * ibsim uses the uppermost 16 bits of the TIDs of everything that is no response; kmad's are restored in
 * the response, found by the next 16 bits. An undeliverable MAD that ibsim returns (status 110) counts as
 * lost on the wire: kmad retries and times out, as a kernel does.
 */
#include "guest-umad/gumad_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/fabric/ibsim_client.h"
#include "wire/mad.h"
#include "wire/node_info.h"
#include "wire/pkey_table.h"
#include "wire/port_info.h"

enum {
	/* MADs that wait for room in the socket: some 20 ms of ibsim's time */
	BACKLOG = 256,
	LID_PERMISSIVE = 0xffff,
};

struct gumad_link {
	struct ibsim_client *client;
	bool unsolicited; /* attached as the ISSM client */
	bool wanted; /* an agent registered for unsolicited MADs */
	bool issm;
	pid_t pid;

	int epoll; /* contains the client's socket and: */
	int event; /* readable while MADs wait that the socket does not show */
	bool event_set;
	uint32_t events; /* requested for the socket */

	struct ibsim_packet backlog[BACKLOG];
	unsigned int first, count;

	uint16_t tid_top[65536]; /* of our requests, by TID bits 47-32 */
};

struct gumad_link_traits gumad_link_traits(void)
{
	return (struct gumad_link_traits){.link_times_out = false};
}

static int watch_socket(struct gumad_link *link, int op)
{
	struct epoll_event ev = {.events = link->events};

	return epoll_ctl(link->epoll, op, ibsim_client_fd(link->client), &ev) ? -errno : 0;
}

/* Polls for room in the socket only while a MAD waits for it. */
static void update_events(struct gumad_link *link)
{
	uint32_t events = EPOLLIN | (link->count ? EPOLLOUT : 0);

	if (events == link->events)
		return;
	link->events = events;
	watch_socket(link, EPOLL_CTL_MOD);
}

int gumad_link_open(struct gumad_link **ret)
{
	struct gumad_link *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->pid = getpid();
	link->events = EPOLLIN;
	link->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (link->epoll < 0 || ibsim_client_open(getenv("SIM_HOST"), false, &link->client) < 0 ||
	    watch_socket(link, EPOLL_CTL_ADD) < 0) {
		gumad_link_close(link);
		return -ENODEV;
	}
	*ret = link;
	return 0;
}

int gumad_link_ready(struct gumad_link *link)
{
	return 1;
}

void gumad_link_close(struct gumad_link *link)
{
	if (link->client && link->issm && link->pid == getpid())
		gumad_link_set_issm(link, 0, false);
	if (link->client)
		ibsim_client_close(link->client);
	if (link->epoll >= 0)
		close(link->epoll);
	free(link);
}

int gumad_link_ports(struct gumad_link *link)
{
	return 1;
}

/* The rate in Gb/s as the kernel reports it (ib_rate); per lane in tenths. */
static uint32_t port_rate(const struct wire_port_info *pi)
{
	static const uint8_t width[] = {[1] = 1, [2] = 4, [4] = 8, [8] = 12, [16] = 2};
	uint32_t lanes, lane;

	lanes = pi->link_width_active < sizeof(width) ? width[pi->link_width_active] : 0;
	switch (pi->link_speed_ext_active) {
	case 1: /* FDR */
		lane = 140;
		break;
	case 2: /* EDR */
		lane = 250;
		break;
	case 4: /* HDR */
		lane = 500;
		break;
	case 8: /* NDR */
		lane = 1000;
		break;
	default: /* SDR, DDR, QDR: 1, 2, 4 */
		lane = 25u * pi->link_speed_active;
		break;
	}
	return lanes * lane / 10;
}

static int get_pkeys(struct gumad_link *link, unsigned int n, struct gumad_port_info *ret)
{
	uint8_t raw[IBSIM_CTL_BYTES] = {0};
	struct wire_pkey_table table;

	if (ibsim_client_ctl(link->client, IBSIM_CTL_GET_PKEYS, raw) < 0 ||
	    wire_pkey_table_decode((struct span){raw, WIRE_PKEY_TABLE_BYTES}, &table) != WIRE_OK)
		return -ENODEV;
	/* ibsim has one block */
	if (!n || n > WIRE_PKEY_TABLE_ENTRIES)
		n = WIRE_PKEY_TABLE_ENTRIES;
	memcpy(ret->pkey, table.pkey, n * sizeof(ret->pkey[0]));
	ret->info.pkeys = (uint16_t)n;
	return 0;
}

int gumad_link_port_info(struct gumad_link *link, unsigned int port, struct gumad_port_info *ret)
{
	union {
		struct ibsim_vendor v;
		uint8_t bytes[IBSIM_CTL_BYTES];
	} vendor = {0};
	uint8_t raw_port[IBSIM_CTL_BYTES] = {0}, raw_node[IBSIM_CTL_BYTES] = {0};
	struct chan_port_info *info = &ret->info;
	struct wire_port_info pi = {0};
	struct wire_node_info ni = {0};
	int r;

	memset(ret, 0, sizeof(*ret));
	r = ibsim_client_ctl(link->client, IBSIM_CTL_GET_VENDOR, &vendor);
	if (!r)
		r = ibsim_client_ctl(link->client, IBSIM_CTL_GET_NODEINFO, raw_node);
	if (!r)
		r = ibsim_client_ctl(link->client, IBSIM_CTL_GET_PORTINFO, raw_port);
	if (!r && wire_node_info_decode((struct span){raw_node, WIRE_NODE_INFO_BYTES}, &ni))
		r = -EPROTO;
	if (!r && wire_port_info_decode((struct span){raw_port, WIRE_PORT_INFO_BYTES}, &pi))
		r = -EPROTO;
	if (!r)
		r = get_pkeys(link, ni.partition_cap, ret);
	if (r < 0)
		return r;

	snprintf(info->ca_name, sizeof(info->ca_name), "ibsim0");
	snprintf(info->ca_type, sizeof(info->ca_type), "simulator");
	snprintf(info->fw_ver, sizeof(info->fw_ver), "%llx", (unsigned long long)vendor.v.fw_ver);
	snprintf(info->hw_ver, sizeof(info->hw_ver), "%x", vendor.v.hw_ver);
	snprintf(info->link_layer, sizeof(info->link_layer), "InfiniBand");
	info->node_guid = ni.node_guid;
	info->system_guid = ni.system_image_guid;
	info->gid_prefix = pi.gid_prefix;
	/* as in ibsim's own NodeInfo and GUIDInfo */
	info->port_guid = ni.node_guid + (ni.node_type == WIRE_NODE_SWITCH ? 0 : pi.local_port);
	info->capmask = pi.capability_mask;
	info->rate = port_rate(&pi);
	info->base_lid = pi.lid;
	info->sm_lid = pi.sm_lid;
	info->node_type = ni.node_type;
	info->ca_ports = ni.ports;
	info->port_num = pi.local_port;
	info->lmc = pi.lmc;
	info->sm_sl = pi.sm_sl;
	info->state = pi.port_state;
	info->phys_state = pi.port_phys_state;
	return 0;
}

uint32_t gumad_link_outstanding(struct gumad_link *link)
{
	return 0;
}

int gumad_link_client_open(struct gumad_link *link, unsigned int port, uint16_t client)
{
	return 0;
}

void gumad_link_client_close(struct gumad_link *link, uint16_t client)
{
}

/* Replaces the attachment; MADs received by the old one are kept. */
static void replace_client(struct gumad_link *link, struct ibsim_client *new)
{
	epoll_ctl(link->epoll, EPOLL_CTL_DEL, ibsim_client_fd(link->client), NULL);
	ibsim_client_inherit(new, link->client);
	ibsim_client_close(link->client);
	link->client = new;
	watch_socket(link, EPOLL_CTL_ADD);
}

/*
 * Becomes the node's ISSM client, if there is none and ibsim has room: attaches anew before the old
 * attachment ends.
 */
static void want_unsolicited(struct gumad_link *link)
{
	struct ibsim_client *new;

	if (link->unsolicited || ibsim_client_open(getenv("SIM_HOST"), true, &new) < 0)
		return;
	replace_client(link, new);
	link->unsolicited = true;
}

int gumad_link_register(struct gumad_link *link, unsigned int port, uint16_t client, uint16_t agent,
			const struct kmad_reg *reg)
{
	const uint32_t *m = reg->method_mask;

	if (!(m[0] | m[1] | m[2] | m[3]))
		return 0;
	link->wanted = true;
	want_unsolicited(link);
	return 0;
}

void gumad_link_unregister(struct gumad_link *link, unsigned int port, uint16_t client,
			   uint16_t agent)
{
}

int gumad_link_set_issm(struct gumad_link *link, unsigned int port, bool on)
{
	union {
		uint32_t on;
		uint8_t bytes[IBSIM_CTL_BYTES];
	} u = {.on = on};
	int r = ibsim_client_ctl(link->client, IBSIM_CTL_SET_ISSM, &u);

	if (r < 0)
		return r;
	link->issm = on;
	/* in ibsim IsSM and unsolicited MADs go together */
	link->unsolicited = on;
	if (link->wanted)
		want_unsolicited(link);
	return 0;
}

/* Replaces kmad's TID by ibsim's, and back. */
static void tid_out(struct gumad_link *link, uint8_t *mad)
{
	if (!(wire_mad_method(mad) & WIRE_METHOD_RESPONSE))
		link->tid_top[get_be16(mad + 10)] = get_be16(mad + 8);
}

static void tid_in(struct gumad_link *link, uint8_t *mad)
{
	if (wire_mad_method(mad) & WIRE_METHOD_RESPONSE)
		put_be16(mad + 8, link->tid_top[get_be16(mad + 10)]);
}

int gumad_link_send(struct gumad_link *link, const struct chan_slot *slot)
{
	struct ibsim_packet packet = {
		.dlid = htobe16(slot->addr.lid),
		.slid = slot->addr.lid == LID_PERMISSIVE ? htobe16(LID_PERMISSIVE) : 0,
		.dqp = htobe32(slot->addr.qpn),
		.sqp = htobe32(wire_mad_is_smp(slot->mad) ? 0 : 1),
		.length = htobe64(sizeof(packet.mad)),
	};
	int r = -EAGAIN;

	memcpy(packet.mad, slot->mad, sizeof(packet.mad));
	tid_out(link, packet.mad);
	if (!link->count)
		r = ibsim_client_send(link->client, &packet);
	if (r != -EAGAIN)
		return r;
	if (link->count == BACKLOG)
		return -EAGAIN;
	link->backlog[(link->first + link->count++) % BACKLOG] = packet;
	return 0;
}

void gumad_link_flush(struct gumad_link *link)
{
	while (link->count &&
	       ibsim_client_send(link->client, &link->backlog[link->first]) != -EAGAIN) {
		link->first = (link->first + 1) % BACKLOG;
		link->count--;
	}
	update_events(link);
}

int gumad_link_recv(struct gumad_link *link, struct chan_slot *slot)
{
	struct ibsim_packet packet;
	int r;

	do
		r = ibsim_client_recv(link->client, &packet);
	while (r && packet.status);
	if (!r)
		return 0;
	memset(slot, 0, sizeof(*slot));
	slot->kind = CHAN_KIND_RECV;
	slot->addr.qpn = be32toh(packet.sqp);
	slot->addr.lid = be16toh((uint16_t)packet.slid);
	memcpy(slot->mad, packet.mad, sizeof(slot->mad));
	tid_in(link, slot->mad);
	return 1;
}

/* The receiver reads until nothing is left: a kernel's umad file costs the native tools even less. */
bool gumad_link_shows(const struct gumad_link *link)
{
	return false;
}

bool gumad_link_look(struct gumad_link *link)
{
	return false;
}

bool gumad_link_peek(const struct gumad_link *link)
{
	return false;
}

int gumad_link_fd(struct gumad_link *link)
{
	return link->epoll;
}
