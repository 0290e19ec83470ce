/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/request.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "wire/answer.h"

#define ROUNDS 4

struct requests {
	struct idtab ids;
	uint64_t secret[ROUNDS][2]; /* keys of mix() */
	const struct account *last; /* that sent a request; only compared */
	struct mono_ms contended_until;
};

int requests_init(struct proxy_core *core)
{
	core->requests = calloc(1, sizeof(*core->requests));
	if (!core->requests)
		return -ENOMEM;
	for (uint8_t i = 0; i < 2 * ROUNDS; i++)
		core->requests->secret[i / 2][i % 2] = keyed_hash(&core->params.hash, &i, 1);
	return idtab_init(&core->requests->ids, core->params.seed);
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

/* --- ids on the wire --- */

/*
 * An id is a counter of the sends of all guests. On the wire it is a keyed permutation of that counter (a
 * Feistel network): unique, and it reveals neither the number of sends nor the next id. Guests do not
 * choose the counter, so instead of a keyed hash, slower than the rest of a request, the rounds take the
 * middle of a square (as in Widynski's Squares).
 */
static uint16_t mix(const struct proxy_core *core, unsigned int round, uint16_t half)
{
	const uint64_t *secret = core->requests->secret[round];
	const uint64_t x = secret[0] * half + secret[1];

	return (uint16_t)(x * x >> 32);
}

static uint32_t id_to_tid(const struct proxy_core *core, uint32_t id)
{
	uint16_t l = (uint16_t)(id >> 16), r = (uint16_t)id;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		const uint16_t next = l ^ mix(core, i, r);

		l = r;
		r = next;
	}
	return (uint32_t)l << 16 | r;
}

static uint32_t tid_to_id(const struct proxy_core *core, uint32_t tid)
{
	uint16_t l = (uint16_t)(tid >> 16), r = (uint16_t)tid;

	for (unsigned int i = ROUNDS; i--;) {
		const uint16_t before = r ^ mix(core, i, l);

		r = l;
		l = before;
	}
	return (uint32_t)l << 16 | r;
}

/* --- the window --- */

bool requests_have_room(const struct proxy_core *core, struct account *a, struct mono_ms now)
{
	return !mono_before(now, core->requests->contended_until) ||
	       account_young(a, now) < REQUEST_WINDOW;
}

void request_count_sent(struct proxy_core *core, struct account *a)
{
	struct requests *all = core->requests;

	if (all->last && all->last != a)
		all->contended_until = mono_add(core->now, REQUEST_CONTENDED_MS);
	all->last = a;
	account_sent(a, core->now);
}

static void off_wire(struct proxy_core *core, struct request *r)
{
	if (r->counts_young)
		account_unsent(r->account, r->sent_at, core->now);
	r->counts_young = false;
}

static void on_wire(struct proxy_core *core, struct request *r)
{
	off_wire(core, r);
	r->counts_young = r->account != NULL;
	r->sent_at = core->now;
	if (r->account)
		request_count_sent(core, r->account);
}

/* --- queues --- */

static void stand_in_line(struct request *r, struct request_line *line)
{
	r->in_line_of = line;
	TAILQ_INSERT_TAIL(line, r, in_line);
}

static void leave_line(struct request *r)
{
	if (r->in_line_of)
		TAILQ_REMOVE(r->in_line_of, r, in_line);
	r->in_line_of = NULL;
}

static bool waits_for_turn(const struct request *r)
{
	return r->account && r->in_line_of == &r->account->tables;
}

static void send_now(struct proxy_core *core, struct request *r);

static void retry_due(struct proxy_core *core, struct timer *timer);

static bool may_retry(const struct proxy_core *core, struct account *a)
{
	if (a->retried_at.ms != core->now.ms)
		a->retried = 0;
	a->retried_at = core->now;
	return a->retried < ACCOUNT_RETRIES_PER_MS;
}

static void begin_attempt(struct proxy_core *core, struct request *r)
{
	r->attempt_until = mono_add(core->now, r->timeout_ms);
	send_now(core, r);
}

void request_next_tables(struct proxy_core *core, struct account *a)
{
	struct request *r;

	while (a->tables_running < ACCOUNT_TABLES && (r = TAILQ_FIRST(&a->tables))) {
		leave_line(r);
		r->runs_table = true;
		a->tables_running++;
		begin_attempt(core, r);
	}
}

static void end_turn(struct proxy_core *core, struct request *r)
{
	if (!r->runs_table)
		return;
	r->runs_table = false;
	r->account->tables_running--;
	request_next_tables(core, r->account);
}

/* Queues the next attempt of a table request behind those that wait already. */
static void take_turn(struct proxy_core *core, struct request *r)
{
	timer_cancel(core, &r->timer);
	stand_in_line(r, &r->account->tables);
	end_turn(core, r);
	request_next_tables(core, r->account);
}

static void await_retry(struct proxy_core *core, struct request *r)
{
	struct account *a = r->account;

	stand_in_line(r, &a->retries);
	a->retry_timer.due = retry_due;
	if (!timer_armed(&a->retry_timer))
		timer_arm(core, &a->retry_timer, 1);
}

/* Sends it again when it is its turn. The attempt's time runs from now on, but for a table. */
static void retry(struct proxy_core *core, struct request *r)
{
	struct account *a = r->account;

	if (a && r->table) {
		take_turn(core, r);
	} else if (!a || (TAILQ_EMPTY(&a->retries) && may_retry(core, a))) {
		if (a)
			a->retried++;
		begin_attempt(core, r);
	} else {
		r->attempt_until = mono_add(core->now, r->timeout_ms);
		await_retry(core, r);
		timer_arm_at(core, &r->timer, r->attempt_until);
	}
}

void request_charge_to(struct proxy_core *core, struct request *r, struct account *a)
{
	const bool waits = r->in_line_of && r->account != a;

	if (waits)
		leave_line(r);
	if (r->account != a)
		off_wire(core, r);
	r->account = a;
	if (waits && a)
		await_retry(core, r);
}

static void retry_due(struct proxy_core *core, struct timer *timer)
{
	struct account *a = container_of(timer, struct account, retry_timer);
	struct request *r;

	while ((r = TAILQ_FIRST(&a->retries)) && may_retry(core, a)) {
		leave_line(r);
		a->retried++;
		send_now(core, r);
	}
	if (r)
		timer_arm(core, timer, 1);
}

/* --- sending --- */

void request_set_patience(struct request *r, uint32_t timeout_ms, uint8_t retries)
{
	const uint32_t most = REQUEST_TIMEOUT_MAX_MS;
	const uint32_t least = r->table ? REQUEST_TABLE_ATTEMPT_MIN_MS : REQUEST_ATTEMPT_MIN_MS;
	uint32_t attempts = retries + 1u;

	r->timeout_ms = timeout_ms < most ? timeout_ms : most;
	if (r->timeout_ms < least && retries) {
		uint32_t all = r->timeout_ms * attempts;

		attempts = all < least ? 1 : all / least;
		r->timeout_ms = all / attempts;
	}
	r->tries_left = (uint8_t)(attempts - 1);
}

void request_charge(struct request *r)
{
	account_charge(r->account, &r->charge, CHARGE_WAITING);
}

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
	if (r->has_expired)
		return false;
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
	retry(core, r);
}

/* From now on the request is only charged. True: it still exists. */
static bool expire(struct proxy_core *core, struct request *r)
{
	if (!r->ops->expired || !mono_before(core->now, r->port_until))
		return false;
	r->has_expired = true;
	if (r->charge == CHARGE_WAITING)
		account_charge(r->account, &r->charge, CHARGE_LEFT);
	timer_arm_at(core, &r->timer, mono_add(r->port_until, REQUEST_BACKSTOP_MS));
	return true;
}

static void due(struct proxy_core *core, struct timer *timer)
{
	struct request *r = container_of(timer, struct request, timer);

	if (r->in_line_of) {
		leave_line(r); /* it was not sent in time */
		attempt_over(core, r);
	} else if (!r->has_expired && expire(core, r)) {
		r->ops->expired(core, r);
	} else if (r->state != REQUEST_SENT) {
		fail(core, r, ETIMEDOUT);
	} else {
		/* the port ended it: use a new id, since the receiver may still hold the old one */
		forget_id(core, r);
		attempt_over(core, r);
	}
}

/* Sends the attempt that ends at attempt_until. */
static void send_now(struct proxy_core *core, struct request *r)
{
	struct proxy_send *send = &fx_add(core, PROXY_FX_SEND)->send;
	const bool last = r->transfer || (!r->ops->again && !r->tries_left);
	uint64_t own_ms = mono_until(core->now, r->attempt_until);
	uint64_t port_ms = last && own_ms < r->work_ms ? r->work_ms : own_ms;

	if (port_ms > REQUEST_PORT_WAIT_MAX_MS)
		port_ms = REQUEST_PORT_WAIT_MAX_MS;
	if (r->state == REQUEST_IDLE || r->state == REQUEST_IN_LINE)
		r->state = r->transfer ? REQUEST_TRANSFER : REQUEST_SENT;
	if (!r->id.id)
		wire_mad_set_tid(r->mad,
				 id_to_tid(core, idtab_insert(&core->requests->ids, &r->id)));
	*send = (struct proxy_send){
		.port = r->port, .timeout_ms = (uint32_t)port_ms, .addr = r->addr, .mad = r->mad};
	COUNT(core, r->counter, sent);
	on_wire(core, r);
	r->port_until = mono_add(core->now, port_ms);
	if (r->state == REQUEST_TRANSFER)
		request_continue(core, r, WORK_TRANSFER_ACK_MS);
	else if (own_ms < port_ms && r->ops->expired)
		timer_arm_at(core, &r->timer, r->attempt_until);
	else
		timer_arm(core, &r->timer, own_ms + REQUEST_BACKSTOP_MS);
}

void request_start(struct proxy_core *core, struct request *r)
{
	r->timer.due = due;
	if (!r->table || !r->account) {
		begin_attempt(core, r);
		return;
	}
	r->state = REQUEST_IN_LINE;
	take_turn(core, r);
}

void request_continue(struct proxy_core *core, struct request *r, uint64_t ms)
{
	leave_line(r);
	r->state = REQUEST_TRANSFER;
	if (r->id.id)
		timer_arm(core, &r->timer, ms);
}

void request_gives_work(struct proxy_core *core, struct request *r)
{
	struct mono_ms until = mono_add(core->now, r->work_ms);

	if (mono_before(r->port_until, until))
		r->port_until = until;
}

void request_end(struct proxy_core *core, struct request *r)
{
	leave_line(r);
	forget_id(core, r);
	off_wire(core, r);
	timer_cancel(core, &r->timer);
	r->state = REQUEST_IDLE;
	r->has_expired = false;
	if (r->charge != CHARGE_NONE)
		account_charge(r->account, &r->charge, CHARGE_NONE);
	end_turn(core, r);
}

bool request_abandon(struct proxy_core *core, struct request *r)
{
	if (r->has_expired)
		return true;
	if (r->state == REQUEST_SENT)
		leave_line(r);
	if (r->id.id && expire(core, r))
		return true;
	request_end(core, r);
	return false;
}

void request_leave(struct proxy_core *core, struct request *r)
{
	struct account *a = r->account;
	const bool lingers = (r->state == REQUEST_SENT || r->state == REQUEST_TRANSFER) &&
			     r->charge != CHARGE_NONE;
	const bool table = lingers && r->runs_table;

	if (lingers)
		account_linger(core, a, mono_until(core->now, r->port_until), table);
	/* counted there from now on; it stays on the wire */
	r->counts_young = false;
	if (table) {
		r->runs_table = false;
		a->tables_running--;
	}
	request_end(core, r);
}

void request_send_once(struct proxy_core *core, uint64_t *counter, unsigned int port,
		       const struct chan_addr *addr, uint8_t *mad, bool own_tid)
{
	if (!own_tid)
		wire_mad_set_tid(mad, id_to_tid(core, idtab_skip(&core->requests->ids)));
	fx_add(core, PROXY_FX_SEND)->send =
		(struct proxy_send){.port = port, .addr = *addr, .mad = mad};
	COUNT(core, counter, sent);
}

/* --- returned sends --- */

/* Answers to directed-route SMPs come from the permissive LID; all others from the destination. */
static bool sender_matches(const struct request *r, const struct chan_addr *from)
{
	if (wire_mad_class(r->mad) == WIRE_CLASS_SUBN_DR)
		return true;
	return from->lid == r->addr.lid && from->qpn == r->addr.qpn;
}

static struct request *find(struct proxy_core *core, uint32_t tid)
{
	struct idtab_node *node = idtab_find(&core->requests->ids, tid_to_id(core, tid));

	return node ? container_of(node, struct request, id) : NULL;
}

void requests_answer(struct proxy_core *core, const struct proxy_port_mad *in)
{
	const uint32_t tid = (uint32_t)wire_mad_tid(in->mad);
	struct request *r = find(core, tid);

	if (!r && idtab_recent(&core->requests->ids, tid_to_id(core, tid)))
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
 * A time-out, or (another status) the port could not send it. In the second case an immediate retry would
 * only loop.
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
	else if (r->state != REQUEST_SENT || r->in_line_of)
		return;
	else if (!r->has_expired && r->timeout_ms > REQUEST_PORT_WAIT_MAX_MS &&
		 mono_before(core->now, r->attempt_until)) {
		timer_arm_at(core, &r->timer, r->attempt_until); /* wait for the rest of the time */
		end_turn(core, r);
	} else {
		attempt_over(core, r);
	}
}

void request_check(const struct proxy_core *core, const struct request *r)
{
	assert((r->id.id != 0) == (r->state == REQUEST_SENT || r->state == REQUEST_TRANSFER) ||
	       (r->state == REQUEST_SENT && r->in_line_of));
	assert(!r->runs_table || r->account);
	assert(!r->in_line_of || r->in_line_of == &r->account->tables ||
	       r->in_line_of == &r->account->retries);
	assert(!r->id.id || idtab_find(&core->requests->ids, r->id.id) == &r->id);
	assert(r->state == REQUEST_IDLE || timer_armed(&r->timer) != waits_for_turn(r));
	assert(r->state != REQUEST_IN_LINE || waits_for_turn(r));
}
