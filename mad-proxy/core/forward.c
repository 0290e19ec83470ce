/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/forward.h"

#include <errno.h>
#include <string.h>

#include "mad-proxy/core/inbound.h"
#include "mad-proxy/core/keys.h"
#include "mad-proxy/core/merge.h"
#include "mad-proxy/core/refuse.h"
#include "mad-proxy/core/txn.h"
#include "wire/path_record.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/smp.h"

#define PATH_PKEY_AT 50 /* in PathRecord (IBA table 205) */
#define GSI_QKEY 0x80010000u
#define SMP_RESERVED_AT 32 /* IBA 14.2.1.1: up to the data, and behind them */
#define SMP_DR_RESERVED_AT 36 /* IBA 14.2.1.2: up to the data */
#define SMP_END (WIRE_SMP_DATA_OFFSET + WIRE_SMP_DATA_BYTES)
#define SMP_ATTR_VENDOR_FIRST 0xff00 /* IBA table 131 */

struct admit_port proxy_admit_port(const struct proxy_core *core, unsigned int port)
{
	const struct chan_port_info *info = &port_attr(core, port)->info;

	return (struct admit_port){
		.lid = info->base_lid,
		.lmc = info->lmc,
		.sm_lid = info->sm_lid,
		.gid_prefix = info->gid_prefix,
		.port_guid = info->port_guid,
		.port_num = info->port_num,
		.ca_ports = info->ca_ports,
	};
}

static void send_done(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		      uint32_t status)
{
	session_push(core, s, CHAN_KIND_SEND_DONE, slot, status)->mad =
		engine_mad_copy(core, slot->mad);
}

/* The address as it may leave; false when its P_Key is not the guest's. */
static bool rebuild_address(const struct proxy_core *core, const struct session *s,
			    const struct chan_slot *slot, struct chan_addr *ret)
{
	bool smp = wire_mad_is_smp(slot->mad);
	bool admin = s->policy->grade == POLICY_GRADE_ADMIN;
	int pkey_index = smp ? 0 : session_pkey_index(core, s, slot->port, slot->addr.pkey_index);
	uint8_t lmc = core->ports->attr[slot->port].info.lmc & 7;

	if (pkey_index < 0)
		return false;
	*ret = slot->addr;
	ret->pkey_index = (uint16_t)pkey_index;
	ret->sl = slot->addr.sl & 15;
	ret->path_bits = (uint8_t)(slot->addr.path_bits & ((1u << lmc) - 1));
	ret->gid_index = 0;
	ret->grh_present = slot->addr.grh_present != 0;
	if (!ret->grh_present) { /* without a GRH its fields mean nothing */
		ret->flow_label = 0;
		ret->hop_limit = 0;
		ret->traffic_class = 0;
		memset(ret->gid, 0, sizeof(ret->gid));
	}
	memset(ret->reserved, 0, sizeof(ret->reserved));
	if (smp) {
		ret->qpn = 0;
		ret->qkey = 0;
	} else if (!admin) {
		ret->qpn = 1;
		ret->qkey = GSI_QKEY;
	}
	return true;
}

/* The answer of a guest to a request from the fabric; to that one only, and to its sender. */
static void guest_response(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct inbound *in = inbound_find(s, slot);
	struct chan_addr addr;
	uint8_t *mad;

	if (!in) {
		COUNT(core, s->counter, drop_not_asked);
		return;
	}
	addr = in->addr;
	addr.path_bits = 0;
	if (!wire_rmpp_active(slot->mad))
		in->used = false;
	mad = engine_mad_copy(core, slot->mad);
	wire_mad_set_tid(mad, in->tid);
	if (s->policy->grade < POLICY_GRADE_ADMIN && wire_mad_is_smp(mad))
		proxy_hide_keys(mad);
	request_send_once(core, s->counter, slot->port, &addr, mad, true);
}

/* ACK, STOP or ABORT of the guest for a transfer that runs, or the next segment of its own. */
static void rmpp_continue(struct proxy_core *core, struct session *s, struct txn *t,
			  const struct chan_slot *slot)
{
	uint8_t *mad = engine_mad_copy(core, slot->mad);
	uint8_t type = wire_rmpp_type(mad);

	if (t->keyless && wire_mad_class(mad) == WIRE_CLASS_SA)
		wire_sa_clear_sm_key(mad);
	wire_mad_set_tid(mad, t->req.id.id);
	request_send_once(core, s->counter, t->req.port, &t->req.addr, mad, true);
	request_continue(core, &t->req);
	if (type == WIRE_RMPP_STOP || type == WIRE_RMPP_ABORT ||
	    (type == WIRE_RMPP_ACK && t->last_seen && wire_rmpp_segment(mad) >= t->last_segment))
		txn_answered(core, t);
}

/*
 * What an SMP Get leaves undefined (its data, the route beyond its hops, the way back) is some memory
 * of the guest's tool, libibmad's stack most often: it goes no further, and tells no requests apart.
 * A request starts at its sender, outwards: no status, no D bit, no hop behind it.
 */
static void clear_undefined(uint8_t *mad)
{
	const bool directed = wire_mad_class(mad) == WIRE_CLASS_SUBN_DR;
	const unsigned int reserved = directed ? SMP_DR_RESERVED_AT : SMP_RESERVED_AT;
	const unsigned int hops = wire_dr_hop_count(mad);

	put_be16(mad + 4, 0);
	mad[6] = 0;
	put_be16(mad + 18, 0);
	memset(mad + reserved, 0, WIRE_SMP_DATA_OFFSET - reserved);
	if (wire_mad_attribute(mad) < SMP_ATTR_VENDOR_FIRST)
		memset(wire_smp_data_mut(mad), 0, WIRE_SMP_DATA_BYTES);
	if (!directed)
		memset(mad + SMP_END, 0, WIRE_MAD_BYTES - SMP_END);
	if (!directed || hops > WIRE_SMP_MAX_HOPS)
		return;
	wire_dr_initial_path_mut(mad)[0] = 0;
	memset(wire_dr_initial_path_mut(mad) + hops + 1, 0, WIRE_SMP_PATH_BYTES - hops - 1);
	memset(wire_dr_return_path_mut(mad), 0, WIRE_SMP_PATH_BYTES);
}

/*
 * A path in a partition that is not the guest's. `fabric` may read about all of them: what it may
 * use is another matter.
 */
static bool asks_for_foreign_pkey(const struct proxy_core *core, const struct session *s,
				  const struct chan_slot *slot)
{
	const uint8_t *mad = slot->mad;

	if (s->policy->grade >= POLICY_GRADE_FABRIC || wire_mad_class(mad) != WIRE_CLASS_SA ||
	    wire_mad_attribute(mad) != WIRE_SA_PATH_RECORD ||
	    !(wire_sa_comp_mask(mad) & WIRE_PATH_COMP_PKEY))
		return false;
	return !policy_pkey_allowed(s->policy, get_be16(wire_sa_data(mad) + PATH_PKEY_AT),
				    core->ports->attr[slot->port].pkey[0]);
}

static void audit_allowed(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct audit_record rec = proxy_record(AUDIT_MAD, AUDIT_ALLOW, AUDIT_REASON_NONE);

	proxy_record_mad(&rec, slot->port, &slot->addr, slot->mad);
	rec.guest = s->g->name;
	fold_audit(core, s->g, &rec);
}

static void send_request(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
			 const struct admit_verdict *v)
{
	struct chan_addr addr;
	struct txn *t;

	if (!rebuild_address(core, s, slot, &addr) || asks_for_foreign_pkey(core, s, slot)) {
		struct admit_verdict no = {
			.verdict = AUDIT_REFUSE,
			.reason = AUDIT_REASON_PKEY,
			.status = wire_mad_class(slot->mad) == WIRE_CLASS_SA
					  ? WIRE_SA_STATUS_DENIED
					  : WIRE_STATUS_ATTRIBUTE_UNSUPPORTED,
		};

		refuse_mad(core, s, slot, &no);
		return;
	}
	audit_allowed(core, s, slot);
	if (v->changes_fabric)
		merge_flush(core);
	if (!slot->timeout_ms) {
		uint8_t *mad = engine_mad_copy(core, slot->mad);

		if (v->keyless)
			proxy_clear_keys(mad);
		request_send_once(core, s->counter, slot->port, &addr, mad, false);
		return;
	}
	t = txn_new(core, s, slot);
	if (!t) { /* read although it may not be: the shell's fault, the guest is told to try again */
		send_done(core, s, slot, EAGAIN);
		return;
	}
	t->req.addr = addr;
	t->keyless = v->keyless;
	if (v->keyless)
		proxy_clear_keys(t->req.mad);
	if (v->mergeable)
		clear_undefined(t->req.mad);
	if (wire_rmpp_active(t->req.mad))
		txn_transfer(core, t);
	if (v->mergeable && merge_request(core, t, v->cacheable))
		return;
	request_send(core, &t->req);
}

/*
 * The segment that says what is asked: it is judged each time it comes, or a first one that may
 * would let another follow that may not.
 */
static bool starts_transfer(const uint8_t *mad)
{
	return wire_rmpp_type(mad) == WIRE_RMPP_DATA &&
	       (wire_rmpp_segment(mad) <= 1 || (wire_rmpp_flags(mad) & WIRE_RMPP_FIRST));
}

void forward_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot)
{
	struct admit_port port;
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
		send_done(core, s, slot, EINVAL);
		return;
	}
	if (wire_mad_is_response(slot->mad)) {
		guest_response(core, s, slot);
		return;
	}
	if (wire_rmpp_active(slot->mad)) {
		t = txn_find_transfer(s, slot->client, slot->mad);
		if (t && wire_rmpp_type(slot->mad) == WIRE_RMPP_DATA &&
		    !wire_rmpp_active(t->req.mad))
			t = NULL; /* the transfer is the answer: the guest has no data in it */
		if (!starts_transfer(slot->mad)) {
			if (t)
				rmpp_continue(core, s, t, slot);
			else
				COUNT(core, s->counter, drop_not_asked);
			return;
		}
	}
	port = proxy_admit_port(core, slot->port);
	v = admit_request(s->policy->grade, &port, &slot->addr, slot->mad);
	if (v.verdict != AUDIT_ALLOW)
		refuse_mad(core, s, slot, &v);
	else if (t)
		rmpp_continue(core, s, t, slot);
	else
		send_request(core, s, slot, &v);
}

/* --- the service --- */

static int forward_init(struct proxy_core *core)
{
	return merge_init(core);
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
	.fini = merge_fini,
	.session_new = txns_new,
	.session_end = txns_end,
	.session_free = txns_free,
	.client_end = txns_client_end,
	.port_event = forward_port_event,
	.check = forward_check,
};
