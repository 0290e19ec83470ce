/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See the header. */
#include "tests/scenario/scenario.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_file.h"
#include "tests/scenario/mads.h"
#include "tests/scenario/words.h"

#define START_MS 1000000
#define TICKS_AT_ONE_TIME 10000

struct scenario scenario;

static void default_port(unsigned int port)
{
	struct proxy_port_attr attr = {
		.info = {.ca_name = "mlx4_0",
			 .ca_ports = 2,
			 .port_num = (uint8_t)(1 + port),
			 .gid_prefix = MADS_GID_PREFIX,
			 .port_guid = MADS_PORT_GUID + port,
			 .base_lid = (uint16_t)(4 + port),
			 .sm_lid = 1,
			 .pkeys = 3,
			 .state = 4},
		.pkey = {0xffff, 0x8001, 0x8002},
	};

	scenario_port(port, &attr);
}

static void start(void);
static void step_and_poison(struct proxy_event *event, void *owned, size_t len);

void scenario_policy(const char *text, size_t len)
{
	GPtrArray *errors = NULL;
	struct policy *old = scenario.policy;

	scenario.policy = policy_parse("policy", text, len, &errors);
	if (!scenario.policy)
		fail("%s", ((struct policy_error *)g_ptr_array_index(errors, 0))->text);
	if (!scenario.policy->smp_cache_line)
		scenario.policy->smp_cache_ms = scenario.smp_cache_ms;
	if (scenario.core) {
		struct proxy_event event = {.kind = PROXY_EV_POLICY};

		event.policy.policy = scenario.policy;
		scenario_step(&event);
		policy_free(old);
		return;
	}
	scenario.now = (struct mono_ms){START_MS};
	scenario.fx.fx = calloc(PROXY_MAX_EFFECTS, sizeof(struct proxy_effect));
	assert(scenario.fx.fx);
	start();
}

static void start(void)
{
	scenario.params.policy = scenario.policy;
	scenario.core = proxy_core_new(&scenario.params);
	assert(scenario.core);
	for (unsigned int port = 0; port < scenario.params.ports && !scenario.ports_unknown; port++)
		default_port(port);
}

void scenario_fini(void)
{
	proxy_core_free(scenario.core);
	policy_free(scenario.policy);
	free(scenario.fx.fx);
	free(scenario.pending);
}

void scenario_restart(void)
{
	struct proxy_event event = {.kind = PROXY_EV_STATE_END};

	proxy_core_free(scenario.core);
	scenario.params.seed++;
	start();
	for (unsigned int i = 0; i < scenario.states; i++) {
		struct kept_state copy = scenario.state[i];
		struct proxy_event record = {.kind = PROXY_EV_STATE,
					     .state = {.kind = copy.kind,
						       .key_len = copy.key_len,
						       .value_len = copy.value_len,
						       .key = copy.key,
						       .value = copy.value}};

		step_and_poison(&record, &copy, sizeof(copy));
	}
	scenario_step(&event);
}

/* As the state file does. */
static void keep_state(const struct proxy_effect *fx)
{
	const struct proxy_state *state = &fx->state;
	unsigned int at = 0;
	struct kept_state *k;

	while (at < scenario.states &&
	       (scenario.state[at].kind != state->kind ||
		scenario.state[at].key_len != state->key_len ||
		memcmp(scenario.state[at].key, state->key, state->key_len) != 0))
		at++;
	k = &scenario.state[at];
	if (fx->kind == PROXY_FX_STATE_REMOVE) {
		if (at < scenario.states)
			*k = scenario.state[--scenario.states];
		return;
	}
	if (at == SCENARIO_STATES)
		fail("more records than a scenario has");
	if (at == scenario.states)
		scenario.states++;
	*k = (struct kept_state){
		.kind = state->kind, .key_len = state->key_len, .value_len = state->value_len};
	memcpy(k->key, state->key, state->key_len);
	if (state->value_len)
		memcpy(k->value, state->value, state->value_len);
}

/* Entries move, so the pointer only marks that there is a text; the text is in the entry. */
static void copy_text(char *to, const char *from, const char **ret)
{
	if (!from)
		return;
	snprintf(to, 80, "%s", from);
	*ret = to;
}

static void keep(const struct proxy_effect *fx)
{
	struct seen *seen;

	if (scenario.pending_count == scenario.pending_room) {
		scenario.pending_room = scenario.pending_room * 2 + 64;
		scenario.pending = realloc(scenario.pending, scenario.pending_room * sizeof(*seen));
		assert(scenario.pending);
	}
	seen = &scenario.pending[scenario.pending_count++];
	memset(seen, 0, sizeof(*seen));
	seen->fx = *fx;
	if (fx->kind == PROXY_FX_PUSH) {
		memcpy(seen->mad, fx->push.mad, WIRE_MAD_BYTES);
		if (fx->push.tid_set)
			wire_mad_set_tid(seen->mad, fx->push.tid);
	} else if (fx->kind == PROXY_FX_SEND) {
		memcpy(seen->mad, fx->send.mad, WIRE_MAD_BYTES);
	} else if (fx->kind == PROXY_FX_AUDIT) {
		copy_text(seen->guest, fx->audit.guest, &seen->fx.audit.guest);
		copy_text(seen->detail, fx->audit.detail, &seen->fx.audit.detail);
		copy_text(seen->rule_file, fx->audit.rule.file, &seen->fx.audit.rule.file);
		copy_text(seen->rule_key, fx->audit.rule.key, &seen->fx.audit.rule.key);
	}
}

static bool is_wanted(const struct proxy_effect *fx)
{
	if (fx->kind == PROXY_FX_STATE_PUT || fx->kind == PROXY_FX_STATE_REMOVE) {
		keep_state(fx);
		return false;
	}
	if (fx->kind != PROXY_FX_AUDIT || scenario.audits == AUDITS_ALL)
		return true;
	return scenario.audits == AUDITS_REFUSALS && fx->audit.verdict == AUDIT_REFUSE;
}

static void step_and_poison(struct proxy_event *event, void *owned, size_t len)
{
	proxy_step(scenario.core, event, scenario.now, &scenario.fx);
	if (owned)
		memset(owned, 0xdd, len);
	memset(event, 0xdd, sizeof(*event));
	proxy_check(scenario.core);
	for (size_t i = 0; i < scenario.fx.count; i++)
		if (is_wanted(&scenario.fx.fx[i]))
			keep(&scenario.fx.fx[i]);
}

void scenario_step(struct proxy_event *event)
{
	step_and_poison(event, NULL, 0);
}

void scenario_port_mad(unsigned int port, uint32_t token, uint32_t status,
		       const struct chan_addr *addr, const uint8_t *mad)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_MAD};
	uint8_t copy[WIRE_MAD_BYTES];

	memcpy(copy, mad, sizeof(copy));
	event.port_mad.port = port;
	event.port_mad.token = token;
	event.port_mad.status = status;
	event.port_mad.addr = *addr;
	event.port_mad.mad = copy;
	step_and_poison(&event, copy, sizeof(copy));
}

void scenario_slot(struct session_id session, const struct chan_slot *slot)
{
	struct proxy_event event = {.kind = PROXY_EV_SLOT};
	struct chan_slot copy = *slot;

	event.slot.session = session;
	event.slot.slot = &copy;
	step_and_poison(&event, &copy, sizeof(copy));
}

void scenario_port(unsigned int port, const struct proxy_port_attr *attr)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_ATTR};
	struct proxy_port_attr copy = *attr;

	event.port_attr.port = port;
	event.port_attr.attr = &copy;
	step_and_poison(&event, &copy, sizeof(copy));
}

void scenario_pass(uint64_t ms)
{
	const struct mono_ms until = mono_add(scenario.now, ms);
	unsigned int here = 0;

	for (;;) {
		struct mono_ms due = proxy_deadline(scenario.core);
		struct proxy_event event = {.kind = PROXY_EV_TICK};

		if (mono_before(until, due))
			break;
		if (mono_before(scenario.now, due)) {
			scenario.now = due;
			here = 0;
		}
		if (here++ > TICKS_AT_ONE_TIME)
			fail("ticks without end");
		scenario_step(&event);
	}
	scenario.now = until;
}

void scenario_settled(void)
{
	if (scenario.pending_count)
		fail("something happened that nobody expected");
}

struct seen scenario_take(enum proxy_effect_kind kind)
{
	struct seen seen;

	if (!scenario.pending_count)
		fail("expected %s, but nothing more happened", effect_name(kind));
	if (scenario.pending[0].fx.kind != kind)
		fail("expected %s, but something else came first", effect_name(kind));
	seen = scenario.pending[0];
	scenario.pending_count--;
	memmove(scenario.pending, scenario.pending + 1, scenario.pending_count * sizeof(seen));
	return seen;
}

void scenario_print_pending(FILE *to)
{
	for (size_t i = 0; i < scenario.pending_count && i < 20; i++) {
		fputs(i ? "\t         " : "\tpending: ", to);
		effect_print(to, &scenario.pending[i]);
	}
	if (scenario.pending_count > 20)
		fprintf(to, "\t... and %zu more\n", scenario.pending_count - 20);
}
