/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A MAD of the port on its way to a guest. An answer is matched on port, id, class, method,
 * attribute and sender, or it is dropped and counted; a request goes to the owner of its class and
 * method.
 */
#include <errno.h>
#include <string.h>

#include "mad-proxy/core/priv.h"
#include "wire/answer.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/smp.h"

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* PortInfoRecord (IBA table 186): EndportLID 2, PortNum 1, reserved 1, then PortInfo: M_Key first */
#define PORT_INFO_RECORD_M_KEY 4
/* SMInfoRecord (IBA 15.2.5.10): LID 2, reserved 2, then SMInfo: GUID 8, SM_Key */
#define SM_INFO_RECORD_SM_KEY 12
/* ServiceRecord (IBA 15.2.5.14): id 8, GID 16, P_Key 2, reserved 2, lease 4, then the key */
#define SERVICE_RECORD_KEY 32
#define SERVICE_RECORD_KEY_BYTES 16
#define KEY_BYTES 8
/* BM (16.2) and CC (A10): the key of the sender at 24, data from 64 on; KeyInfo begins with the key */
#define GMP_KEY_AT 24
#define GMP_DATA_AT 64
#define BM_ATTR_KEY_INFO 0x0010
#define CC_ATTR_KEY_INFO 0x0012
/* Notice (13.4.8.2) of trap 256, bad M_Key (14.2.5.1): DataDetails at 10, the key that was tried */
#define NOTICE_M_KEY (10 + 14)

/* Clears the key of so many bytes at byte `key` of every record. */
static void hide_sa_keys(uint8_t *mad, uint32_t key, uint32_t bytes)
{
	uint32_t record = (uint32_t)wire_sa_attribute_offset(mad) * 8;
	uint32_t segment =
		wire_rmpp_active(mad) && wire_rmpp_segment(mad) ? wire_rmpp_segment(mad) : 1;
	/* place of this segment's data in the table, in bytes; records run on across segments */
	uint64_t start = (uint64_t)(segment - 1) * WIRE_SA_DATA_BYTES;
	uint8_t *data = wire_sa_data_mut(mad);

	/* a single record, and a table whose offset nobody gave: as one record of full size */
	if (record < key + bytes)
		record = WIRE_SA_DATA_BYTES;
	for (uint32_t i = 0; i < WIRE_SA_DATA_BYTES; i++) {
		uint64_t at = (start + i) % record;

		if (at >= key && at < key + bytes)
			data[i] = 0;
	}
}

static void hide_smp_keys(uint8_t *mad)
{
	uint8_t *data = wire_smp_data_mut(mad);

	wire_smp_clear_mkey(mad);
	switch (wire_mad_attribute(mad)) {
	case WIRE_SMP_PORT_INFO:
		wire_smp_clear_port_info_mkey(mad);
		break;
	case WIRE_SMP_SM_INFO:
		wire_smp_clear_sm_info_key(mad);
		break;
	case WIRE_SMP_NOTICE:
		/* whatever the trap: no other has anything of ours to lose there */
		put_be64(data + NOTICE_M_KEY, 0);
		break;
	default:
		break;
	}
}

static void hide_sa_record_keys(uint8_t *mad)
{
	/* the key that was sent is cleared already; an SA need not echo that one */
	wire_sa_clear_sm_key(mad);
	if (wire_rmpp_active(mad) && wire_rmpp_type(mad) != WIRE_RMPP_DATA)
		return;
	switch (wire_mad_attribute(mad)) {
	case WIRE_SA_PORT_INFO_RECORD:
		hide_sa_keys(mad, PORT_INFO_RECORD_M_KEY, KEY_BYTES);
		break;
	case WIRE_SA_SM_INFO_RECORD:
		hide_sa_keys(mad, SM_INFO_RECORD_SM_KEY, KEY_BYTES);
		break;
	case WIRE_SA_SERVICE_RECORD:
		hide_sa_keys(mad, SERVICE_RECORD_KEY, SERVICE_RECORD_KEY_BYTES);
		break;
	default:
		break;
	}
}

void proxy_hide_keys(uint8_t *mad)
{
	uint8_t mgmt_class = wire_mad_class(mad);
	uint16_t attribute = wire_mad_attribute(mad);

	if (wire_mad_is_smp(mad))
		hide_smp_keys(mad);
	if (mgmt_class == WIRE_CLASS_SA)
		hide_sa_record_keys(mad);
	if (mgmt_class != WIRE_CLASS_BM && mgmt_class != WIRE_CLASS_CC)
		return;
	put_be64(mad + GMP_KEY_AT, 0);
	if (attribute == (mgmt_class == WIRE_CLASS_BM ? BM_ATTR_KEY_INFO : CC_ATTR_KEY_INFO))
		put_be64(mad + GMP_DATA_AT, 0);
}

/* Directed-route SMPs come back from the permissive LID; all else from where it was sent. */
static bool sender_matches(const uint8_t *request, const struct chan_addr *to,
			   const struct chan_addr *from)
{
	if (wire_mad_class(request) == WIRE_CLASS_SUBN_DR)
		return true;
	return from->lid == to->lid && from->qpn == to->qpn;
}

static bool answer_matches(struct proxy_core *core, struct session *s, const uint8_t *request,
			   const struct chan_addr *to, const struct proxy_event *event)
{
	if (!wire_answers(request, event->port_mad.mad)) {
		COUNT(core, s, drop_mismatch);
		return false;
	}
	if (!sender_matches(request, to, &event->port_mad.addr)) {
		COUNT(core, s, drop_wrong_sender);
		return false;
	}
	return true;
}

/* A segment or a control packet of a transfer; true when the transaction goes on. */
static bool rmpp_goes_on(struct proxy_core *core, struct txn *t, const uint8_t *mad)
{
	uint8_t type = wire_rmpp_type(mad);

	if (!wire_rmpp_active(mad) || type == WIRE_RMPP_STOP || type == WIRE_RMPP_ABORT)
		return false;
	txn_begin_rmpp(t);
	wheel_arm(&core->wheel, &t->timer.node,
		  mono_add(core->now, (uint64_t)t->timeout_ms + RMPP_IDLE_MS));
	if (type == WIRE_RMPP_DATA && (wire_rmpp_flags(mad) & WIRE_RMPP_LAST)) {
		t->last_seen = true;
		t->last_segment = wire_rmpp_segment(mad);
	}
	return true;
}

static void txn_answer(struct proxy_core *core, struct txn *t, const struct proxy_event *event)
{
	uint8_t *mad = core->scratch;
	struct session *s = t->s;

	if (t->port != event->port_mad.port) {
		COUNT(core, s, drop_mismatch);
		return;
	}
	if (!answer_matches(core, s, t->mad, &t->addr, event))
		return;
	memcpy(mad, event->port_mad.mad, WIRE_MAD_BYTES);
	/* by the grade it has now: it may have asked as an admin */
	if (t->keyless || !s->policy || s->policy->grade < POLICY_GRADE_ADMIN)
		proxy_hide_keys(mad);
	txn_push(core, t, &event->port_mad.addr, mad);
	if (rmpp_goes_on(core, t, mad))
		return;
	COUNT(core, s, answered);
	txn_free(core, t);
	guest_unhold(core, s->g);
}

static void answer(struct proxy_core *core, const struct proxy_event *event)
{
	const uint32_t tid = (uint32_t)wire_mad_tid(event->port_mad.mad);
	struct idtab_node *node = idtab_find(&core->ids, tid);
	struct wire_id *id;

	if (!node) {
		if (idtab_recent(&core->ids, tid))
			COUNT(core, NULL, drop_late);
		else
			COUNT(core, NULL, drop_unmatched_tid);
		return;
	}
	id = container_of(node, struct wire_id, node);
	if (id->kind == WIRE_ID_TXN) {
		txn_answer(core, container_of(id, struct txn, id), event);
	} else {
		struct merge_op *op = container_of(id, struct merge_op, id);

		if (op->port != event->port_mad.port)
			COUNT(core, NULL, drop_mismatch);
		else if (answer_matches(core, NULL, op->mad, &op->addr, event))
			merge_answer(core, op, &event->port_mad.addr, event->port_mad.mad);
	}
}

/*
 * Our own send came back: nobody answered in time, or (another status) the port could not send it
 * at all, and trying again at once would only spin.
 */
static void send_returned(struct proxy_core *core, const struct proxy_event *event)
{
	const uint32_t status = event->port_mad.status;
	struct idtab_node *node =
		idtab_find(&core->ids, (uint32_t)wire_mad_tid(event->port_mad.mad));
	struct wire_id *id;

	if (status != ETIMEDOUT)
		COUNT(core, NULL, drop_port_error);
	if (!node || wire_mad_is_response(event->port_mad.mad))
		return;
	id = container_of(node, struct wire_id, node);
	if (id->kind == WIRE_ID_TXN && status == ETIMEDOUT)
		txn_attempt_over(core, container_of(id, struct txn, id));
	else if (id->kind == WIRE_ID_TXN)
		txn_fail(core, container_of(id, struct txn, id), status);
	else if (status == ETIMEDOUT)
		merge_attempt_over(core, container_of(id, struct merge_op, id));
	else
		merge_fail(core, container_of(id, struct merge_op, id), status);
}

static void unsolicited(struct proxy_core *core, const struct proxy_event *event)
{
	struct reg *reg = registry_find(core, event->port_mad.token);
	struct proxy_push *push;

	if (!reg || reg->pending || reg->port != event->port_mad.port) {
		COUNT(core, NULL, drop_no_owner);
		return;
	}
	inbound_add(reg->s, reg, &event->port_mad.addr, event->port_mad.mad);
	memcpy(core->scratch, event->port_mad.mad, WIRE_MAD_BYTES);
	push = &fx_add(core, PROXY_FX_PUSH)->push;
	*push = (struct proxy_push){
		.session = reg->s->id,
		.kind = CHAN_KIND_RECV,
		.port = session_shown_port(reg->s, reg->port),
		.client = reg->client,
		.agent = reg->agent,
		.addr = event->port_mad.addr,
		.mad = core->scratch,
	};
	push->addr.pkey_index = 0;
	COUNT(core, reg->s, unsolicited);
	COUNT(core, reg->s, to_guest);
}

void port_mad(struct proxy_core *core, const struct proxy_event *event)
{
	if (event->port_mad.port >= core->params.ports)
		return;
	if (event->port_mad.status)
		send_returned(core, event);
	else if (wire_mad_is_response(event->port_mad.mad))
		answer(core, event);
	else
		unsolicited(core, event);
}
