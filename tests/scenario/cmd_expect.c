/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the gateway must have done, in this order, and its state. */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "tests/scenario/mads.h"
#include "tests/scenario/replay.h"
#include "tests/scenario/scenario.h"

/* Fields of control messages, little-endian. */
#define FIELD(kind, type, field)                                        \
	{                                                               \
		CHAN_KIND_##kind, #field, offsetof(struct type, field), \
			sizeof(((struct type *)0)->field)               \
	}
static const struct control_field {
	uint8_t kind;
	const char *name;
	size_t offset;
	size_t bytes;
} control_fields[] = {
	FIELD(HELLO_REPLY, chan_hello_reply, version),
	FIELD(HELLO_REPLY, chan_hello_reply, ports),
	FIELD(HELLO_REPLY, chan_hello_reply, outstanding),
	FIELD(PORT_REPLY, chan_port_info, base_lid),
	FIELD(PORT_REPLY, chan_port_info, sm_lid),
	FIELD(PORT_REPLY, chan_port_info, pkeys),
	FIELD(PORT_REPLY, chan_port_info, port_guid),
	FIELD(PKEY_REPLY, chan_pkeys, first),
	FIELD(PKEY_REPLY, chan_pkeys, count),
	FIELD(PKEY_REPLY, chan_pkeys, total),
	{CHAN_KIND_PKEY_REPLY, "pkey0", offsetof(struct chan_pkeys, pkey), 2},
	{CHAN_KIND_PKEY_REPLY, "pkey1", offsetof(struct chan_pkeys, pkey) + 2, 2},
	{CHAN_KIND_PKEY_REPLY, "pkey2", offsetof(struct chan_pkeys, pkey) + 4, 2},
};

static void expect_number(struct words *w, const char *key, uint64_t is)
{
	uint64_t must;

	if (words_num(w, key, &must) && must != is)
		fail("%s is 0x%llx, not 0x%llx", key, (unsigned long long)is,
		     (unsigned long long)must);
}

static void expect_control(const uint8_t *payload, uint8_t kind, struct words *w)
{
	const char *event = kind == CHAN_KIND_PORT_EVENT ? words_arg(w, "event") : NULL;

	for (size_t i = 0; i < sizeof(control_fields) / sizeof(control_fields[0]); i++) {
		const struct control_field *f = &control_fields[i];
		uint64_t is = 0;

		if (f->kind != kind)
			continue;
		memcpy(&is, payload + f->offset, f->bytes);
		expect_number(w, f->name, is);
	}
	if (event && payload[0] != port_event_of(event))
		fail("the event is %u, not %s", payload[0], event);
}

static void expect_push(struct words *w)
{
	struct seen seen = scenario_take(PROXY_FX_PUSH);
	const struct proxy_push *push = &seen.fx.push;
	const char *name = words_need(w, "the session");
	uint8_t kind;

	if (push->session.v != scenario_session(name).v)
		fail("this was for another session, not for %s", name);
	kind = kind_of(words_need(w, "the kind"));
	if (push->kind != kind)
		fail("it is a %s, not a %s", kind_name(push->kind), kind_name(kind));
	expect_number(w, "port", push->port);
	expect_number(w, "client", push->client);
	expect_number(w, "agent", push->agent);
	expect_number(w, "cookie", push->cookie);
	expect_number(w, "errno", push->status);
	if (kind != CHAN_KIND_RECV && kind != CHAN_KIND_SEND_DONE) {
		expect_control(seen.mad, kind, w);
		return;
	}
	expect_number(w, "from", push->addr.lid);
	expect_number(w, "fromqp", push->addr.qpn);
	expect_number(w, "pkey", push->addr.pkey_index);
	expect_number(w, "tid", wire_mad_tid(seen.mad));
	mads_expect(seen.mad, w);
}

/* SEND AS name: an id that is new and not adjacent to an earlier one. SEND AGAIN name: the same id. */
static void expect_send(struct words *w)
{
	struct seen seen = scenario_take(PROXY_FX_SEND);
	const struct proxy_send *send = &seen.fx.send;
	uint64_t tid = wire_mad_tid(seen.mad);
	const char *again = words_after(w, "AGAIN");
	const char *as = words_after(w, "AS");

	if (again && wire_mad_tid(scenario_send(again)->mad) != tid)
		fail("it was sent again under another id");
	for (unsigned int i = 0; as && i < scenario.sends; i++)
		if (wire_mad_tid(scenario.send[i].mad) == tid)
			fail("its id is that of '%s'", scenario.send[i].name);
	for (unsigned int i = 0; as && i < scenario.sends; i++)
		if (tid - wire_mad_tid(scenario.send[i].mad) == 1)
			fail("its id follows that of '%s': they can be counted",
			     scenario.send[i].name);
	if (!wire_mad_is_response(seen.mad) && tid >> 32)
		fail("the upper half of a TID is not ours: 0x%llx", (unsigned long long)tid);
	if (as)
		scenario_name_send(as, &seen);
	expect_number(w, "port", send->port);
	expect_number(w, "timeout", send->timeout_ms);
	expect_number(w, "lid", send->addr.lid);
	expect_number(w, "qpn", send->addr.qpn);
	expect_number(w, "qkey", send->addr.qkey);
	expect_number(w, "pkey", send->addr.pkey_index);
	expect_number(w, "sl", send->addr.sl);
	expect_number(w, "bits", send->addr.path_bits);
	expect_number(w, "tid", tid);
	if (words_flag(w, "OF")) { /* a segment or an ACK with the id of a transfer */
		const char *name = words_need(w, "the transfer");

		if (wire_mad_tid(scenario_send(name)->mad) != tid)
			fail("its id is not that of '%s'", name);
	}
	mads_expect(seen.mad, w);
}

/* A RECV for the session of the last GUEST command, with that request's TID. */
static void answer_is(struct words *w)
{
	struct seen seen = scenario_take(PROXY_FX_PUSH);

	if (seen.fx.push.session.v != scenario.asked_session.v)
		fail("this was for another session");
	if (seen.fx.push.kind != CHAN_KIND_RECV)
		fail("it is a %s, no answer", kind_name(seen.fx.push.kind));
	if (wire_mad_tid(seen.mad) != wire_mad_tid(scenario.asked))
		fail("its TID is not the request's");
	mads_expect(seen.mad, w);
}

/* What the last GUEST command asked is sent, and the wire's answer reaches the guest. */
static void answered(struct words *w)
{
	char as[] = "AS answered", name[] = "answered";
	const uint8_t *sent, *asked = scenario.asked;
	struct words words;

	words_split(&words, as);
	expect_send(&words);
	sent = scenario_send(name)->mad;
	if (sent[1] != asked[1] || sent[3] != asked[3] ||
	    wire_mad_attribute(sent) != wire_mad_attribute(asked))
		fail("this is not what the guest asked");
	scenario_settled();
	words_split(&words, name);
	wire_answer(&words);
	answer_is(w);
}

static void expect_text(struct words *w, const char *key, const char *is)
{
	const char *must = words_arg(w, key);

	if (must && strcmp(must, is))
		fail("%s is '%s', not '%s'", key, is, must);
}

static void audit_is(struct words *w, enum audit_event event, enum audit_verdict verdict)
{
	struct seen seen = scenario_take(PROXY_FX_AUDIT);
	const struct audit_record *a = &seen.fx.audit;
	const char *reason = words_arg(w, "reason");
	const char *rule = words_arg(w, "rule");
	char is[128] = "none", mgid[INET6_ADDRSTRLEN], path[256] = "0";
	size_t len = 1;

	if (a->event != event)
		fail("another event: %u", a->event);
	if (a->verdict != verdict)
		fail("another verdict: %u", a->verdict);
	if (reason && a->reason != reason_of(reason))
		fail("the reason is '%s', not %s", audit_reason_text(a->reason), reason);
	if (a->rule.file)
		snprintf(is, sizeof(is), "%s:%u", seen.rule_file, a->rule.line);
	if (rule && strcmp(rule, is))
		fail("the rule is %s, not %s", is, rule);
	expect_text(w, "guest", seen.guest);
	expect_text(w, "key", seen.rule_key);
	expect_text(w, "detail", seen.detail);
	expect_number(w, "class", a->mgmt_class);
	expect_number(w, "method", a->method);
	expect_number(w, "attr", a->attribute);
	expect_number(w, "lid", a->peer_lid);
	expect_number(w, "repeats", a->repeats);
	expect_number(w, "port", (uint64_t)(int64_t)a->port);
	expect_number(w, "service", a->service_id_set ? a->service_id : 0);
	inet_ntop(AF_INET6, a->mgid, mgid, sizeof(mgid));
	for (unsigned int hop = 1; hop <= a->peer_hops && len < sizeof(path) - 4; hop++)
		len += (size_t)snprintf(path + len, sizeof(path) - len, ",%u", a->peer_path[hop]);
	expect_text(w, "path", a->peer_path_set ? path : "none");
	expect_number(w, "portnum", a->peer_port);
	expect_text(w, "mgid", a->mgid_set ? mgid : "none");
}

static void expect_audit(struct words *w)
{
	enum audit_event event = audit_event_of(words_need(w, "the event"));

	audit_is(w, event, audit_verdict_of(words_need(w, "the verdict")));
}

/* The last GUEST command was refused: the audit record and the answer to the guest. */
static void refused(struct words *w)
{
	audit_is(w, AUDIT_MAD, AUDIT_REFUSE);
	answer_is(w);
}

static void expect_port_register(struct words *w)
{
	struct seen seen = scenario_take(PROXY_FX_PORT_REGISTER);
	const struct chan_register *what = &seen.fx.reg.what;
	const char *as = words_after(w, "AS");

	expect_number(w, "port", seen.fx.reg.port);
	expect_number(w, "class", what->mgmt_class);
	expect_number(w, "version", what->mgmt_class_version);
	expect_number(w, "mask0", what->method_mask[0]);
	scenario_name_reg(as ? as : "?", seen.fx.reg.port, seen.fx.reg.token);
}

static void expect_port_unregister(struct words *w)
{
	struct seen seen = scenario_take(PROXY_FX_PORT_UNREGISTER);
	const char *name = words_need(w, "the registration");

	if (seen.fx.reg.token != scenario_reg(name)->token)
		fail("another registration ended, not '%s'", name);
}

static void expect_session(struct words *w, enum proxy_effect_kind kind)
{
	struct seen seen = scenario_take(kind);

	if (seen.fx.session.v != scenario_session(words_need(w, "the session")).v)
		fail("it was another session");
}

static void expect(struct words *w)
{
	const char *what = words_need(w, "what is expected");

	if (!strcmp(what, "PUSH")) {
		expect_push(w);
	} else if (!strcmp(what, "SEND")) {
		expect_send(w);
	} else if (!strcmp(what, "AUDIT")) {
		expect_audit(w);
	} else if (!strcmp(what, "PORT_REGISTER")) {
		expect_port_register(w);
	} else if (!strcmp(what, "PORT_UNREGISTER")) {
		expect_port_unregister(w);
	} else if (!strcmp(what, "CLOSE")) {
		expect_session(w, PROXY_FX_CLOSE);
	} else if (!strcmp(what, "RESUME")) {
		expect_session(w, PROXY_FX_RESUME);
	} else if (!strcmp(what, "NOTHING")) {
		scenario_settled();
	} else if (!strcmp(what, "SET_ISSM")) {
		struct seen seen = scenario_take(PROXY_FX_SET_ISSM);

		expect_number(w, "port", seen.fx.issm.port);
		expect_number(w, "on", seen.fx.issm.on);
	} else {
		fail("EXPECT %s?", what);
	}
}

struct looking_for {
	struct session_id id;
	struct proxy_session_view view;
	bool found;
};

static void look(void *ctx, const struct proxy_session_view *view)
{
	struct looking_for *l = ctx;

	if (view->session.v != l->id.v)
		return;
	l->view = *view;
	l->found = true;
}

static struct looking_for look_for(const char *name)
{
	struct looking_for l = {.id = scenario_session(name)};

	proxy_each_session(scenario.core, look, &l);
	return l;
}

/* COUNTER name value | COUNTER session name value */
static void counter(struct words *w)
{
	const char *first = words_need(w, "the counter");
	const char *second = words_need(w, "the value");
	const char *third = words_next(w);
	const uint64_t *counters = proxy_totals(scenario.core);
	const char *name = third ? second : first;
	uint64_t must = word_number(third ? third : second);
	uint64_t is;
	struct looking_for l;

	if (third) {
		l = look_for(first);
		if (!l.found)
			fail("session '%s' is gone", first);
		counters = l.view.counter;
	}
	is = counters[counter_of(name)];
	if (is != must)
		fail("counter %s is %llu, not %llu", name, (unsigned long long)is,
		     (unsigned long long)must);
}

/* SESSION name gone | SESSION name outstanding= clients= agents= grade= */
static void session(struct words *w)
{
	struct looking_for l = look_for(words_need(w, "the session"));

	if (words_flag(w, "gone") == l.found)
		fail(l.found ? "it is still there" : "it is gone");
	if (!l.found)
		return;
	expect_number(w, "outstanding", l.view.outstanding);
	expect_number(w, "clients", l.view.clients);
	expect_number(w, "agents", l.view.agents);
	expect_text(w, "grade", policy_grade_name(l.view.grade));
}

static void may_read(struct words *w)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND, .client = 1};
	struct session_id id = scenario_session(words_need(w, "the session"));
	bool must = words_flag(w, "yes");

	if (!must && !words_flag(w, "no"))
		fail("MAYREAD session yes or no");
	if (words_flag(w, "MAD")) {
		uint64_t tid = words_num_or(w, "tid", 1);

		mads_build(slot.mad, w);
		wire_mad_set_tid(slot.mad, tid);
	}
	if (proxy_may_read(scenario.core, id, &slot, scenario.now) != must)
		fail(must ? "it may not be read" : "it may be read");
}

const struct command expect_commands[] = {
	{"EXPECT", expect, true},   {"ANSWERED", answered, true}, {"REFUSED", refused, true},
	{"COUNTER", counter, true}, {"SESSION", session, true},	  {"MAYREAD", may_read, true},
	{NULL, NULL, false},
};
