/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands of guests and the operator. */
#include <errno.h>
#include <string.h>

#include "tests/scenario/mads.h"
#include "tests/scenario/replay.h"
#include "tests/scenario/scenario.h"

#define GSI_QKEY 0x80010000u

static uint64_t next_cookie = 1000;

static void core_params(struct words *w)
{
	if (scenario.core)
		fail("CORE comes before POLICY");
	scenario.params.ports = (unsigned int)words_num_or(w, "ports", 1);
	scenario.params.max_sessions = (unsigned int)words_num_or(w, "sessions", 8);
	scenario.smp_cache_ms = (uint32_t)words_num_or(w, "cache", 0);
	scenario.params.seed = (uint32_t)words_num_or(w, "seed", 1);
	scenario.ports_unknown = words_flag(w, "UNKNOWN");
}

static void audits(struct words *w)
{
	if (words_flag(w, "all"))
		scenario.audits = AUDITS_ALL;
	else if (words_flag(w, "refusals"))
		scenario.audits = AUDITS_REFUSALS;
	else if (words_flag(w, "none"))
		scenario.audits = AUDITS_NONE;
	else
		fail("AUDITS all, refusals or none");
}

static void attach_guest(const char *guest, int port)
{
	struct proxy_event event = {.kind = PROXY_EV_ATTACH};
	char name[80];

	if (strlen(guest) >= sizeof(name))
		fail("too long a name");
	strcpy(name, guest);
	event.attach.guest = name;
	event.attach.port = port;
	scenario_step(&event);
	memset(name, 'x', sizeof(name) - 1);
}

static void take_attached(const char *as)
{
	struct seen seen = scenario_take(PROXY_FX_ATTACHED);

	scenario_name_session(as, seen.fx.session);
	if (scenario.audits == AUDITS_ALL &&
	    scenario_take(PROXY_FX_AUDIT).fx.audit.event != AUDIT_ATTACH)
		fail("an attachment is written down");
}

/* -1, all ports, without port=. */
static int port_of_session(struct words *w)
{
	return (int)words_num_or(w, "port", (uint64_t)-1);
}

/* ATTACH guest [port=] AS name ATTACH guest REJECTED (EXPECT its audit) */
static void attach(struct words *w)
{
	const char *as = words_after(w, "AS");
	bool rejected = words_flag(w, "REJECTED");
	int port = port_of_session(w);
	const char *guest = words_need(w, "the guest's name");

	attach_guest(guest, port);
	if (rejected)
		scenario_take(PROXY_FX_REJECTED);
	else if (as)
		take_attached(as);
	else
		fail("AS what?");
}

static void detach(struct words *w)
{
	struct proxy_event event = {.kind = PROXY_EV_DETACH};
	const char *reason;

	event.detach.session = scenario_session(words_need(w, "the session"));
	reason = words_arg(w, "reason");
	event.detach.reason = reason ? reason_of(reason) : AUDIT_REASON_CLOSED;
	scenario_step(&event);
}

/* The header of a slot, by key=value words. */
static void slot_header(struct chan_slot *slot, struct words *w)
{
	slot->port = (uint16_t)words_num_or(w, "port", slot->port);
	slot->client = (uint16_t)words_num_or(w, "client", slot->client);
	slot->agent = (uint16_t)words_num_or(w, "agent", slot->agent);
	slot->cookie = words_num_or(w, "cookie", next_cookie++);
}

static void expect_reply(struct session_id session, const struct chan_slot *slot, uint64_t errno_is)
{
	struct seen seen = scenario_take(PROXY_FX_PUSH);
	const struct proxy_push *push = &seen.fx.push;

	if (push->session.v != session.v || push->kind != slot->kind + 1 ||
	    push->cookie != slot->cookie || push->client != slot->client ||
	    push->agent != slot->agent)
		fail("this is not the reply to the %s", kind_name(slot->kind));
	if (push->status != errno_is)
		fail("the reply to the %s says errno %u, not %u", kind_name(slot->kind),
		     push->status, (unsigned int)errno_is);
}

/* A control slot and its reply; with QUIET the reply is left to EXPECT. */
static void control(struct session_id session, struct chan_slot *slot, struct words *w)
{
	bool quiet = words_flag(w, "QUIET");
	uint64_t errno_is = words_num_or(w, "errno", 0);

	slot_header(slot, w);
	scenario_slot(session, slot);
	if (!quiet)
		expect_reply(session, slot, errno_is);
}

static void hello(struct words *w)
{
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO};
	struct session_id session = scenario_session(words_need(w, "the session"));
	struct chan_hello ask = {
		.magic = (uint32_t)words_num_or(w, "magic", CHAN_ABI_MAGIC),
		.version_min = (uint16_t)words_num_or(w, "min", CHAN_ABI_VERSION),
		.version_max = (uint16_t)words_num_or(w, "max", CHAN_ABI_VERSION),
	};

	memcpy(slot.mad, &ask, sizeof(ask));
	control(session, &slot, w);
}

static void client_open(struct words *w)
{
	struct chan_slot slot = {.kind = CHAN_KIND_CLIENT_OPEN, .client = 1};

	control(scenario_session(words_need(w, "the session")), &slot, w);
}

static void client_close(struct words *w)
{
	struct chan_slot slot = {.kind = CHAN_KIND_CLIENT_CLOSE, .client = 1};

	control(scenario_session(words_need(w, "the session")), &slot, w);
}

/* methods=1,2,0x12 */
static void method_mask(struct chan_register *what, const char *list)
{
	char copy[256], *save = NULL;

	if (strlen(list) >= sizeof(copy))
		fail("too many methods");
	strcpy(copy, list);
	for (char *m = strtok_r(copy, ",", &save); m; m = strtok_r(NULL, ",", &save)) {
		uint64_t method = word_number(m);

		if (method > 127)
			fail("method %s", m);
		what->method_mask[method / 32] |= UINT32_C(1) << (method % 32);
	}
}

/* Without methods=: sends only, answered at once. With methods=: the port registers first, so QUIET. */
static void reg(struct words *w)
{
	struct chan_slot slot = {.kind = CHAN_KIND_REGISTER, .client = 1};
	struct session_id session = scenario_session(words_need(w, "the session"));
	const char *methods = words_arg(w, "methods");
	uint64_t oui = words_num_or(w, "oui", 0);
	struct chan_register what = {
		.mgmt_class = (uint8_t)words_num_or(w, "class", 0),
		.mgmt_class_version = (uint8_t)words_num_or(w, "version", methods != NULL),
		.oui = {(uint8_t)(oui >> 16), (uint8_t)(oui >> 8), (uint8_t)oui},
	};

	if (methods)
		method_mask(&what, methods);
	memcpy(slot.mad, &what, sizeof(what));
	control(session, &slot, w);
}

static void unregister(struct words *w)
{
	struct chan_slot slot = {.kind = CHAN_KIND_UNREGISTER, .client = 1};

	control(scenario_session(words_need(w, "the session")), &slot, w);
}

static void issm(struct words *w)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SET_ISSM};
	struct session_id session = scenario_session(words_need(w, "the session"));
	struct chan_issm ask = {.on = (uint32_t)words_num_or(w, "on", 1)};

	memcpy(slot.mad, &ask, sizeof(ask));
	control(session, &slot, w);
}

static void query(struct words *w)
{
	struct chan_slot slot = {0};
	struct session_id session = scenario_session(words_need(w, "the session"));
	struct chan_pkeys ask = {.first = (uint16_t)words_num_or(w, "first", 0)};

	slot.kind = kind_of(words_need(w, "the kind"));
	if (slot.kind == CHAN_KIND_PKEY_QUERY)
		memcpy(slot.mad, &ask, sizeof(ask));
	control(session, &slot, w);
}

/* READY guest [port=] AS name: attached, HELLO sent, client 1 open, agent 0 for sends. */
static void ready(struct words *w)
{
	const char *as = words_after(w, "AS");
	struct chan_hello ask = {CHAN_ABI_MAGIC, CHAN_ABI_VERSION, CHAN_ABI_VERSION, 0};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = next_cookie++};
	int port = port_of_session(w);
	struct session_id session;

	attach_guest(words_need(w, "the guest's name"), port);
	take_attached(as ? as : "?");
	session = scenario_session(as);
	memcpy(slot.mad, &ask, sizeof(ask));
	scenario_slot(session, &slot);
	expect_reply(session, &slot, 0);
	slot = (struct chan_slot){.kind = CHAN_KIND_CLIENT_OPEN, .client = 1};
	scenario_slot(session, &slot);
	expect_reply(session, &slot, 0);
	slot.kind = CHAN_KIND_REGISTER;
	scenario_slot(session, &slot);
	expect_reply(session, &slot, 0);
}

/* SLOT session kind=.. : any slot. */
static void any_slot(struct words *w)
{
	struct session_id session = scenario_session(words_need(w, "the session"));
	struct chan_slot slot = {.client = 1};
	const char *kind = words_arg(w, "kind");

	slot.kind = kind ? kind_of(kind) : 0;
	slot.timeout_ms = (uint32_t)words_num_or(w, "timeout", 1000);
	slot_header(&slot, w);
	mads_change(slot.mad, w);
	scenario_slot(session, &slot);
}

static void address(struct chan_addr *addr, const uint8_t *mad, struct words *w)
{
	bool smp = wire_mad_is_smp(mad);
	uint64_t lid = 0;

	if (!words_num(w, "lid", &lid)) {
		if (wire_mad_class(mad) == WIRE_CLASS_SUBN_DR)
			lid = 0xffff;
		else if (wire_mad_class(mad) == WIRE_CLASS_SA)
			lid = 1;
		else
			fail("lid= is missing");
	}
	addr->lid = (uint16_t)lid;
	addr->qpn = (uint32_t)words_num_or(w, "qpn", smp ? 0 : 1);
	addr->qkey = (uint32_t)words_num_or(w, "qkey", smp ? 0 : GSI_QKEY);
	addr->pkey_index = (uint16_t)words_num_or(w, "pkey", 0);
	addr->sl = (uint8_t)words_num_or(w, "sl", 0);
	addr->path_bits = (uint8_t)words_num_or(w, "bits", 0);
	addr->grh_present = (uint8_t)words_num_or(w, "grh", 0);
	addr->flow_label = (uint32_t)words_num_or(w, "flow", 0);
	addr->gid[0] = (uint8_t)words_num_or(w, "gid0", 0);
	addr->gid[15] = (uint8_t)addr->flow_label;
}

/* GUEST session [client= agent= timeout= retries= tid= cookie= lid= ...] MAD ... */
static void guest(struct words *w)
{
	static uint64_t next_tid = UINT64_C(0xabcdef0100000001);
	struct session_id session = scenario_session(words_need(w, "the session"));
	struct chan_slot slot = {.kind = CHAN_KIND_SEND, .client = 1};
	bool force = words_flag(w, "FORCE");
	uint64_t tid;

	if (!words_flag(w, "MAD"))
		fail("MAD what?");
	slot_header(&slot, w);
	slot.timeout_ms = (uint32_t)words_num_or(w, "timeout", 1000);
	slot.retries = (uint8_t)words_num_or(w, "retries", 0);
	tid = words_num_or(w, "tid", next_tid++);
	mads_build(slot.mad, w);
	wire_mad_set_tid(slot.mad, tid);
	address(&slot.addr, slot.mad, w);
	if (!force && !proxy_may_read(scenario.core, session, &slot, scenario.now))
		fail("its ring may not be read now");
	scenario.asked_session = session;
	memcpy(scenario.asked, slot.mad, sizeof(scenario.asked));
	scenario_slot(session, &slot);
}

static void lost(struct words *w)
{
	proxy_push_lost(scenario.core, scenario_session(words_need(w, "the session")));
}

const struct command guest_commands[] = {
	{"CORE", core_params, false},
	{"AUDITS", audits, false},
	{"ATTACH", attach, false},
	{"DETACH", detach, false},
	{"HELLO", hello, false},
	{"OPEN", client_open, false},
	{"CLOSE", client_close, false},
	{"REGISTER", reg, false},
	{"UNREGISTER", unregister, false},
	{"ISSM", issm, false},
	{"QUERY", query, false},
	{"READY", ready, false},
	{"SLOT", any_slot, false},
	{"GUEST", guest, false},
	{"LOST", lost, false},
	{NULL, NULL, false},
};
