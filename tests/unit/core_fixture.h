/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A core with one port and equal guests of one session each, for larger numbers than a scenario has. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mad-proxy/core/core.h"
#include "wire/mad.h"

struct fixture {
	struct proxy_core *core;
	struct proxy_effects fx;
	struct mono_ms now;
	struct policy policy, empty;
	struct policy_guest *guest, **guests;
	char (*name)[8];
	unsigned int attached;
};

static inline void fixture_step(struct fixture *b, struct proxy_event *event)
{
	proxy_step(b->core, event, b->now, &b->fx);
}

static inline void fixture_tick(struct fixture *b)
{
	struct proxy_event event = {.kind = PROXY_EV_TICK};

	fixture_step(b, &event);
}

static inline void fixture_init(struct fixture *b, unsigned int sessions, enum policy_grade grade,
				uint32_t outstanding, uint32_t cache_ms)
{
	static char file[] = "fixture", section[] = "guest";
	static const struct proxy_port_attr attr = {
		.info = {.base_lid = 4, .sm_lid = 1, .pkeys = 1}, .pkey = {0xffff}};
	struct proxy_params params = {
		.seed = 7, .ports = 1, .max_sessions = sessions, .policy = &b->policy};
	struct proxy_event event = {.kind = PROXY_EV_PORT_ATTR};

	memset(b, 0, sizeof(*b));
	b->guest = calloc(sessions, sizeof(*b->guest));
	b->guests = calloc(sessions, sizeof(*b->guests));
	b->name = calloc(sessions, sizeof(*b->name));
	for (unsigned int i = 0; i < sessions; i++) {
		snprintf(b->name[i], sizeof(b->name[i]), "g%06u", i % 1000000);
		b->guest[i] = (struct policy_guest){
			.name = b->name[i], .section = section, .grade = grade, .pkeys_any = true};
		b->guest[i].limits.outstanding = outstanding;
		b->guests[i] = &b->guest[i];
	}
	b->policy = (struct policy){.file = file,
				    .guest_count = sessions,
				    .guest = b->guests,
				    .smp_cache_ms = cache_ms};
	b->empty = (struct policy){.file = file};
	b->fx.fx = calloc(PROXY_MAX_EFFECTS, sizeof(struct proxy_effect));
	b->now.ms = 1000;
	b->core = proxy_core_new(&params);
	assert_non_null(b->core);
	event.port_attr.attr = &attr;
	fixture_step(b, &event);
}

static inline void fixture_fini(struct fixture *b)
{
	assert_int_equal(proxy_totals(b->core)[PROXY_COUNT_drop_effects], 0);
	proxy_core_free(b->core);
	free(b->fx.fx);
	free(b->guest);
	free(b->guests);
	free(b->name);
}

static inline size_t fixture_count(const struct fixture *b, enum proxy_effect_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < b->fx.count; i++)
		n += b->fx.fx[i].kind == kind;
	return n;
}

/* The only effect of that kind in the last step. */
static inline const struct proxy_effect *fixture_one(const struct fixture *b,
						     enum proxy_effect_kind kind)
{
	assert_int_equal(fixture_count(b, kind), 1);
	for (size_t i = 0;; i++)
		if (b->fx.fx[i].kind == kind)
			return &b->fx.fx[i];
}

static inline void fixture_slot(struct fixture *b, struct session_id id,
				const struct chan_slot *slot)
{
	struct proxy_event event = {.kind = PROXY_EV_SLOT};

	event.slot.session = id;
	event.slot.slot = slot;
	fixture_step(b, &event);
}

/* A session after HELLO with client 0 and agent 0. */
static inline struct session_id fixture_attach(struct fixture *b)
{
	struct chan_hello ask = {CHAN_ABI_MAGIC, CHAN_ABI_VERSION, CHAN_ABI_VERSION, 0};
	struct proxy_event event = {.kind = PROXY_EV_ATTACH};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO};
	struct session_id id;

	event.attach.guest = b->name[b->attached++];
	event.attach.port = -1;
	fixture_step(b, &event);
	id = fixture_one(b, PROXY_FX_ATTACHED)->session;
	memcpy(slot.mad, &ask, sizeof(ask));
	fixture_slot(b, id, &slot);
	slot = (struct chan_slot){.kind = CHAN_KIND_CLIENT_OPEN};
	fixture_slot(b, id, &slot);
	slot.kind = CHAN_KIND_REGISTER;
	fixture_slot(b, id, &slot);
	assert_int_equal(fixture_one(b, PROXY_FX_PUSH)->push.status, 0);
	return id;
}

/* SLtoVLMappingTable has many modifiers; for PerfMgt it is PortCounters, which has only 0. */
static inline void fixture_what(uint8_t *mad, uint32_t n)
{
	const bool smp = mad[1] == WIRE_CLASS_SUBN_LID;

	wire_mad_set_attribute(mad, smp ? 0x17 : 0x12);
	wire_mad_set_modifier(mad, smp ? n / 255 << 8 | n % 255 : n);
}

/* A Get of that class to LID `lid`; its effects are those of the last step. */
static inline void fixture_get(struct fixture *b, struct session_id id, uint8_t mgmt_class,
			       uint16_t lid, uint32_t n, uint64_t tid, uint32_t timeout_ms,
			       uint8_t retries)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND,
				 .timeout_ms = timeout_ms,
				 .retries = retries,
				 .addr = {.lid = lid, .qpn = mgmt_class != WIRE_CLASS_SUBN_LID}};

	slot.mad[0] = slot.mad[2] = 1;
	slot.mad[1] = mgmt_class;
	slot.mad[3] = WIRE_METHOD_GET;
	fixture_what(slot.mad, n);
	wire_mad_set_tid(slot.mad, tid);
	fixture_slot(b, id, &slot);
}

/* The answer to a request that was sent to LID `lid` under `id`. */
static inline void fixture_answer(struct fixture *b, uint8_t mgmt_class, uint16_t lid, uint32_t n,
				  uint32_t id)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_MAD};
	uint8_t mad[WIRE_MAD_BYTES] = {1, mgmt_class, 1, WIRE_METHOD_GET_RESP};

	fixture_what(mad, n);
	wire_mad_set_tid(mad, UINT64_C(0x300000000) | id);
	event.port_mad.addr.lid = lid;
	event.port_mad.addr.qpn = mgmt_class != WIRE_CLASS_SUBN_LID;
	event.port_mad.mad = mad;
	fixture_step(b, &event);
}
