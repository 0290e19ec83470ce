/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/forward.h"

#include <errno.h>
#include <string.h>

#include "mad-proxy/core/inbound.h"
#include "mad-proxy/core/merge.h"
#include "mad-proxy/core/refuse.h"
#include "mad-proxy/core/txn.h"
#include "wire/keys.h"
#include "wire/rmpp.h"
#include "wire/smp.h"
#include "wire/work.h"

/* A request ends unsent. One without a time-out ends without a word. */
static void send_done(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		      uint32_t status)
{
	const struct push_to to = push_to_sender(slot);

	if (!slot->timeout_ms && !wire_rmpp_active(slot->mad))
		return;
	session_push(core, s, CHAN_KIND_SEND_DONE, &to, status)->mad =
		engine_mad_copy(core, slot->mad);
}

/* A guest's response to a request from the fabric: goes to the sender of that request only. */
static void guest_response(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct inbound *in = inbound_find(s, slot);
	struct chan_addr addr;
	uint8_t *mad;

	if (!in) {
		COUNT(core, s->counter, drop_not_asked);
		return;
	}
	if (wire_rmpp_active(slot->mad) && !flow_may_send(&in->flow, slot->mad, core->now)) {
		COUNT(core, s->counter, drop_flow);
		return;
	}
	addr = in->addr;
	addr.path_bits = 0;
	if (!wire_rmpp_active(slot->mad) || flow_is_end(slot->mad))
		in->used = false;
	mad = engine_mad_copy(core, slot->mad);
	wire_mad_set_tid(mad, in->tid);
	if (s->policy->grade < POLICY_GRADE_ADMIN && wire_mad_is_smp(mad))
		wire_keys_hide(mad);
	request_send_once(core, s->counter, slot->port, &addr, mad, true);
}

static void audit_allowed(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
			  const struct admit_verdict *v)
{
	struct audit_record rec = proxy_record(AUDIT_MAD, AUDIT_ALLOW, AUDIT_REASON_NONE);

	proxy_record_mad(&rec, slot->port, &slot->addr, slot->mad);
	rec.guest = s->g->name;
	rec.key = v->key;
	fold_audit(core, s->g, &rec);
}

static void send_request(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
			 const struct admit_ask *ask, const struct admit_verdict *v)
{
	struct txn *t;

	audit_allowed(core, s, slot, v);
	if (v->changes_fabric)
		merge_flush(core);
	if (!slot->timeout_ms && work_is_one_way(slot->mad)) {
		uint8_t *mad = engine_mad_copy(core, slot->mad);
		struct chan_addr addr;

		admit_address(ask, v, &addr);
		if (v->keyless)
			wire_keys_clear(mad);
		account_linger(core, &s->g->account, WORK_ONE_WAY_MS, false);
		request_count_sent(core, &s->g->account);
		request_send_once(core, s->counter, slot->port, &addr, mad, false);
		return;
	}
	t = account_has_room(&s->g->account) ? txn_new(core, s, slot) : NULL;
	if (!t) { /* the shell read a request above the quota: the guest gets EAGAIN */
		send_done(core, s, slot, EAGAIN);
		return;
	}
	admit_address(ask, v, &t->req.addr);
	t->keyless = v->keyless;
	if (v->keyless)
		wire_keys_clear(t->req.mad);
	if (v->route == ADMIT_MERGE)
		wire_smp_clear_undefined(t->req.mad);
	if (v->route == ADMIT_MERGE && !t->unasked && merge_request(core, t, v->cacheable))
		return;
	txn_start(core, t);
}

/* A segment, ACK, STOP or ABORT of a transfer in progress; only a first segment can start one. */
static void send_more(struct proxy_core *core, struct session *s, struct txn *t, const uint8_t *mad)
{
	if (t &&
	    (wire_rmpp_type(mad) != WIRE_RMPP_DATA || !(wire_rmpp_flags(mad) & WIRE_RMPP_FIRST)))
		transfer_send(core, t, mad);
	else
		COUNT(core, s->counter, drop_not_asked);
}

bool forward_makes_request(struct proxy_core *core, const struct session *s,
			   const struct chan_slot *slot)
{
	return work_begins(slot->mad) &&
	       (!wire_rmpp_active(slot->mad) || !transfer_find(core, s, slot->client, slot->mad));
}

void forward_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct admit_port port;
	struct admit_ask ask;
	struct admit_verdict v;
	struct txn *t = NULL;

	if (slot->port >= core->params.ports || slot->client >= CHAN_CLIENTS_MAX ||
	    slot->agent >= MAX_AGENTS) {
		session_kill(core, s, AUDIT_REASON_MALFORMED_SLOT);
		return;
	}
	if (!s->client[slot->client].open) {
		session_kill(core, s, AUDIT_REASON_CLIENT_UNKNOWN);
		return;
	}
	COUNT(core, s->counter, from_guest);
	account_charge_mad(&s->g->account);
	if (!(s->client[slot->client].agents & (UINT32_C(1) << slot->agent))) {
		if (forward_makes_request(core, s, slot))
			send_done(core, s, slot, EINVAL);
		else
			COUNT(core, s->counter, drop_not_asked);
		return;
	}
	if (wire_mad_is_response(slot->mad)) {
		guest_response(core, s, slot);
		return;
	}
	if (wire_rmpp_active(slot->mad))
		t = transfer_find(core, s, slot->client, slot->mad);
	if (!work_begins(slot->mad)) {
		send_more(core, s, t, slot->mad);
		return;
	}
	/*
	 * The first segment is judged each time it is sent: otherwise an allowed one could be replaced by
	 * another.
	 */
	port = port_admit(core, slot->port);
	ask = (struct admit_ask){
		.guest = s->policy, .port = &port, .addr = &slot->addr, .mad = slot->mad};
	v = admit_request(&ask);
	if (v.verdict != AUDIT_ALLOW)
		refuse_mad(core, s, slot, &v);
	else if (t)
		transfer_send(core, t, slot->mad);
	else
		send_request(core, s, slot, &ask, &v);
}

/* --- the service --- */

static int forward_init(struct proxy_core *core)
{
	int err = merge_init(core);

	return err ? err : transfers_init(core);
}

static void forward_fini(struct proxy_core *core)
{
	merge_fini(core);
	transfers_fini(core);
}

static void forward_port_event(struct proxy_core *core, unsigned int port,
			       enum chan_port_event event)
{
	(void)port;
	(void)event;
	merge_flush(core);
}

static size_t forward_check(const struct proxy_core *core)
{
	size_t requests = merge_check(core);

	for (const struct session *s = core->sessions->list; s; s = s->next)
		requests += txns_check(core, s);
	return requests;
}

const struct service forward_service = {
	.init = forward_init,
	.fini = forward_fini,
	.session_new = txns_new,
	.session_end = txns_end,
	.session_free = txns_free,
	.client_end = txns_client_end,
	.port_event = forward_port_event,
	.check = forward_check,
};
