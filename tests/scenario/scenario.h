/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of a scenario: a clock that only TIME_PASSES moves, the policy, the
 * core, the effects that nobody expected yet, and names for what the core gives out: sessions,
 * requests on the wire, registrations.
 *
 * Everything an event points to is overwritten as soon as proxy_step() returns, before the effects
 * are looked at: an effect that borrows from its event shows.
 */
#pragma once

#include <stdio.h>

#include "mad-proxy/core/core.h"
#include "wire/mad.h"

/* An effect and copies of all it points to: its own pointers only say whether there is something. */
struct seen {
	struct proxy_effect fx;
	uint8_t mad[WIRE_MAD_BYTES];
	char guest[80];
	char detail[80];
	char rule_file[80];
	char rule_key[80];
};

enum audits { AUDITS_ALL, AUDITS_REFUSALS, AUDITS_NONE };

struct named_session {
	char name[32];
	struct session_id id;
};

/* A request that went out. */
struct named_send {
	char name[32];
	struct proxy_send send;
	uint8_t mad[WIRE_MAD_BYTES];
};

struct named_reg {
	char name[32];
	uint32_t token;
	unsigned int port;
};

/* A record that the core wants kept over a restart. */
struct kept_state {
	uint8_t kind;
	uint16_t key_len;
	uint16_t value_len;
	uint8_t key[PROXY_STATE_KEY_MAX];
	uint8_t value[PROXY_STATE_VALUE_MAX];
};

#define SCENARIO_NAMES 1024
#define SCENARIO_STATES 256

struct scenario {
	struct proxy_params params;
	uint32_t smp_cache_ms; /* where the policy does not say */
	struct proxy_core *core;
	struct policy *policy;
	struct mono_ms now;
	struct proxy_effects fx;
	enum audits audits;
	bool ports_unknown; /* until PORT says something */
	struct seen *pending;
	size_t pending_count;
	size_t pending_room;
	struct named_session session[SCENARIO_NAMES];
	unsigned int sessions;
	struct named_send send[SCENARIO_NAMES];
	unsigned int sends;
	struct named_reg reg[SCENARIO_NAMES];
	unsigned int regs;
	struct kept_state state[SCENARIO_STATES];
	unsigned int states;
};

extern struct scenario scenario;

/* The first policy makes the core and its ports; another one is a reload. */
void scenario_policy(const char *text, size_t len);
void scenario_fini(void);
/* The gateway is killed and started again: another core, told what the last one wanted kept. */
void scenario_restart(void);

/* Fails when an effect is still unexpected. */
void scenario_settled(void);
void scenario_print_pending(FILE *to);

/* One event; its effects become pending. */
void scenario_step(struct proxy_event *event);
/* proxy_step() with a MAD or slot that is gone afterwards. */
void scenario_port_mad(unsigned int port, uint32_t token, uint32_t status,
		       const struct chan_addr *addr, const uint8_t *mad);
void scenario_slot(struct session_id session, const struct chan_slot *slot);
void scenario_port(unsigned int port, const struct proxy_port_attr *attr);
/* Lets time pass and runs what falls due, each at its time. */
void scenario_pass(uint64_t ms);

/* Takes the first pending effect, which must be of that kind. */
struct seen scenario_take(enum proxy_effect_kind kind);

/* Look up a name; they fail when there is none. */
struct session_id scenario_session(const char *name);
struct named_send *scenario_send(const char *name);
struct named_reg *scenario_reg(const char *name);
void scenario_name_session(const char *name, struct session_id id);
void scenario_name_send(const char *name, const struct seen *seen);
void scenario_name_reg(const char *name, unsigned int port, uint32_t token);

/* The names of kinds of slots, audit events and so on; they fail on an unknown one. */
uint8_t kind_of(const char *word);
enum audit_reason reason_of(const char *word);
enum audit_event audit_event_of(const char *word);
enum audit_verdict audit_verdict_of(const char *word);
enum proxy_counter counter_of(const char *word);
enum chan_port_event port_event_of(const char *word);
const char *kind_name(uint8_t kind);
const char *effect_name(enum proxy_effect_kind kind);
void effect_print(FILE *to, const struct seen *seen);
