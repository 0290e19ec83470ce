/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The answers of `ibgate policy explain`, and that the gateway decides the same: each request is also sent
 * to a core under the same policy.
 */
#include <glib.h>

#include "mad-proxy/core/core.h"
#include "mad-proxy/io/explain.h"
#include "policy/policy_file.h"
#include "wire/mad.h"
#include "tests/unit/test.h"

static const char policy_text[] = "[gateway]\n"
				  "port = mlx5_0/1\n"
				  "[guest alpha]\n"
				  "access = fabric\n"
				  "pkeys = 0xffff;0x0001\n"
				  "listen = tcp:4096-5119\n"
				  "connect = tcp:2049;udp:1-9\n"
				  "map = tcp:12049>tcp:2049\n"
				  "address = 10.1.0.11\n"
				  "multicast = ff12:401b::/32\n"
				  "[guest beta]\n"
				  "listen = tcp:4096\n"
				  "address = 10.1.0.12\n"
				  "gid = alias\n"
				  "[guest gamma]\n"
				  "listen = tcp:4096\n"
				  "gid = 0x11\n"
				  "[guest delta]\n"
				  "listen = tcp:4096\n"
				  "gid = 0x12\n"
				  "[guest chief]\n"
				  "access = admin\n"
				  "multicast = ff12:401b::/32\n";

static struct policy *the_policy(void)
{
	GPtrArray *errors = NULL;
	struct policy *policy = policy_parse("p", policy_text, strlen(policy_text), &errors);

	assert_non_null(policy);
	return policy;
}

static struct policy_request parse(const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	struct policy_request request;

	assert_null(policy_request_parse((int)g_strv_length(words), (const char *const *)words,
					 &request));
	return request;
}

/* "answer|rule|reason" */
static char *explain(const struct policy *policy, const char *guest, const char *line)
{
	struct policy_request request = parse(line);
	struct io_explanation explanation;
	char *text;

	io_explain(policy, guest, &request, &explanation);
	text = g_strdup_printf("%s|%s|%s", explanation.allowed ? "allowed" : "refused",
			       explanation.rule_text, explanation.reason);
	io_explanation_fini(&explanation);
	return text;
}

#define CONNECTIONS "the gateway does not serve connections yet"

TEST(an_answer_names_the_rule_and_says_why)
{
	static const struct {
		const char *guest, *words, *answer;
	} asked[] = {
		{"alpha", "attach", "allowed|p:3: [guest alpha]|"},
		{"nobody", "attach",
		 "refused|p|the policy has no section for this guest: [guest nobody]"},
		{"nobody", "smp get NodeInfo",
		 "refused|p|the policy has no section for this guest: [guest nobody]"},
		{"alpha", "smp get NodeInfo lid 7", "allowed|p:4: access = fabric|"},
		{"alpha", "smp get VLArbitrationTable lid 7", "allowed|p:4: access = fabric|"},
		{"alpha", "mad 6 1 0x11 lid 7", "allowed|p:4: access = fabric|"},
		{"alpha", "mad 6 1 0x12 lid 7", "allowed|p:4: access = fabric|"},
		{"alpha", "perf set",
		 "refused|p:4: access = fabric|only admin guests may change the subnet"},
		{"alpha", "mad 0x0a 1 0x50 lid 7",
		 "refused|p:4: access = fabric|reading this attribute is not known to be harmless"},
		{"beta", "SMP GET nodeinfo LID 7",
		 "refused|p:11: [guest beta]: access is not given: none|the guest's access grade "
		 "does not allow it"},
		/* an unimplemented service is named once the key allows the request */
		{"alpha", "connect tcp:2049", "refused|p:4: access = fabric|" CONNECTIONS},
		{"alpha", "connect 0x1110000-0x1110005",
		 "refused|p:7: connect = tcp:2049;udp:1-9|connecting to the service id is not "
		 "granted: udp:0"},
		{"alpha", "connect udp:1-20",
		 "refused|p:7: connect = tcp:2049;udp:1-9|connecting to the service id is not "
		 "granted: udp:10"},
		{"chief", "connect tcp:1",
		 "allowed|p:21: [guest chief]: connect is not given: any|"},
		{"alpha", "listen tcp:4096", "refused|p:4: access = fabric|" CONNECTIONS},
		{"alpha", "listen tcp:2049", "refused|p:4: access = fabric|" CONNECTIONS},
		{"alpha", "listen tcp:5000-5200",
		 "refused|p:6: listen = tcp:4096-5119|listening on the service id is not granted: "
		 "tcp:5120"},
		{"chief", "listen tcp:1", "allowed|p:22: access = admin|"},
		{"alpha", "join ff12:401b:ffff::ffff:ffff",
		 "refused|p:4: access = fabric|the gateway does not serve multicast joins yet"},
		{"alpha", "join ff12:601b::1",
		 "refused|p:10: multicast = ff12:401b::/32|the multicast group is not granted"},
		{"chief", "join ff12:401b:ffff::1", "allowed|p:23: multicast = ff12:401b::/32|"},
		{"chief", "join ff12:601b::1",
		 "refused|p:23: multicast = ff12:401b::/32|the multicast group is not granted"},
		{"alpha", "pkey 0x7fff", "allowed|p:5: pkeys = 0xffff;0x0001|"},
		{"alpha", "pkey 0x8001",
		 "refused|p:5: pkeys = 0xffff;0x0001|the P_Key is not granted: only its limited "
		 "membership is granted"},
		{"alpha", "pkey 0x8002",
		 "refused|p:5: pkeys = 0xffff;0x0001|the P_Key is not granted"},
		{"beta", "pkey 0x8002",
		 "refused|p:11: [guest beta]: pkeys is not given: the port's default partition|the "
		 "P_Key is not granted"},
	};
	struct policy *policy = the_policy();

	for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
		g_autofree char *is = explain(policy, asked[i].guest, asked[i].words);

		assert_string_equal(is, asked[i].answer);
	}
	policy_free(policy);
}

TEST(an_incoming_req_is_narrowed_down_to_one_guest)
{
	static const struct {
		const char *guest, *words, *whose;
	} asked[] = {
		/* Only one candidate after the service id, mapped: no other criterion applies. */
		{"alpha", "req tcp:12049 address 10.9.9.9", "[guest alpha] (decided by service)"},
		{"alpha", "req tcp:2049", NULL},
		{"alpha", "req tcp:4096",
		 "it could be for any of [guest alpha], [guest beta], [guest delta], [guest "
		 "gamma]"},
		{"beta", "req tcp:4096 address 10.1.0.12", "[guest beta] (decided by address)"},
		{"beta", "req tcp:4096 address 10.1.0.11", "[guest alpha] (decided by address)"},
		/* No guest has this address: those without one remain, and then the GID decides. */
		{"gamma", "req tcp:4096 address 10.1.0.13",
		 "it could be for any of [guest delta], [guest gamma]"},
		{"delta", "req tcp:4096 address 10.1.0.13 gid 0x12",
		 "[guest delta] (decided by gid)"},
		{"beta", "req tcp:4096 gid alias", "[guest beta] (decided by gid)"},
		{"beta", "req tcp:4096 gid shared", "[guest alpha] (decided by gid)"},
		{"gamma", "req tcp:4096 gid 0x11", "[guest gamma] (decided by gid)"},
		{"gamma", "req tcp:4096 gid 0x13", "it is for no guest (decided by gid)"},
	};
	struct policy *policy = the_policy();

	for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
		g_autofree char *is = explain(policy, asked[i].guest, asked[i].words);

		assert_true(g_str_has_prefix(is, "refused|"));
		if (!asked[i].whose) {
			assert_true(g_str_has_suffix(
				is, "|listening on the service id is not granted"));
			continue;
		}
		assert_non_null(strstr(is, CONNECTIONS ": "));
		assert_true(g_str_has_suffix(is, asked[i].whose));
	}
	policy_free(policy);
}

/* --- the gateway decides the same --- */

struct gateway {
	struct proxy_core *core;
	struct proxy_effects fx;
};

static void step(struct gateway *g, const struct proxy_event *event)
{
	proxy_step(g->core, event, (struct mono_ms){1000}, &g->fx);
}

static const struct proxy_effect *effect(const struct gateway *g, enum proxy_effect_kind kind)
{
	for (size_t i = 0; i < g->fx.count; i++)
		if (g->fx.fx[i].kind == kind)
			return &g->fx.fx[i];
	return NULL;
}

static void slot(struct gateway *g, struct session_id id, const struct chan_slot *slot)
{
	struct proxy_event event = {.kind = PROXY_EV_SLOT};

	event.slot.session = id;
	event.slot.slot = slot;
	step(g, &event);
}

/* A session with an agent for sends. */
static struct session_id attach(struct gateway *g, const char *guest)
{
	const struct chan_hello hello = {CHAN_ABI_MAGIC, CHAN_ABI_VERSION, CHAN_ABI_VERSION, 0};
	struct proxy_event event = {.kind = PROXY_EV_ATTACH};
	struct chan_slot s = {.kind = CHAN_KIND_HELLO};
	struct session_id id;

	event.attach.guest = guest;
	event.attach.port = 0;
	step(g, &event);
	id = effect(g, PROXY_FX_ATTACHED)->session;
	memcpy(s.mad, &hello, sizeof(hello));
	slot(g, id, &s);
	s = (struct chan_slot){.kind = CHAN_KIND_CLIENT_OPEN};
	slot(g, id, &s);
	s.kind = CHAN_KIND_REGISTER;
	slot(g, id, &s);
	return id;
}

static const struct policy_request_port at = {
	.lid = 4, .sm_lid = 1, .gid_prefix = 0xfe80000000000000, .port_guid = 0x1234};

/* Whether the gateway sends the request, and the rule and reason of its record. */
static bool sends(struct gateway *g, struct session_id id, const char *words,
		  const struct audit_record **ret_record)
{
	struct policy_request request = parse(words);
	struct chan_slot s = {.kind = CHAN_KIND_SEND};

	policy_request_build(&request, &at, s.mad, &s.addr.lid);
	slot(g, id, &s);
	*ret_record = &effect(g, PROXY_FX_AUDIT)->audit;
	return effect(g, PROXY_FX_SEND) != NULL;
}

TEST(the_gateway_does_what_explain_says)
{
	static const char *const guests[] = {"alpha", "beta", "chief"};
	static const char *const words[] = {
		"smp get NodeInfo",
		"smp get PortInfo lid 7",
		"smp set PortInfo",
		"smp get 0xff50 lid 7",
		"smp get 0xff90 lid 7",
		"smp get SMInfo dr 0,1",
		"perf get",
		"perf get lid 7",
		"perf set lid 7",
		"sa get PathRecord",
		"sa gettable PathRecord",
		"sa gettable NodeRecord",
		"sa set MCMemberRecord",
		"sa set ServiceRecord",
		"sa delete InformInfo",
		"sa report Notice",
		"sa getmulti 0x3a",
		"vendor ping",
		"vendor sysstat",
		"mad 0x0a 1 0x17 lid 7",
		"mad 0x0a 1 0x50 lid 7",
		"mad 0x21 1 0x12 lid 7",
		"mad 0x08 3 0x10 lid 7",
		"mad 0x02 1 0x10 lid 7",
		"connect tcp:2049",
		"connect tcp:2050",
		"join ff12:401b:ffff::1",
		"join ff12:601b:ffff::1",
	};
	static struct proxy_effect fx[PROXY_MAX_EFFECTS];
	struct policy *policy = the_policy();

	for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
		for (size_t j = 0; j < G_N_ELEMENTS(words); j++) {
			const struct proxy_params params = {
				.seed = 1, .ports = 1, .max_sessions = 1, .policy = policy};
			static const struct proxy_port_attr attr = {
				.info = {.base_lid = 4,
					 .sm_lid = 1,
					 .gid_prefix = 0xfe80000000000000,
					 .port_guid = 0x1234,
					 .pkeys = 2},
				.pkey = {0xffff, 0x0001}};
			struct gateway g = {.core = proxy_core_new(&params), .fx = {.fx = fx}};
			struct proxy_event event = {.kind = PROXY_EV_PORT_ATTR};
			struct policy_request request = parse(words[j]);
			const struct audit_record *record;
			struct io_explanation explanation;
			bool sent;

			event.port_attr.attr = &attr;
			step(&g, &event);
			sent = sends(&g, attach(&g, guests[i]), words[j], &record);
			io_explain(policy, guests[i], &request, &explanation);
			if (sent != explanation.allowed ||
			    record->rule.line != explanation.rule.line)
				fail_msg("%s, %s: explain says %s by line %u, the gateway %s by %u",
					 guests[i], words[j], explanation.allowed ? "yes" : "no",
					 explanation.rule.line, sent ? "yes" : "no",
					 record->rule.line);
			assert_true(g_str_has_prefix(explanation.reason,
						     audit_reason_text(record->reason)));
			io_explanation_fini(&explanation);
			proxy_core_free(g.core);
		}
	}
	policy_free(policy);
}
