/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/fake_link.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wire/mad.h"

enum { QUEUE = 8192 };

struct gumad_link {
	unsigned int port_of[CHAN_CLIENTS_MAX]; /* 1 + the port of an open client */
	int fd;
	unsigned int first, count;
	struct chan_slot queue[QUEUE];
};

struct fake_link fake;
static struct gumad_link *the_link;

struct gumad_link_traits gumad_link_traits(void)
{
	return (struct gumad_link_traits){.link_times_out = false,
					  .reconnect_ms = fake.reconnect_ms};
}

int gumad_link_open(struct gumad_link **ret)
{
	if (fake.away_for) {
		fake.away_for--;
		return -EAGAIN;
	}
	fake.refused += fake.absent;
	if (fake.absent)
		return -ENODEV;
	assert(!the_link);
	the_link = calloc(1, sizeof(*the_link));
	the_link->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake.dials++;
	*ret = the_link;
	return 0;
}

int gumad_link_ready(struct gumad_link *link)
{
	eventfd_t ignored;

	eventfd_read(link->fd, &ignored);
	if (fake.hangs_up_for) {
		fake.hangs_up_for--;
		return -ECONNRESET;
	}
	if (fake.slow)
		return 0;
	fake.opens++;
	return 1;
}

void gumad_link_close(struct gumad_link *link)
{
	fake.closes++;
	close(link->fd);
	free(link);
	the_link = NULL;
}

int gumad_link_ports(struct gumad_link *link)
{
	if (fake.given)
		return (int)fake.given_count;
	return fake.two_ports ? 2 : 1;
}

uint32_t gumad_link_outstanding(struct gumad_link *link)
{
	return 0;
}

int gumad_link_port_info(struct gumad_link *link, unsigned int port, struct gumad_port_info *ret)
{
	if (fake.absent)
		return -ENODEV;
	if (fake.portless_for) {
		fake.portless_for--;
		return -ENODEV;
	}
	port = fake.reversed ? 1 - port : port;
	memset(ret, 0, sizeof(*ret));
	ret->info = (struct chan_port_info){
		.ca_name = "fake0",
		.ca_type = "fake",
		.link_layer = "InfiniBand",
		.node_guid = 0x100,
		.port_guid = 0x101 + port,
		.gid_prefix = 0xfe80000000000000,
		.capmask = 0x0050c048,
		.rate = 10,
		.base_lid = (uint16_t)((fake.lid ? fake.lid : 7) + port),
		.sm_lid = fake.sm_lid ? fake.sm_lid : 1,
		.pkeys = 2,
		.node_type = 1,
		.ca_ports = 2,
		.port_num = (uint8_t)(1 + port),
		.state = 4,
		.phys_state = 5,
	};
	if (fake.given) {
		const struct chan_port_info *given = &fake.given[port];

		memcpy(ret->info.ca_name, given->ca_name, sizeof(given->ca_name));
		ret->info.port_num = given->port_num;
		ret->info.port_guid = given->port_guid;
		ret->info.capmask = given->capmask;
		ret->info.state = given->state;
		ret->info.node_type = given->node_type;
	}
	ret->pkey[0] = 0xffff;
	ret->pkey[1] = 0x8001;
	return 0;
}

/* The gateway's rules: a violation ends the session. */
int gumad_link_client_open(struct gumad_link *link, unsigned int port, uint16_t client)
{
	assert(client < CHAN_CLIENTS_MAX && !link->port_of[client]);
	link->port_of[client] = 1 + port;
	fake.clients_opened++;
	return 0;
}

void gumad_link_client_close(struct gumad_link *link, uint16_t client)
{
	assert(client < CHAN_CLIENTS_MAX && link->port_of[client]);
	link->port_of[client] = 0;
	fake.clients_closed++;
}

int gumad_link_register(struct gumad_link *link, unsigned int port, uint16_t client, uint16_t agent,
			const struct kmad_reg *reg)
{
	if (fake.register_error)
		return -fake.register_error;
	fake.registered++;
	return 0;
}

void gumad_link_unregister(struct gumad_link *link, unsigned int port, uint16_t client,
			   uint16_t agent)
{
	fake.unregistered++;
}

int gumad_link_set_issm(struct gumad_link *link, unsigned int port, bool on)
{
	if (on)
		fake.issm_raised++;
	else
		fake.issm_lowered++;
	return 0;
}

void fake_ring(void)
{
	if (the_link)
		eventfd_write(the_link->fd, 1);
}

void fake_feed(const struct chan_slot *slot)
{
	assert(the_link && the_link->count < QUEUE);
	the_link->queue[(the_link->first + the_link->count++) % QUEUE] = *slot;
	fake_ring();
}

int gumad_link_send(struct gumad_link *link, const struct chan_slot *slot)
{
	struct chan_slot answer = *slot;

	if (fake.absent)
		return -ENODEV;
	if (fake.full)
		return -EAGAIN;
	assert(slot->client < CHAN_CLIENTS_MAX && link->port_of[slot->client] == 1u + slot->port);
	fake.note[fake.sent++ % FAKE_NOTED] = *slot;
	if (!fake.echo || (slot->mad[3] & WIRE_METHOD_RESPONSE))
		return 0;
	answer.kind = CHAN_KIND_RECV;
	answer.mad[3] = WIRE_METHOD_GET_RESP;
	fake_feed(&answer);
	return 0;
}

void gumad_link_flush(struct gumad_link *link)
{
}

int gumad_link_recv(struct gumad_link *link, struct chan_slot *slot)
{
	eventfd_t ignored;

	if (fake.absent)
		return -ENODEV;
	if (!link->count) {
		eventfd_read(link->fd, &ignored);
		return 0;
	}
	*slot = link->queue[link->first];
	link->first = (link->first + 1) % QUEUE;
	link->count--;
	return 1;
}

bool gumad_link_shows(const struct gumad_link *link)
{
	return link->count > 0;
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
	return link->fd;
}
