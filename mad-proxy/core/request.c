/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/request.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "wire/answer.h"

struct requests {
	struct idtab ids;
};

int requests_init(struct proxy_core *core)
{
	core->requests = calloc(1, sizeof(*core->requests));
	return core->requests ? idtab_init(&core->requests->ids, core->params.seed) : -ENOMEM;
}

void requests_fini(struct proxy_core *core)
{
	if (!core->requests)
		return;
	idtab_fini(&core->requests->ids);
	free(core->requests);
}

int requests_reserve(struct proxy_core *core, size_t more)
{
	return idtab_reserve(&core->requests->ids, more);
}

void requests_unreserve(struct proxy_core *core, size_t less)
{
	idtab_unreserve(&core->requests->ids, less);
}

size_t requests_live(const struct proxy_core *core)
{
	return idtab_live(&core->requests->ids);
}

/* --- sending --- */

static void forget_id(struct proxy_core *core, struct request *r)
{
	if (r->id.id)
		idtab_remove(&core->requests->ids, &r->id);
}

static void fail(struct proxy_core *core, struct request *r, uint32_t status)
{
	request_end(core, r);
	r->ops->failed(core, r, status);
}

static bool again(struct proxy_core *core, struct request *r)
{
	if (r->ops->again)
		return r->ops->again(core, r);
	if (!r->tries_left)
		return false;
	r->tries_left--;
	return true;
}

static void attempt_over(struct proxy_core *core, struct request *r)
{
	if (!again(core, r)) {
		if (r->state != REQUEST_IDLE)
			fail(core, r, ETIMEDOUT);
		return;
	}
	COUNT(core, r->counter, retried);
	if (r->account)
		account_charge_mad(r->account);
	request_send(core, r);
}

static void due(struct proxy_core *core, struct timer *timer)
{
	struct request *r = container_of(timer, struct request, timer);

	if (r->state == REQUEST_SENT) {
		/* the port forgot it: a new id, since it may still hold the old one */
		forget_id(core, r);
		attempt_over(core, r);
	} else {
		fail(core, r, ETIMEDOUT);
	}
}

void request_send(struct proxy_core *core, struct request *r)
{
	struct proxy_send *send = &fx_add(core, PROXY_FX_SEND)->send;

	if (r->state == REQUEST_IDLE)
		r->state = REQUEST_SENT;
	if (!r->id.id)
		wire_mad_set_tid(r->mad, idtab_insert(&core->requests->ids, &r->id));
	*send = (struct proxy_send){
		.port = r->port, .timeout_ms = r->timeout_ms, .addr = r->addr, .mad = r->mad};
	COUNT(core, r->counter, sent);
	r->timer.due = due;
	timer_arm(core, &r->timer,
		  (uint64_t)r->timeout_ms + (r->state == REQUEST_TRANSFER ? REQUEST_TRANSFER_IDLE_MS
									  : REQUEST_BACKSTOP_MS));
}

void request_continue(struct proxy_core *core, struct request *r)
{
	r->state = REQUEST_TRANSFER;
	if (r->id.id)
		timer_arm(core, &r->timer, (uint64_t)r->timeout_ms + REQUEST_TRANSFER_IDLE_MS);
}

void request_end(struct proxy_core *core, struct request *r)
{
	forget_id(core, r);
	timer_cancel(core, &r->timer);
	r->state = REQUEST_IDLE;
}

void request_send_once(struct proxy_core *core, uint64_t *counter, unsigned int port,
		       const struct chan_addr *addr, uint8_t *mad, bool own_tid)
{
	if (!own_tid)
		wire_mad_set_tid(mad, idtab_skip(&core->requests->ids));
	fx_add(core, PROXY_FX_SEND)->send =
		(struct proxy_send){.port = port, .addr = *addr, .mad = mad};
	COUNT(core, counter, sent);
}

/* --- what comes back --- */

/* Directed-route SMPs come back from the permissive LID; all else from where it was sent. */
static bool sender_matches(const struct request *r, const struct chan_addr *from)
{
	if (wire_mad_class(r->mad) == WIRE_CLASS_SUBN_DR)
		return true;
	return from->lid == r->addr.lid && from->qpn == r->addr.qpn;
}

static struct request *find(struct proxy_core *core, uint32_t tid)
{
	struct idtab_node *node = idtab_find(&core->requests->ids, tid);

	return node ? container_of(node, struct request, id) : NULL;
}

void requests_answer(struct proxy_core *core, const struct proxy_port_mad *in)
{
	const uint32_t tid = (uint32_t)wire_mad_tid(in->mad);
	struct request *r = find(core, tid);

	if (!r && idtab_recent(&core->requests->ids, tid))
		COUNT(core, NULL, drop_late);
	else if (!r)
		COUNT(core, NULL, drop_unmatched_tid);
	else if (r->port != in->port || !wire_answers(r->mad, in->mad))
		COUNT(core, r->counter, drop_mismatch);
	else if (!sender_matches(r, &in->addr))
		COUNT(core, r->counter, drop_wrong_sender);
	else
		r->ops->answered(core, r, in);
}

/*
 * Nobody answered in time, or (another status) the port could not send it at all, and trying again at
 * once would only spin.
 */
void requests_returned(struct proxy_core *core, const struct proxy_port_mad *in)
{
	struct request *r;

	if (in->status != ETIMEDOUT)
		COUNT(core, NULL, drop_port_error);
	r = find(core, (uint32_t)wire_mad_tid(in->mad));
	if (!r || wire_mad_is_response(in->mad))
		return;
	if (in->status != ETIMEDOUT)
		fail(core, r, in->status);
	else if (r->state == REQUEST_SENT)
		attempt_over(core, r);
}

void request_check(const struct proxy_core *core, const struct request *r)
{
	assert((r->id.id != 0) == (r->state != REQUEST_IDLE));
	assert(!r->id.id || idtab_find(&core->requests->ids, r->id.id) == &r->id);
	assert(r->state == REQUEST_IDLE || timer_armed(&r->timer));
}
