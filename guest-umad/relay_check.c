/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The relay's invariants: both directions of every map agree, and counts are right. */
#include <assert.h>

#include "guest-umad/relay_priv.h"

static void check_upstream(const struct relay *r, unsigned int up, uint16_t *clients)
{
	const struct upstream *u = &r->up[up];
	uint32_t in_flight = 0;
	unsigned int due = 0, waiting = 0, replies = 0, controls = 0;

	for (unsigned int i = 0; i < RELAY_CLIENTS; i++) {
		const struct client *c = &u->client[i];

		assert(u->state == UP_READY || c->state == CLIENT_FREE);
		in_flight += c->in_flight;
		due += c->state == CLIENT_CLOSE_DUE || c->state == CLIENT_PROBE_DUE;
		waiting += c->state == CLIENT_OPENING || c->state == CLIENT_ORPHAN ||
			   c->state == CLIENT_CLOSING || c->state == CLIENT_PROBING;
		if (c->state == CLIENT_OPENING || c->state == CLIENT_OPEN) {
			assert(r->process[c->process].used && c->port < u->ports);
			assert(r->process[c->process].client[c->number] == up * RELAY_CLIENTS + i);
			clients[c->process]++;
		} else {
			assert(!c->in_flight);
		}
	}
	assert(due == u->due && in_flight == u->in_flight);
	assert(u->end - u->first <= WINDOW);
	for (uint64_t cookie = u->first; cookie != u->end; cookie++) {
		const struct control *c = &u->window[cookie % WINDOW];

		if (c->done)
			continue;
		controls++;
		replies += c->kind == CHAN_KIND_CLIENT_OPEN || c->kind == CHAN_KIND_CLIENT_CLOSE;
	}
	/* waiting clients and upstreams match the pending control messages */
	assert(replies == waiting && controls == u->controls && controls <= CONTROLS);
}

static void check_costs(const struct upstream *u)
{
	uint32_t in_flight[USERS] = {0}, clients[USERS] = {0}, untimed = 0, abandoned = 0;

	for (unsigned int i = 0; i < RELAY_CLIENTS; i++) {
		const struct client *c = &u->client[i];

		if (c->state != CLIENT_OPENING && c->state != CLIENT_OPEN)
			continue;
		assert(!c->uid == !c->user);
		clients[c->user]++;
		in_flight[c->user] += c->in_flight;
	}
	for (unsigned int i = 0; i < USERS; i++) {
		assert(u->user[i].clients == clients[i] && u->user[i].in_flight == in_flight[i]);
		untimed += u->user[i].untimed.count;
		abandoned += u->user[i].abandoned.count;
	}
	assert(abandoned == u->abandoned && untimed == u->untimed);
	if (u->state == UP_READY)
		assert(u->in_flight + untimed <= u->outstanding &&
		       u->in_flight + untimed + abandoned <=
			       u->outstanding + work_abandoned_max(u->outstanding));
	for (unsigned int i = 0; i < WORK_TABLES + TRANSFERS; i++)
		if (u->table[i].used && u->table[i].client != NONE)
			assert(u->client[u->table[i].client].state == CLIENT_OPEN &&
			       u->client[u->table[i].client].user == u->table[i].user);
}

static void check_ports(const struct relay *r)
{
	unsigned int ports = 0;

	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++) {
		const struct upstream *u = &r->up[i];

		assert(u->state != UP_READY || u->ports);
		for (unsigned int n = 0; n < u->ports; n++)
			assert(r->up_of_port[u->base + n] == i);
		ports += u->ports;
	}
	for (unsigned int i = 0; i < RELAY_PORTS; i++)
		ports -= r->up_of_port[i] != RELAY_UPSTREAMS;
	assert(!ports);
}

void relay_check(const struct relay *r)
{
	uint16_t clients[RELAY_PROCESSES] = {0};
	unsigned int processes = 0;
	uint64_t awaited = 0;

	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++) {
		const struct upstream *u = &r->up[i];

		check_upstream(r, i, clients);
		check_costs(u);
		awaited += u->end - u->first;
		awaited += u->state == UP_HELLO_DUE || u->state == UP_HELLO;
	}
	assert(awaited == r->awaited);
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++) {
		const struct process *p = &r->process[i];
		unsigned int controls = 0, numbers = 0;

		processes += p->used;
		if (!p->used)
			continue;
		for (unsigned int n = 0; n < CHAN_CLIENTS_MAX; n++)
			numbers += p->client[n] != NONE;
		assert(numbers == clients[i] && p->ports <= RELAY_PORTS);
		for (unsigned int u = 0; u < RELAY_UPSTREAMS; u++) {
			const struct upstream *up = &r->up[u];
			uint32_t in_flight = 0;

			for (unsigned int n = 0; n < RELAY_CLIENTS; n++)
				if (up->client[n].in_flight && up->client[n].process == i)
					in_flight += up->client[n].in_flight;
			assert(in_flight == p->in_flight[u]);
			for (uint64_t at = up->first; at != up->end; at++) {
				const struct control *c = &up->window[at % WINDOW];

				controls += !c->done && c->process == i &&
					    c->generation == p->generation;
			}
		}
		assert(controls == p->controls);
	}
	assert(processes == r->processes);
	check_ports(r);
}
