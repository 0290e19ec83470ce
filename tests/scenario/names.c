/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names in scenarios: of ids that the core assigned, and of the constants of its headers. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tests/scenario/words.h"
#include "tests/scenario/scenario.h"
#include "wire/names.h"

struct constant {
	const char *name;
	unsigned int value;
};

static unsigned int constant_of(const struct constant *table, size_t len, const char *word,
				const char *what)
{
	for (size_t i = 0; i < len; i++)
		if (!strcasecmp(table[i].name, word))
			return table[i].value;
	if (isdigit((unsigned char)word[0]))
		return (unsigned int)word_number(word);
	fail("'%s' is no %s", word, what);
}
#define CONSTANT_OF(table, word, what) \
	constant_of(table, sizeof(table) / sizeof((table)[0]), word, what)

#define KIND(name)                      \
	{                               \
#name, CHAN_KIND_##name \
	}
static const struct constant kinds[] = {
	KIND(SEND),
	KIND(RECV),
	KIND(SEND_DONE),
	KIND(HELLO),
	KIND(HELLO_REPLY),
	KIND(PORT_QUERY),
	KIND(PORT_REPLY),
	KIND(PKEY_QUERY),
	KIND(PKEY_REPLY),
	KIND(CLIENT_OPEN),
	KIND(CLIENT_OPEN_REPLY),
	KIND(CLIENT_CLOSE),
	KIND(CLIENT_CLOSE_REPLY),
	KIND(REGISTER),
	KIND(REGISTER_REPLY),
	KIND(UNREGISTER),
	KIND(UNREGISTER_REPLY),
	KIND(SET_ISSM),
	KIND(SET_ISSM_REPLY),
	KIND(PORT_EVENT),
};

uint8_t kind_of(const char *word)
{
	return (uint8_t)CONSTANT_OF(kinds, word, "kind of slot");
}

const char *kind_name(uint8_t kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].value == kind)
			return kinds[i].name;
	return "?";
}

#define X(name, text) {#name, AUDIT_REASON_##name},
static const struct constant reasons[] = {AUDIT_REASON_TABLE(X)};
#undef X

enum audit_reason reason_of(const char *word)
{
	return (enum audit_reason)CONSTANT_OF(reasons, word, "audit reason");
}

static const struct constant audit_events[] = {
	{"attach", AUDIT_ATTACH}, {"detach", AUDIT_DETACH},	{"kill", AUDIT_SESSION_KILL},
	{"mad", AUDIT_MAD},	  {"register", AUDIT_REGISTER}, {"held", AUDIT_HELD},
	{"lost", AUDIT_LOST},	  {"port", AUDIT_PORT},		{"policy", AUDIT_POLICY},
};

enum audit_event audit_event_of(const char *word)
{
	return (enum audit_event)CONSTANT_OF(audit_events, word, "audit event");
}

static const struct constant verdicts[] = {
	{"allow", AUDIT_ALLOW}, {"refuse", AUDIT_REFUSE}, {"info", AUDIT_INFO}};

enum audit_verdict audit_verdict_of(const char *word)
{
	return (enum audit_verdict)CONSTANT_OF(verdicts, word, "verdict");
}

enum proxy_counter counter_of(const char *word)
{
	for (unsigned int c = 0; c < PROXY_COUNTERS; c++)
		if (!strcmp(proxy_counters[c].name, word))
			return (enum proxy_counter)c;
	fail("'%s' is no counter", word);
}

static const struct constant port_events[] = {
	{"ACTIVE", CHAN_PORT_ACTIVE}, {"DOWN", CHAN_PORT_DOWN},
	{"LID", CHAN_PORT_LID},	      {"SM", CHAN_PORT_SM},
	{"PKEY", CHAN_PORT_PKEY},     {"REREGISTER", CHAN_PORT_REREGISTER},
};

enum chan_port_event port_event_of(const char *word)
{
	return (enum chan_port_event)CONSTANT_OF(port_events, word, "port event");
}

const char *effect_name(enum proxy_effect_kind kind)
{
	static const char *const name[] = {
		[PROXY_FX_ATTACHED] = "ATTACHED",
		[PROXY_FX_REJECTED] = "REJECTED",
		[PROXY_FX_CLOSE] = "CLOSE",
		[PROXY_FX_RESUME] = "RESUME",
		[PROXY_FX_PUSH] = "PUSH",
		[PROXY_FX_SEND] = "SEND",
		[PROXY_FX_PORT_REGISTER] = "PORT_REGISTER",
		[PROXY_FX_PORT_UNREGISTER] = "PORT_UNREGISTER",
		[PROXY_FX_SET_ISSM] = "SET_ISSM",
		[PROXY_FX_AUDIT] = "AUDIT",
		[PROXY_FX_STATE_PUT] = "STATE_PUT",
		[PROXY_FX_STATE_REMOVE] = "STATE_REMOVE",
	};

	return name[kind];
}

static const char *session_name(struct session_id id)
{
	for (unsigned int i = 0; i < scenario.sessions; i++)
		if (scenario.session[i].id.v == id.v)
			return scenario.session[i].name;
	return "?";
}

static void print_mad(FILE *to, const uint8_t *mad)
{
	uint8_t c = wire_mad_class(mad);

	fprintf(to, " %s %s %s status=0x%04x tid=0x%016llx", wire_class_name(c),
		wire_method_name(c, wire_mad_method(mad)),
		wire_attribute_name(c, wire_mad_attribute(mad)), wire_mad_status(mad),
		(unsigned long long)wire_mad_tid(mad));
}

static void print_audit(FILE *to, const struct seen *seen)
{
	const struct audit_record *a = &seen->fx.audit;

	fprintf(to, " %s %s reason=%s guest=%s class=0x%02x method=0x%02x attr=0x%04x lid=%u",
		audit_events[a->event].name, verdicts[a->verdict].name, reasons[a->reason].name,
		seen->guest, a->mgmt_class, a->method, a->attribute, a->peer_lid);
	if (a->rule.file)
		fprintf(to, " rule=%s:%u key=%s", seen->rule_file, a->rule.line, seen->rule_key);
	if (a->repeats)
		fprintf(to, " repeats=%llu", (unsigned long long)a->repeats);
	if (a->detail)
		fprintf(to, " detail=%s", seen->detail);
}

void effect_print(FILE *to, const struct seen *seen)
{
	const struct proxy_effect *fx = &seen->fx;

	fputs(effect_name(fx->kind), to);
	switch (fx->kind) {
	case PROXY_FX_ATTACHED:
	case PROXY_FX_CLOSE:
	case PROXY_FX_RESUME:
		fprintf(to, " %s", session_name(fx->session));
		break;
	case PROXY_FX_PUSH:
		fprintf(to, " %s %s client=%u agent=%u errno=%u", session_name(fx->push.session),
			kind_name(fx->push.kind), fx->push.client, fx->push.agent, fx->push.status);
		if (fx->push.kind == CHAN_KIND_RECV || fx->push.kind == CHAN_KIND_SEND_DONE)
			print_mad(to, seen->mad);
		break;
	case PROXY_FX_SEND:
		fprintf(to, " port=%u lid=%u timeout=%u", fx->send.port, fx->send.addr.lid,
			fx->send.timeout_ms);
		print_mad(to, seen->mad);
		break;
	case PROXY_FX_PORT_REGISTER:
	case PROXY_FX_PORT_UNREGISTER:
		fprintf(to, " port=%u token=%u", fx->reg.port, fx->reg.token);
		break;
	case PROXY_FX_SET_ISSM:
		fprintf(to, " port=%u on=%d", fx->issm.port, fx->issm.on);
		break;
	case PROXY_FX_AUDIT:
		print_audit(to, seen);
		break;
	case PROXY_FX_STATE_PUT:
	case PROXY_FX_STATE_REMOVE:
	case PROXY_FX_REJECTED:
		break;
	}
	fputc('\n', to);
}

/* The newest with that name, since names may be reused. */
struct session_id scenario_session(const char *name)
{
	for (unsigned int i = scenario.sessions; i-- > 0;)
		if (!strcmp(scenario.session[i].name, name))
			return scenario.session[i].id;
	fail("there is no session '%s'", name);
}

struct named_send *scenario_send(const char *name)
{
	for (unsigned int i = scenario.sends; i-- > 0;)
		if (!strcmp(scenario.send[i].name, name))
			return &scenario.send[i];
	fail("nothing was sent as '%s'", name);
}

struct named_reg *scenario_reg(const char *name)
{
	for (unsigned int i = scenario.regs; i-- > 0;)
		if (!strcmp(scenario.reg[i].name, name))
			return &scenario.reg[i];
	fail("nothing is registered as '%s'", name);
}

void scenario_name_session(const char *name, struct session_id id)
{
	struct named_session *s = &scenario.session[scenario.sessions++];

	if (scenario.sessions > SCENARIO_NAMES)
		fail("too many sessions");
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->id = id;
}

void scenario_name_send(const char *name, const struct seen *seen)
{
	struct named_send *s = &scenario.send[scenario.sends++];

	if (scenario.sends > SCENARIO_NAMES)
		fail("too many names for requests");
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->send = seen->fx.send;
	memcpy(s->mad, seen->mad, sizeof(s->mad));
	s->send.mad = s->mad;
}

void scenario_name_reg(const char *name, unsigned int port, uint32_t token)
{
	struct named_reg *r = &scenario.reg[scenario.regs++];

	if (scenario.regs > SCENARIO_NAMES)
		fail("too many registrations");
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->port = port;
	r->token = token;
}
