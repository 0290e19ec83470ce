/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/refuse.h"

#include <errno.h>
#include <string.h>

#include "wire/answer.h"
#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/rmpp.h"
#include "wire/sidr.h"
#include "wire/smp.h"

static void build_rej(uint8_t *out, const uint8_t *mad, enum audit_reason reason)
{
	struct wire_cm_rej rej = {.message = WIRE_CM_MESSAGE_REQ,
				  .reason = reason == AUDIT_REASON_CONNECT
						    ? WIRE_REJ_INVALID_SERVICE_ID
						    : WIRE_REJ_UNSUPPORTED_REQUEST};
	struct wire_cm_req req;

	wire_cm_req_decode(wire_cm_data(mad), &req);
	rej.remote_id = req.local_id;
	wire_mad_set_attribute(out, WIRE_CM_REJ);
	wire_cm_rej_encode(&rej, out + WIRE_CM_DATA_OFFSET);
}

static void build_sidr_rep(uint8_t *out, const uint8_t *mad, enum audit_reason reason)
{
	struct wire_sidr_rep rep = {.status = reason == AUDIT_REASON_CONNECT ? WIRE_SIDR_UNSUPPORTED
									     : WIRE_SIDR_REJECTED};
	struct wire_sidr_req req;

	wire_sidr_req_decode(wire_cm_data(mad), &req);
	rep.request_id = req.request_id;
	rep.service_id = req.service_id;
	wire_mad_set_attribute(out, WIRE_CM_SIDR_REP);
	wire_sidr_rep_encode(&rep, out + WIRE_CM_DATA_OFFSET);
}

/* The common header of the CM message is kept, the rest is built anew. */
static bool build_cm(uint8_t *out, const uint8_t *mad, enum audit_reason reason)
{
	memcpy(out, mad, WIRE_CM_DATA_OFFSET);
	switch (wire_mad_attribute(mad)) {
	case WIRE_CM_REQ:
		build_rej(out, mad, reason);
		return true;
	case WIRE_CM_SIDR_REQ:
		build_sidr_rep(out, mad, reason);
		return true;
	default:
		return false;
	}
}

/* An answer to a request without a time-out would be given to nobody. A REJ is a message of its own. */
static bool is_told(const struct chan_slot *slot)
{
	return slot->timeout_ms || wire_rmpp_active(slot->mad) ||
	       wire_mad_class(slot->mad) == WIRE_CLASS_CM;
}

static bool build(uint8_t *out, const uint8_t *mad, const struct admit_verdict *v)
{
	struct wire_answer answer;

	if (wire_mad_class(mad) == WIRE_CLASS_CM)
		return build_cm(out, mad, v->reason);
	if (!v->status)
		return false;
	answer = wire_answer_of(wire_mad_class(mad), wire_mad_method(mad), wire_mad_attribute(mad));
	memcpy(out, mad, WIRE_MAD_BYTES);
	/* one MAD, also when the request would have had several segments */
	if (wire_rmpp_active(mad))
		memset(out + WIRE_RMPP_OFFSET, 0, WIRE_RMPP_BYTES);
	wire_mad_set_method(out, answer.method);
	wire_mad_set_attribute(out, answer.attribute);
	wire_mad_set_status(out, v->status);
	if (wire_mad_class(mad) == WIRE_CLASS_SUBN_DR)
		wire_dr_set_returning(out, true);
	return true;
}

void refuse_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		const struct admit_verdict *v)
{
	struct audit_record rec = proxy_record(AUDIT_MAD, AUDIT_REFUSE, v->reason);
	const struct push_to to = push_to_sender(slot);
	uint8_t *mad = engine_mad(core);
	struct proxy_push *push;
	bool answered;

	proxy_record_mad(&rec, slot->port, &slot->addr, slot->mad);
	rec.guest = s->g->name;
	rec.key = v->key;
	COUNT(core, s->counter, refused);
	fold_audit(core, s->g, &rec);
	answered = is_told(slot) && build(mad, slot->mad, v);
	if (!answered && !slot->timeout_ms)
		return;
	if (!answered)
		memcpy(mad, slot->mad, WIRE_MAD_BYTES);
	push = session_push(core, s, answered ? CHAN_KIND_RECV : CHAN_KIND_SEND_DONE, &to,
			    answered ? 0 : ETIMEDOUT);
	push->mad = mad;
}
