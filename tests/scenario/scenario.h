/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of a scenario: a clock that only TIME_PASSES moves, the policy, the core, the pending effects,
 * and names for what the core assigned: sessions, requests on the wire, registrations.
 *
 * After proxy_step() returns, everything that the event points to is overwritten before the effects are
 * checked: this detects an effect that refers to its event.
 */
#pragma once

#include <stdio.h>

#include "mad-proxy/core/core.h"
#include "wire/mad.h"

/* An effect and copies of all it points to: its own pointers are only set or NULL. */
struct seen {
	struct proxy_effect fx;
	uint8_t mad[WIRE_MAD_BYTES];
	char guest[80];
	char detail[80];
	char rule_file[80];
	char rule_key[80];
};

enum audits { AUDITS_REFUSALS, AUDITS_ALL, AUDITS_NONE };

struct named_session {
	char name[32];
	struct session_id id;
};

/* A request on the wire. */
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

/* A record that the core stores across a restart. */
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
	uint32_t smp_cache_ms; /* if the policy does not set it */
	struct proxy_core *core;
	struct policy *policy;
	struct mono_ms now;
	struct proxy_effects fx;
	enum audits audits;
	bool ports_unknown; /* until PORT */
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
	/* the last GUEST command */
	struct session_id asked_session;
	uint8_t asked[WIRE_MAD_BYTES];
};

extern struct scenario scenario;

/* The first policy creates the core and its ports; a further one is a reload. */
void scenario_policy(const char *text, size_t len);
void scenario_fini(void);
/* Kills the gateway and starts another core with the stored records. */
void scenario_restart(void);

/* Fails if an effect is pending. */
void scenario_settled(void);
void scenario_print_pending(FILE *to);

/* One event; its effects become pending. */
void scenario_step(struct proxy_event *event);
/* proxy_step() with a MAD or slot that is overwritten afterwards. */
void scenario_port_mad(unsigned int port, uint32_t token, uint32_t status,
		       const struct chan_addr *addr, const uint8_t *mad);
void scenario_slot(struct session_id session, const struct chan_slot *slot);
void scenario_port(unsigned int port, const struct proxy_port_attr *attr);
/* Lets time pass and runs each timer at its time. */
void scenario_pass(uint64_t ms);

/* Takes the first pending effect, which must be of that kind. */
struct seen scenario_take(enum proxy_effect_kind kind);

/* Look up a name; fail if there is none. */
struct session_id scenario_session(const char *name);
struct named_send *scenario_send(const char *name);
struct named_reg *scenario_reg(const char *name);
void scenario_name_session(const char *name, struct session_id id);
void scenario_name_send(const char *name, const struct seen *seen);
void scenario_name_reg(const char *name, unsigned int port, uint32_t token);

/* The names of slot kinds, audit events and so on; fail on an unknown one. */
uint8_t kind_of(const char *word);
enum audit_reason reason_of(const char *word);
enum audit_event audit_event_of(const char *word);
enum audit_verdict audit_verdict_of(const char *word);
enum proxy_counter counter_of(const char *word);
enum chan_port_event port_event_of(const char *word);
const char *kind_name(uint8_t kind);
const char *effect_name(enum proxy_effect_kind kind);
void effect_print(FILE *to, const struct seen *seen);
