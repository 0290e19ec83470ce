/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine of a step: what the time is, which effects were decided so far, who is to be called at
 * what time, what was counted, and MADs for effects to point to. It knows no noun of the rooms above.
 *
 * struct proxy_core names every room's own data by a pointer to a type that only that room's header
 * completes. So each file gets the core, and reaches what its includes let it reach (tests/house/arrows.sh).
 */
#pragma once

#include "base/mono.h"
#include "base/wheel.h"
#include "mad-proxy/core/counters.h"
#include "mad-proxy/core/effect.h"
#include "mad-proxy/core/params.h"
#include "wire/mad.h"

/* Room that one unit of work may need: all waiters of a request end, and each was held for it. */
#define ENGINE_UNIT_WAITERS 200
#define EFFECT_RESERVE (4 * ENGINE_UNIT_WAITERS + 200)

struct proxy_core {
	struct proxy_params params;
	const struct policy *policy;
	struct proxy_effects *fx; /* of the step that runs */
	struct mono_ms now;
	struct wheel wheel;
	uint64_t total[PROXY_COUNTERS];
	uint8_t (*mads)[WIRE_MAD_BYTES]; /* engine_mad(): one for each effect there may be */
	size_t mads_used; /* in this step */
	struct requests *requests; /* request.h */
	struct ports *ports; /* ports.h */
	struct guests *guests; /* guest.h */
	struct sessions *sessions; /* session.h */
	struct registry *registry; /* registry.h */
	struct claim *claims; /* session_reg.c */
	struct merge *merge; /* merge.h */
	struct transfers *transfers; /* transfer.c */
};

/* Embedded in what waits; zeroed it is not armed. `due` is set once, before it is armed. */
struct timer {
	struct wheel_node node;
	void (*due)(struct proxy_core *core, struct timer *timer);
};

int engine_init(struct proxy_core *core);
void engine_fini(struct proxy_core *core);

/* A step begins; what effects of the one before pointed to may be used again. */
void engine_begin(struct proxy_core *core, struct proxy_effects *fx, struct mono_ms now);
/* Runs timers that are due, as long as there is room for the effects of one more. */
void engine_run_due(struct proxy_core *core);

/* Arms it, or moves it, to so many milliseconds from now. */
void timer_arm(struct proxy_core *core, struct timer *timer, uint64_t ms);
void timer_arm_at(struct proxy_core *core, struct timer *timer, struct mono_ms when);
void timer_cancel(struct proxy_core *core, struct timer *timer);
static inline bool timer_armed(const struct timer *timer)
{
	return wheel_armed(&timer->node);
}

struct proxy_effect *fx_add(struct proxy_core *core, enum proxy_effect_kind kind);
static inline size_t fx_room(const struct proxy_core *core)
{
	return PROXY_MAX_EFFECTS - core->fx->count;
}

/* Keeps a record over a restart. Its bytes must stay until the next step. */
void state_put(struct proxy_core *core, enum proxy_state_kind kind, const uint8_t *key,
	       size_t key_len, const uint8_t *value, size_t value_len);
/* Keeps it no longer. */
void state_remove(struct proxy_core *core, enum proxy_state_kind kind, const uint8_t *key,
		  size_t key_len);

/* Room for one MAD of 256 bytes that effects of this step may point to, its content whatever. */
uint8_t *engine_mad(struct proxy_core *core);
uint8_t *engine_mad_copy(struct proxy_core *core, const uint8_t *mad);

/* Counts in total, and in `own` (PROXY_COUNTERS of them) when that is not NULL. */
void proxy_count(struct proxy_core *core, uint64_t *own, enum proxy_counter c);
#define COUNT(core, own, name) proxy_count(core, own, PROXY_COUNT_##name)
