/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/inbound.h"

#include <errno.h>
#include <stdlib.h>

#include "wire/rmpp.h"

#define INBOUND_MAX 256 /* requests that a session may have to answer */

struct inbound_table {
	unsigned int oldest; /* the next entry to reuse */
	struct inbound entry[INBOUND_MAX];
};

int inbound_init(struct session *s)
{
	if (!s->inbound)
		s->inbound = calloc(1, sizeof(*s->inbound));
	return s->inbound ? 0 : -ENOMEM;
}

void inbound_fini(struct session *s)
{
	free(s->inbound);
}

void inbound_forget(struct session *s, unsigned int client)
{
	for (unsigned int i = 0; s->inbound && i < INBOUND_MAX; i++)
		if (s->inbound->entry[i].client == client)
			s->inbound->entry[i].used = false;
}

/* Reports, Traps and the like are answered too, in vendors' classes also Sends. CM's Sends are not. */
static bool wants_answer(const uint8_t *mad)
{
	return !wire_mad_is_response(mad) &&
	       (wire_mad_class(mad) != WIRE_CLASS_CM || wire_mad_method(mad) != WIRE_METHOD_SEND);
}

static struct inbound *find(struct session *s, uint16_t port, uint8_t mgmt_class, uint64_t tid,
			    const struct chan_addr *addr)
{
	for (unsigned int i = 0; s->inbound && i < INBOUND_MAX; i++) {
		struct inbound *e = &s->inbound->entry[i];

		if (e->used && e->tid == tid && e->mgmt_class == mgmt_class && e->port == port &&
		    (!addr || (e->addr.lid == addr->lid && e->addr.qpn == addr->qpn)))
			return e;
	}
	return NULL;
}

/* Continues an exchange: ACK, STOP or ABORT of the answer, a segment, or the repeated request. */
static void goes_on(struct inbound *e, const uint8_t *mad)
{
	if (!wire_rmpp_active(mad)) {
		e->flow.again = 0;
		return;
	}
	flow_received(&e->flow, mad);
	if (flow_is_end(mad) || flow_arrived(&e->flow))
		e->used = false;
}

void inbound_add(struct session *s, unsigned int port, unsigned int client,
		 const struct chan_addr *from, const uint8_t *mad)
{
	struct inbound *e;

	if (!wants_answer(mad) || !s->inbound)
		return;
	e = find(s, (uint16_t)port, wire_mad_class(mad), wire_mad_tid(mad), from);
	if (e) {
		goes_on(e, mad);
		return;
	}
	if (wire_rmpp_active(mad) && wire_rmpp_type(mad) != WIRE_RMPP_DATA)
		return; /* belongs to no known exchange */
	e = &s->inbound->entry[s->inbound->oldest];
	s->inbound->oldest = (s->inbound->oldest + 1) % INBOUND_MAX;
	*e = (struct inbound){
		.used = true,
		.mgmt_class = wire_mad_class(mad),
		.method = wire_mad_method(mad),
		.port = (uint16_t)port,
		.client = (uint16_t)client,
		.tid = wire_mad_tid(mad),
		.addr = *from,
	};
	if (wire_rmpp_active(mad))
		flow_received(&e->flow, mad);
}

struct inbound *inbound_find(struct session *s, const struct chan_slot *slot)
{
	struct inbound *e = find(s, slot->port, wire_mad_class(slot->mad), wire_mad_tid(slot->mad),
				 &slot->addr);

	return e && e->client == slot->client ? e : NULL;
}
