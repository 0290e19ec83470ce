/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See the header. */
#include "tests/fuzz/core_chaos.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mad-proxy/core/core.h"
#include "policy/quota.h"
#include "tests/fuzz/core_chaos_bytes.h"
#include "wire/mad.h"

#define SESSIONS 6
#define MEMORY 64 /* sends, tokens and cookies that are stored */
#define M_KEY UINT64_C(0xc5c5c5c5c5c5c5c5)
#define PROMISE(what)                                                                      \
	do {                                                                               \
		if (!(what)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #what); \
			abort();                                                           \
		}                                                                          \
	} while (0)

struct sent {
	struct proxy_send send;
	uint8_t mad[WIRE_MAD_BYTES];
};

struct chaos {
	struct proxy_core *core;
	struct mono_ms now;
	struct proxy_effects fx;
	struct policy policy[3];
	struct policy_guest guest[3][4];
	struct policy_guest *guests[3][4];
	struct session_id session[SESSIONS * 2]; /* some of them closed */
	bool alive[SESSIONS * 2];
	struct sent sent[MEMORY];
	unsigned int sents;
	uint32_t token[MEMORY];
	unsigned int tokens;
	uint64_t next_cookie;
	uint8_t ended[1 << 16]; /* by cookie: the request has ended and is no transfer */
	struct chaos_seen seen;
};

/* One guest of each grade; the second policy lowers the grades, the third removes some guests. */
static void policy_init(struct chaos *c, unsigned int which)
{
	static char file[] = "chaos", section[] = "guest x";
	static char names[4][2] = {"a", "b", "c", "d"};
	struct policy *p = &c->policy[which];

	*p = (struct policy){.file = file, .guest = c->guests[which], .smp_cache_ms = 50};
	p->limits = policy_limits_default();
	for (unsigned int i = 0; i < 4; i++) {
		struct policy_guest *g = &c->guest[which][i];

		if (which == 2 && i % 2)
			continue;
		*g = (struct policy_guest){
			.name = names[i],
			.section = section,
			.grade =
				which == 1 && i ? (enum policy_grade)(i - 1) : (enum policy_grade)i,
			.pkeys_any = true,
		};
		g->limits.outstanding = which == 1 ? 3 : 12;
		g->limits.mad_rate = i == 2 ? 50 : 0;
		c->guests[which][p->guest_count++] = g;
	}
}

static void step(struct chaos *c, struct proxy_event *event);

static void port_attr(struct chaos *c, unsigned int port, uint16_t lid, uint8_t lmc)
{
	struct proxy_port_attr attr = {
		.info = {.base_lid = lid, .lmc = lmc, .sm_lid = 1, .pkeys = 2, .port_guid = 4},
		.pkey = {0xffff, 0x8001}};
	struct proxy_event event = {.kind = PROXY_EV_PORT_ATTR};

	event.port_attr.port = port;
	event.port_attr.attr = &attr;
	step(c, &event);
}

struct chaos *chaos_new(void)
{
	struct chaos *c = calloc(1, sizeof(*c));
	struct proxy_params params = {.seed = 1, .ports = 2, .max_sessions = SESSIONS};

	PROMISE(c);
	for (unsigned int i = 0; i < 3; i++)
		policy_init(c, i);
	c->fx.fx = calloc(PROXY_MAX_EFFECTS, sizeof(struct proxy_effect));
	c->now.ms = 1000;
	params.policy = &c->policy[0];
	c->core = proxy_core_new(&params);
	PROMISE(c->core && c->fx.fx);
	port_attr(c, 0, 4, 0);
	return c;
}

static int session_at(const struct chaos *c, struct session_id id)
{
	for (int i = 0; i < SESSIONS * 2; i++)
		if (c->alive[i] && c->session[i].v == id.v)
			return i;
	return -1;
}

static void see_attached(struct chaos *c, struct session_id id)
{
	unsigned int at = 0;

	PROMISE(session_at(c, id) < 0);
	while (c->alive[at] && at + 1 < SESSIONS * 2)
		at++;
	PROMISE(!c->alive[at]);
	c->session[at] = id;
	c->alive[at] = true;
	c->seen.attached++;
}

struct grade_of {
	struct session_id id;
	enum policy_grade grade;
};

static void look(void *ctx, const struct proxy_session_view *view)
{
	struct grade_of *g = ctx;

	if (view->session.v == g->id.v)
		g->grade = view->grade;
}

static void see_push(struct chaos *c, const struct proxy_push *push)
{
	struct grade_of g = {push->session, POLICY_GRADE_ADMIN};
	const uint8_t *mad = push->mad;
	uint16_t cookie = (uint16_t)push->cookie;
	bool ends;

	PROMISE(session_at(c, push->session) >= 0);
	PROMISE(push->kind && push->kind % 2 == 0);
	if (push->kind != CHAN_KIND_RECV && push->kind != CHAN_KIND_SEND_DONE)
		return;
	proxy_each_session(c->core, look, &g);
	if (push->kind == CHAN_KIND_RECV && g.grade < POLICY_GRADE_ADMIN && wire_mad_is_smp(mad) &&
	    wire_mad_attribute(mad) == 0x15 && wire_mad_is_response(mad))
		PROMISE(get_be64(mad + 64) != M_KEY);
	if (push->kind == CHAN_KIND_RECV)
		c->seen.received++;
	else
		c->seen.done++;
	if (!push->cookie)
		return;
	/* a transfer may have many segments */
	ends = push->kind == CHAN_KIND_SEND_DONE || !wire_class_has_rmpp(wire_mad_class(mad)) ||
	       !(mad[26] & 1);
	PROMISE(!ends || !c->ended[cookie]);
	if (ends)
		c->ended[cookie] = 1;
}

static void see_send(struct chaos *c, const struct proxy_send *send)
{
	struct sent *s = &c->sent[c->sents++ % MEMORY];

	PROMISE(send->port < 2);
	s->send = *send;
	memcpy(s->mad, send->mad, WIRE_MAD_BYTES);
	c->seen.sent++;
}

static void see(struct chaos *c, const struct proxy_effect *fx)
{
	switch (fx->kind) {
	case PROXY_FX_ATTACHED:
		see_attached(c, fx->session);
		break;
	case PROXY_FX_CLOSE:
		PROMISE(session_at(c, fx->session) >= 0);
		c->alive[session_at(c, fx->session)] = false;
		c->seen.closed++;
		break;
	case PROXY_FX_RESUME:
		PROMISE(session_at(c, fx->session) >= 0);
		c->seen.held++;
		break;
	case PROXY_FX_PUSH:
		see_push(c, &fx->push);
		break;
	case PROXY_FX_SEND:
		see_send(c, &fx->send);
		break;
	case PROXY_FX_PORT_REGISTER:
		c->token[c->tokens++ % MEMORY] = fx->reg.token;
		c->seen.registered++;
		break;
	case PROXY_FX_AUDIT:
		PROMISE(fx->audit.reason < AUDIT_REASONS && fx->audit.event < AUDIT_EVENTS);
		break;
	case PROXY_FX_REJECTED:
	case PROXY_FX_PORT_UNREGISTER:
	case PROXY_FX_SET_ISSM:
	case PROXY_FX_STATE_PUT:
	case PROXY_FX_STATE_REMOVE:
		break;
	}
}

static void step(struct chaos *c, struct proxy_event *event)
{
	proxy_step(c->core, event, c->now, &c->fx);
	proxy_check(c->core);
	PROMISE(c->fx.count <= PROXY_MAX_EFFECTS);
	PROMISE(proxy_totals(c->core)[PROXY_COUNT_drop_effects] == 0);
	for (size_t i = 0; i < c->fx.count; i++)
		see(c, &c->fx.fx[i]);
}

static void tick(struct chaos *c)
{
	struct proxy_event event = {.kind = PROXY_EV_TICK};

	step(c, &event);
}

/* An open session, or any for some bytes. */
static struct session_id pick(const struct chaos *c, uint8_t byte)
{
	unsigned int at = byte % (SESSIONS * 2);

	for (unsigned int i = 0; byte < 230 && i < SESSIONS * 2 && !c->alive[at]; i++)
		at = (at + 1) % (SESSIONS * 2);
	return c->session[at];
}

static void give_slot(struct chaos *c, uint8_t session, const struct chan_slot *slot)
{
	struct proxy_event event = {.kind = PROXY_EV_SLOT};

	event.slot.session = pick(c, session);
	event.slot.slot = slot;
	/* sometimes a shell that ignores quotas */
	if (session < 240 && !proxy_may_read(c->core, event.slot.session, slot, c->now))
		return;
	step(c, &event);
}

/* HELLO sent, clients 0 to 2 open, each with agent 0 for sends. */
static void make_ready(struct chaos *c, uint8_t session)
{
	struct chan_slot slot;

	bytes_hello(&slot);
	give_slot(c, session, &slot);
	for (uint16_t client = 0; client < 3; client++) {
		memset(&slot, 0, sizeof(slot));
		slot.kind = CHAN_KIND_CLIENT_OPEN;
		slot.client = client;
		give_slot(c, session, &slot);
		slot.kind = CHAN_KIND_REGISTER;
		give_slot(c, session, &slot);
	}
}

/* Most begin as correct guests. */
static void attach(struct chaos *c, uint8_t which)
{
	static const char *const name[] = {"a", "b", "c", "c", "c", "d", "d", "stranger"};
	struct proxy_event event = {.kind = PROXY_EV_ATTACH};

	event.attach.guest = name[which % 8];
	event.attach.port = which / 8 % 4 < 2 ? -1 : which / 8 % 2;
	step(c, &event);
	for (uint8_t i = 0; which < 240 && i < SESSIONS * 2; i++)
		if (c->fx.count && c->fx.fx[0].kind == PROXY_FX_ATTACHED && c->alive[i] &&
		    c->fx.fx[0].session.v == c->session[i].v) {
			make_ready(c, i);
			break;
		}
}

static void guest_sends(struct chaos *c, struct bytes *b)
{
	struct chan_slot slot;
	uint8_t session = bytes_u8(b);

	bytes_send(b, &slot);
	c->next_cookie = c->next_cookie % 0xffff + 1;
	slot.cookie = c->next_cookie;
	c->ended[(uint16_t)slot.cookie] = 0;
	give_slot(c, session, &slot);
}

static void port_gives(struct chaos *c, struct bytes *b, const struct sent *s, uint32_t status)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_MAD};
	uint8_t mad[WIRE_MAD_BYTES];
	uint8_t how = bytes_u8(b);

	memcpy(mad, s->mad, sizeof(mad));
	event.port_mad.port = s->send.port;
	event.port_mad.addr = s->send.addr;
	event.port_mad.status = status;
	event.port_mad.mad = mad;
	if (!status)
		bytes_answer(b, mad);
	if (how % 8 == 0)
		bytes_spoil(b, mad);
	if (how % 16 == 1)
		event.port_mad.addr.lid++;
	if (how % 16 == 2)
		event.port_mad.port = how / 16;
	if (!status && mad[17] == 0x15)
		put_be64(mad + 64, M_KEY);
	step(c, &event);
}

static uint32_t recent_token(const struct chaos *c, uint8_t byte)
{
	return c->token[(c->tokens - 1 - byte % 4) % MEMORY];
}

static void fabric_asks(struct chaos *c, struct bytes *b)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_MAD};
	struct chan_slot like;

	event.port_mad.token = recent_token(c, bytes_u8(b));
	bytes_send(b, &like);
	event.port_mad.addr = like.addr;
	event.port_mad.mad = like.mad;
	step(c, &event);
}

static void port_registers(struct chaos *c, struct bytes *b)
{
	struct proxy_event event = {.kind = PROXY_EV_REGISTERED};
	uint8_t which = bytes_u8(b);

	event.registered.token = recent_token(c, which);
	event.registered.error = which > 200 ? EBUSY : 0;
	step(c, &event);
}

static void time_passes(struct chaos *c, uint8_t how)
{
	static const uint32_t ms[] = {1, 1, 2, 2, 5, 10, 49, 50, 100, 999, 1001, 30000};
	struct mono_ms until = mono_add(c->now, ms[how % (sizeof(ms) / sizeof(ms[0]))]);

	for (unsigned int i = 0; !mono_before(until, proxy_deadline(c->core)); i++) {
		PROMISE(i < 100000);
		if (mono_before(c->now, proxy_deadline(c->core)))
			c->now = proxy_deadline(c->core);
		tick(c);
	}
	c->now = until;
}

static void policy_or_port_changes(struct chaos *c, struct bytes *b)
{
	struct proxy_event event = {0};
	uint8_t what = bytes_u8(b), how = bytes_u8(b);

	if (what < 100) {
		event.kind = PROXY_EV_PORT_EVENT;
		event.port_event.port = how % 3;
		event.port_event.event = (enum chan_port_event)(how / 3 % 9);
		step(c, &event);
	} else if (what < 180) {
		event.kind = PROXY_EV_POLICY;
		event.policy.policy = &c->policy[how < 200 ? how % 2 : 2];
		step(c, &event);
	} else {
		port_attr(c, how % 2, how, what % 8);
	}
}

static void detach(struct chaos *c, uint8_t which)
{
	struct proxy_event event = {.kind = PROXY_EV_DETACH};

	event.detach.session = c->session[which % (SESSIONS * 2)];
	event.detach.reason = which > 128 ? AUDIT_REASON_BAD_INDEX : AUDIT_REASON_CLOSED;
	step(c, &event);
}

static void control(struct chaos *c, struct bytes *b)
{
	struct chan_slot slot;
	uint8_t session = bytes_u8(b);

	bytes_control(b, &slot);
	give_slot(c, session, &slot);
}

static void garbage(struct chaos *c, struct bytes *b)
{
	struct chan_slot slot;
	uint8_t session = bytes_u8(b);

	bytes_garbage(b, &slot);
	slot.cookie = 0;
	give_slot(c, session, &slot);
}

size_t chaos_event(struct chaos *c, const uint8_t *bytes, size_t len)
{
	struct bytes b = {bytes, len, 0};
	uint8_t what = bytes_u8(&b);
	/* recent ones most often */
	struct sent *s = &c->sent[(c->sents - 1 - bytes_u8(&b) % 16) % MEMORY];

	if (len < 2)
		return 0;
	if (what < 16)
		attach(c, bytes_u8(&b));
	else if (what < 20)
		make_ready(c, bytes_u8(&b));
	else if (what < 50)
		control(c, &b);
	else if (what < 140)
		guest_sends(c, &b);
	else if (what < 141)
		garbage(c, &b);
	else if (what < 190)
		port_gives(c, &b, s, 0);
	else if (what < 205)
		port_gives(c, &b, s, what < 203 ? ETIMEDOUT : EIO);
	else if (what < 215)
		fabric_asks(c, &b);
	else if (what < 225)
		port_registers(c, &b);
	else if (what < 245)
		time_passes(c, bytes_u8(&b));
	else if (what < 254)
		policy_or_port_changes(c, &b);
	else
		detach(c, bytes_u8(&b));
	return b.at;
}

static void nothing_waits(void *ctx, const struct proxy_session_view *view)
{
	PROMISE(view->outstanding == 0);
}

void chaos_end(struct chaos *c)
{
	/* the longest: 255 retries of a second with their backstops, then a transfer's idle time-out */
	for (unsigned int i = 0; i < 30; i++)
		time_passes(c, 11);
	proxy_each_session(c->core, nothing_waits, NULL);
	proxy_core_free(c->core);
	free(c->fx.fx);
	free(c);
}

struct chaos_seen chaos_seen(const struct chaos *c)
{
	struct chaos_seen seen = c->seen;
	const uint64_t *totals = proxy_totals(c->core);

	seen.refused = totals[PROXY_COUNT_refused];
	seen.merged = totals[PROXY_COUNT_merged];
	seen.cached = totals[PROXY_COUNT_cached];
	seen.unsolicited = totals[PROXY_COUNT_unsolicited];
	seen.late = totals[PROXY_COUNT_drop_late];
	return seen;
}
