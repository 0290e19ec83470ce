/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transfers of several segments (RMPP, IBA 13.6). The guest and the remote side run RMPP; the gateway
 * forwards segments and ACKs with the id of the transaction and detects the end. A control packet carries
 * the method of the segments that it answers with the response bit flipped (13.6.2.1; mad_rmpp.c,
 * format_ack), and their attribute.
 *
 * A transfer is looked up by a keyed hash over client, class and TID, so a guest cannot choose its bucket.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "mad-proxy/core/txn.h"
#include "wire/answer.h"
#include "wire/rmpp.h"
#include "wire/keys.h"

#define REQUEST_SEGMENTS_MAX 1024 /* a receiver stores the segments: longer requests are refused */

struct transfers {
	struct htab by_guest;
};

struct transfer_key {
	uint64_t tid;
	uint32_t session;
	uint16_t client;
	uint16_t mgmt_class;
};

int transfers_init(struct proxy_core *core)
{
	core->transfers = calloc(1, sizeof(*core->transfers));
	return core->transfers ? htab_init_plain(&core->transfers->by_guest) : -ENOMEM;
}

void transfers_fini(struct proxy_core *core)
{
	if (core->transfers)
		htab_fini(&core->transfers->by_guest);
	free(core->transfers);
}

static uint64_t key_of(const struct proxy_core *core, const struct session *s, unsigned int client,
		       uint8_t mgmt_class, uint64_t tid)
{
	struct transfer_key key;

	memset(&key, 0, sizeof(key));
	key.tid = tid;
	key.session = s->id.v;
	key.client = (uint16_t)client;
	key.mgmt_class = mgmt_class;
	return keyed_hash(&core->params.hash, &key, sizeof(key));
}

void transfer_begin(struct proxy_core *core, struct txn *t)
{
	const uint8_t *mad = t->req.mad;

	if (t->by_guest.is_in)
		return;
	if (wire_rmpp_active(mad))
		flow_may_send(&t->flow, mad, core->now);
	t->by_guest.key = key_of(core, t->s, t->client, wire_mad_class(mad), t->tid.v);
	htab_insert(&core->transfers->by_guest, &t->by_guest);
}

void transfer_end(struct proxy_core *core, struct txn *t)
{
	htab_remove(&core->transfers->by_guest, &t->by_guest);
}

/* Data only if the request has several segments: otherwise the data flows to the guest only. */
static bool belongs(const struct txn *t, const uint8_t *mad)
{
	return wire_continues(t->req.mad, mad) &&
	       (wire_rmpp_type(mad) != WIRE_RMPP_DATA || wire_rmpp_active(t->req.mad));
}

struct txn *transfer_find(struct proxy_core *core, const struct session *s, unsigned int client,
			  const uint8_t *mad)
{
	const uint64_t tid = wire_mad_tid(mad);
	const uint8_t mgmt_class = wire_mad_class(mad);
	struct htab_node *node =
		htab_first(&core->transfers->by_guest, key_of(core, s, client, mgmt_class, tid));

	for (; node; node = htab_next(node)) {
		struct txn *t = container_of(node, struct txn, by_guest);

		if (t->s == s && t->client == client && t->tid.v == tid && belongs(t, mad))
			return t;
	}
	return NULL;
}

/*
 * Idle time-out. Unacknowledged segments are repeated by their sender; after the last ACK the time-out is
 * that of the answer.
 */
static uint64_t silence_ms(const struct txn *t)
{
	if (t->answer_came || !t->req.transfer)
		return (uint64_t)t->req.timeout_ms + WORK_TRANSFER_IDLE_MS;
	if (flow_arrived(&t->flow))
		return t->req.timeout_ms;
	return WORK_TRANSFER_ACK_MS;
}

bool transfer_received(struct proxy_core *core, struct txn *t, const uint8_t *mad)
{
	const uint8_t type = wire_rmpp_type(mad);

	/*
	 * An ABORT of the request's own segments is no answer: after a complete request the guest could
	 * provoke one with an invalid segment.
	 */
	if (!wire_rmpp_active(mad) || (flow_is_end(mad) && !t->req.transfer))
		t->answer_came = true;
	if (!wire_rmpp_active(mad) || flow_is_end(mad))
		return false;
	transfer_begin(core, t);
	flow_received(&t->flow, mad);
	if (type == WIRE_RMPP_DATA) {
		t->answer_came = true;
		if (wire_rmpp_flags(mad) & WIRE_RMPP_LAST)
			t->got_last = wire_rmpp_segment(mad);
	}
	request_continue(core, &t->req, silence_ms(t));
	if (type != WIRE_RMPP_ACK || !t->unasked || !flow_arrived(&t->flow))
		return true;
	/* Complete, and the guest expects no answer: a Send has none. */
	if (wire_mad_method(t->req.mad) == WIRE_METHOD_SEND) {
		account_linger(core, &t->s->g->account, WORK_ONE_WAY_MS, false);
		t->answer_came = true;
	}
	return false;
}

/* An answer means that the receiver has the whole request. */
static bool may_send(struct proxy_core *core, struct txn *t, const uint8_t *mad)
{
	if (wire_rmpp_type(mad) == WIRE_RMPP_DATA &&
	    (t->answer_came || wire_rmpp_segment(mad) > REQUEST_SEGMENTS_MAX))
		return false;
	return flow_may_send(&t->flow, mad, core->now);
}

void transfer_send(struct proxy_core *core, struct txn *t, const uint8_t *from)
{
	const uint8_t type = wire_rmpp_type(from);
	uint8_t *mad;

	if (t->req.state != REQUEST_TRANSFER) { /* its first segment is still queued */
		COUNT(core, t->s->counter, drop_not_asked);
		return;
	}
	if (!may_send(core, t, from)) {
		COUNT(core, t->s->counter, drop_flow);
		return;
	}
	mad = engine_mad_copy(core, from);
	if (t->keyless && wire_mad_class(mad) == WIRE_CLASS_SA)
		wire_keys_clear(mad);
	wire_mad_set_tid(mad, request_tid(&t->req));
	request_send_once(core, t->s->counter, t->req.port, &t->req.addr, mad, true);
	request_continue(core, &t->req, silence_ms(t));
	if (type == WIRE_RMPP_DATA)
		request_gives_work(core, &t->req);
	if (flow_is_end(from) ||
	    (type == WIRE_RMPP_ACK && t->got_last && wire_rmpp_segment(mad) >= t->got_last))
		txn_answered(core, t);
}

void transfer_abort(struct proxy_core *core, struct txn *t)
{
	uint8_t *mad;

	/* a closing session may have more transfers than there is room: the others time out */
	if (fx_room(core) < EFFECT_RESERVE)
		return;
	mad = engine_mad_copy(core, t->req.mad);
	memset(mad + WIRE_RMPP_OFFSET, 0, WIRE_MAD_BYTES - WIRE_RMPP_OFFSET);
	if (t->answer_came) {
		struct wire_answer due = wire_answer_of(wire_mad_class(mad), wire_mad_method(mad),
							wire_mad_attribute(mad));

		wire_mad_set_method(mad, due.method ^ WIRE_METHOD_RESPONSE);
		wire_mad_set_attribute(mad, due.attribute);
	}
	wire_mad_set_tid(mad, request_tid(&t->req));
	mad[WIRE_RMPP_OFFSET] = WIRE_RMPP_VERSION;
	mad[WIRE_RMPP_OFFSET + 1] = WIRE_RMPP_ABORT;
	wire_rmpp_set_flags(mad, WIRE_RMPP_ACTIVE);
	mad[WIRE_RMPP_OFFSET + 3] = WIRE_RMPP_STATUS_UNSPECIFIED;
	request_send_once(core, t->s->counter, t->req.port, &t->req.addr, mad, true);
}
