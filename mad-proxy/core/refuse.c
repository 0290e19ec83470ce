/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/refuse.h"

#include <errno.h>
#include <string.h>

#include "wire/answer.h"

#define CM_ATTR_REQ 0x0010
#define CM_ATTR_REJ 0x0012
#define CM_ATTR_SIDR_REQ 0x0017
#define CM_ATTR_SIDR_REP 0x0018
#define CM_REJ_UNSUPPORTED 5 /* table 112: "unsupported request" */
#define CM_SIDR_REJECTED 2 /* table 120: "rejected by service provider" */

/* What follows the common header in a CM message is new; 24 bytes of header stay. */
static bool build_cm(uint8_t *out, const uint8_t *mad)
{
	memcpy(out, mad, 24);
	memset(out + 24, 0, WIRE_MAD_BYTES - 24);
	switch (wire_mad_attribute(mad)) {
	case CM_ATTR_REQ:
		put_be16(out + 16, CM_ATTR_REJ);
		memcpy(out + 28, mad + 24, 4); /* remote comm id: the REQ's local one */
		put_be16(out + 34, CM_REJ_UNSUPPORTED);
		return true;
	case CM_ATTR_SIDR_REQ:
		put_be16(out + 16, CM_ATTR_SIDR_REP);
		memcpy(out + 24, mad + 24, 4); /* request id */
		out[28] = CM_SIDR_REJECTED;
		memcpy(out + 36, mad + 32, 8); /* service id */
		return true;
	default:
		return false;
	}
}

static bool build(uint8_t *out, const uint8_t *mad, uint16_t status)
{
	struct wire_answer answer;

	if (wire_mad_class(mad) == WIRE_CLASS_CM)
		return build_cm(out, mad);
	if (!status)
		return false;
	answer = wire_answer_of(wire_mad_class(mad), wire_mad_method(mad), wire_mad_attribute(mad));
	memcpy(out, mad, WIRE_MAD_BYTES);
	wire_mad_set_method(out, answer.method);
	wire_mad_set_attribute(out, answer.attribute);
	/* the direction bit of a returning directed-route SMP (IBA 14.2.1.2) */
	wire_mad_set_status(out,
			    wire_mad_class(mad) == WIRE_CLASS_SUBN_DR ? status | 0x8000 : status);
	return true;
}

void refuse_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		const struct admit_verdict *v)
{
	struct audit_record rec = proxy_record(AUDIT_MAD, AUDIT_REFUSE, v->reason);
	uint8_t *mad = engine_mad(core);
	struct proxy_push *push;
	bool answered;

	proxy_record_mad(&rec, slot->port, &slot->addr, slot->mad);
	rec.guest = s->g->name;
	if (wire_mad_class(slot->mad) == WIRE_CLASS_CM &&
	    (wire_mad_attribute(slot->mad) == CM_ATTR_REQ ||
	     wire_mad_attribute(slot->mad) == CM_ATTR_SIDR_REQ)) {
		rec.service_id_set = true;
		rec.service_id = get_be64(slot->mad + 32);
	}
	COUNT(core, s->counter, refused);
	fold_audit(core, s->g, &rec);
	answered = build(mad, slot->mad, v->status);
	if (!answered && !slot->timeout_ms)
		return;
	if (!answered)
		memcpy(mad, slot->mad, WIRE_MAD_BYTES);
	push = session_push(core, s, answered ? CHAN_KIND_RECV : CHAN_KIND_SEND_DONE, slot,
			    answered ? 0 : ETIMEDOUT);
	push->mad = mad;
}
